//! Creates, and what keeps one waiting.

use super::Wait;
use super::step::{CreateCause, Step};
use crate::api::Reason;
use crate::eks::{NewProfile, Profile, ProfileStatus};
use crate::state::{ActionKey, Desired, Facts, Snapshot};

/// Creates what the spec asks for.
pub(super) fn wanted(facts: &Facts<'_>, name: String, cause: CreateCause) -> Step {
    let action = ActionKey::Create(facts.snapshot.object.generation);
    create(facts.snapshot, name, facts.desired.clone(), cause, action)
}

/// Creates this profile, unless its last try was too short a while ago.
pub(super) fn create(
    snapshot: &Snapshot,
    name: String,
    desired: Desired,
    cause: CreateCause,
    action: ActionKey,
) -> Step {
    if let Some(until) = snapshot.back_off(&action) {
        return match (no_slot(snapshot, &action), going(snapshot)) {
            // Its slot is about to be free.
            (Some(_), Some(going)) => Step::under_way(going),
            (Some(message), None) => Step::Wait(Wait::NoFreeSlot { message, plan: None }),
            (None, _) => Step::Wait(Wait::BackOff { action, until }),
        };
    }
    let mut tags = desired.tags.clone();
    tags.extend(Facts::ownership_tags(snapshot, &desired));
    Step::Create {
        profile: NewProfile {
            cluster: snapshot.defaults.cluster_of(&snapshot.spec).to_owned(),
            name,
            role: desired.role.unwrap_or_default(),
            subnets: desired.subnets,
            selectors: desired.selectors,
            tags,
        },
        cause,
        action,
    }
}

/// A profile that is DELETING, whosesoever.
fn going(snapshot: &Snapshot) -> Option<&Profile> {
    snapshot.profiles.iter().find(|profile| profile.status == ProfileStatus::Deleting)
}

/// What EKS said when it refused the create for want of a slot, as long as none has become free.
pub(super) fn no_slot(snapshot: &Snapshot, create: &ActionKey) -> Option<String> {
    snapshot.full_at?;
    let failure = snapshot.attempts.get(create)?.failure.as_ref().filter(|f| f.reason == Reason::NoFreeSlot)?;
    snapshot.back_off(create)?;
    // Exactly the original message, so a retry in between does not change the status.
    Some(failure.message.clone())
}

//! Creates a profile, or says why it has to wait.

use super::Wait;
use super::step::{CreateCause, Step};
use crate::api::Reason;
use crate::eks::{NewProfile, Profile, ProfileStatus};
use crate::state::{ActionKey, Desired, Facts, Snapshot};

pub(super) fn wanted(facts: &Facts<'_>, name: String, cause: CreateCause) -> Step {
    let action = ActionKey::Create(facts.snapshot.object.generation);
    create(facts.snapshot, name, facts.desired.clone(), cause, action)
}

/// Creates this profile, unless that is in back-off.
pub(super) fn create(
    snapshot: &Snapshot,
    name: String,
    desired: Desired,
    cause: CreateCause,
    action: ActionKey,
) -> Step {
    if let Some(until) = snapshot.back_off(&action) {
        return match (no_slot(snapshot, &action), going(snapshot)) {
            // Its slot will soon be free.
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

/// Any profile of the cluster that is DELETING.
fn going(snapshot: &Snapshot) -> Option<&Profile> {
    snapshot.profiles.iter().find(|profile| profile.status == ProfileStatus::Deleting)
}

/// EKS's message when it refused the create for lack of a slot, as long as no slot has become free.
pub(super) fn no_slot(snapshot: &Snapshot, create: &ActionKey) -> Option<String> {
    snapshot.full_at?;
    let failure = snapshot.attempts.get(create)?.failure.as_ref().filter(|f| f.reason == Reason::NoFreeSlot)?;
    snapshot.back_off(create)?;
    // Exactly the original message, so a retry in between does not change the status.
    Some(failure.message.clone())
}

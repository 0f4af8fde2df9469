//! Creates, and what keeps one waiting.

use super::step::{CreateCause, Step};
use super::{Effect, Picture, Rest, Snapshot, Wanted};
use crate::api::Reason;
use crate::eks::{NewProfile, Profile, ProfileStatus};

/// Creates what the spec asks for.
pub(super) fn wanted(snapshot: &Snapshot, picture: &Picture<'_>, name: String, cause: CreateCause) -> Step {
    let effect = Effect::Create(snapshot.object.generation);
    create(snapshot, name, picture.wanted.clone(), cause, effect)
}

/// Creates this profile, unless its last try was too short a while ago.
pub(super) fn create(snapshot: &Snapshot, name: String, wanted: Wanted, cause: CreateCause, effect: Effect) -> Step {
    if let Some(until) = snapshot.back_off(&effect) {
        return match (no_slot(snapshot, &effect), going(snapshot)) {
            // Its slot is about to be free.
            (Some(_), Some(going)) => Step::under_way(going),
            (Some(message), None) => Step::Rest(Rest::NoFreeSlot { message, plan: None }),
            (None, _) => Step::Rest(Rest::BackOff { effect, until }),
        };
    }
    let mut tags = wanted.tags.clone();
    tags.extend(Picture::ownership_tags(snapshot, &wanted));
    Step::Create {
        profile: NewProfile {
            cluster: snapshot.defaults.cluster_of(&snapshot.spec).to_owned(),
            name,
            role: wanted.role.unwrap_or_default(),
            subnets: wanted.subnets,
            selectors: wanted.selectors,
            tags,
        },
        cause,
        effect,
    }
}

/// A profile that is DELETING, whosesoever.
fn going(snapshot: &Snapshot) -> Option<&Profile> {
    snapshot.profiles.iter().find(|profile| profile.status == ProfileStatus::Deleting)
}

/// What EKS said when it refused the create for want of a slot, as long as none has become free.
pub(super) fn no_slot(snapshot: &Snapshot, create: &Effect) -> Option<String> {
    snapshot.full_at?;
    let failure = snapshot.attempts.get(create)?.failure.as_ref().filter(|f| f.reason == Reason::NoFreeSlot)?;
    snapshot.back_off(create)?;
    // To the letter what the refusal itself was told as, so that a try in between changes nothing.
    Some(failure.message.clone())
}

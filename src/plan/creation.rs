//! Creates, and what keeps one waiting.

use super::approval::{Matter, is_approved, plan_id};
use super::step::{CreateCause, Rest, Step};
use super::{Effect, Picture, Snapshot, Wanted};
use crate::api::Reason;
use crate::eks::{NewProfile, Profile};

/// Creates what the spec asks for.
pub(super) fn wanted(snapshot: &Snapshot, picture: &Picture<'_>, name: String, cause: CreateCause) -> Step {
    let effect = Effect::Create(snapshot.object.generation);
    create(snapshot, picture, name, picture.wanted.clone(), cause, effect)
}

/// Creates this profile, unless its last try was too short a while ago.
pub(super) fn create(
    snapshot: &Snapshot,
    picture: &Picture<'_>,
    name: String,
    wanted: Wanted,
    cause: CreateCause,
    effect: Effect,
) -> Step {
    if let Some(until) = snapshot.back_off(&effect) {
        return Step::Rest(match no_slot(snapshot, &effect) {
            Some(message) => Rest::NoFreeSlot { message, plan: None },
            None => Rest::BackOff { effect, until },
        });
    }
    let mut tags = wanted.tags;
    tags.extend(picture.ownership_tags(snapshot));
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

/// What EKS said when it refused the create for want of a slot, as long as none has become free.
fn no_slot(snapshot: &Snapshot, create: &Effect) -> Option<String> {
    snapshot.full_at?;
    let failure = snapshot.attempts.get(create)?.failure.as_ref().filter(|f| f.reason == Reason::NoFreeSlot)?;
    snapshot.back_off(create)?;
    // To the letter what the refusal itself was told as, so that a try in between changes nothing.
    Some(failure.message.clone())
}

/// Whether a profile of this object has to go before the next one can be created: the one that has to, or the reason why
/// it may not.
pub(super) fn room<'a>(
    snapshot: &Snapshot,
    picture: &Picture<'a>,
    foremost: &Profile,
) -> Option<Result<&'a Profile, Rest>> {
    let message = no_slot(snapshot, &Effect::Create(snapshot.object.generation));
    let is_full = picture.owned.iter().filter(|profile| profile.status.is_live()).count() >= MOST_LIVE;
    if message.is_none() && !is_full {
        return None;
    }
    let last = picture.next_to_go()?;
    let equals_spec = |profile: &Profile| super::changes(&picture.wanted, profile).is_empty();
    let plan = plan_id(snapshot, foremost, &picture.wanted, Matter::GiveUp(last));
    if !equals_spec(last) || is_approved(snapshot, &plan) {
        return Some(Ok(last));
    }
    let message = format!(
        "the spec went back to what EKS profile {} is, but {} takes the new pods, and there is no free slot for a profile that sorts before it: {}. Free a slot, or approve that {} is deleted once no pod is on it",
        last.name,
        foremost.name,
        message.unwrap_or_else(|| format!("this object has {MOST_LIVE} live EKS profiles, the most that it may have")),
        last.name
    );
    Some(Err(Rest::NoFreeSlot { message, plan: Some(plan) }))
}

/// At most so many live profiles an object (see docs/architecture.md, invariant 11).
pub(super) const MOST_LIVE: usize = 3;

//! Closes the gap, which is open from when `status.previous` is recorded until a profile is ACTIVE.

use super::exact_name::in_the_way;
use super::open::may_open;
use crate::api::{PreviousProfile, Reason};
use crate::eks::{Profile, ProfileStatus};
use crate::plan::step::{Checkpoint, CreateCause, DeleteCause, Step};
use crate::plan::{Wait, creation, leftovers};
use crate::state::{ActionKey, Desired, Facts, Snapshot, changes, changes_since, is_owned};

pub(in crate::plan) fn close(facts: &Facts<'_>, previous: &PreviousProfile) -> Step {
    if let Some(busy) = facts.owned.iter().find(|profile| profile.status.is_under_way()) {
        return Step::under_way(busy);
    }
    if let Some(active) = facts.owned.iter().find(|profile| profile.status == ProfileStatus::Active) {
        return if active.arn == previous.arn && may_open(facts, active) {
            Step::delete(facts.snapshot, active, DeleteCause::Gap)
        } else {
            Step::Checkpoint(Checkpoint::Closed)
        };
    }
    if let Some(why) = refusal(facts) {
        return Step::Checkpoint(Checkpoint::Failed(why));
    }
    leftovers::clear(facts).unwrap_or_else(|| fill(facts, previous))
}

/// Whether the object's gap is open and it could use a turn. In back-off, or when a person has to act, it lets others
/// pass. While a profile is ACTIVE there is no gap yet, so objects that change together have their gaps one after the
/// other.
pub fn needs_the_next_turn(snapshot: &Snapshot, step: &Step) -> bool {
    let serves = |profile: &Profile| {
        profile.status == ProfileStatus::Active && is_owned(profile, &snapshot.object.name, &snapshot.installation)
    };
    let waits = matches!(step, Step::Wait(Wait::BackOff { .. } | Wait::NoFreeSlot { .. } | Wait::Stalled { .. }));
    snapshot.status.previous.is_some() && !snapshot.object.deleting && !snapshot.profiles.iter().any(serves) && !waits
}

/// Inside a gap, why EKS refuses the spec, so the previous profile comes back. If the spec equals the previous profile,
/// there is nothing else to fall back on.
pub(crate) fn refusal(facts: &Facts<'_>) -> Option<String> {
    let snapshot = facts.snapshot;
    let is_open = !snapshot.generation_failed() && !snapshot.object.deleting;
    let previous = snapshot.status.previous.as_ref().filter(|_| is_open)?;
    if changes_since(&facts.desired, previous).is_empty() {
        return None;
    }
    let leftover = facts
        .owned
        .iter()
        .find(|profile| profile.status == ProfileStatus::CreateFailed && changes(&facts.desired, profile).is_empty());
    if let Some(leftover) = leftover {
        return Some(leftover.complaint());
    }
    let attempt = snapshot.attempts.get(&ActionKey::Create(snapshot.object.generation))?;
    let failure = attempt.failure.as_ref().filter(|_| attempt.is_stalled())?;
    // These reasons would stop the previous profile just as well, so the spec is not at fault.
    let of_the_spec = !matches!(failure.reason, Reason::NoFreeSlot | Reason::NoCredentials);
    of_the_spec.then(|| failure.message.clone())
}

/// No profile is left. This creates what the spec asks for or, if that has failed, the previous profile.
fn fill(facts: &Facts<'_>, previous: &PreviousProfile) -> Step {
    let snapshot = facts.snapshot;
    let lacks_defaults = facts.desired.role.is_none() || facts.desired.subnets_missing.is_some();
    let put_back = snapshot.generation_failed() || lacks_defaults;
    let name = if put_back { &previous.name } else { &facts.stem };
    if let Some(wait) = in_the_way(facts, name, "") {
        return Step::Wait(wait);
    }
    let before = Desired::back(previous, facts.desired.tags.clone());
    if put_back {
        return creation::create(snapshot, name.to_owned(), before, CreateCause::PutBack, ActionKey::PutBack);
    }
    // A spec that equals the previous profile gets its subnets too. If the spec names none, EKS might choose others.
    let went_back = changes_since(&facts.desired, previous).is_empty();
    let desired = if went_back { before } else { facts.desired.clone() };
    let action = ActionKey::Create(snapshot.object.generation);
    creation::create(snapshot, name.to_owned(), desired, CreateCause::CloseGap(previous.name.clone()), action)
}

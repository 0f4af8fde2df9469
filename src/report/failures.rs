//! Effects that failed and have not succeeded since.

use std::time::Duration;

use super::cause::Progress;
use crate::api::Reason;
use crate::eks::ProfileStatus;
use crate::failure::Failure;
use crate::plan::Step;
use crate::state::{ActionKey, Facts, RetryState};

/// The most important failure that still concerns the object.
pub(super) fn unresolved(facts: &Facts<'_>, step: &Step) -> Option<Progress> {
    let (stalled, failure) = concerning(facts, step)
        .filter_map(|attempt| Some((attempt.is_stalled(), attempt.failure.as_ref()?)))
        .max_by_key(|(stalled, _)| *stalled)?;
    let told = if stalled { Progress::stalled } else { Progress::busy };
    Some(told(failure.reason, failure.message.clone()))
}

/// When the first of those effects is tried again.
pub(super) fn next_try(facts: &Facts<'_>, step: &Step) -> Option<Duration> {
    concerning(facts, step).map(|attempt| attempt.until).filter(|until| *until > facts.snapshot.now).min()
}

/// Tries that failed and still concern the object.
fn concerning<'a>(facts: &'a Facts<'_>, step: &Step) -> impl Iterator<Item = &'a RetryState> {
    let snapshot = facts.snapshot;
    let is_create = matches!(step, Step::Create { .. });
    // Outside the gap in which it was refused, a generation is tried again under CreateFirst.
    let in_gap = snapshot.status.previous.is_some();
    let given_up = snapshot.generation_failed() && in_gap;
    let concerns = move |action: &ActionKey, failure: &Failure| match action {
        // While a slot is being freed for the next profile, nothing is stuck.
        ActionKey::Create(_) if failure.reason == Reason::NoFreeSlot && (!is_create || makes_room(facts)) => false,
        ActionKey::Create(generation) => *generation == snapshot.object.generation && !facts.is_complete() && !given_up,
        ActionKey::PutBack => in_gap,
        // A drain reports each pod itself.
        ActionKey::Evict(_) => false,
        // What is no longer to be mended is forgotten.
        ActionKey::Mend(_) => true,
        ActionKey::Delete(arn) | ActionKey::Tag { arn, .. } => facts.owned.iter().any(|profile| profile.arn == *arn),
    };
    let failed = move |(action, attempt): (&ActionKey, &'a RetryState)| {
        attempt.failure.as_ref().is_some_and(|failure| concerns(action, failure)).then_some(attempt)
    };
    snapshot.attempts.iter().filter_map(failed)
}

/// Whether a profile is going, or one of the object can go, which frees a slot.
fn makes_room(facts: &Facts<'_>) -> bool {
    let goes = facts.snapshot.profiles.iter().any(|profile| profile.status == ProfileStatus::Deleting);
    goes || facts.superseded().next().is_some()
}

//! Turns what happened into status, events and the time of the next pass. Pure, except for the writer.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

mod bounds;
mod cause;
mod conditions;
mod draining;
mod effects;
mod events;
mod failures;
mod findings;
mod held;
mod meaning;
mod mending;
mod overlaps;
mod pod_counts;
mod pod_issues;
mod progress;
mod replacement;
mod requeue;
mod status;
#[cfg(test)]
mod tests;
mod verdict;
mod warnings;
mod words;
mod writer;

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;

use crate::act::Outcome;
use crate::api::{ConditionType, FargateProfileStatus, Reason, Truth, WaitStatus};
use crate::eks::Profile;
use crate::failure::Failure;
use crate::intervals::Intervals;
use crate::plan::{EvictCause, Eviction, Step, Wait, next_due, plan};
use crate::state::Facts;

pub use events::{About, Notice, Severity};
pub(crate) use progress::moved;
pub use requeue::Requeue;
pub(crate) use writer::publish;
pub(crate) use writer::{Writer, Written};

/// What a pass leaves behind.
#[derive(Clone, Debug)]
pub struct Report {
    pub status: FargateProfileStatus,
    /// Whether to write it. A process that may not act does not, and an object that has changed or is gone gets no
    /// status.
    pub writes: bool,
    pub notices: Vec<Notice>,
    /// Other FargateProfiles to reconcile, since this one waits for them.
    pub concerns: Vec<String>,
    pub requeue: Requeue,
}

/// The report of a pass that came to a step.
pub fn report(facts: &Facts<'_>, step: &Step, outcome: &Outcome, intervals: &Intervals) -> Report {
    let snapshot = facts.snapshot;
    if let Outcome::Outdated | Outcome::NotLeading = outcome {
        // There is no report on an object that has changed, or by a process that may not act.
        let requeue = Requeue { after: intervals.poll_least, look_age: intervals.resync };
        return Report {
            status: snapshot.status.clone(),
            writes: false,
            notices: Vec::new(),
            concerns: Vec::new(),
            requeue,
        };
    }
    let step = &*came_to(step, outcome);
    let then = instead(facts, step, outcome);
    let wait = waiting(then.as_ref().unwrap_or(step)).cloned().map(Step::Wait);
    // A checkpoint is reported by the pass that writes it.
    let instead = then.as_ref().filter(|then| !matches!(then, Step::Wait(_) | Step::Ask { .. } | Step::Checkpoint(_)));
    let shown = wait.as_ref().or(instead);
    let meaning = |step, outcome| meaning::of(facts, step, outcome, intervals);
    let own = meaning(step, outcome);
    let other = shown.map(|shown| meaning(shown, &Outcome::Rested));
    let (told, came) = shown.map_or((step, outcome), |shown| (shown, &Outcome::Rested));
    let meant = other.as_ref().unwrap_or(&own);
    let status = match verdict::of(facts, &meant.progress) {
        Some(verdict) => {
            let old = &snapshot.status.conditions;
            let conditions = conditions::merge(old, &verdict, snapshot.object.generation, snapshot.wall);
            let status = FargateProfileStatus { conditions, ..status::status(facts, told, came, meant, intervals) };
            let reason = progress::reason(&status, snapshot.spec.is_suspended());
            let status = FargateProfileStatus { reason, ..status };
            let waiting = progress::waiting(facts, told, came, &status, intervals);
            with_times(status, waiting)
        }
        // Quiet time allows no statement.
        None => snapshot.status.clone(),
    };
    let notices = events::of(facts, step, outcome, own.trusts_look, &status);
    let requeue = match &then {
        // The rest of the plan goes on meanwhile.
        Some(wait @ Step::Wait(_)) => own.requeue.earlier(meaning(wait, &Outcome::Rested).requeue),
        Some(_) => Requeue { after: Duration::ZERO, ..own.requeue },
        None => own.requeue,
    };
    let requeue = at_latest(facts, requeue, intervals);
    let is_news = status.conditions != snapshot.status.conditions;
    let concerns = if let Step::Wait(Wait::Draining(drain)) = step
        && is_news
    {
        drain.successors().map(str::to_owned).collect()
    } else {
        Vec::new()
    };
    if matches!((step, outcome), (Step::DropFinalizer(_), Outcome::Done)) {
        let requeue = Requeue { after: intervals.resync, look_age: intervals.resync };
        return Report { status, writes: false, notices, concerns, requeue };
    }
    Report { status, writes: true, notices, concerns, requeue }
}

/// Whatever the plan waits for, EKS may be at work on a profile, and pods may be waiting.
fn at_latest(facts: &Facts<'_>, requeue: Requeue, intervals: &Intervals) -> Requeue {
    let busy = facts.owned.iter().find(|profile| profile.status.is_under_way());
    let under_way = |busy: &&Profile| Requeue::under_way(facts.snapshot, &busy.arn, intervals);
    let requeue = busy.map_or(requeue, |busy| requeue.earlier(under_way(busy)));
    let due = next_due(facts).unwrap_or(requeue.after);
    Requeue { after: requeue.after.min(due), ..requeue }
}

/// What an [`Ask`](Step::Ask) leads to: its checkpoint, or an eviction that is held up. Other steps stay as they are.
pub fn came_to<'a>(step: &'a Step, outcome: &Outcome) -> Cow<'a, Step> {
    let Step::Ask { eviction, record } = step else { return Cow::Borrowed(step) };
    let is_free_to_go = matches!(outcome, Outcome::Rested);
    Cow::Owned(if is_free_to_go { Step::Checkpoint(record.clone()) } else { Step::Evict((**eviction).clone()) })
}

/// The plan after a failed effect that holds up nothing else.
fn instead(facts: &Facts<'_>, step: &Step, outcome: &Outcome) -> Option<Step> {
    let Outcome::Failed(failure) = outcome else { return None };
    let is_passed_by = match step {
        Step::Ask { .. } | Step::Evict(_) | Step::Mend(_) => true,
        // The next plan frees a slot.
        Step::Create { .. } => failure.reason == Reason::NoFreeSlot,
        Step::AddFinalizer
        | Step::DropFinalizer(_)
        | Step::Delete { .. }
        | Step::Tag { .. }
        | Step::Checkpoint(_)
        | Step::Wait(_) => false,
    };
    is_passed_by.then(|| plan(facts))
}

/// What the plan waits for besides this step, if anything. It is reported, so the conditions do not change with every
/// pod and every try.
fn waiting(step: &Step) -> Option<&Wait> {
    let wait = match step {
        Step::Wait(wait) => Some(wait),
        Step::Evict(Eviction { cause: EvictCause::Pending(meanwhile), .. }) => meanwhile.as_deref(),
        Step::Evict(Eviction { cause: EvictCause::Move { .. }, .. })
        | Step::AddFinalizer
        | Step::DropFinalizer(_)
        | Step::Create { .. }
        | Step::Delete { .. }
        | Step::Tag { .. }
        | Step::Mend(_)
        | Step::Ask { .. }
        | Step::Checkpoint(_) => None,
    };
    wait.filter(|wait| !matches!(wait, Wait::Settled | Wait::Suspended { pending: false }))
}

/// The report of a pass that could not look at EKS: the old status stays, with the reason. `retry` is what the annotation for another
/// try says.
pub fn report_blind(
    old: &FargateProfileStatus,
    (generation, retry): (i64, Option<&str>),
    failure: &Failure,
    stalled: bool,
    after: Duration,
    wall: Timestamp,
    intervals: &Intervals,
) -> Report {
    let verdict = verdict::blind(&old.conditions, failure, stalled);
    let status = FargateProfileStatus {
        // kstatus evaluates `Stalled` only once the generation is observed.
        observed_generation: if stalled { Some(generation) } else { old.observed_generation },
        conditions: conditions::merge(&old.conditions, &verdict, generation, wall),
        ..status::unseen(old, generation, retry)
    };
    let status = FargateProfileStatus { reason: progress::reason(&status, false), ..status };
    let waiting = progress::blind(old, &status, after, wall, intervals);
    let status = with_times(status, waiting);
    let notices = events::of_blind(old, &status);
    let requeue = Requeue { after, look_age: Duration::ZERO };
    Report { status, writes: true, notices, concerns: Vec::new(), requeue }
}

/// The status with the times of its wait, which the conditions tell too.
fn with_times(status: FargateProfileStatus, waiting: Option<WaitStatus>) -> FargateProfileStatus {
    let told = progress::told(waiting.as_ref());
    let mut status = FargateProfileStatus { waiting, ..status };
    for condition in &mut status.conditions {
        let is_of_wait =
            [ConditionType::Reconciling, ConditionType::Stalled].iter().any(|it| it.name() == condition.type_);
        if is_of_wait && condition.status == Truth::True.name() {
            condition.message.push_str(&told);
        }
    }
    status
}

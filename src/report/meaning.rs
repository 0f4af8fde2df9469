//! What a step and its outcome mean, in one place. Conditions, phase, records and the next pass all derive from it.

use std::time::Duration;

use super::cause::Progress;
use super::requeue::{self, Requeue};
use super::{draining, failures, words};
use crate::act::Outcome;
use crate::api::{Phase, Reason};
use crate::intervals::Intervals;
use crate::message::message;
use crate::plan::{Checkpoint, DeleteCause, Drain, Eviction, Stage, Step, Wait, refusal};
use crate::state::Facts;

pub(super) struct Meaning {
    pub(super) progress: Progress,
    /// The progress is newer or more important than a failed effect.
    pub(super) outranks_failures: bool,
    /// How far a replacement has come, if the step shows it.
    pub(super) phase: Option<Phase>,
    /// The plan that waits for approval.
    pub(super) asks_for: Option<String>,
    /// The clock of a drain stops while the drain may not go on.
    pub(super) stops_drain_clock: bool,
    /// The look is reliable.
    pub(super) trusts_look: bool,
    pub(super) requeue: Requeue,
}

/// What this outcome of this step means.
pub(super) fn of(facts: &Facts<'_>, step: &Step, outcome: &Outcome, intervals: &Intervals) -> Meaning {
    let meaning = row(facts, step, outcome, intervals);
    Meaning {
        requeue: requeue::after(facts.snapshot, step, outcome, meaning.requeue, intervals),
        progress: weighed(facts, step, outcome, meaning.progress, meaning.outranks_failures),
        ..meaning
    }
}

/// The progress, or a failure that is more important.
fn weighed(facts: &Facts<'_>, step: &Step, outcome: &Outcome, progress: Progress, outranks_failures: bool) -> Progress {
    match outcome {
        Outcome::KubernetesFailed(message) => return Progress::busy(Reason::KubernetesUnavailable, message.clone()),
        Outcome::NotOurTurn(blocked) => {
            let waits = || Progress::busy(Reason::WaitingForTurn, message!("waiting for its turn: {}", blocked.by));
            let stalled = |progress: &Progress| matches!(progress, Progress::Stalled(_));
            return failures::unresolved(facts, step).filter(stalled).unwrap_or_else(waits);
        }
        Outcome::Failed(_)
        | Outcome::Done
        | Outcome::Created(_)
        | Outcome::Rested
        | Outcome::Outdated
        | Outcome::NotLeading => {}
    }
    if progress == Progress::Unclear {
        return progress;
    }
    if let Some(why) = refusal(facts) {
        return Progress::busy(Reason::RollingBack, why);
    }
    failures::unresolved(facts, step).filter(|_| !outranks_failures).unwrap_or(progress)
}

impl Meaning {
    /// The meaning of a step without any further effect on the report.
    fn plain(progress: Progress, requeue: Requeue) -> Self {
        Self {
            progress,
            outranks_failures: false,
            phase: None,
            asks_for: None,
            stops_drain_clock: false,
            trusts_look: true,
            requeue,
        }
    }
}

/// One row per step.
fn row(facts: &Facts<'_>, step: &Step, outcome: &Outcome, intervals: &Intervals) -> Meaning {
    let snapshot = facts.snapshot;
    // The watch reports our own write earlier than that.
    let soon = Requeue { after: intervals.poll_least, look_age: intervals.resync };
    let at_once = Requeue { after: Duration::ZERO, ..soon };
    let moves_to = |to: &str| if draining::is_proven(snapshot, to) { Phase::Draining } else { Phase::Probing };
    let evicting = |eviction: &Eviction| Meaning {
        phase: Some(if outcome.is_done() { moves_to(&eviction.to) } else { Phase::Draining }),
        ..Meaning::plain(draining::evicting(snapshot, eviction, outcome), at_once)
    };
    match step {
        Step::AddFinalizer => Meaning::plain(Progress::busy(Reason::Creating, words::prepared()), soon),
        Step::DropFinalizer(_) => {
            Meaning::plain(Progress::busy(Reason::Deleting, message!("no EKS profile is left")), at_once)
        }
        Step::Create { profile, cause, .. } => {
            let created = || words::creating(facts, &profile.name, cause);
            let (progress, phase, stops_drain_clock) = match outcome {
                // A create that fails for lack of the slot that a drain will free does not interrupt the drain.
                Outcome::Failed(failure) if failure.reason == Reason::NoFreeSlot => {
                    (words::lacks_slot(&profile.name), None, false)
                }
                Outcome::Failed(_) => (created(), None, false),
                Outcome::Created(_) => (created(), Some(Phase::Creating), true),
                Outcome::Done
                | Outcome::Rested
                | Outcome::NotOurTurn(_)
                | Outcome::Outdated
                | Outcome::NotLeading
                | Outcome::KubernetesFailed(_) => (created(), None, true),
            };
            Meaning { phase, stops_drain_clock, ..Meaning::plain(progress, at_once) }
        }
        Step::Delete { name, cause, .. } => Meaning {
            phase: Some(if *cause == DeleteCause::Unhealthy { Phase::RollingBack } else { Phase::Deleting }),
            ..Meaning::plain(words::deleting(snapshot, name, *cause), at_once)
        },
        Step::Tag { name, .. } => Meaning::plain(words::tagging(snapshot, name), at_once),
        Step::Mend(mend) => Meaning::plain(words::mending(snapshot, mend), at_once),
        Step::Ask { eviction, .. } => evicting(eviction),
        Step::Evict(eviction) => evicting(eviction),
        Step::Checkpoint(record) => {
            let (progress, phase) = match record {
                Checkpoint::Drain { arn, drain } => {
                    let name = facts.owned.iter().find(|profile| profile.arn == *arn).map_or("", |it| it.name.as_str());
                    let to = drain.evicting.as_ref().filter(|evicted| !drain.proven.contains(&evicted.to));
                    let phase = to.map_or(Phase::Draining, |evicted| moves_to(&evicted.to));
                    (draining::recorded(snapshot, name, drain), Some(phase))
                }
                Checkpoint::Unhealthy(_) => (words::recorded(facts, record), Some(Phase::RollingBack)),
                Checkpoint::Cluster
                | Checkpoint::Previous(_)
                | Checkpoint::Failed(_)
                | Checkpoint::Closed
                | Checkpoint::Recovered => (words::recorded(facts, record), None),
            };
            Meaning { outranks_failures: true, phase, ..Meaning::plain(progress, soon) }
        }
        Step::Wait(wait) => waiting(facts, wait, intervals),
    }
}

/// One row per reason to wait.
fn waiting(facts: &Facts<'_>, wait: &Wait, intervals: &Intervals) -> Meaning {
    let snapshot = facts.snapshot;
    let plain = Meaning::plain;
    let says = |progress, requeue| Meaning { outranks_failures: true, ..plain(progress, requeue) };
    let halts = |progress, requeue| Meaning { stops_drain_clock: true, ..says(progress, requeue) };
    let (seldom, often) = (Requeue::poll(intervals.resync), Requeue::poll(intervals.poll_least));
    let at = |until: &Duration| Requeue::at(snapshot, *until, intervals);
    let pods = Requeue { after: intervals.poll_least * 3, look_age: intervals.resync };
    match wait {
        Wait::Settled => plain(Progress::Idle, seldom),
        Wait::Quiet => Meaning { trusts_look: false, ..plain(Progress::Unclear, often) },
        Wait::Doubtful { name } => Meaning { trusts_look: false, ..plain(words::doubtful(name), often) },
        Wait::UnderWay { name, arn } => {
            plain(words::under_way(facts, name), Requeue::under_way(snapshot, arn, intervals))
        }
        Wait::Settling { until } => Meaning { phase: Some(Phase::Settling), ..plain(words::settling(), at(until)) },
        Wait::Draining(drain) => Meaning {
            phase: Some(stage(drain)),
            asks_for: drain.plan().cloned(),
            ..says(draining::progress(snapshot, drain), pods)
        },
        // Another object may come that takes the pods.
        Wait::Notice { name, pods: ending, until } => {
            says(words::ending(name, ending), at(until).earlier(Requeue::poll(pods.after)))
        }
        Wait::Unread { message } => {
            let reason = if snapshot.object.deleting { Reason::Deleting } else { Reason::Mending };
            says(Progress::busy(reason, message.clone()), Requeue::poll(intervals.prerequisites_soon))
        }
        Wait::DnsLeaves { name, until } => says(words::dns_leaves(name), at(until).earlier(Requeue::poll(pods.after))),
        Wait::OutOfSight { name, why } => {
            let is_target = facts.target.is_some_and(|target| target.name == *name);
            let (reason, phase) = match (snapshot.object.deleting, is_target) {
                (true, _) => (Reason::Deleting, Phase::Draining),
                (false, true) => (Reason::RollingBack, Phase::RollingBack),
                (false, false) => (Reason::Draining, Phase::Draining),
            };
            Meaning { phase: Some(phase), ..says(words::out_of_sight(reason, name, why), pods) }
        }
        Wait::PodsUnknown { why, plan, .. } => Meaning {
            phase: Some(Phase::Draining),
            asks_for: Some(plan.clone()),
            ..says(words::pods_unknown(snapshot, why, plan), seldom)
        },
        // Only a look shows that a slot has become free.
        Wait::NoFreeSlot { message, plan } => Meaning {
            asks_for: plan.clone(),
            ..halts(words::no_free_slot(snapshot, message, plan.as_ref()), Requeue::poll(intervals.wait))
        },
        Wait::AwaitingApproval { plan } => Meaning {
            phase: Some(Phase::AwaitingApproval),
            asks_for: Some(plan.clone()),
            ..halts(words::awaiting_approval(facts, plan), seldom)
        },
        Wait::Suspended { pending } => halts(words::suspended(*pending), seldom),
        Wait::BackOff { action, until } => plain(words::back_off(facts, action), at(until)),
        Wait::Stalled { reason, message } => {
            Meaning { trusts_look: false, ..halts(Progress::stalled(*reason, message.clone()), seldom) }
        }
    }
}

fn stage(drain: &Drain) -> Phase {
    if matches!(drain.stage, Stage::Probing(_)) { Phase::Probing } else { Phase::Draining }
}

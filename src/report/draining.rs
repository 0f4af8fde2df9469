//! A drain in words.

use super::cause::Progress;
use super::held::{causes, is_moving, pods};
use super::progress::untold;
use super::words::approve;
use crate::act::Outcome;
use crate::api::{ConditionType, DrainRecord, Reason};
use crate::message::message;
use crate::plan::{Blocker, Drain, EvictCause, Eviction, Stage};
use crate::state::{Obstacle, Snapshot, Successor};

/// A drain that can do nothing at the moment.
pub(super) fn progress(snapshot: &Snapshot, drain: &Drain) -> Progress {
    let Drain { name, stage, held, overdue } = drain;
    let left = || message!("{} left on EKS profile {name}: {}", pods(held.len()), causes(held));
    let example = held.first().map_or("", |(pod, _)| pod.as_str());
    let stalled = |reason, message| Progress::stalled(reason, message);
    let is_news = snapshot.is_news_for().is_some();
    let (reason, message) = match stage {
        Stage::Bounced(pod, to) => {
            return stalled(
                Reason::DrainBounced,
                message!(
                    "pod {pod} was created on superseded EKS profile {name}, although {to} should have taken it: delete that pod. The drain goes on when a pod is created on {to}"
                ),
            );
        }
        // Another object that takes the pods may arrive a little later, in the same commit.
        Stage::Losing(_) if is_news => (Reason::Deleting, left()),
        Stage::Losing(plan) => {
            let (pods, ways, approve) = (pods(held.len()), ways_out(snapshot, held), approve(snapshot, plan));
            let message = message!("{pods} would lose Fargate, such as {example}. {ways}, or let them end: {approve}");
            return stalled(Reason::PodsWithoutProfile, message);
        }
        Stage::HandingOver(plan) if !is_news && obstacles(held).next().is_some() => {
            let (pods, ways, approve) = (pods(held.len()), ways_on(held), approve(snapshot, plan));
            let message =
                message!("{pods} cannot be handed over, such as {example}. {ways}, or let them end: {approve}");
            return stalled(Reason::HandoverHeld, message);
        }
        Stage::HandingOver(_) => (Reason::HandingOver, left()),
        Stage::Unanswered(to) => {
            return stalled(
                Reason::DrainUnanswered,
                message!(
                    "the first pod was evicted from EKS profile {name}, and none has become Ready on {to}: see the events of its controller. The drain goes on when one is Ready"
                ),
            );
        }
        Stage::Unhealthy(why) => {
            return stalled(
                Reason::ReplacementUnhealthy,
                message!("{why}. The drain of EKS profile {name} waits: {WAY_OUT}"),
            );
        }
        Stage::Pods if held.iter().all(|(_, blocker)| blocker.is_refused() || blocker.is_losing()) => {
            return stalled(Reason::EvictionRefused, left());
        }
        Stage::Probing(to) => (Reason::Draining, probing(to)),
        Stage::Pods if held.iter().all(|(_, blocker)| blocker.is_waited_for()) => (Reason::PodsOnSuperseded, left()),
        Stage::Pods if is_moving(snapshot, drain) => (Reason::Draining, moving(name)),
        Stage::Pods => (Reason::Draining, left()),
    };
    if *overdue {
        let message =
            message!("{message}. drain.timeout is over: move them, or set drain.onTimeout: Proceed to let them end");
        stalled(Reason::DrainHeld, message)
    } else {
        Progress::busy(reason, message)
    }
}

/// A pod is evicted, or was about to be.
pub(super) fn evicting(snapshot: &Snapshot, eviction: &Eviction, outcome: &Outcome) -> Progress {
    match (&eviction.cause, outcome.is_done()) {
        // An event on the pod says why not.
        (EvictCause::Pending(Some(_)), false) => said(snapshot, |_| true).unwrap_or(Progress::Idle),
        (EvictCause::Pending(_), _) => said(snapshot, |_| true).unwrap_or_else(|| {
            let message = message!("pods that were Pending before EKS profile {} are evicted once", eviction.to);
            Progress::busy(Reason::Recreating, message)
        }),
        (EvictCause::Move { from, .. }, is_done) => {
            let is_kept = |reason| if is_done { reason == Reason::DrainHeld } else { HELD_UP.contains(&reason) };
            said(snapshot, is_kept).unwrap_or_else(|| under_way(snapshot, from, &eviction.to))
        }
    }
}

/// Part of a drain of this EKS profile was recorded.
pub(super) fn recorded(snapshot: &Snapshot, name: &str, drain: &DrainRecord) -> Progress {
    let is_held_up = |reason| HELD_UP.contains(&reason) && (reason != Reason::Draining || drain.evicting.is_none());
    said(snapshot, is_held_up).unwrap_or_else(|| match &drain.evicting {
        Some(evicted) if !drain.proven.contains(&evicted.to) => Progress::busy(Reason::Draining, probing(&evicted.to)),
        Some(_) | None => Progress::busy(Reason::Draining, moving(name)),
    })
}

/// The first pods are evicted to see whether they start on the new profile, the others one by one. The text names no pod:
/// it would change with each.
fn under_way(snapshot: &Snapshot, from: &str, to: &str) -> Progress {
    let is_proven = is_proven(snapshot, to);
    Progress::busy(Reason::Draining, if is_proven { moving(from) } else { probing(to) })
}

/// Whether a pod has been Ready on the profile of this name.
pub(super) fn is_proven(snapshot: &Snapshot, to: &str) -> bool {
    let mut drains = snapshot.status.profiles.iter().filter_map(|record| record.drain.as_ref());
    drains.any(|drain| drain.proven.iter().any(|proven| proven == to))
}

fn moving(from: &str) -> String {
    message!("pods are moved off EKS profile {from} one by one, within their disruption budgets")
}

fn probing(to: &str) -> String {
    message!("the first pod is moved; the others follow when it is Ready on EKS profile {to}")
}

/// Reasons that are kept until a pod has moved. Otherwise every attempt would change the condition and emit an event.
const HELD_UP: [Reason; 7] = [
    Reason::DrainHeld,
    Reason::HandingOver,
    Reason::HandoverHeld,
    Reason::EvictionRefused,
    Reason::PodsWithoutProfile,
    Reason::Draining,
    Reason::PodsOnSuperseded,
];

/// What the conditions say so far, if its reason is one of these.
fn said(snapshot: &Snapshot, is_such: impl Fn(Reason) -> bool) -> Option<Progress> {
    let conditions = &snapshot.status.conditions;
    let told = |kind: ConditionType, progress: fn(Reason, String) -> Progress| {
        let condition = kind.holding(conditions)?;
        let reason = Reason::from_name(&condition.reason).filter(|reason| is_such(*reason))?;
        Some(progress(reason, untold(&condition.message).to_owned()))
    };
    told(ConditionType::Stalled, Progress::stalled).or_else(|| told(ConditionType::Reconciling, Progress::busy))
}

/// What to check when pods do not start on a profile.
const WAY_OUT: &str =
    "check the way out of its subnets (NAT gateway or VPC endpoints) and whether its role may pull images";

/// What to do about pods that no other profile takes; the likeliest first.
fn ways_out(snapshot: &Snapshot, held: &[(String, Blocker)]) -> String {
    let any = |is: fn(&Blocker) -> bool| held.iter().any(|(_, blocker)| is(blocker));
    if any(|blocker| matches!(blocker, Blocker::Pinned)) {
        message!("Take the label out of their templates")
    } else if any(|blocker| matches!(blocker, Blocker::Behind(_))) || snapshot.object.deleting {
        message!("Move them yourself")
    } else {
        message!("Undo the edit, or widen spec.selectors")
    }
}

/// Why other FargateProfiles cannot take over.
fn obstacles(held: &[(String, Blocker)]) -> impl Iterator<Item = (&str, &Obstacle)> {
    held.iter()
        .filter_map(|(_, blocker)| blocker.successor())
        .filter_map(|Successor { object, obstacle }| obstacle.as_ref().map(|obstacle| (object.as_str(), obstacle)))
}

/// What lets another FargateProfile take over the pods.
fn ways_on(held: &[(String, Blocker)]) -> String {
    let way = |(object, obstacle): (&str, &Obstacle)| match obstacle {
        Obstacle::KeepsItsName => message!("Set strategy: CreateFirst on {object}"),
        Obstacle::WouldTakeFrom(other) => message!("Let {object} and EKS profile {other} select different pods"),
        Obstacle::Held(_) => message!("See FargateProfile {object}"),
    };
    obstacles(held).map(way).min().unwrap_or_default()
}

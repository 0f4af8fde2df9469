//! A drain in words.

use std::collections::BTreeSet;

use super::cause::Progress;
use super::words::{approve, named};
use crate::act::Outcome;
use crate::api::{ConditionType, DrainRecord, POD_PROFILE_LABEL, Reason};
use crate::message::message;
use crate::plan::{Blocker, Drain, EvictCause, Eviction, Stage};
use crate::state::{Obstacle, Snapshot, Successor};

/// A drain that can do nothing at the moment.
pub(super) fn progress(snapshot: &Snapshot, drain: &Drain) -> Progress {
    let Drain { name, stage, held, overdue } = drain;
    let left = message!("pods left on EKS profile {name}: {} ({})", held.len(), list(held));
    let stalled = |reason, message| Progress::stalled(reason, message);
    let is_news = snapshot.is_news_for().is_some();
    let or_approve = |ways: String, plan: &str| {
        let approve = approve(snapshot, plan);
        message!("{left}. {ways}, or approve that EKS ends them together with the profile: {approve}")
    };
    let (reason, message) = match stage {
        Stage::Bounced(pod, to) => {
            return stalled(
                Reason::DrainBounced,
                message!(
                    "no more pods are evicted from EKS profile {name}: pod {pod} was made on it, although {to} should have taken it. Restart that pod: the drain goes on when a pod is made on {to}; if it comes back again, EKS does not choose {to}"
                ),
            );
        }
        // Another object that takes the pods may arrive a little later, in the same commit.
        Stage::Losing(_) if is_news => (Reason::Deleting, left),
        Stage::Losing(plan) => return stalled(Reason::PodsWithoutProfile, or_approve(ways_out(held), plan)),
        Stage::HandingOver(plan) if !is_news && obstacles(held).next().is_some() => {
            return stalled(Reason::HandoverHeld, or_approve(ways_on(held), plan));
        }
        Stage::HandingOver(_) => (Reason::HandingOver, left),
        Stage::Unanswered(to) => {
            return stalled(
                Reason::DrainUnanswered,
                message!(
                    "the first pod was moved from EKS profile {name}, and none has become Ready on {to} since; no more are evicted. See why (events of its controller and of its pods, quotas, EC2 nodes); the drain goes on when a pod is Ready on {to}"
                ),
            );
        }
        Stage::Unhealthy(why) => {
            return stalled(
                Reason::ReplacementUnhealthy,
                message!("{why}. No more pods are evicted from EKS profile {name} until one is Ready there: {WAY_OUT}"),
            );
        }
        Stage::Pods if held.iter().all(|(_, blocker)| blocker.is_refused() || blocker.is_losing()) => {
            return stalled(Reason::EvictionRefused, left);
        }
        Stage::Probing(to) => (
            Reason::Draining,
            message!("the first pod was moved; the others wait until it is Ready on EKS profile {to}"),
        ),
        Stage::Pods if held.iter().all(|(_, blocker)| blocker.is_waited_for()) => (Reason::PodsOnSuperseded, left),
        Stage::Pods => (Reason::Draining, left),
    };
    if *overdue {
        let way_out = "replacement.drain.timeout is over: move them, or set replacement.drain.onTimeout: Proceed, and EKS ends them together with the profile";
        stalled(Reason::DrainHeld, message!("{message}; {way_out}"))
    } else {
        Progress::busy(reason, message)
    }
}

/// A pod is evicted, or was about to be.
pub(super) fn evicting(snapshot: &Snapshot, eviction: &Eviction, outcome: &Outcome) -> Progress {
    let Eviction { namespace, name, to, .. } = eviction;
    let is_done = outcome.is_done();
    let was = if is_done { "was" } else { "is to be" };
    let busy = |reason| Progress::busy(reason, message!("pod {namespace}/{name} {was} evicted, for EKS profile {to}"));
    match (&eviction.cause, is_done) {
        // An event on the pod says why not.
        (EvictCause::Pending(Some(_)), false) => said(snapshot, |_| true).unwrap_or(Progress::Idle),
        (EvictCause::Pending(_), _) => said(snapshot, |_| true).unwrap_or_else(|| busy(Reason::Recreating)),
        (EvictCause::Move { .. }, true) => {
            said(snapshot, |reason| reason == Reason::DrainHeld).unwrap_or_else(|| busy(Reason::Draining))
        }
        (EvictCause::Move { .. }, false) => {
            said(snapshot, |reason| HELD_UP.contains(&reason)).unwrap_or_else(|| busy(Reason::Draining))
        }
    }
}

/// Part of a drain was recorded.
pub(super) fn recorded(snapshot: &Snapshot, drain: &DrainRecord) -> Progress {
    said(snapshot, |reason| HELD_UP.contains(&reason)).unwrap_or_else(|| {
        let message = match &drain.evicting {
            Some(evicted) => message!("pod {} is about to be evicted, for EKS profile {}", evicted.pod, evicted.to),
            None => "pods are about to be moved to the new EKS profile".to_owned(),
        };
        Progress::busy(Reason::Draining, message)
    })
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
        let condition = kind.find(conditions)?;
        let reason = Reason::from_name(&condition.reason).filter(|reason| is_such(*reason))?;
        Some(progress(reason, condition.message.clone()))
    };
    told(ConditionType::Stalled, Progress::stalled).or_else(|| told(ConditionType::Reconciling, Progress::busy))
}

/// What to check when pods do not start on a profile.
pub(super) const WAY_OUT: &str = "check that its subnets have a way out (NAT gateway or VPC endpoints) and that its pod execution role may pull the images";

/// What to do about pods that no other profile takes.
fn ways_out(held: &[(String, Blocker)]) -> String {
    let any = |is: fn(&Blocker) -> bool| held.iter().any(|(_, blocker)| is(blocker));
    let widen = any(|blocker| matches!(blocker, Blocker::NoProfile)).then_some("widen spec.selectors");
    let unpin = any(|blocker| matches!(blocker, Blocker::Pinned)).then_some("take the label out of the templates");
    let behind = any(|blocker| matches!(blocker, Blocker::Behind(_))).then_some("move them by hand");
    let ways: Vec<&str> = [widen, unpin, behind].into_iter().flatten().chain(["remove these pods"]).collect();
    let text = ways.join(", or ");
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Why other FargateProfiles cannot take over.
fn obstacles(held: &[(String, Blocker)]) -> impl Iterator<Item = (&str, &Obstacle)> {
    held.iter()
        .filter_map(|(_, blocker)| blocker.successor())
        .filter_map(|Successor { object, obstacle }| obstacle.as_ref().map(|obstacle| (object.as_str(), obstacle)))
}

/// What lets other FargateProfiles take over the pods.
fn ways_on(held: &[(String, Blocker)]) -> String {
    let ways: BTreeSet<String> = obstacles(held)
        .map(|(object, obstacle)| match obstacle {
            Obstacle::KeepsItsName => message!("Set spec.replacement.strategy: CreateFirst on FargateProfile {object}"),
            Obstacle::WouldTakeFrom(other) => {
                message!("Let FargateProfile {object} and EKS profile {other} not select the same pods")
            }
            Obstacle::Held(_) => message!("See to FargateProfile {object}"),
        })
        .collect();
    ways.into_iter().collect::<Vec<_>>().join(". ")
}

fn list(held: &[(String, Blocker)]) -> String {
    named(&held.iter().map(|(pod, blocker)| message!("{pod}: {}", words(blocker))).collect::<Vec<_>>())
}

fn words(blocker: &Blocker) -> String {
    match blocker {
        Blocker::Ending => "is ending".to_owned(),
        Blocker::Operator => {
            "is the operator itself, which moves only to where another pod is Ready; restart it yourself".to_owned()
        }
        Blocker::Moving => "waits for another pod of its controller".to_owned(),
        Blocker::Probe => "waits for its turn".to_owned(),
        Blocker::Blocked(why) | Blocker::Refused(why) => why.clone(),
        Blocker::Bare => {
            "has no controller that would make it again; delete it when it is not needed any more".to_owned()
        }
        Blocker::Job => "belongs to a Job and is left to end by itself".to_owned(),
        Blocker::Controller(kind) => {
            message!("belongs to a {kind}, which may not make it again; restart it there when that does no harm")
        }
        Blocker::DoNotDisrupt => "asks by annotation not to be disrupted".to_owned(),
        Blocker::Pinned => message!("its template names this profile in the label {POD_PROFILE_LABEL}"),
        Blocker::NoProfile => "no other EKS profile matches it".to_owned(),
        Blocker::Settling => "waits until the cluster has learned of the EKS profile that takes it".to_owned(),
        Blocker::Awaiting(Successor { object, obstacle }) => match obstacle {
            None => message!("waits for FargateProfile {object} to take it over"),
            Some(Obstacle::KeepsItsName) => message!(
                "FargateProfile {object} selects it, but keeps its exact EKS name, which does not sort before this one"
            ),
            Some(Obstacle::WouldTakeFrom(other)) => message!(
                "FargateProfile {object} selects it, but an EKS profile that sorts before this one would take pods from {other} as well"
            ),
            Some(Obstacle::Held(why)) => message!("waits for FargateProfile {object}: {why}"),
        },
        Blocker::Unsure(profile) => message!(
            "EKS profile {profile} may take it, which this version of the operator does not understand or cannot describe; see the operator's log"
        ),
        Blocker::Behind(profile) => message!("{profile} matches it, but does not sort before this one"),
    }
}

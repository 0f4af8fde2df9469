//! Sentences about EKS profiles.

use super::cause::Progress;
use super::pod_counts::moving;
use crate::api::{APPROVE_ANNOTATION, OnTimeout, Reason, Strategy};
use crate::message::message;
use crate::plan::{Checkpoint, CreateCause, DeleteCause, forecast};
use crate::state::{ActionKey, Facts, Snapshot};

/// This many pods are named, and the others are counted.
const NAMED: usize = 3;

pub(super) const PREPARED: &str = "the object is being prepared";

/// How a person approves a plan.
pub(super) fn approve(snapshot: &Snapshot, plan: &str) -> String {
    message!(
        "kubectl annotate --overwrite fargateprofiles.fargate-operator.dev {} {APPROVE_ANNOTATION}={plan}",
        snapshot.object.name
    )
}

pub(super) fn creating(facts: &Facts<'_>, name: &str, cause: &CreateCause) -> Progress {
    let (reason, then) = match cause {
        _ if facts.takes_over() => (Reason::TakingOver, message!(", {}", to_take_over(facts))),
        CreateCause::First if !facts.predecessors().is_empty() => {
            (Reason::Creating, message!(", {}", to_take_over(facts)))
        }
        CreateCause::First => (Reason::Creating, String::new()),
        CreateCause::Replace(old) => (Reason::Replacing, message!("; {old} serves until it is ACTIVE")),
        CreateCause::CloseGap(old) => (Reason::Replacing, message!(" in place of {old}, which is gone")),
        CreateCause::PutBack => (Reason::RollingBack, " again, as it was before".to_owned()),
    };
    Progress::busy(reason, message!("EKS profile {name} is being created{then}"))
}

fn to_take_over(facts: &Facts<'_>) -> String {
    message!("under a name that sorts before {}, to take over the pods there", facts.predecessors())
}

/// A checkpoint other than a drain's was recorded.
pub(super) fn recorded(facts: &Facts<'_>, record: &Checkpoint) -> Progress {
    let (reason, message) = match record {
        Checkpoint::Cluster => (Reason::Creating, PREPARED.to_owned()),
        Checkpoint::Previous(previous) => {
            (Reason::Replacing, message!("EKS profile {} is about to be deleted", previous.name))
        }
        Checkpoint::Failed(why) | Checkpoint::Unhealthy(why) => (Reason::RollingBack, why.clone()),
        Checkpoint::Closed => (Reason::Replacing, message!("an EKS profile of {} is ACTIVE again", facts.stem)),
        Checkpoint::Drain { .. } => (Reason::Draining, PREPARED.to_owned()),
        Checkpoint::Recovered => (Reason::Retiring, "the new EKS profile stays".to_owned()),
    };
    Progress::busy(reason, message)
}

pub(super) fn under_way(facts: &Facts<'_>, name: &str) -> Progress {
    let snapshot = facts.snapshot;
    let status =
        snapshot.profiles.iter().find(|profile| profile.name == name).map_or("busy", |profile| profile.status.name());
    let reason = match (snapshot.object.deleting, snapshot.status.previous.is_some(), facts.serving().is_some()) {
        (true, _, _) => Reason::Deleting,
        (false, true, _) if snapshot.generation_failed() => Reason::RollingBack,
        (false, true, _) => Reason::Replacing,
        (false, false, true) if facts.target.is_some_and(|target| target.name == name) => Reason::TakingOver,
        (false, false, true) => Reason::Retiring,
        (false, false, false) if facts.owned.len() > 1 => Reason::Replacing,
        (false, false, false) => Reason::Creating,
    };
    let takes_over = reason == Reason::TakingOver && !facts.predecessors().is_empty();
    let why = if takes_over { message!(", {}", to_take_over(facts)) } else { String::new() };
    Progress::busy(reason, message!("EKS profile {name} is {status}{why}"))
}

/// Why an effect in back-off was wanted.
fn purpose(facts: &Facts<'_>, action: &ActionKey) -> Reason {
    match action {
        ActionKey::Create(_) if facts.takes_over() => Reason::TakingOver,
        ActionKey::Create(_) if facts.snapshot.status.previous.is_some() || facts.foremost.is_some() => {
            Reason::Replacing
        }
        ActionKey::Create(_) => Reason::Creating,
        ActionKey::PutBack => Reason::RollingBack,
        ActionKey::Delete(_) if facts.snapshot.object.deleting => Reason::Deleting,
        ActionKey::Delete(_) => Reason::Retiring,
        ActionKey::Tag { .. } => Reason::Tagging,
        ActionKey::Evict(_) => Reason::Draining,
    }
}

/// A create for which EKS has no slot.
pub(super) fn lacks_slot(name: &str) -> Progress {
    let message = message!("there is no free slot for EKS profile {name}; a superseded one makes room for it");
    Progress::busy(Reason::Draining, message)
}

pub(super) fn deleting(snapshot: &Snapshot, name: &str, cause: DeleteCause) -> Progress {
    let (reason, what) = match cause {
        _ if snapshot.object.deleting => (Reason::Deleting, " is being deleted"),
        DeleteCause::Gap => (Reason::Replacing, " is being deleted; the new one follows"),
        DeleteCause::Unhealthy => (Reason::RollingBack, " is being deleted, since pods did not become Ready on it"),
        DeleteCause::GivesWay => {
            (Reason::TakingOver, ", on which nothing runs, is being deleted: the next one needs its slot")
        }
        DeleteCause::Leftover
        | DeleteCause::Superseded
        | DeleteCause::Approved
        | DeleteCause::TimedOut
        | DeleteCause::ObjectDeleted => (Reason::Retiring, " is being deleted"),
    };
    Progress::busy(reason, message!("EKS profile {name}{what}"))
}

pub(super) fn tagging(snapshot: &Snapshot, name: &str) -> Progress {
    if snapshot.object.deleting {
        Progress::busy(Reason::Deleting, message!("EKS profile {name} is being released"))
    } else {
        Progress::busy(Reason::Tagging, message!("tags of EKS profile {name} are being changed"))
    }
}

pub(super) fn doubtful(name: &str) -> Progress {
    let message = message!("EKS does not show profile {name} any more; looking again before anything is concluded");
    Progress::busy(Reason::AwaitingConfirmation, message)
}

pub(super) fn settling() -> Progress {
    Progress::busy(Reason::Retiring, "the new EKS profile is ACTIVE; the cluster gets time to learn of it")
}

pub(super) fn ending(name: &str, pods: &[String]) -> Progress {
    let message = message!(
        "EKS profile {name} is about to be deleted, and EKS ends the pods on it, which no other profile takes: {}",
        named(pods)
    );
    Progress::busy(Reason::Deleting, message)
}

pub(super) fn out_of_sight(reason: Reason, name: &str, why: &str) -> Progress {
    Progress::busy(reason, message!("EKS profile {name} is kept until its pods can be seen again: {why}"))
}

pub(super) fn pods_unknown(snapshot: &Snapshot, name: &str, why: &str, plan: &str) -> Progress {
    let message = message!(
        "the superseded EKS profile {name} is kept, since nobody knows what runs on it: {why}. When no pod needs it any more, approve its deletion: {}",
        approve(snapshot, plan)
    );
    Progress::stalled(Reason::PodsUnknown, message)
}

pub(super) fn no_free_slot(snapshot: &Snapshot, message: &str, plan: Option<&String>) -> Progress {
    let way_out = plan.map(|plan| message!(": {}", approve(snapshot, plan))).unwrap_or_default();
    Progress::stalled(Reason::NoFreeSlot, message!("{message}{way_out}"))
}

pub(super) fn awaiting_approval(facts: &Facts<'_>, plan: &str) -> Progress {
    let told = facts.changes.iter().cloned().chain(manner_of_the_plan(facts.snapshot));
    let told: Vec<String> = told.chain(pods_of_the_plan(facts)).collect();
    let message =
        message!("the replacement waits to be approved ({}): {}", told.join("; "), approve(facts.snapshot, plan));
    Progress::held(Reason::AwaitingApproval, message)
}

pub(super) fn suspended(pending: bool) -> Progress {
    let message = "spec.suspend is set: the pending change begins when it is taken away";
    if pending { Progress::held(Reason::Suspended, message) } else { Progress::Idle }
}

pub(super) fn back_off(facts: &Facts<'_>, action: &ActionKey) -> Progress {
    Progress::busy(purpose(facts, action), "the last try had no lasting effect; the next one follows")
}

/// How a plan is carried out, in words, as far as that may end pods.
fn manner_of_the_plan(snapshot: &Snapshot) -> impl Iterator<Item = String> {
    let spec = &snapshot.spec;
    let strategy = (spec.strategy() == Strategy::DeleteFirst).then(|| "strategy: DeleteFirst".to_owned());
    let on_timeout = (spec.on_timeout() == OnTimeout::Proceed).then(|| "drain.onTimeout: Proceed".to_owned());
    strategy.into_iter().chain(on_timeout)
}

/// What a plan that has not begun does to pods, in words.
fn pods_of_the_plan(facts: &Facts<'_>) -> Option<String> {
    // As often as status gets new counts.
    let shown = facts
        .snapshot
        .status
        .replacement
        .as_ref()
        .and_then(|shown| shown.pods.clone())
        .filter(|_| !facts.snapshot.counts_due);
    let pods = shown.or_else(|| forecast(facts).map(|forecast| moving(forecast, None)))?;
    let some = |pods: u32, what: &str| (pods > 0).then(|| message!("{pods} {what}"));
    let parts = [
        some(pods.to_move, "to be moved"),
        some(pods.ending, "to be ended at once"),
        some(pods.losing_fargate, "to lose Fargate"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| message!("pods: {}", parts.join(", ")))
}

/// The first few, and how many more.
pub(super) fn named(items: &[String]) -> String {
    let more = items.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| message!("and {more} more"));
    items.iter().take(NAMED).cloned().chain(more).collect::<Vec<_>>().join("; ")
}

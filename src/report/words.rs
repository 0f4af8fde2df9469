//! Sentences about EKS profiles.

use super::cause::Progress;
use super::{bounds, effects, mending};
use crate::api::{APPROVE_ANNOTATION, Reason};
use crate::eks::ProfileStatus;
use crate::mending::Mend;
use crate::message::message;
use crate::plan::{Checkpoint, CreateCause, DeleteCause};
use crate::state::{ActionKey, Facts, Snapshot};

pub(super) fn prepared() -> String {
    message!("the object is being prepared")
}

/// How a person approves a plan.
pub(super) fn approve(snapshot: &Snapshot, plan: &str) -> String {
    let name = &snapshot.object.name;
    message!("kubectl annotate --overwrite fp {name} {APPROVE_ANNOTATION}={plan}")
}

pub(super) fn creating(facts: &Facts<'_>, name: &str, cause: &CreateCause) -> Progress {
    let (reason, message) = match cause {
        _ if facts.takes_over() => (Reason::TakingOver, taking_over(facts, name)),
        CreateCause::First if !facts.predecessors().is_empty() => (Reason::Creating, taking_over(facts, name)),
        CreateCause::First => (Reason::Creating, creating_alone(name)),
        CreateCause::Replace(old) => (Reason::Replacing, creating_beside(name, old)),
        CreateCause::CloseGap(old) => {
            (Reason::Replacing, message!("EKS profile {name} is being created in place of {old}, which is deleted"))
        }
        CreateCause::PutBack => {
            (Reason::RollingBack, message!("EKS profile {name} is being created again as it was before the change"))
        }
    };
    Progress::busy(reason, message)
}

fn creating_alone(name: &str) -> String {
    message!("EKS profile {name} is being created")
}

fn creating_beside(name: &str, serving: &str) -> String {
    message!("EKS profile {name} is being created; {serving} serves until it is ACTIVE")
}

fn being_deleted(name: &str) -> String {
    message!("EKS profile {name} is being deleted")
}

fn taking_over(facts: &Facts<'_>, name: &str) -> String {
    let from = facts.predecessors();
    message!("EKS profile {name} is being created; it sorts before {from} and takes over the pods there")
}

/// A checkpoint other than a drain's was recorded.
pub(super) fn recorded(facts: &Facts<'_>, record: &Checkpoint) -> Progress {
    let (reason, message) = match record {
        Checkpoint::Cluster => (Reason::Creating, prepared()),
        Checkpoint::Previous(previous) => {
            (Reason::Replacing, message!("EKS profile {} is about to be deleted", previous.name))
        }
        Checkpoint::Failed(why) | Checkpoint::Unhealthy(why) => (Reason::RollingBack, why.clone()),
        Checkpoint::Closed => (Reason::Replacing, message!("EKS profile {} is ACTIVE again", facts.stem)),
        Checkpoint::Drain { .. } => (Reason::Draining, prepared()),
        Checkpoint::Recovered => (Reason::Retiring, message!("pods are Ready on the new EKS profile, which stays")),
    };
    Progress::busy(reason, message)
}

pub(super) fn under_way(facts: &Facts<'_>, name: &str) -> Progress {
    let snapshot = facts.snapshot;
    let reason = match (snapshot.object.deleting, snapshot.status.previous.is_some(), facts.serving().is_some()) {
        (true, _, _) => Reason::Deleting,
        (false, true, _) if snapshot.generation_failed() => Reason::RollingBack,
        (false, true, _) => Reason::Replacing,
        (false, false, true) if facts.target.is_some_and(|target| target.name == name) => Reason::TakingOver,
        (false, false, true) => Reason::Retiring,
        (false, false, false) if facts.owned.len() > 1 => Reason::Replacing,
        (false, false, false) => Reason::Creating,
    };
    if reason == Reason::TakingOver && !facts.predecessors().is_empty() {
        return Progress::busy(reason, taking_over(facts, name));
    }
    let shown = snapshot.profiles.iter().find(|profile| profile.name == name).map(|profile| &profile.status);
    let serving = facts.taking().filter(|_| reason == Reason::Replacing);
    let message = match (shown, serving) {
        (Some(ProfileStatus::Creating), Some(old)) => creating_beside(name, &old.name),
        (Some(ProfileStatus::Creating), None) => creating_alone(name),
        (Some(ProfileStatus::Deleting), _) => being_deleted(name),
        (Some(other), _) => message!("EKS profile {name} is {}", other.name()),
        (None, _) => message!("EKS is at work on profile {name}"),
    };
    Progress::busy(reason, message)
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
        ActionKey::Mend(_) if facts.snapshot.object.deleting => Reason::Deleting,
        ActionKey::Mend(_) => Reason::Mending,
    }
}

/// A create for which EKS has no slot.
pub(super) fn lacks_slot(name: &str) -> Progress {
    let message = message!("no slot is free for EKS profile {name}; a superseded one is deleted first to make room");
    Progress::busy(Reason::Draining, message)
}

pub(super) fn deleting(snapshot: &Snapshot, name: &str, cause: DeleteCause) -> Progress {
    let (reason, message) = match cause {
        _ if snapshot.object.deleting => (Reason::Deleting, being_deleted(name)),
        DeleteCause::Gap => (Reason::Replacing, message!("EKS profile {name} is being deleted; the new one follows")),
        DeleteCause::Unhealthy => (
            Reason::RollingBack,
            message!("EKS profile {name} is being deleted, since pods did not become Ready on it"),
        ),
        DeleteCause::GivesWay => (
            Reason::TakingOver,
            message!("EKS profile {name}, which has no pods, is being deleted: the next one needs its slot"),
        ),
        DeleteCause::Leftover
        | DeleteCause::Superseded
        | DeleteCause::Approved
        | DeleteCause::TimedOut
        | DeleteCause::ObjectDeleted => (Reason::Retiring, being_deleted(name)),
    };
    Progress::busy(reason, message)
}

pub(super) fn tagging(snapshot: &Snapshot, name: &str) -> Progress {
    if snapshot.object.deleting {
        Progress::busy(Reason::Deleting, message!("the operator's tags are being removed from EKS profile {name}"))
    } else {
        Progress::busy(Reason::Tagging, message!("tags of EKS profile {name} are being changed"))
    }
}

pub(super) fn mending(snapshot: &Snapshot, mend: &Mend) -> Progress {
    let reason = if snapshot.object.deleting { Reason::Deleting } else { Reason::Mending };
    Progress::busy(reason, mending::doing(mend))
}

pub(super) fn dns_leaves(name: &str) -> Progress {
    let message = message!("EKS profile {name} is deleted when CoreDNS, which leaves it, runs on EC2 nodes");
    Progress::busy(Reason::Deleting, message)
}

pub(super) fn doubtful(name: &str) -> Progress {
    let message = message!("EKS does not show profile {name} any more; the operator looks again before it acts");
    Progress::busy(Reason::AwaitingConfirmation, message)
}

pub(super) fn settling() -> Progress {
    Progress::busy(Reason::Retiring, message!("the new EKS profile is ACTIVE; the cluster is learning of it"))
}

pub(super) fn ending(name: &str, pods: &[String]) -> Progress {
    let example = pods.first().map_or("", String::as_str);
    let message = match pods.len() {
        1 => message!("EKS profile {name} is about to be deleted, and pod {example} ends with it: no other matches"),
        n => {
            let more = n.saturating_sub(1);
            message!(
                "EKS profile {name} is about to be deleted, and {example} and {more} more pods end with it: no other matches"
            )
        }
    };
    Progress::busy(Reason::Deleting, message)
}

pub(super) fn out_of_sight(reason: Reason, name: &str, why: &str) -> Progress {
    let why = bounds::clause(why);
    Progress::busy(reason, message!("EKS profile {name} is kept until its pods can be seen again: {why}"))
}

pub(super) fn pods_unknown(snapshot: &Snapshot, why: &str, plan: &str) -> Progress {
    let (why, approve) = (bounds::clause(why), approve(snapshot, plan));
    let message = message!("the pods to move cannot be seen: {why}. If there are none, approve: {approve}");
    Progress::stalled(Reason::PodsUnknown, message)
}

pub(super) fn no_free_slot(snapshot: &Snapshot, message: &str, plan: Option<&String>) -> Progress {
    let message = match plan {
        Some(plan) => message!("{message}: {}", approve(snapshot, plan)),
        None => message.to_owned(),
    };
    Progress::stalled(Reason::NoFreeSlot, message)
}

pub(super) fn awaiting_approval(facts: &Facts<'_>, plan: &str) -> Progress {
    let approve = approve(facts.snapshot, plan);
    let message = match ignored_approval(facts.snapshot, Some(plan)) {
        Some(other) => message!("{other} is not the plan that waits. Undo the edit, or approve: {approve}"),
        None => {
            let told = effects::in_short(facts);
            message!("waiting for approval ({told}). Undo the edit, or approve: {approve}")
        }
    };
    Progress::held(Reason::AwaitingApproval, message)
}

/// The approval on the object, if it is not for this plan, which waits for one.
pub(super) fn ignored_approval(snapshot: &Snapshot, plan: Option<&str>) -> Option<String> {
    let (approval, plan) = (snapshot.object.approval.as_deref()?, plan?);
    (approval != plan && !approval.is_empty()).then(|| bounds::word(approval))
}

pub(super) fn suspended(pending: bool) -> Progress {
    let message = || message!("spec.suspend is set: the pending change begins when it is taken away");
    if pending { Progress::held(Reason::Suspended, message()) } else { Progress::Idle }
}

pub(super) fn back_off(facts: &Facts<'_>, action: &ActionKey) -> Progress {
    Progress::busy(purpose(facts, action), message!("the last try had no lasting effect; the next one follows"))
}

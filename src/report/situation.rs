//! What is going on with an object, apart from whether it is ready.

use super::progress::{manner_of_the_plan, pods_of_the_plan};
use super::{Cause, draining};
use crate::act::Outcome;
use crate::api::{APPROVE_ANNOTATION, Reason};
use crate::eks::ProfileStatus;
use crate::failure::Failure;
use crate::plan::{CreateCause, DeleteCause, Effect, Picture, Record, Rest, Snapshot, Step, refusal};

/// What is going on.
pub(super) enum Situation {
    /// Nothing.
    Idle,
    /// By the wish of a person, a pending change does not begin.
    Held(Cause),
    /// Work goes on, or waits for something that will come.
    Busy(Cause),
    /// A person has to act.
    Stalled(Cause),
}

/// What is going on after a pass.
pub(super) fn situation(snapshot: &Snapshot, picture: &Picture<'_>, step: &Step, outcome: &Outcome) -> Situation {
    match outcome {
        Outcome::KubernetesFailed(message) => {
            return Situation::Busy(Cause::new(Reason::KubernetesUnavailable, message.clone()));
        }
        Outcome::NotOurTurn(blocked) => return waiting(snapshot, picture, step, &blocked.by),
        Outcome::Failed(_)
        | Outcome::Done
        | Outcome::Created(_)
        | Outcome::Rested
        | Outcome::Outdated
        | Outcome::NotLeading => {}
    }
    if let Some(why) = refusal(snapshot, picture) {
        return Situation::Busy(Cause::new(Reason::RollingBack, why));
    }
    // What these say is newer, or weighs more, than how an effect failed.
    let said = matches!(
        step,
        Step::Record(_)
            | Step::Rest(
                Rest::Stalled { .. }
                    | Rest::NoFreeSlot { .. }
                    | Rest::AwaitingApproval { .. }
                    | Rest::Notice { .. }
                    | Rest::OutOfSight { .. }
                    | Rest::PodsUnknown { .. }
                    | Rest::Draining(_)
                    | Rest::Suspended { .. }
            )
    );
    trouble(snapshot, picture, step).filter(|_| !said).unwrap_or_else(|| going_on(snapshot, picture, step, outcome))
}

fn waiting(snapshot: &Snapshot, picture: &Picture<'_>, step: &Step, by: &str) -> Situation {
    let message = format!("waiting for the EKS cluster: {by}");
    trouble(snapshot, picture, step)
        .filter(|situation| matches!(situation, Situation::Stalled(_)))
        .unwrap_or(Situation::Busy(Cause::new(Reason::WaitingForTurn, message)))
}

/// An effect of this object that has failed and has not succeeded since.
fn trouble(snapshot: &Snapshot, picture: &Picture<'_>, step: &Step) -> Option<Situation> {
    let is_create = matches!(step, Step::Create { .. });
    // Outside the gap in which it was refused, a generation is tried again where that costs no outage.
    let in_gap = snapshot.status.previous.is_some();
    let given_up = snapshot.generation_failed() && in_gap;
    let concerns = |effect: &Effect, failure: &Failure| match effect {
        // While room is made for the next profile, nothing is stuck.
        Effect::Create(_) if failure.reason == Reason::NoFreeSlot && (!is_create || makes_room(snapshot, picture)) => {
            false
        }
        Effect::Create(generation) => *generation == snapshot.object.generation && !picture.is_complete() && !given_up,
        Effect::PutBack => in_gap,
        // A drain tells of each pod itself.
        Effect::Evict(_) => false,
        Effect::Delete(arn) | Effect::Tag { arn, .. } => picture.owned.iter().any(|profile| profile.arn == *arn),
    };
    let failed = snapshot.attempts.iter().filter_map(|(effect, attempt)| {
        let failure = attempt.failure.as_ref().filter(|failure| concerns(effect, failure))?;
        Some((attempt.is_stalled(), failure))
    });
    let (stalled, failure) = failed.max_by_key(|(stalled, _)| *stalled)?;
    let cause = Cause::new(failure.reason, failure.message.clone());
    Some(if stalled { Situation::Stalled(cause) } else { Situation::Busy(cause) })
}

/// Work that goes on as it should.
fn going_on(snapshot: &Snapshot, picture: &Picture<'_>, step: &Step, outcome: &Outcome) -> Situation {
    let busy = |reason, message: String| Situation::Busy(Cause::new(reason, message));
    let deleting = snapshot.object.deleting;
    let in_gap = snapshot.status.previous.is_some();
    match step {
        Step::AddFinalizer => busy(Reason::Creating, PREPARED.to_owned()),
        Step::DropFinalizer(_) => busy(Reason::Deleting, "no EKS profile is left".to_owned()),
        Step::Create { profile, .. } if lacks_slot(outcome) => busy(
            Reason::Draining,
            format!("there is no free slot for EKS profile {}; a superseded one makes room for it", profile.name),
        ),
        Step::Create { profile, cause, .. } => creating(picture, &profile.name, cause),
        Step::Record(Record::Drain { drain, .. }) => draining::recorded(snapshot, drain),
        Step::Record(record) => recorded(picture, record),
        Step::Delete { name, .. } if deleting => busy(Reason::Deleting, format!("EKS profile {name} is being deleted")),
        Step::Delete { name, cause: DeleteCause::Gap, .. } => {
            busy(Reason::Replacing, format!("EKS profile {name} is being deleted; the new one follows"))
        }
        Step::Delete { name, cause: DeleteCause::Unhealthy, .. } => busy(
            Reason::RollingBack,
            format!("EKS profile {name} is being deleted, since pods did not become Ready on it"),
        ),
        Step::Delete { name, cause: DeleteCause::GivesWay, .. } => busy(
            Reason::TakingOver,
            format!("EKS profile {name}, on which nothing runs, is being deleted: the next one needs its slot"),
        ),
        Step::Delete { name, .. } => busy(Reason::Retiring, format!("EKS profile {name} is being deleted")),
        Step::Tag { name, .. } if deleting => busy(Reason::Deleting, format!("EKS profile {name} is being released")),
        Step::Tag { name, .. } => busy(Reason::Tagging, format!("tags of EKS profile {name} are being changed")),
        Step::Rest(Rest::UnderWay { name, .. }) => under_way(snapshot, picture, name),
        Step::Rest(Rest::Doubtful { name }) => busy(
            Reason::AwaitingConfirmation,
            format!("EKS does not show profile {name} any more; looking again before anything is concluded"),
        ),
        Step::Rest(Rest::Settling { .. }) => {
            busy(Reason::Retiring, "the new EKS profile is ACTIVE; the cluster gets time to learn of it".to_owned())
        }
        Step::Ask { eviction, .. } => draining::evicting(snapshot, eviction, outcome),
        Step::Evict(eviction) => draining::evicting(snapshot, eviction, outcome),
        Step::Rest(Rest::Draining(drain)) => draining::situation(snapshot, drain),
        Step::Rest(Rest::Notice { name, pods, .. }) => busy(
            Reason::Deleting,
            format!(
                "EKS profile {name} is about to be deleted, and EKS ends the pods on it, which no other profile takes: {}",
                draining::named(pods)
            ),
        ),
        Step::Rest(Rest::OutOfSight { name, why }) => {
            let is_target = picture.target.is_some_and(|target| target.name == *name);
            let reason = match (deleting, is_target) {
                (true, _) => Reason::Deleting,
                (false, true) => Reason::RollingBack,
                (false, false) => Reason::Draining,
            };
            busy(reason, format!("EKS profile {name} is kept until its pods can be seen again: {why}"))
        }
        Step::Rest(Rest::PodsUnknown { name, why, plan }) => Situation::Stalled(Cause::new(
            Reason::PodsUnknown,
            format!(
                "the superseded EKS profile {name} is kept, since nobody knows what runs on it: {why}. When no pod needs it any more, approve its deletion: {}",
                approve(snapshot, plan)
            ),
        )),
        Step::Rest(Rest::AwaitingApproval { plan }) => Situation::Held(Cause::new(
            Reason::AwaitingApproval,
            format!(
                "the replacement waits to be approved ({}): {}",
                picture
                    .changes
                    .iter()
                    .cloned()
                    .chain(manner_of_the_plan(snapshot))
                    .chain(pods_of_the_plan(snapshot, picture))
                    .collect::<Vec<_>>()
                    .join("; "),
                approve(snapshot, plan)
            ),
        )),
        Step::Rest(Rest::NoFreeSlot { message, plan }) => {
            let way_out = plan.as_ref().map(|plan| format!(": {}", approve(snapshot, plan))).unwrap_or_default();
            Situation::Stalled(Cause::new(Reason::NoFreeSlot, format!("{message}{way_out}")))
        }
        Step::Rest(Rest::BackOff { effect, .. }) => {
            let reason = match effect {
                Effect::Create(_) if picture.takes_over() => Reason::TakingOver,
                Effect::Create(_) if in_gap || picture.foremost.is_some() => Reason::Replacing,
                Effect::Create(_) => Reason::Creating,
                Effect::PutBack => Reason::RollingBack,
                Effect::Delete(_) if deleting => Reason::Deleting,
                Effect::Delete(_) => Reason::Retiring,
                Effect::Tag { .. } => Reason::Tagging,
                Effect::Evict(_) => Reason::Draining,
            };
            busy(reason, "the last try had no lasting effect; the next one follows".to_owned())
        }
        Step::Rest(Rest::Stalled { reason, message }) => Situation::Stalled(Cause::new(*reason, message.clone())),
        Step::Rest(Rest::Suspended { pending: true }) => Situation::Held(Cause::new(
            Reason::Suspended,
            "spec.suspend is set: the pending change begins when it is taken away",
        )),
        Step::Rest(Rest::Settled | Rest::Suspended { pending: false } | Rest::Quiet) => Situation::Idle,
    }
}

/// Whether a profile goes, or one of the object can go, so that its slot is free.
fn makes_room(snapshot: &Snapshot, picture: &Picture<'_>) -> bool {
    let goes = snapshot.profiles.iter().any(|profile| profile.status == ProfileStatus::Deleting);
    goes || picture.superseded().next().is_some()
}

fn lacks_slot(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(failure) if failure.reason == Reason::NoFreeSlot)
}

const PREPARED: &str = "the object is being prepared";

/// How a person approves a plan.
pub(super) fn approve(snapshot: &Snapshot, plan: &str) -> String {
    format!(
        "kubectl annotate --overwrite fargateprofiles.fargate-operator.dev {} {APPROVE_ANNOTATION}={plan}",
        snapshot.object.name
    )
}

fn creating(picture: &Picture<'_>, name: &str, cause: &CreateCause) -> Situation {
    let (reason, then) = match cause {
        _ if picture.takes_over() => (Reason::TakingOver, format!(", {}", to_take_over(picture))),
        CreateCause::First if !picture.predecessors().is_empty() => {
            (Reason::Creating, format!(", {}", to_take_over(picture)))
        }
        CreateCause::First => (Reason::Creating, String::new()),
        CreateCause::Replace(old) => (Reason::Replacing, format!("; {old} serves until it is ACTIVE")),
        CreateCause::CloseGap(old) => (Reason::Replacing, format!(" in place of {old}, which is gone")),
        CreateCause::PutBack => (Reason::RollingBack, " again, as it was before".to_owned()),
    };
    Situation::Busy(Cause::new(reason, format!("EKS profile {name} is being created{then}")))
}

fn to_take_over(picture: &Picture<'_>) -> String {
    format!("under a name that sorts before {}, to take over the pods there", picture.predecessors())
}

fn recorded(picture: &Picture<'_>, record: &Record) -> Situation {
    let (reason, message) = match record {
        Record::Cluster => (Reason::Creating, PREPARED.to_owned()),
        Record::Previous(previous) => {
            (Reason::Replacing, format!("EKS profile {} is about to be deleted", previous.name))
        }
        Record::Failed(why) => (Reason::RollingBack, why.clone()),
        Record::Closed => (Reason::Replacing, format!("an EKS profile of {} is ACTIVE again", picture.stem)),
        Record::Drain { .. } => (Reason::Draining, PREPARED.to_owned()),
        Record::Unhealthy(why) => (Reason::RollingBack, why.clone()),
        Record::Recovered => (Reason::Retiring, "the new EKS profile stays".to_owned()),
    };
    Situation::Busy(Cause::new(reason, message))
}

fn under_way(snapshot: &Snapshot, picture: &Picture<'_>, name: &str) -> Situation {
    let status =
        snapshot.profiles.iter().find(|profile| profile.name == name).map_or("busy", |profile| profile.status.name());
    let reason = match (snapshot.object.deleting, snapshot.status.previous.is_some(), picture.serving().is_some()) {
        (true, _, _) => Reason::Deleting,
        (false, true, _) if snapshot.generation_failed() => Reason::RollingBack,
        (false, true, _) => Reason::Replacing,
        (false, false, true) if picture.target.is_some_and(|target| target.name == name) => Reason::TakingOver,
        (false, false, true) => Reason::Retiring,
        (false, false, false) if picture.owned.len() > 1 => Reason::Replacing,
        (false, false, false) => Reason::Creating,
    };
    let why = match reason {
        Reason::TakingOver if !picture.predecessors().is_empty() => format!(", {}", to_take_over(picture)),
        _ => String::new(),
    };
    Situation::Busy(Cause::new(reason, format!("EKS profile {name} is {status}{why}")))
}

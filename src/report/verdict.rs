//! What the situation means for the conditions: the table of docs/architecture.md as one `match`.

use super::Cause;
use crate::act::Outcome;
use crate::api::{Reason, Truth};
use crate::eks::{Failure, ProfileStatus};
use crate::plan::{Effect, Picture, Rest, Snapshot, Step};

/// What the conditions are to say.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) ready: Claim,
    pub(super) available: Claim,
    pub(super) reconciling: Option<Cause>,
    pub(super) stalled: Option<Cause>,
}

/// What a condition that is always present is to say.
#[derive(Clone, Debug)]
pub(super) enum Claim {
    /// This.
    Is(Truth, Cause),
    /// What it said before, of the generation that it said it of; `Unknown`, with this cause, if it said nothing.
    Keep(Cause),
}

/// What is going on, apart from whether the object is ready.
enum Situation {
    Idle,
    Busy(Cause),
    Stalled(Cause),
}

/// The verdict on a pass; none in quiet time for an object that has conditions already.
pub(super) fn of(snapshot: &Snapshot, picture: &Picture<'_>, step: &Step, outcome: &Outcome) -> Option<Verdict> {
    if matches!(step, Step::Rest(Rest::Quiet)) {
        return snapshot.status.conditions.is_empty().then(unknown_yet);
    }
    let situation = situation(snapshot, picture, step, outcome);
    let (reconciling, stalled) = match &situation {
        Situation::Idle => (None, None),
        Situation::Busy(cause) => (Some(cause.clone()), None),
        Situation::Stalled(cause) => (None, Some(cause.clone())),
    };
    Some(Verdict {
        ready: ready(snapshot, picture, &situation),
        available: available(snapshot, picture, &situation),
        reconciling,
        stalled,
    })
}

/// The verdict when EKS could not be looked at.
pub(super) fn blind(failure: &Failure, stalled: bool) -> Verdict {
    let cause = Cause::new(failure.reason, failure.message.clone());
    let (reconciling, stalled) = if stalled { (None, Some(cause.clone())) } else { (Some(cause.clone()), None) };
    Verdict { ready: Claim::Keep(cause.clone()), available: Claim::Keep(cause), reconciling, stalled }
}

fn unknown_yet() -> Verdict {
    let cause = Cause::new(Reason::AwaitingConfirmation, "the operator waits until its last operation shows in EKS");
    Verdict {
        ready: Claim::Is(Truth::Unknown, cause.clone()),
        available: Claim::Is(Truth::Unknown, cause.clone()),
        reconciling: Some(cause),
        stalled: None,
    }
}

fn ready(snapshot: &Snapshot, picture: &Picture<'_>, situation: &Situation) -> Claim {
    if snapshot.object.deleting {
        return Claim::Is(Truth::False, Cause::new(Reason::Deleting, "the object is being deleted"));
    }
    // What denies that the profiles seen are this object's, or that it may have any, outweighs what they look like.
    if let Situation::Stalled(cause) = situation
        && matches!(
            cause.reason,
            Reason::OwnershipLost
                | Reason::NameTaken
                | Reason::ClusterMismatch
                | Reason::ClusterNotFound
                | Reason::DefaultMissing
        )
    {
        return Claim::Is(Truth::False, cause.clone());
    }
    match (picture.serving(), situation) {
        (Some(profile), _) => Claim::Is(
            Truth::True,
            Cause::new(Reason::Active, format!("EKS profile {} is ACTIVE and equals the spec", profile.name)),
        ),
        (None, Situation::Busy(cause) | Situation::Stalled(cause)) => Claim::Is(Truth::False, cause.clone()),
        (None, Situation::Idle) => Claim::Is(
            Truth::False,
            Cause::new(Reason::Suspended, "spec.suspend is set: the pending change begins when it is taken away"),
        ),
    }
}

fn available(snapshot: &Snapshot, picture: &Picture<'_>, situation: &Situation) -> Claim {
    // What another cluster has, or has not, says nothing of this object's profiles.
    if let Situation::Stalled(cause) = situation
        && cause.reason == Reason::ClusterMismatch
    {
        return Claim::Keep(cause.clone());
    }
    if picture.doubtful.is_some() {
        return Claim::Keep(Cause::new(Reason::AwaitingConfirmation, "an EKS profile of this object is out of sight"));
    }
    let here = picture.owned.iter().chain(&picture.lost).find(|profile| profile.status == ProfileStatus::Active);
    match here {
        Some(profile) => {
            Claim::Is(Truth::True, Cause::new(Reason::Active, format!("EKS profile {} is ACTIVE", profile.name)))
        }
        None if snapshot.object.deleting => {
            Claim::Is(Truth::False, Cause::new(Reason::Deleting, "the object is being deleted"))
        }
        None => Claim::Is(Truth::False, Cause::new(Reason::NotActive, "no EKS profile of this object is ACTIVE")),
    }
}

fn situation(snapshot: &Snapshot, picture: &Picture<'_>, step: &Step, outcome: &Outcome) -> Situation {
    match outcome {
        Outcome::KubernetesFailed(message) => {
            return Situation::Busy(Cause::new(Reason::KubernetesUnavailable, message.clone()));
        }
        Outcome::NotOurTurn(blocked) => return waiting(snapshot, picture, &blocked.by),
        Outcome::Failed(_) | Outcome::Done | Outcome::Created(_) | Outcome::Rested | Outcome::Outdated => {}
    }
    if let Step::Rest(Rest::Stalled { reason, message }) = step {
        return Situation::Stalled(Cause::new(*reason, message.clone()));
    }
    if let Some(situation) = trouble(snapshot, picture) {
        return situation;
    }
    going_on(snapshot, picture, step)
}

fn waiting(snapshot: &Snapshot, picture: &Picture<'_>, by: &str) -> Situation {
    let message = format!("waiting for the EKS cluster: {by}");
    trouble(snapshot, picture)
        .filter(|situation| matches!(situation, Situation::Stalled(_)))
        .unwrap_or(Situation::Busy(Cause::new(Reason::WaitingForTurn, message)))
}

/// An effect of this object that has failed and has not succeeded since.
fn trouble(snapshot: &Snapshot, picture: &Picture<'_>) -> Option<Situation> {
    let concerns = |effect: &Effect| match effect {
        Effect::Create(generation) => *generation == snapshot.object.generation && picture.serving().is_none(),
        Effect::Delete(arn) | Effect::Tag(arn) => picture.owned.iter().any(|profile| profile.arn == *arn),
    };
    let failed = snapshot.attempts.iter().filter(|(effect, _)| concerns(effect)).filter_map(|(_, attempt)| {
        let failure = attempt.failure.as_ref()?;
        Some((attempt.is_stalled(), failure))
    });
    let (stalled, failure) = failed.max_by_key(|(stalled, _)| *stalled)?;
    let cause = Cause::new(failure.reason, failure.message.clone());
    Some(if stalled { Situation::Stalled(cause) } else { Situation::Busy(cause) })
}

/// Work that goes on as it should.
fn going_on(snapshot: &Snapshot, picture: &Picture<'_>, step: &Step) -> Situation {
    let busy = |reason, message: String| Situation::Busy(Cause::new(reason, message));
    let deleting = snapshot.object.deleting;
    match step {
        Step::AddFinalizer | Step::Rest(Rest::Recording) => {
            busy(Reason::Creating, "the object is being prepared".to_owned())
        }
        Step::DropFinalizer(_) => busy(Reason::Deleting, "no EKS profile is left".to_owned()),
        Step::Create { profile, replaces: None, .. } => {
            busy(Reason::Creating, format!("EKS profile {} is being created", profile.name))
        }
        Step::Create { profile, replaces: Some(old), .. } => busy(
            Reason::Replacing,
            format!("EKS profile {} is being created; {old} serves until it is ACTIVE", profile.name),
        ),
        Step::Delete { name, .. } if deleting => busy(Reason::Deleting, format!("EKS profile {name} is being deleted")),
        Step::Delete { name, .. } => busy(Reason::Retiring, format!("EKS profile {name} is being deleted")),
        Step::Tag { name, .. } if deleting => busy(Reason::Deleting, format!("EKS profile {name} is being released")),
        Step::Tag { name, .. } => busy(Reason::Tagging, format!("tags of EKS profile {name} are being changed")),
        Step::Rest(Rest::UnderWay { name, .. }) => under_way(picture, name, deleting),
        Step::Rest(Rest::Doubtful { name }) => busy(
            Reason::AwaitingConfirmation,
            format!("EKS does not show profile {name} any more; looking again before anything is concluded"),
        ),
        Step::Rest(Rest::Settling { .. }) => {
            busy(Reason::Retiring, "the new EKS profile is ACTIVE; the cluster gets time to learn of it".to_owned())
        }
        Step::Rest(Rest::PodsHeld { name, pods }) => busy(
            Reason::PodsOnSuperseded,
            format!(
                "pods on the superseded EKS profile {name}: {pods}. It is kept for them; they move when they are restarted"
            ),
        ),
        Step::Rest(Rest::PodsUnknown { name, why }) => Situation::Stalled(Cause::new(
            Reason::PodsUnknown,
            format!(
                "the superseded EKS profile {name} is kept, since nobody knows what runs on it: {why}. When no pod needs it any more, delete it in EKS"
            ),
        )),
        Step::Rest(Rest::BackOff { effect, .. }) => {
            let reason = match effect {
                Effect::Create(_) => Reason::Creating,
                Effect::Delete(_) if deleting => Reason::Deleting,
                Effect::Delete(_) => Reason::Retiring,
                Effect::Tag(_) => Reason::Tagging,
            };
            busy(reason, "the last try had no lasting effect; the next one follows".to_owned())
        }
        Step::Rest(Rest::Stalled { reason, message }) => Situation::Stalled(Cause::new(*reason, message.clone())),
        Step::Rest(Rest::Settled | Rest::Suspended { .. } | Rest::Quiet) => Situation::Idle,
    }
}

fn under_way(picture: &Picture<'_>, name: &str, deleting: bool) -> Situation {
    let status =
        picture.owned.iter().find(|profile| profile.name == name).map_or("busy", |profile| profile.status.name());
    let reason = match (deleting, picture.serving().is_some(), picture.owned.len()) {
        (true, _, _) => Reason::Deleting,
        (false, true, _) => Reason::Retiring,
        (false, false, 0 | 1) => Reason::Creating,
        (false, false, _) => Reason::Replacing,
    };
    Situation::Busy(Cause::new(reason, format!("EKS profile {name} is {status}")))
}

//! What the situation means for the conditions: the conditions of docs/gitops.md as one `match`.

use super::cause::{Cause, Progress};
use crate::api::{Reason, Truth};
use crate::eks::ProfileStatus;
use crate::failure::Failure;
use crate::message::message;
use crate::state::Facts;

#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) ready: Claim,
    pub(super) available: Claim,
    pub(super) reconciling: Option<Cause>,
    pub(super) stalled: Option<Cause>,
}

/// A condition that is always present.
#[derive(Clone, Debug)]
pub(super) enum Claim {
    Is(Truth, Cause),
    /// It stays as it was, for the generation that it was about. `Unknown`, with this cause, if there was none.
    Keep(Cause),
}

/// The verdict on a pass. It is `None` in quiet time for an object that already has conditions.
pub(super) fn of(facts: &Facts<'_>, progress: &Progress) -> Option<Verdict> {
    let (reconciling, stalled) = match progress {
        Progress::Unclear => return facts.snapshot.status.conditions.is_empty().then(unknown_yet),
        Progress::Idle | Progress::Held(_) => (None, None),
        Progress::Busy(cause) => (Some(cause.clone()), None),
        Progress::Stalled(cause) => (None, Some(cause.clone())),
    };
    Some(Verdict { ready: ready(facts, progress), available: available(facts, progress), reconciling, stalled })
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

fn ready(facts: &Facts<'_>, progress: &Progress) -> Claim {
    if facts.snapshot.object.deleting {
        return Claim::Is(Truth::False, Cause::new(Reason::Deleting, "the object is being deleted"));
    }
    // If the profiles are not this object's, or it may not have any, their state does not matter.
    if let Progress::Stalled(cause) = progress
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
    match (facts.serving(), progress) {
        (Some(profile), _) => Claim::Is(
            Truth::True,
            Cause::new(Reason::Active, message!("EKS profile {} is ACTIVE and equals the spec", profile.name)),
        ),
        (None, Progress::Busy(cause) | Progress::Stalled(cause) | Progress::Held(cause)) => {
            Claim::Is(Truth::False, cause.clone())
        }
        (None, Progress::Idle | Progress::Unclear) => {
            Claim::Is(Truth::False, Cause::new(Reason::NotActive, "no EKS profile of this object serves the spec"))
        }
    }
}

fn available(facts: &Facts<'_>, progress: &Progress) -> Claim {
    // What another cluster has or lacks says nothing about this object's profiles.
    if let Progress::Stalled(cause) = progress
        && cause.reason == Reason::ClusterMismatch
    {
        return Claim::Keep(cause.clone());
    }
    if facts.doubtful.is_some() {
        return Claim::Keep(Cause::new(Reason::AwaitingConfirmation, "an EKS profile of this object is out of sight"));
    }
    let here = facts.owned.iter().chain(&facts.lost).find(|profile| profile.status == ProfileStatus::Active);
    match here {
        Some(profile) => {
            Claim::Is(Truth::True, Cause::new(Reason::Active, message!("EKS profile {} is ACTIVE", profile.name)))
        }
        None if facts.snapshot.object.deleting => {
            Claim::Is(Truth::False, Cause::new(Reason::Deleting, "the object is being deleted"))
        }
        None if facts.snapshot.status.previous.is_some() => Claim::Is(
            Truth::False,
            Cause::new(
                Reason::NotActive,
                "between the old EKS profile and the new one, as replacement.strategy DeleteFirst says",
            ),
        ),
        None => Claim::Is(Truth::False, Cause::new(Reason::NotActive, "no EKS profile of this object is ACTIVE")),
    }
}

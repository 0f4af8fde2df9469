//! What the situation means for the conditions: the conditions of docs/gitops.md as one `match`.

use super::cause::{Cause, Progress};
use super::findings;
use crate::api::{Reason, Truth};
use crate::eks::ProfileStatus;
use crate::failure::Failure;
use crate::message::message;
use crate::state::Facts;

#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) ready: Claim,
    pub(super) available: Claim,
    pub(super) reconciling: Claim,
    pub(super) stalled: Claim,
    pub(super) prerequisites: Claim,
}

/// What a condition says.
#[derive(Clone, Debug)]
pub(super) enum Claim {
    Is(Truth, Cause),
    /// It stays as it was, for the generation that it was about. `Unknown`, with this cause, if there was none.
    Keep(Cause),
}

/// The verdict on a pass. It is `None` in quiet time for an object that already has conditions.
pub(super) fn of(facts: &Facts<'_>, progress: &Progress) -> Option<Verdict> {
    if *progress == Progress::Unclear {
        return facts.snapshot.status.conditions.is_empty().then(unknown_yet);
    }
    let (reconciling, stalled) = course(progress);
    Some(Verdict {
        ready: ready(facts, progress),
        available: available(facts, progress),
        reconciling,
        stalled,
        prerequisites: findings::claim(facts),
    })
}

/// The verdict when EKS could not be looked at.
pub(super) fn blind(failure: &Failure, stalled: bool) -> Verdict {
    let cause = Cause::new(failure.reason, failure.message.clone());
    let unknown = Cause::new(failure.reason, message!("EKS could not be looked at yet"));
    let progress = if stalled { Progress::Stalled(cause) } else { Progress::Busy(cause) };
    let (reconciling, stalled) = course(&progress);
    Verdict {
        ready: Claim::Keep(unknown.clone()),
        available: Claim::Keep(unknown),
        reconciling,
        stalled,
        prerequisites: findings::unchecked(),
    }
}

fn unknown_yet() -> Verdict {
    let cause =
        Cause::new(Reason::AwaitingConfirmation, message!("the operator waits until its last operation shows in EKS"));
    let (reconciling, stalled) = course(&Progress::Busy(cause.clone()));
    let unknown = Claim::Is(Truth::Unknown, cause);
    Verdict { ready: unknown.clone(), available: unknown, reconciling, stalled, prerequisites: findings::unchecked() }
}

/// `Reconciling` and `Stalled`.
fn course(progress: &Progress) -> (Claim, Claim) {
    let as_expected = || Claim::Is(Truth::False, Cause::new(Reason::AsExpected, message!("nobody has to act")));
    match progress {
        Progress::Idle | Progress::Unclear => {
            let settled = Cause::new(Reason::Settled, message!("nothing is under way"));
            (Claim::Is(Truth::False, settled), as_expected())
        }
        Progress::Held(cause) => {
            let held = Cause::new(cause.reason, message!("a person holds the change back: see Ready"));
            (Claim::Is(Truth::False, held), as_expected())
        }
        Progress::Busy(cause) => (Claim::Is(Truth::True, cause.clone()), as_expected()),
        Progress::Stalled(cause) => {
            let stopped = Cause::new(cause.reason, message!("it goes on when somebody has acted: see Stalled"));
            (Claim::Is(Truth::False, stopped), Claim::Is(Truth::True, cause.clone()))
        }
    }
}

fn ready(facts: &Facts<'_>, progress: &Progress) -> Claim {
    if facts.snapshot.object.deleting {
        return Claim::Is(Truth::False, Cause::new(Reason::Deleting, message!("the object is being deleted")));
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
        return Claim::Is(Truth::False, Cause::new(cause.reason, message!("see Stalled")));
    }
    match (facts.serving(), progress) {
        (Some(profile), _) => Claim::Is(
            Truth::True,
            Cause::new(Reason::Active, message!("EKS profile {} is ACTIVE and equals the spec", profile.name)),
        ),
        // Nothing else says what a person holds back.
        (None, Progress::Held(cause)) => Claim::Is(Truth::False, cause.clone()),
        (None, Progress::Busy(cause)) => Claim::Is(Truth::False, Cause::new(cause.reason, unserved(facts))),
        (None, Progress::Stalled(cause)) => {
            let unserved = unserved(facts);
            Claim::Is(Truth::False, Cause::new(cause.reason, message!("{unserved}: see Stalled")))
        }
        (None, Progress::Idle | Progress::Unclear) => {
            Claim::Is(Truth::False, Cause::new(Reason::NotActive, message!("no EKS profile serves the spec")))
        }
    }
}

/// No profile serves the spec. Another condition says why.
fn unserved(facts: &Facts<'_>) -> String {
    if facts.doubtful.is_some() {
        return out_of_sight();
    }
    let active = facts.owned.iter().copied().find(|profile| profile.status == ProfileStatus::Active);
    match facts.taking().or(active) {
        Some(serving) => message!("EKS profile {} serves an earlier spec", serving.name),
        None => message!("no EKS profile is ACTIVE"),
    }
}

fn out_of_sight() -> String {
    message!("EKS does not show an EKS profile that is on record")
}

fn available(facts: &Facts<'_>, progress: &Progress) -> Claim {
    // What another cluster has or lacks says nothing about this object's profiles.
    if let Progress::Stalled(cause) = progress
        && cause.reason == Reason::ClusterMismatch
    {
        return Claim::Keep(cause.clone());
    }
    if facts.doubtful.is_some() {
        return Claim::Keep(Cause::new(Reason::AwaitingConfirmation, out_of_sight()));
    }
    let here = facts.owned.iter().chain(&facts.lost).find(|profile| profile.status == ProfileStatus::Active);
    match here {
        Some(profile) => {
            Claim::Is(Truth::True, Cause::new(Reason::Active, message!("EKS profile {} is ACTIVE", profile.name)))
        }
        None if facts.snapshot.object.deleting => {
            Claim::Is(Truth::False, Cause::new(Reason::Deleting, message!("the object is being deleted")))
        }
        None if facts.snapshot.status.previous.is_some() => Claim::Is(
            Truth::False,
            Cause::new(
                Reason::NotActive,
                message!(
                    "the old EKS profile is deleted and the new one not ACTIVE yet (replacement.strategy: DeleteFirst)"
                ),
            ),
        ),
        None => {
            Claim::Is(Truth::False, Cause::new(Reason::NotActive, message!("no EKS profile of this object is ACTIVE")))
        }
    }
}

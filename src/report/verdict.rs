//! What the situation means for the conditions: the conditions of docs/gitops.md as one `match`.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::cause::{Cause, Progress};
use super::findings;
use crate::api::{ConditionType, Reason, Truth};
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
    /// The same, but what it said why does not hold any more: this does.
    Still(Cause),
}

/// The verdict on a pass. It is `None` in quiet time for an object that already has conditions.
pub(super) fn of(facts: &Facts<'_>, progress: &Progress) -> Option<Verdict> {
    if *progress == Progress::Unclear {
        return facts.snapshot.status.conditions.is_empty().then(unknown_yet);
    }
    let ready = ready(facts, progress);
    let (reconciling, stalled) = course(progress, &ready);
    Some(Verdict {
        ready,
        available: available(facts, progress),
        reconciling,
        stalled,
        prerequisites: findings::claim(facts),
    })
}

/// The verdict when EKS could not be looked at, after these conditions.
pub(super) fn blind(old: &[Condition], failure: &Failure, stalled: bool) -> Verdict {
    let cause = Cause::new(failure.reason, failure.message.clone());
    let unknown = Cause::new(failure.reason, message!("EKS could not be looked at yet"));
    let progress = if stalled { Progress::Stalled(cause) } else { Progress::Busy(cause) };
    let ready = ready_unseen(old, failure).unwrap_or_else(|| Claim::Keep(unknown.clone()));
    let (reconciling, stalled) = course(&progress, &ready);
    Verdict { ready, available: Claim::Keep(unknown), reconciling, stalled, prerequisites: findings::unchecked() }
}

/// `Ready` after a look that failed, where it has left its reason to `Stalled`, which tells of the look from now on.
fn ready_unseen(old: &[Condition], failure: &Failure) -> Option<Claim> {
    let (ready, stalled) = (ConditionType::Ready.find(old)?, ConditionType::Stalled.holding(old)?);
    let unserved = || message!("no EKS profile served the spec when EKS was last looked at");
    let leaves_it = ready.status == Truth::False.name() && ready.reason == stalled.reason;
    leaves_it.then(|| Claim::Still(Cause::new(failure.reason, unserved())))
}

fn unknown_yet() -> Verdict {
    let cause =
        Cause::new(Reason::AwaitingConfirmation, message!("the operator waits until its last operation shows in EKS"));
    let unknown = Claim::Is(Truth::Unknown, cause.clone());
    let (reconciling, stalled) = course(&Progress::Busy(cause), &unknown);
    Verdict { ready: unknown.clone(), available: unknown, reconciling, stalled, prerequisites: findings::unchecked() }
}

/// `Reconciling` and `Stalled`, beside what `Ready` says.
fn course(progress: &Progress, ready: &Claim) -> (Claim, Claim) {
    let as_expected = || Claim::Is(Truth::False, Cause::new(Reason::AsExpected, message!("nobody has to act")));
    match progress {
        Progress::Idle | Progress::Unclear => {
            let settled = Cause::new(Reason::Settled, message!("nothing is under way"));
            (Claim::Is(Truth::False, settled), as_expected())
        }
        Progress::Held(cause) => {
            // `Ready` does not tell of it while a profile serves the spec.
            let is_told = matches!(ready, Claim::Is(Truth::False, told) if told == cause);
            let see = || Cause::new(cause.reason, message!("a person holds the change back: see Ready"));
            (Claim::Is(Truth::False, if is_told { see() } else { cause.clone() }), as_expected())
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

//! Pods created before their profile. EKS assigns a profile only when a pod is created, so they would be pending for
//! ever (EKS user guide, Fargate profile). Once recreated, they get it.

use std::time::Duration;

use jiff::Timestamp;

use super::{Checkpoint, DeleteCause, EvictCause, Eviction, Step, unknown};
use crate::api::PendingPods;
use crate::eks::{Profile, ProfileStatus};
use crate::placement::{Controller, Pod, PodPhase, Remakes, Taker, taker};
use crate::state::{ActionKey, Facts, Pods, Snapshot};

/// The scheduler of pods that Fargate has not taken.
const DEFAULT_SCHEDULER: &str = "default-scheduler";

/// Evicts the next such pod before `step`, unless `step` cannot wait. The eviction comes first because what `step`
/// waits for, such as its turn, may take long.
pub(super) fn first(facts: &Facts<'_>, step: Step) -> Step {
    let meanwhile = match &step {
        Step::Wait(wait) => Some(Box::new(wait.clone())),
        Step::Create { .. }
        | Step::Tag { .. }
        | Step::Mend(_)
        | Step::Ask { .. }
        | Step::Evict(_)
        | Step::Checkpoint(Checkpoint::Drain { .. }) => None,
        Step::Delete { cause, .. } => match cause {
            DeleteCause::Superseded | DeleteCause::Approved | DeleteCause::TimedOut | DeleteCause::Leftover => None,
            // The profile that would take the pods is being deleted.
            DeleteCause::Unhealthy | DeleteCause::GivesWay | DeleteCause::Gap | DeleteCause::ObjectDeleted => {
                return step;
            }
        },
        Step::AddFinalizer
        | Step::DropFinalizer(_)
        | Step::Checkpoint(
            Checkpoint::Cluster
            | Checkpoint::Previous(_)
            | Checkpoint::Failed(_)
            | Checkpoint::Closed
            | Checkpoint::Unhealthy(_)
            | Checkpoint::Recovered,
        ) => return step,
    };
    match next(facts) {
        Some((pod, controller, to)) => Step::Evict(Eviction {
            namespace: pod.namespace.clone(),
            name: pod.name.clone(),
            uid: pod.uid.clone(),
            resource_version: pod.resource_version.clone(),
            controller,
            to: to.name.clone(),
            cause: EvictCause::Pending(meanwhile),
        }),
        None => step,
    }
}

/// The next pod to recreate, its controller, and the profile that will take it.
fn next<'a>(facts: &Facts<'a>) -> Option<(&'a Pod, Controller, &'a Profile)> {
    let snapshot = facts.snapshot;
    let (Pods::Known(pods), PendingPods::Recreate) = (&snapshot.pods, snapshot.spec.pending_pods()) else {
        return None;
    };
    let to = facts.taking()?;
    let known = known_since(snapshot, to)?;
    let is_due = |pod: &&Pod| due_in(snapshot, known, pod).is_zero();
    let due = pods.iter().map(AsRef::as_ref).filter(|pod| waits(snapshot, pod, to, known)).filter(is_due);
    let pod = due.min_by_key(|pod| (pod.created, pod.path()))?;
    Some((pod, pod.controller.clone()?, to))
}

/// The time until the next such pod is due, if one waits.
pub(crate) fn next_due(facts: &Facts<'_>) -> Option<Duration> {
    let snapshot = facts.snapshot;
    let (Pods::Known(pods), PendingPods::Recreate) = (&snapshot.pods, snapshot.spec.pending_pods()) else {
        return None;
    };
    let to = facts.taking().filter(|_| !snapshot.object.deleting)?;
    let known = known_since(snapshot, to)?;
    let waiting = pods.iter().filter(|pod| waits(snapshot, pod, to, known));
    // A pod that is due already waits for something else.
    waiting.map(|pod| due_in(snapshot, known, pod)).filter(|due| !due.is_zero()).min()
}

/// Since when new pods get the profile. A recreated pod is newer, so no pod is recreated twice.
fn known_since(snapshot: &Snapshot, to: &Profile) -> Option<Timestamp> {
    Some(snapshot.record_of(&to.arn)?.active_since.as_ref()?.0)
}

/// The time until the profile has settled and the pod counts as pending.
fn due_in(snapshot: &Snapshot, known: Timestamp, pod: &Pod) -> Duration {
    let unscheduled = pod.unscheduled_since.map_or(Duration::ZERO, |since| snapshot.since(since));
    let settled = snapshot.settle.saturating_sub(snapshot.since(known));
    settled.max(snapshot.pending_after.saturating_sub(unscheduled))
}

/// Whether the pod waits for this profile in vain and may be recreated. The retries of a Job are checked before the
/// eviction.
fn waits(snapshot: &Snapshot, pod: &Pod, to: &Profile, known: Timestamp) -> bool {
    let makes_again = |controller: &Controller| {
        let action = ActionKey::Evict(controller.uid.clone());
        controller.remakes() != Remakes::Unknown && snapshot.back_off(&action).is_none()
    };
    pod.phase == PodPhase::Pending
        && pod.node.is_none()
        && !pod.terminating
        && pod.unscheduled_since.is_some()
        && !pod.gated
        && !pod.nominated
        && !pod.wants_ec2
        && !pod.do_not_disrupt
        && pod.unfit.is_empty()
        && pod.controller.as_ref().is_some_and(makes_again)
        && is_stray(snapshot, pod, known)
        && is_for(snapshot, pod, to)
}

/// Whether Fargate ignores the pod: it was created before the profile was known, or for a profile that is gone. Another
/// profile may have that name by now.
fn is_stray(snapshot: &Snapshot, pod: &Pod, known: Timestamp) -> bool {
    if snapshot.profiles.iter().any(|profile| pod.is_taken_for(profile)) {
        return false;
    }
    let age_at_known = known.duration_since(pod.created);
    let is_older = age_at_known.saturating_add(signed(snapshot.settle)).is_positive();
    is_older && pod.scheduler == DEFAULT_SCHEDULER || pod.profile().is_some_and(|name| is_gone(snapshot, pod, name))
}

/// Whether the profile that the pod was created for is gone.
fn is_gone(snapshot: &Snapshot, pod: &Pod, name: &str) -> bool {
    let made_for = |profile: &Profile| profile.name == name && profile.created_at.is_none_or(|at| pod.created >= at);
    !snapshot.profiles.iter().any(made_for)
}

/// Whether this profile would take the pod.
fn is_for(snapshot: &Snapshot, pod: &Pod, to: &Profile) -> bool {
    let active = snapshot.profiles.iter().filter(|profile| profile.status == ProfileStatus::Active);
    taker(active, pod) == Taker::Profile(to) && unknown::may_take(snapshot, pod, to).is_none()
}

fn signed(duration: std::time::Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(duration).unwrap_or(jiff::SignedDuration::MAX)
}

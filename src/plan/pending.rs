//! Pods that were made before their profile was there. EKS gives a pod its profile when it is made and never later, so that
//! they would wait for ever (EKS user guide, Fargate profile); made again, they get it.

use jiff::Timestamp;

use super::{DeleteCause, Effect, EvictCause, Eviction, Picture, Pods, Record, Snapshot, Step};
use crate::api::PendingPods;
use crate::eks::{Profile, ProfileStatus};
use crate::placement::{Controller, Pod, PodPhase, Remakes, Taker, taker};

/// The scheduler of pods that Fargate has not taken.
const DEFAULT_SCHEDULER: &str = "default-scheduler";

/// Before `step`, unless that cannot wait, the eviction of the next such pod, if there is one. It comes first since what `step`
/// waits for, such as its turn, may be long in coming.
pub(super) fn first(snapshot: &Snapshot, picture: &Picture<'_>, step: Step) -> Step {
    let meanwhile = match &step {
        Step::Rest(rest) => Some(Box::new(rest.clone())),
        Step::Create { .. } | Step::Tag { .. } | Step::Evict(_) | Step::Record(Record::Drain { .. }) => None,
        Step::Delete { cause, .. } => match cause {
            DeleteCause::Superseded | DeleteCause::Approved | DeleteCause::TimedOut | DeleteCause::Leftover => None,
            // What would take the pods is on its way out.
            DeleteCause::Unhealthy | DeleteCause::GivesWay | DeleteCause::Gap | DeleteCause::ObjectDeleted => {
                return step;
            }
        },
        Step::AddFinalizer
        | Step::DropFinalizer(_)
        | Step::Record(
            Record::Cluster
            | Record::Previous(_)
            | Record::Failed(_)
            | Record::Closed
            | Record::Unhealthy(_)
            | Record::Recovered,
        ) => return step,
    };
    match next(snapshot, picture) {
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

/// The next pod to be made again, its controller, and the profile that takes it then.
fn next<'a>(snapshot: &'a Snapshot, picture: &Picture<'a>) -> Option<(&'a Pod, Controller, &'a Profile)> {
    let (Pods::Known(pods), PendingPods::Recreate) = (&snapshot.pods, snapshot.spec.pending_pods()) else {
        return None;
    };
    let to = picture.taking()?;
    // Since then new pods get the profile. What is made again is younger, and so is made again only once.
    let known = snapshot.record_of(&to.arn)?.active_since.as_ref()?.0;
    if snapshot.since(known) < snapshot.settle {
        return None;
    }
    let due = |pod: &&Pod| waits(snapshot, pod) && is_stray(snapshot, pod, known) && is_for(snapshot, pod, to);
    let pod = pods.iter().map(AsRef::as_ref).filter(due).min_by_key(|pod| (pod.created, pod.path()))?;
    Some((pod, pod.controller.clone()?, to))
}

/// Whether the pod has waited for long enough, and may be made again. Whether a Job has retries left is asked before the
/// eviction.
fn waits(snapshot: &Snapshot, pod: &Pod) -> bool {
    let makes_again = |controller: &Controller| {
        let effect = Effect::Evict(controller.uid.clone());
        controller.remakes() != Remakes::Unknown && snapshot.back_off(&effect).is_none()
    };
    pod.phase == PodPhase::Pending
        && pod.node.is_none()
        && !pod.terminating
        && pod.unscheduled_since.is_some_and(|since| snapshot.since(since) >= snapshot.pending_after)
        && !pod.gated
        && !pod.nominated
        && !pod.wants_ec2
        && !pod.do_not_disrupt
        && pod.unfit.is_empty()
        && pod.controller.as_ref().is_some_and(makes_again)
}

/// Whether Fargate does not look after the pod: it was made before the profile was known, or for one that is gone. What has
/// the name now of the profile that it was made for may be another.
fn is_stray(snapshot: &Snapshot, pod: &Pod, known: Timestamp) -> bool {
    if snapshot.profiles.iter().any(|profile| pod.is_taken_for(profile)) {
        return false;
    }
    let age_at_known = known.duration_since(pod.created);
    let is_older = age_at_known.saturating_add(signed(snapshot.settle)).is_positive();
    is_older && pod.scheduler == DEFAULT_SCHEDULER || pod.profile().is_some_and(|name| is_gone(snapshot, pod, name))
}

/// Whether the profile of this name that the pod was made for is no longer there.
fn is_gone(snapshot: &Snapshot, pod: &Pod, name: &str) -> bool {
    let made_for = |profile: &Profile| profile.name == name && profile.created_at.is_none_or(|at| pod.created >= at);
    !snapshot.profiles.iter().any(made_for)
}

/// Whether this is the profile that would take the pod.
fn is_for(snapshot: &Snapshot, pod: &Pod, to: &Profile) -> bool {
    let active = snapshot.profiles.iter().filter(|profile| profile.status == ProfileStatus::Active);
    taker(active, pod, None) == Taker::Profile(to)
}

fn signed(duration: std::time::Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(duration).unwrap_or(jiff::SignedDuration::MAX)
}

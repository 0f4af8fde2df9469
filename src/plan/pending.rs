//! Pods that were made before their profile was there. EKS gives a pod its profile when it is made and never later, so that
//! they would wait for ever (EKS user guide, Fargate profile); made again, they get it.

use jiff::Timestamp;

use super::{Effect, EvictCause, Eviction, Picture, Pods, Snapshot, Step};
use crate::api::PendingPods;
use crate::eks::{Profile, ProfileStatus};
use crate::placement::{Controller, Pod, PodPhase, Remakes, Taker, taker};

/// The eviction of the next such pod, if there is one, for a profile of the object that is ACTIVE.
pub(super) fn recreate(snapshot: &Snapshot, picture: &Picture<'_>, target: &Profile) -> Option<Step> {
    let (Pods::Known(pods), ProfileStatus::Active, PendingPods::Recreate) =
        (&snapshot.pods, &target.status, snapshot.spec.pending_pods())
    else {
        return None;
    };
    // Since then new pods get the profile. What is made again is younger, and so is made again only once.
    let known = snapshot.record_of(&target.arn)?.active_since.as_ref()?.0;
    if snapshot.since(known) < snapshot.settle || picture.foremost.is_none_or(|first| first.arn != target.arn) {
        return None;
    }
    let due = |pod: &&Pod| waits(snapshot, pod) && is_stray(snapshot, pod, known) && is_for(snapshot, pod, target);
    let pod = pods.iter().map(AsRef::as_ref).filter(due).min_by_key(|pod| (pod.created, pod.path()))?;
    Some(Step::Evict(Eviction {
        namespace: pod.namespace.clone(),
        name: pod.name.clone(),
        uid: pod.uid.clone(),
        resource_version: pod.resource_version.clone(),
        controller: pod.controller.clone()?,
        to: target.name.clone(),
        cause: EvictCause::Pending,
    }))
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
    let Some(name) = pod.profile() else {
        let age_at_known = known.duration_since(pod.created);
        let is_older = age_at_known.saturating_add(signed(snapshot.settle)).is_positive();
        return is_older && pod.scheduler == "default-scheduler";
    };
    let made_for = |profile: &Profile| profile.name == name && profile.created_at.is_none_or(|at| pod.created >= at);
    !snapshot.profiles.iter().any(made_for)
}

/// Whether the target is the profile that would take the pod.
fn is_for(snapshot: &Snapshot, pod: &Pod, target: &Profile) -> bool {
    let active = snapshot.profiles.iter().filter(|profile| profile.status == ProfileStatus::Active);
    taker(active, pod, None) == Taker::Profile(target)
}

fn signed(duration: std::time::Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(duration).unwrap_or(jiff::SignedDuration::MAX)
}

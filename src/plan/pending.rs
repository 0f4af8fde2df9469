//! Pods that were made before their profile was there. EKS gives a pod its profile when it is made and never later, so that
//! they would wait for ever (EKS user guide, Fargate profile); made again, they get it.

use jiff::Timestamp;

use super::{EvictCause, Eviction, Picture, Pods, Snapshot, Step};
use crate::api::PendingPods;
use crate::eks::{Profile, ProfileStatus};
use crate::placement::{Controller, Pod, PodPhase, Taker, taker};

/// Kinds of controllers that make a pod again. Whether a Job has retries left is asked before the eviction.
const REPLACING: [&str; 4] = ["ReplicaSet", "StatefulSet", "ReplicationController", "Job"];

/// The eviction of the next such pod, if there is one.
pub(super) fn recreate(snapshot: &Snapshot, picture: &Picture<'_>) -> Option<Step> {
    let (Pods::Known(pods), Some(target), PendingPods::Recreate) =
        (&snapshot.pods, picture.serving(), snapshot.spec.pending_pods())
    else {
        return None;
    };
    // Since then new pods get the profile. What is made again is younger, and so is made again only once.
    let known = snapshot.record_of(&target.arn)?.active_since.as_ref()?.0;
    if snapshot.since(known) < snapshot.settle {
        return None;
    }
    let due = |pod: &&Pod| is_due(snapshot, pod, known) && is_for(snapshot, pod, target);
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

/// Whether the pod has waited since before the profile was known, and may be made again.
fn is_due(snapshot: &Snapshot, pod: &Pod, known: Timestamp) -> bool {
    let makes_again = |controller: &Controller| {
        let effect = super::Effect::Evict(controller.uid.clone());
        REPLACING.contains(&controller.kind.as_str()) && snapshot.back_off(&effect).is_none()
    };
    let age_at_known = known.duration_since(pod.created);
    let is_older = age_at_known.saturating_add(signed(snapshot.settle)).is_positive();
    let waits = pod.unscheduled_since.is_some_and(|since| snapshot.since(since) >= snapshot.pending_after);
    pod.phase == PodPhase::Pending
        && pod.node.is_none()
        && !pod.terminating
        && is_older
        && waits
        && !pod.gated
        && !pod.nominated
        && !pod.wants_ec2
        && !pod.do_not_disrupt
        && pod.unfit.is_empty()
        && pod.controller.as_ref().is_some_and(makes_again)
}

/// Whether nobody else would schedule the pod, and the target is the one to take it.
fn is_for(snapshot: &Snapshot, pod: &Pod, target: &Profile) -> bool {
    let is_stray = match pod.profile() {
        None => pod.scheduler == "default-scheduler",
        Some(profile) => !snapshot.profiles.iter().any(|there| there.name == profile),
    };
    let active = snapshot.profiles.iter().filter(|profile| profile.status == ProfileStatus::Active);
    is_stray && taker(active, pod, None) == Taker::Profile(target)
}

fn signed(duration: std::time::Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(duration).unwrap_or(jiff::SignedDuration::MAX)
}

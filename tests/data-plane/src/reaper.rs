//! The end of a profile: its pods are deleted, all at once and whatever their disruption budgets say
//! (UG: "stopped and put into a pending state"; containers-roadmap 996), also those that land while it lasts.

use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{Api, DeleteParams, Preconditions};

use crate::lives::Life;
use crate::names::{PROFILE_LABEL, SCHEDULER};
use crate::pass::Next;
use crate::plane::Plane;

/// Whether a pod goes with its profile. Only what Fargate runs or would run: a pod that merely carries the label
/// is not "scheduled using the profile" (UG).
pub(crate) fn wants(pod: &Pod, life: &Life, plane: &Plane) -> bool {
    let Some(spec) = &pod.spec else { return false };
    let Some(profile) = pod.labels().get(PROFILE_LABEL) else { return false };
    spec.scheduler_name.as_deref() == Some(SCHEDULER)
        && (spec.node_name.is_some() || plane.switches.borrow().pending_pods_go)
        && plane.profiles.has_ended(profile, life.born)
}

/// Deletes it, with its own grace period.
pub(crate) async fn take(pod: &Pod, plane: &Plane) -> Result<Next, kube::Error> {
    let pods: Api<Pod> = Api::namespaced(plane.client.clone(), &pod.namespace().unwrap_or_default());
    let this_one = Preconditions { uid: pod.uid(), resource_version: None };
    pods.delete(&pod.name_any(), &DeleteParams::default().preconditions(this_one)).await?;
    Ok(Next::Rest)
}

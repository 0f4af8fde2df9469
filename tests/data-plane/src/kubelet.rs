//! A pod on a node: starting, running, finished, stopped.

use std::net::Ipv4Addr;
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{Api, DeleteParams, Patch, PatchParams, Preconditions};
use serde_json::{Value, json};

use crate::names::{PROFILE_LABEL, RUNS_FOR};
use crate::pass::Next;
use crate::plane::Plane;
use crate::settings::{Switches, Trouble, TroubleKind};
use crate::status::Waiting;
use crate::{node, status};

/// The annotation by which Fargate says whether a pod's logs are sent on.
const LOGGING: &str = "Logging";

pub(crate) fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.into_iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

pub(crate) fn has_finished(pod: &Pod) -> bool {
    matches!(phase(pod), Some("Succeeded" | "Failed"))
}

fn phase(pod: &Pod) -> Option<&str> {
    pod.status.as_ref()?.phase.as_deref()
}

/// What the containers wait for.
fn waits_for(pod: &Pod) -> Option<&str> {
    let status = pod.status.as_ref()?.container_statuses.as_ref()?.first()?;
    status.state.as_ref()?.waiting.as_ref()?.reason.as_deref()
}

/// The next thing for a pod that is to run.
pub(crate) async fn run(pod: &Pod, uid: &str, plane: &Plane) -> Result<Next, kube::Error> {
    let now = plane.eks.now();
    let switches = plane.switches();
    let (address, node_address) = addresses(pod, uid, plane);
    let trouble = pod.labels().get(PROFILE_LABEL).and_then(|profile| switches.trouble(profile, now)).cloned();
    let runs = plane.lives.of(uid, now, |life| life.running.is_some());
    if runs || phase(pod) == Some("Running") {
        let since = plane.lives.of(uid, now, |life| *life.running.get_or_insert(now));
        return match lasts(pod, &switches) {
            Some(duration) if since + duration <= now => tell(pod, &status::finished(pod, true), plane).await,
            Some(duration) => Ok(Next::At(since + duration)),
            None => ready(pod, trouble.as_ref(), (address, node_address), plane).await,
        };
    }
    if let Some((trouble, stuck)) = trouble.as_ref().and_then(|trouble| Some((trouble, stuck(pod, trouble.kind)?))) {
        plane.lives.of(uid, now, |life| life.starting = None);
        if waits_for(pod) != Some(stuck.reason) {
            tell(pod, &status::waiting(pod, &stuck, node_address), plane).await?;
        }
        return Ok(trouble.until.map_or(Next::Rest, Next::At));
    }
    if let Some(Trouble { kind: TroubleKind::Logging(text), .. }) = trouble
        && !pod.annotations().contains_key(LOGGING)
    {
        let patch = Patch::Merge(json!({ "metadata": { "uid": pod.uid(), "annotations": { LOGGING: text } } }));
        api(pod, plane).patch(&pod.name_any(), &PatchParams::default(), &patch).await?;
    }
    let since = plane.lives.of(uid, now, |life| *life.starting.get_or_insert(now));
    if since + switches.starting <= now {
        let unready = status::unready(pod, is_never_ready(trouble.as_ref()));
        let told = tell(pod, &status::running(pod, address, node_address, unready), plane).await?;
        plane.lives.of(uid, now, |life| life.running = Some(now));
        return Ok(told);
    }
    if waits_for(pod).is_none() {
        tell(pod, &status::waiting(pod, &Waiting::CREATING, node_address), plane).await?;
    }
    Ok(Next::At(since + switches.starting))
}

/// A pod that runs, and becomes ready or unready meanwhile.
async fn ready(
    pod: &Pod,
    trouble: Option<&Trouble>,
    (address, node_address): (Ipv4Addr, Ipv4Addr),
    plane: &Plane,
) -> Result<Next, kube::Error> {
    let unready = status::unready(pod, is_never_ready(trouble));
    if phase(pod) == Some("Running") && is_ready(pod) == unready.is_some() {
        tell(pod, &status::running(pod, address, node_address, unready), plane).await?;
    }
    Ok(trouble.and_then(|trouble| trouble.until).map_or(Next::Rest, Next::At))
}

fn is_never_ready(trouble: Option<&Trouble>) -> bool {
    trouble.is_some_and(|trouble| trouble.kind == TroubleKind::NeverReady)
}

/// What the containers wait for, if it is that.
fn stuck(pod: &Pod, kind: TroubleKind) -> Option<Waiting> {
    match kind {
        TroubleKind::ImagePull => Some(Waiting::image(pod)),
        TroubleKind::Stuck { reason, message, ended } => {
            Some(Waiting { reason, message: Some(message.to_owned()), ended })
        }
        TroubleKind::Provisioning { .. } | TroubleKind::Says(_) | TroubleKind::NeverReady | TroubleKind::Logging(_) => {
            None
        }
    }
}

/// The next thing for a pod that is to go: after its grace, or earlier, it has stopped and is removed. As a kubelet, it first
/// says how the containers ended, without which a Job would keep the pod.
pub(crate) async fn stop(pod: &Pod, uid: &str, plane: &Plane) -> Result<Next, kube::Error> {
    let now = plane.eks.now();
    if pod.spec.as_ref().is_none_or(|spec| spec.node_name.is_none()) {
        // Whoever holds it by a finalizer has the say.
        return Ok(Next::Rest);
    }
    let since = plane.lives.of(uid, now, |life| *life.stopping.get_or_insert(now));
    let switches = plane.switches();
    let grace = pod.metadata.deletion_grace_period_seconds.and_then(|seconds| u64::try_from(seconds).ok());
    let takes = Duration::from_secs(grace.unwrap_or(0)).min(switches.stopping) + switches.refusal(&pod.name_any());
    if since + takes > now {
        return Ok(Next::At(since + takes));
    }
    if !has_finished(pod) {
        tell(pod, &status::finished(pod, false), plane).await?;
    }
    let this_one = Preconditions { uid: Some(uid.to_owned()), resource_version: None };
    let at_once = DeleteParams::default().grace_period(0).preconditions(this_one);
    api(pod, plane).delete(&pod.name_any(), &at_once).await?;
    Ok(Next::Rest)
}

/// Writes a status, and only if it is this pod's.
pub(crate) async fn tell(pod: &Pod, status: &Value, plane: &Plane) -> Result<Next, kube::Error> {
    let patch = Patch::Strategic(json!({ "metadata": { "uid": pod.uid() }, "status": status }));
    api(pod, plane).patch_status(&pod.name_any(), &PatchParams::default(), &patch).await?;
    Ok(Next::Rest)
}

fn api(pod: &Pod, plane: &Plane) -> Api<Pod> {
    Api::namespaced(plane.client.clone(), &pod.namespace().unwrap_or_default())
}

/// How long the containers run before they have done their work.
fn lasts(pod: &Pod, switches: &Switches) -> Option<Duration> {
    let own = pod.annotations().get(RUNS_FOR).and_then(|text| text.parse().ok());
    let own = own.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let of_job = pod.owner_references().iter().any(|owner| owner.kind == "Job");
    own.or_else(|| switches.jobs_run_for.filter(|_| of_job))
}

/// The pod's own and its node's.
fn addresses(pod: &Pod, uid: &str, plane: &Plane) -> (Ipv4Addr, Ipv4Addr) {
    let own = plane.lives.of(uid, plane.eks.now(), |life| life.address);
    let name = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default();
    let ordinary = (0..*plane.ec2.borrow()).find(|n| node::ec2_name(*n, &plane.region) == name);
    (own, ordinary.map_or(own, node::ec2_address))
}

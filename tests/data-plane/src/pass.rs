//! Does the next thing to one pod, whenever it has changed, its time has come, or the world has changed.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::Api;
use kube::runtime::controller::{Action, Config};
use kube::runtime::{Controller, watcher};

use crate::names::SCHEDULER;
use crate::plane::Plane;
use crate::{ec2, kubelet, reaper, scheduler};

/// When to look at a pod again if nothing happens before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Not at all.
    Rest,
    /// At this moment of the simulator's time.
    At(Duration),
}

/// So many pods are seen to at once.
const AT_ONCE: u16 = 64;

/// After an answer that does not fit, such as a conflict.
const AGAIN: Duration = Duration::from_millis(50);

/// Sees to pods until it is dropped.
pub(crate) async fn run(plane: Arc<Plane>) {
    let pods: Api<Pod> = Api::all(plane.client.clone());
    Controller::new(pods, watcher::Config::default())
        .with_config(Config::default().concurrency(AT_ONCE))
        .reconcile_all_on(plane.stirs())
        .run(pass, |_, _, _| Action::requeue(AGAIN), plane)
        .for_each(|_| std::future::ready(()))
        .await;
}

async fn pass(pod: Arc<Pod>, plane: Arc<Plane>) -> Result<Action, kube::Error> {
    let next = match advance(&pod, &plane).await {
        // Somebody was quicker; the watch tells.
        Err(kube::Error::Api(answer)) if answer.code == 404 => Next::Rest,
        result => result?,
    };
    Ok(match next {
        Next::Rest => Action::await_change(),
        Next::At(moment) => {
            let unscaled = moment.saturating_sub(plane.eks.now());
            // A simulator that stands still moves by jumps that nobody tells of.
            let real = Duration::try_from_secs_f64(unscaled.as_secs_f64() / plane.eks.time_scale()).unwrap_or(AGAIN);
            Action::requeue(real)
        }
    })
}

async fn advance(pod: &Pod, plane: &Plane) -> Result<Next, kube::Error> {
    let (Some(spec), Some(uid)) = (&pod.spec, pod.uid()) else { return Ok(Next::Rest) };
    let now = plane.eks.now();
    let life = plane.lives.of(&uid, now, |life| life.clone());
    if pod.metadata.deletion_timestamp.is_some() {
        return kubelet::stop(pod, &uid, plane).await;
    }
    if reaper::wants(pod, &life, plane) {
        return reaper::take(pod, plane).await;
    }
    if kubelet::has_finished(pod) {
        return Ok(Next::Rest);
    }
    match (&spec.node_name, spec.scheduler_name.as_deref()) {
        (Some(_), _) => kubelet::run(pod, &uid, plane).await,
        // The API server says SchedulingGated by itself.
        (None, _) if spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty()) => Ok(Next::Rest),
        (None, Some(SCHEDULER)) => scheduler::schedule(pod, &uid, plane).await,
        (None, Some("default-scheduler") | None) => ec2::schedule(pod, plane).await,
        (None, Some(_)) => Ok(Next::Rest),
    }
}

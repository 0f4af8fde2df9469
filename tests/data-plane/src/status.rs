//! What a kubelet writes into the status of its pods.

use std::net::Ipv4Addr;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Container, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use serde_json::{Value, json};

/// The answer of a registry that cannot be reached.
const NO_WAY_OUT: &str = "dial tcp: i/o timeout";

/// As kube-scheduler writes it.
pub(crate) fn unschedulable(message: &str) -> Value {
    json!({ "conditions": [condition("PodScheduled", false, Some(("Unschedulable", message)))] })
}

/// Containers are not there yet.
pub(crate) fn waiting(pod: &Pod, reason: &str, node: Ipv4Addr) -> Value {
    let message = match reason {
        "ContainerCreating" => Value::Null,
        _ => json!(format!("Back-off pulling image {:?}: {NO_WAY_OUT}", first_image(pod))),
    };
    let state = json!({ "waiting": { "reason": reason, "message": message } });
    let statuses: Vec<Value> = containers(pod).map(|one| container(one, &state, false)).collect();
    let unready = Some(("ContainersNotReady", "containers are not running"));
    json!({
        "phase": "Pending",
        "hostIP": node,
        "startTime": now(),
        "conditions": [
            condition("Initialized", true, None),
            condition("ContainersReady", false, unready),
            condition("Ready", false, unready),
        ],
        "containerStatuses": statuses,
    })
}

/// All containers run and are ready.
pub(crate) fn running(pod: &Pod, address: Ipv4Addr, node: Ipv4Addr) -> Value {
    let started = json!({ "running": { "startedAt": now() } });
    let done = terminated(0, "Completed");
    let first: Vec<Value> = init_containers(pod).map(|one| container(one, &done, true)).collect();
    let statuses: Vec<Value> = containers(pod).map(|one| container(one, &started, true)).collect();
    json!({
        "phase": "Running",
        "hostIP": node,
        "podIP": address,
        "podIPs": [{ "ip": address }],
        "startTime": pod.status.as_ref().and_then(|status| status.start_time.clone()).map_or_else(now, |at| json!(at)),
        "conditions": [
            condition("PodReadyToStartContainers", true, None),
            condition("Initialized", true, None),
            condition("ContainersReady", true, None),
            condition("Ready", true, None),
        ],
        "initContainerStatuses": first,
        "containerStatuses": statuses,
    })
}

/// All containers have ended: by themselves, or asked to.
pub(crate) fn finished(pod: &Pod, well: bool) -> Value {
    let (phase, state, why) = if well {
        ("Succeeded", terminated(0, "Completed"), "PodCompleted")
    } else {
        ("Failed", terminated(143, "Error"), "PodFailed")
    };
    let statuses: Vec<Value> = containers(pod).map(|one| container(one, &state, false)).collect();
    json!({
        "phase": phase,
        "conditions": [
            condition("ContainersReady", false, Some((why, ""))),
            condition("Ready", false, Some((why, ""))),
        ],
        "containerStatuses": statuses,
    })
}

fn condition(kind: &str, so: bool, why: Option<(&str, &str)>) -> Value {
    let status = if so { "True" } else { "False" };
    // Null takes away what was said before.
    let (reason, message) = why.unzip();
    let message = message.filter(|text| !text.is_empty());
    json!({ "type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": now() })
}

fn container(one: &Container, state: &Value, ready: bool) -> Value {
    let image = one.image.clone().unwrap_or_default();
    let is_running = state.get("running").is_some();
    json!({
        "name": one.name, "image": image, "imageID": if ready { image.as_str() } else { "" }, "ready": ready,
        "started": is_running, "restartCount": 0, "state": state,
    })
}

fn terminated(code: i32, reason: &str) -> Value {
    json!({ "terminated": { "exitCode": code, "reason": reason, "startedAt": now(), "finishedAt": now() } })
}

fn containers(pod: &Pod) -> impl Iterator<Item = &Container> {
    pod.spec.iter().flat_map(|spec| &spec.containers)
}

fn init_containers(pod: &Pod) -> impl Iterator<Item = &Container> {
    pod.spec.iter().flat_map(|spec| spec.init_containers.iter().flatten())
}

fn first_image(pod: &Pod) -> String {
    containers(pod).next().and_then(|one| one.image.clone()).unwrap_or_else(|| pod.name_any())
}

/// Kubernetes' own clock.
fn now() -> Value {
    json!(Time(Timestamp::now()))
}

//! What a kubelet writes into the status of its pods.

use std::net::Ipv4Addr;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Container, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use serde_json::{Value, json};

use crate::settings::Ended;

/// The answer of a registry that cannot be reached.
const NO_WAY_OUT: &str = "dial tcp: i/o timeout";

/// As kube-scheduler writes it.
pub(crate) fn unschedulable(message: &str) -> Value {
    json!({ "conditions": [condition("PodScheduled", false, Some(("Unschedulable", message)))] })
}

/// What containers wait for.
pub(crate) struct Waiting {
    pub(crate) reason: &'static str,
    pub(crate) message: Option<String>,
    pub(crate) ended: Option<Ended>,
}

impl Waiting {
    /// Nothing in particular.
    pub(crate) const CREATING: Self = Self { reason: "ContainerCreating", message: None, ended: None };

    /// An image that does not come.
    pub(crate) fn image(pod: &Pod) -> Self {
        let message = format!("Back-off pulling image {:?}: {NO_WAY_OUT}", first_image(pod));
        Self { reason: "ImagePullBackOff", message: Some(message), ended: None }
    }
}

/// Containers are not there yet.
pub(crate) fn waiting(pod: &Pod, waits: &Waiting, node: Ipv4Addr) -> Value {
    let state = json!({ "waiting": { "reason": waits.reason, "message": waits.message } });
    let ended = waits.ended.map(|ended| {
        let mut state = terminated(ended.exit_code, ended.reason);
        state["terminated"]["message"] = json!(ended.message);
        state
    });
    let told = |one: &Container| {
        let mut status = container(one, &state, false);
        if let Some(ended) = &ended {
            status["lastState"] = ended.clone();
            status["restartCount"] = json!(5);
        }
        status
    };
    let statuses: Vec<Value> = containers(pod).map(told).collect();
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

/// Why a pod that runs is not ready, as a kubelet words it: its reason and message.
pub(crate) fn unready(pod: &Pod, containers_are_not: bool) -> Option<(&'static str, String)> {
    if containers_are_not {
        let names: Vec<&str> = containers(pod).map(|one| one.name.as_str()).collect();
        return Some(("ContainersNotReady", format!("containers with unready status: [{}]", names.join(" "))));
    }
    let gates = pod.spec.iter().flat_map(|spec| spec.readiness_gates.iter().flatten());
    let conditions = || pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let mut unmet = gates.filter_map(|gate| {
        let kind = &gate.condition_type;
        match conditions().find(|condition| condition.type_ == *kind) {
            Some(condition) if condition.status == "True" => None,
            Some(condition) => {
                let status = &condition.status;
                Some(format!(r#"the status of pod readiness gate "{kind}" is not "True", but {status}"#))
            }
            None => Some(format!(r#"corresponding condition of pod readiness gate "{kind}" does not exist."#)),
        }
    });
    unmet.next().map(|message| ("ReadinessGatesNotReady", message))
}

/// All containers run, and are ready unless something is said against it.
pub(crate) fn running(pod: &Pod, address: Ipv4Addr, node: Ipv4Addr, unready: Option<(&str, String)>) -> Value {
    let started = json!({ "running": { "startedAt": now() } });
    let done = terminated(0, "Completed");
    let why = unready.as_ref().map(|(reason, message)| (*reason, message.as_str()));
    let of_containers = why.filter(|(reason, _)| *reason == "ContainersNotReady");
    let first: Vec<Value> = init_containers(pod).map(|one| container(one, &done, true)).collect();
    let statuses: Vec<Value> = containers(pod).map(|one| container(one, &started, of_containers.is_none())).collect();
    json!({
        "phase": "Running",
        "hostIP": node,
        "podIP": address,
        "podIPs": [{ "ip": address }],
        "startTime": pod.status.as_ref().and_then(|status| status.start_time.clone()).map_or_else(now, |at| json!(at)),
        "conditions": [
            condition("PodReadyToStartContainers", true, None),
            condition("Initialized", true, None),
            condition("ContainersReady", of_containers.is_none(), of_containers),
            condition("Ready", why.is_none(), why),
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

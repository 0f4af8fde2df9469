//! A pod as the API server sends it: the fields that placement asks for. The others, managedFields first of all, are skipped
//! while it is read.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use serde::{Deserialize, Deserializer};

use crate::api::{COMPUTE_TYPE_KEY, DO_NOT_DISRUPT_ANNOTATION, KARPENTER_DO_NOT_DISRUPT_ANNOTATION};
use crate::placement::{Controller, Pod, PodPhase, PodSpec, serves_kubelet_port, unfit};

/// Trouble is told in so many characters.
const TROUBLE_LENGTH: usize = 200;

/// What a container that has only just been given its node waits for; no trouble.
const STARTING: [&str; 2] = ["ContainerCreating", "PodInitializing"];

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Manifest {
    pub(super) metadata: Meta,
    spec: PodSpec,
    status: Status,
}

/// Its metadata alone, as metadata-only lists give it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct MetaOnly {
    pub(super) metadata: Meta,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Meta {
    namespace: String,
    name: String,
    pub(super) uid: String,
    pub(super) resource_version: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    #[serde(deserialize_with = "time")]
    creation_timestamp: Option<Timestamp>,
    deletion_timestamp: Option<String>,
    owner_references: Vec<Owner>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Owner {
    api_version: String,
    kind: String,
    name: String,
    uid: String,
    controller: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    phase: String,
    conditions: Vec<Condition>,
    init_container_statuses: Vec<ContainerStatus>,
    container_statuses: Vec<ContainerStatus>,
    nominated_node_name: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Condition {
    #[serde(rename = "type")]
    type_: String,
    status: String,
    message: Option<String>,
    #[serde(deserialize_with = "time")]
    last_transition_time: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct ContainerStatus {
    state: State,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct State {
    waiting: Option<Waiting>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Waiting {
    reason: Option<String>,
    message: Option<String>,
}

/// A time; none if it is beyond those that can be counted with. Anybody who may write a pod's status may write any year, and
/// one pod must not put all the others out of sight.
fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.and_then(|text| text.parse().ok()))
}

impl Meta {
    /// What metadata tells of a pod.
    pub(super) fn into_pod(self) -> Pod {
        let is = |key: &str, value: &str| self.annotations.get(key).is_some_and(|found| found == value);
        let do_not_disrupt = is(DO_NOT_DISRUPT_ANNOTATION, "true") || is(KARPENTER_DO_NOT_DISRUPT_ANNOTATION, "true");
        let wants_ec2 = is(COMPUTE_TYPE_KEY, "ec2")
            || self.labels.get(COMPUTE_TYPE_KEY).is_some_and(|compute_type| compute_type == "ec2");
        let controller = self.owner_references.into_iter().find(|owner| owner.controller);
        Pod {
            namespace: self.namespace,
            name: self.name,
            uid: self.uid,
            resource_version: self.resource_version,
            labels: self.labels,
            created: self.creation_timestamp.unwrap_or_default(),
            terminating: self.deletion_timestamp.is_some(),
            controller: controller.map(|owner| Controller {
                api_version: owner.api_version,
                kind: owner.kind,
                name: owner.name,
                uid: owner.uid,
            }),
            do_not_disrupt,
            wants_ec2,
            ..Pod::default()
        }
    }
}

/// A pod as this template makes it. None of what the API server would refuse is read.
pub(in crate::observe) fn of_template(namespace: &str, template: PodTemplateSpec) -> Pod {
    let manifest: Option<Manifest> = serde_json::to_value(template).ok().and_then(|it| serde_json::from_value(it).ok());
    Pod { namespace: namespace.to_owned(), ..manifest.unwrap_or_default().into() }
}

impl From<Manifest> for Pod {
    fn from(Manifest { metadata, spec, status }: Manifest) -> Self {
        let node = spec.node_name.clone().filter(|node| !node.is_empty());
        let pod = metadata.into_pod();
        let unscheduled_since = match (&node, status.condition("PodScheduled")) {
            (Some(_), _) => None,
            (None, Some(condition)) if condition.status == "True" => None,
            (None, condition) => Some(condition.and_then(|found| found.last_transition_time).unwrap_or(pod.created)),
        };
        let ready = status.condition("Ready").filter(|condition| condition.status == "True");
        Self {
            phase: match status.phase.as_str() {
                "Succeeded" | "Failed" => PodPhase::Ended,
                "Pending" | "" => PodPhase::Pending,
                // `Unknown` is a pod on a node that is not heard of.
                _ => PodPhase::Running,
            },
            ready: ready.is_some(),
            ready_since: ready.and_then(|condition| condition.last_transition_time),
            scheduler: spec.scheduler_name.clone().unwrap_or_default(),
            node,
            unscheduled_since,
            gated: !spec.scheduling_gates.is_empty(),
            nominated: status.nominated_node_name.as_ref().is_some_and(|name| !name.is_empty()),
            serves_kubelet_port: serves_kubelet_port(&spec),
            unfit: unfit(&spec),
            trouble: status.trouble(),
            ..pod
        }
    }
}

impl Status {
    fn condition(&self, type_: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.type_ == type_)
    }

    /// Why a container waits, else why the pod has no node.
    fn trouble(&self) -> Option<String> {
        let statuses = self.init_container_statuses.iter().chain(&self.container_statuses);
        let waiting = statuses.filter_map(|status| status.state.waiting.as_ref());
        let stuck = waiting.filter_map(|waiting| {
            let reason = waiting.reason.as_deref().filter(|reason| !STARTING.contains(reason))?;
            let message = waiting.message.as_deref().filter(|message| !message.is_empty());
            Some(message.map_or_else(|| reason.to_owned(), |message| format!("{reason}: {message}")))
        });
        let unscheduled = || {
            let condition = self.condition("PodScheduled").filter(|condition| condition.status == "False")?;
            condition.message.clone().filter(|message| !message.is_empty())
        };
        stuck.into_iter().next().or_else(unscheduled).map(|text| shortened(&text))
    }
}

/// On one line, no longer than people read, and without what does something to a terminal instead of being read.
fn shortened(text: &str) -> String {
    let is_readable = |c: &char| c.is_whitespace() || !c.is_control() && !is_format(*c);
    let readable: String = text.chars().filter(is_readable).collect();
    let line = readable.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= TROUBLE_LENGTH {
        return line;
    }
    line.chars().take(TROUBLE_LENGTH - 1).chain(['…']).collect()
}

/// Unicode's characters without a width, and those that turn the direction of a text.
fn is_format(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests;

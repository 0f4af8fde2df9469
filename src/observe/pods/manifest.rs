//! A pod as the API server sends it: the fields that placement asks for. The others, managedFields first of all, are skipped
//! while it is read.

mod status;

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::PodTemplateSpec;
use serde::Deserialize;

use self::status::{Status, shortened, time};
use crate::api::{COMPUTE_TYPE_KEY, DO_NOT_DISRUPT_ANNOTATION, KARPENTER_DO_NOT_DISRUPT_ANNOTATION};
use crate::placement::{
    Controller, Logging, Pod, PodPhase, PodSpec, millicpu, serves_kubelet_port, steering, unequal_limits, unfit,
};

/// Where Fargate's scheduler says whether a pod's logs are sent on (EKS user guide, Fargate logging;
/// aws/containers-roadmap#2165).
const LOGGING_ANNOTATION: &str = "Logging";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Manifest {
    pub(in crate::observe) metadata: Meta,
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
pub(crate) struct Meta {
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
        let said_of_logging = metadata.annotations.get(LOGGING_ANNOTATION).cloned().unwrap_or_default();
        let pod = metadata.into_pod();
        let scheduler = spec.scheduler_name.clone().unwrap_or_default();
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
            issue: status.issue(&scheduler),
            logging: Logging::of(&shortened(&said_of_logging)),
            scheduler,
            node,
            unscheduled_since,
            gated: !spec.scheduling_gates.is_empty(),
            nominated: status.nominated_node_name.as_ref().is_some_and(|name| !name.is_empty()),
            serves_kubelet_port: serves_kubelet_port(&spec),
            millicpu: millicpu(&spec),
            steering: steering(&spec),
            unequal_limits: unequal_limits(&spec),
            unfit: unfit(&spec),
            ..pod
        }
    }
}

#[cfg(test)]
mod tests;

//! What is known of a pod: no more than placement needs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Issue, Logging};
use crate::api::POD_PROFILE_LABEL;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Pod {
    pub namespace: String,
    pub name: String,
    pub uid: String,
    pub resource_version: String,
    pub labels: BTreeMap<String, String>,
    pub created: Timestamp,
    /// `metadata.deletionTimestamp` is set.
    pub terminating: bool,
    pub controller: Option<Controller>,
    pub phase: PodPhase,
    pub ready: bool,
    /// Since when the condition Ready has been true.
    pub ready_since: Option<Timestamp>,
    pub scheduler: String,
    pub node: Option<String>,
    /// Since when the condition PodScheduled has been false, or the creation time if the condition is missing.
    pub unscheduled_since: Option<Timestamp>,
    pub do_not_disrupt: bool,
    /// `eks.amazonaws.com/compute-type: ec2` keeps it off Fargate.
    pub wants_ec2: bool,
    /// It has scheduling gates.
    pub gated: bool,
    /// `status.nominatedNodeName` is set.
    pub nominated: bool,
    /// A container serves at the port of Fargate's kubelet.
    pub serves_kubelet_port: bool,
    /// Thousandths of a vCPU of the size that it takes on Fargate.
    pub millicpu: u32,
    /// The field for which Fargate may skip it, with its value.
    pub steering: Option<String>,
    /// Request and limit of CPU that differ, and of which container.
    pub unequal_limits: Option<String>,
    /// Why it can never run on Fargate, one entry per field.
    pub unfit: Vec<String>,
    /// What keeps it from working.
    pub issue: Option<Issue>,
    pub logging: Logging,
}

/// The controller of a pod, by its owner reference.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Controller {
    pub api_version: String,
    pub kind: String,
    pub name: String,
    pub uid: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PodPhase {
    /// Not all containers have started.
    #[default]
    Pending,
    Running,
    Ended,
}

/// Whether a controller recreates a pod that was evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remakes {
    Always,
    /// A Job recreates it while it has retries left. The eviction uses one up.
    AsFailed,
    /// Unknown. The pod's work may be lost.
    Unknown,
}

impl Controller {
    pub fn remakes(&self) -> Remakes {
        // Other projects have kinds of the same name, such as OpenKruise's StatefulSet.
        match (self.api_version.as_str(), self.kind.as_str()) {
            ("apps/v1", "ReplicaSet" | "StatefulSet") | ("v1", "ReplicationController") => Remakes::Always,
            ("batch/v1", "Job") => Remakes::AsFailed,
            _ => Remakes::Unknown,
        }
    }
}

impl Pod {
    /// The EKS profile in the pod's label.
    pub fn profile(&self) -> Option<&str> {
        self.labels.get(POD_PROFILE_LABEL).map(String::as_str)
    }

    pub fn is_live(&self) -> bool {
        self.phase != PodPhase::Ended
    }

    pub fn path(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// The Deployment that it is of, by the name of its ReplicaSet: that of the Deployment, and the hash of the template.
    pub fn deployment(&self) -> Option<&str> {
        let replica_set = self.controller.as_ref().filter(|controller| controller.kind == "ReplicaSet")?;
        let hash = self.labels.get("pod-template-hash")?;
        replica_set.name.strip_suffix(hash.as_str())?.strip_suffix('-')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_its_replica_set_tells_the_deployment() {
        let of = |kind: &str, name: &str, hash: &str| {
            let controller = Controller { kind: kind.into(), name: name.into(), ..Controller::default() };
            let labels = BTreeMap::from([("pod-template-hash".to_owned(), hash.to_owned())]);
            let pod = Pod { controller: Some(controller), labels, ..Pod::default() };
            pod.deployment().map(str::to_owned)
        };
        assert_eq!(of("ReplicaSet", "names-coredns-7d4f9", "7d4f9").as_deref(), Some("names-coredns"));
        assert_eq!(of("ReplicaSet", "coredns", "7d4f9"), None);
        assert_eq!(of("ReplicaSet", "coredns7d4f9", "7d4f9"), None);
        assert_eq!(of("DaemonSet", "coredns-7d4f9", "7d4f9"), None);
        assert_eq!(Pod::default().deployment(), None);
    }
}

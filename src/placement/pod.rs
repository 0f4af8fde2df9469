//! What is known of a pod: no more than placement asks for.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::api::POD_PROFILE_LABEL;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pod {
    pub namespace: String,
    pub name: String,
    pub uid: String,
    pub resource_version: String,
    pub labels: BTreeMap<String, String>,
    pub created: Timestamp,
    /// metadata.deletionTimestamp is set: it is ending.
    pub terminating: bool,
    pub controller: Option<Controller>,
    pub phase: PodPhase,
    /// The condition Ready is true.
    pub ready: bool,
    /// Since when it has been, if it is.
    pub ready_since: Option<Timestamp>,
    pub scheduler: String,
    pub node: Option<String>,
    /// Since when the condition PodScheduled has been false; from its creation on if there is none yet.
    pub unscheduled_since: Option<Timestamp>,
    /// An annotation asks that it is not disrupted.
    pub do_not_disrupt: bool,
    /// `eks.amazonaws.com/compute-type: ec2`: it is not to run on Fargate.
    pub wants_ec2: bool,
    /// It carries scheduling gates.
    pub gated: bool,
    pub nominated: bool,
    /// Why it can never run on Fargate, field by field.
    pub unfit: Vec<String>,
    /// What keeps it from running, in the words of its scheduler or kubelet.
    pub trouble: Option<String>,
}

/// The controller of a pod, by its owner reference.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Controller {
    pub api_version: String,
    pub kind: String,
    pub name: String,
    pub uid: String,
}

/// Phase of a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PodPhase {
    /// Not all of its containers have been started.
    #[default]
    Pending,
    Running,
    Ended,
}

/// Whether a controller makes a pod again that was evicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remakes {
    /// It does, and loses nothing by it.
    Always,
    /// A Job: it does as long as it has retries left, of which this is one.
    AsFailed,
    /// Nobody here knows. What such a pod was about may be lost.
    Unknown,
}

impl Controller {
    /// Whether it makes a pod again that was evicted.
    pub fn remakes(&self) -> Remakes {
        // Others have kinds of the same name, such as OpenKruise's StatefulSet.
        match (self.api_version.as_str(), self.kind.as_str()) {
            ("apps/v1", "ReplicaSet" | "StatefulSet") | ("v1", "ReplicationController") => Remakes::Always,
            ("batch/v1", "Job") => Remakes::AsFailed,
            _ => Remakes::Unknown,
        }
    }
}

impl Pod {
    /// The EKS profile that took it, by its label.
    pub fn profile(&self) -> Option<&str> {
        self.labels.get(POD_PROFILE_LABEL).map(String::as_str)
    }

    /// It has not ended.
    pub fn is_live(&self) -> bool {
        self.phase != PodPhase::Ended
    }

    /// `namespace/name`.
    pub fn path(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// It serves the names of the cluster: CoreDNS, by the label that it has on every cluster.
    pub fn serves_dns(&self) -> bool {
        self.namespace == "kube-system" && self.labels.get("k8s-app").is_some_and(|app| app == "kube-dns")
    }
}

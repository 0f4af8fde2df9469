//! What status tells of pods.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The drain of a superseded EKS profile. Its time runs from the first moment that pods could have been moved, and anew from
/// each move.
#[derive(JsonSchema, Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct DrainRecord {
    /// Since when nothing has moved; none while it is suspended or waits for something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// How many pods were to be moved when it began.
    pub total: u32,
    /// The fewest pods that were left to be moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u32>,
    /// EKS profiles on which pods have been Ready since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proven: Vec<String>,
    /// The pod that was evicted last, or is about to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evicting: Option<EvictedPod>,
}

/// A pod that was evicted, or is about to be.
#[derive(JsonSchema, Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct EvictedPod {
    /// Its namespace and name.
    pub pod: String,
    /// Its metadata.uid.
    pub uid: String,
    /// The uid of its controller.
    #[serde(rename = "controllerUID")]
    pub controller_uid: String,
    /// The EKS profile that is to take its replacement.
    pub to: String,
    /// When the operator decided to evict it.
    pub at: Time,
    /// Whether it was Ready then.
    pub was_ready: bool,
    /// How many pods of its controller are left on the profile without it.
    pub left: u32,
    /// When the newest of its controller's pods on the profile was created, this one included, by the clock of the API server. A
    /// pod created later has come back, and so has one more of the same second.
    pub newest: Time,
}

/// Pods, counted. Those of DaemonSets are not Fargate's at all.
#[derive(JsonSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct PodCounts {
    /// Pods that the EKS profile is for: onFargate, pending and elsewhere together.
    pub matching: u32,
    /// Matching pods that have a node on Fargate.
    pub on_fargate: u32,
    /// Matching pods that have no node yet.
    pub pending: u32,
    /// Matching pods on other nodes. They get to Fargate only when they are recreated.
    pub elsewhere: u32,
    /// Pending pods that can never run on Fargate: see status.warnings.
    pub unsupported: u32,
    /// onFargate/matching.
    pub summary: String,
}

/// What keeps pods from working, in the words of Fargate's scheduler, the kubelet or the container.
#[derive(JsonSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct PodIssueRecord {
    /// The cause, such as CapacityUnavailable or ImagePull: docs/pods.md lists them.
    pub reason: String,
    /// How many pods it concerns.
    pub pods: u32,
    /// The newest of them when this was written, with its namespace.
    pub example: String,
    /// What was said of that pod.
    pub message: String,
    /// The way out.
    pub advice: String,
    /// Since when it may have been so, of the pod that has waited longest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
}

/// Pods of the EKS profiles that are replaced, counted.
#[derive(JsonSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct MovingPods {
    /// Pods to be moved to another EKS profile, with those that have moved already.
    pub to_move: u32,
    /// Pods of toMove that have left or are being evicted.
    pub moved: u32,
    /// Pods that EKS ends with their profile, since replacement.strategy DeleteFirst moves none.
    #[serde(default)]
    pub ending: u32,
    /// Pods that no EKS profile would take afterwards.
    pub losing_fargate: u32,
    /// Pods whose template names the old EKS profile by label.
    pub pinned: u32,
}

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
    /// Namespace and name.
    pub pod: String,
    /// metadata.uid.
    pub uid: String,
    /// uid of its controller.
    #[serde(rename = "controllerUID")]
    pub controller_uid: String,
    /// The EKS profile that is to take its replacement.
    pub to: String,
    /// When.
    pub at: Time,
    /// Whether it was Ready.
    pub was_ready: bool,
    /// How many pods of its controller are left on the profile without it.
    pub left: u32,
    /// When the newest of them was created, this one included, by the clock of the API server. One created later has come
    /// back, and so has one more of the same second.
    pub newest: Time,
}

/// Pods, counted. Those of DaemonSets are not Fargate's at all.
#[derive(JsonSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct PodCounts {
    /// Those that the EKS profile is for: the sum of the next three.
    pub matching: u32,
    /// Those that have a node on Fargate.
    pub on_fargate: u32,
    /// Those that have none yet.
    pub pending: u32,
    /// Those on other nodes; they come to Fargate when they are restarted.
    pub elsewhere: u32,
    /// How many of the pending ones can never run on Fargate.
    pub unsupported: u32,
    /// onFargate/matching.
    pub summary: String,
}

/// Pods of the EKS profiles that are replaced, counted.
#[derive(JsonSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct MovingPods {
    /// Those that are to be moved to another EKS profile, moved ones included.
    pub to_move: u32,
    /// Those of them that have left or are being evicted.
    pub moved: u32,
    /// Those that EKS ends with their profile, since replacement.strategy DeleteFirst moves none.
    #[serde(default)]
    pub ending: u32,
    /// Those that no EKS profile would take afterwards.
    pub losing_fargate: u32,
    /// Those whose template names the old EKS profile by label.
    pub pinned: u32,
}

//! How far something has come, for the status: a replacement, a place in the queue, a wait.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pods::MovingPods;

/// A replacement of one EKS profile by the next.
#[derive(JsonSchema, Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ReplacementStatus {
    /// The EKS profile that is replaced.
    pub from: String,
    /// The EKS profile that takes its place, once it exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// How far the replacement has come.
    ///
    /// Pending: nothing has begun. The object is suspended, waits for its turn, or EKS refused the last attempt.
    ///
    /// AwaitingApproval: the annotation fargate-operator.dev/approve does not name the plan yet.
    ///
    /// Creating: the new EKS profile is CREATING, or about to be.
    ///
    /// Settling: it is ACTIVE, and the operator gives the cluster time to learn of it.
    ///
    /// Probing: the first pod was moved, and the others wait until it is Ready.
    ///
    /// Draining: pods are moved from the old EKS profile, or hold it, or the operator cannot see whether it has any.
    ///
    /// Deleting: the old EKS profile is being deleted.
    ///
    /// RollingBack: the new EKS profile failed, and the old one is being put back.
    pub phase: Phase,
    /// Names this plan for its approval: the generation at which it arose, and a hash of what it starts from and what it is
    /// to come to.
    #[serde(rename = "planID", default, skip_serializing_if = "Option::is_none")]
    pub plan_id: Option<String>,
    /// What changes, one line per field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<String>,
    /// What it would do to pods, and how many EKS operations, Fargate profiles of the quota and minutes it would take. Present
    /// until it begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<String>,
    /// The value of the annotation fargate-operator.dev/approve, if it does not name this plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignored_approval: Option<String>,
    /// The pods of the EKS profiles that are replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pods: Option<MovingPods>,
    /// Since when it is pending.
    pub started_at: Time,
}

/// The line of `changes` for what a field is to have besides.
pub(crate) fn added(field: &str, item: &impl std::fmt::Display) -> String {
    format!("{field}: + {item}")
}

/// The line of `changes` for what a field is to have no more.
pub(crate) fn taken_away(field: &str, item: &impl std::fmt::Display) -> String {
    format!("{field}: - {item}")
}

/// What such a line takes away, if it is one of this field.
pub(crate) fn removed<'a>(field: &str, line: &'a str) -> Option<&'a str> {
    line.strip_prefix(field)?.strip_prefix(": - ")
}

/// How far a replacement has come.
#[derive(JsonSchema, Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub enum Phase {
    /// Nothing has begun.
    Pending,
    /// Its plan is not approved.
    AwaitingApproval,
    /// The new EKS profile is not ACTIVE yet.
    Creating,
    /// The cluster learns of it.
    Settling,
    /// One pod was moved.
    Probing,
    /// The others are moved.
    Draining,
    /// The old EKS profile is deleted.
    Deleting,
    /// The old EKS profile is put back.
    RollingBack,
}

/// Waiting for the turn: EKS runs at most one profile operation at a time in each cluster.
#[derive(JsonSchema, Clone, Debug, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct QueueStatus {
    /// Since when this object waits.
    pub since: Time,
    /// What is in the way.
    pub blocked_by: String,
    /// How many FargateProfiles have their turn before this one.
    #[serde(default)]
    pub ahead: u32,
}

/// The times of a wait.
#[derive(JsonSchema, Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct WaitStatus {
    /// Since when status.reason has been the same.
    pub since: Time,
    /// When the wait ends, whatever happens: for a drain, when replacement.drain.onTimeout applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// When the operator tries again what failed. The annotation fargate-operator.dev/retry makes it now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_try: Option<Time>,
}

//! The status of a `FargateProfile`: what the operator saw, does and waits for.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pods::{DrainRecord, PodCounts, PodIssueRecord};
use super::prerequisites::FindingRecord;
use super::progress::{QueueStatus, ReplacementStatus, WaitStatus};

/// What the operator saw in EKS, what it does and what it waits for.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct FargateProfileStatus {
    /// The generation of the spec that this status speaks of; -1 until the operator has looked at the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// In a word what is going on: the reason of Stalled if that is True, else of Reconciling, else of Ready. While pods are
    /// moved, with how many of how many have moved, such as Draining 3/5. Where all is well but pods do not start, why: the
    /// reason of the first of podIssues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,

    /// Present while the object waits for something: since when, until when, and when the next try is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<WaitStatus>,

    /// The EKS cluster of this object, recorded once. If the operator then reaches another one, the object is Stalled with
    /// ClusterMismatch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterRecord>,

    /// The operator's defaults for fields that the spec leaves out, as they were when the spec was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<ResolvedDefaults>,

    /// Fields whose default has changed since the spec was last changed. The new defaults take effect with its next change, or
    /// when the plan in status.replacement is approved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defaults_drifted: Vec<String>,

    /// Keys of the tags that the operator has set for spec.tags. It removes no others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub applied_tag_keys: Vec<String>,

    /// The EKS profile that serves the spec, or is to serve it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileRecord>,

    /// Every EKS profile that this object owns, superseded ones included; the one that takes new pods first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<ProfileRecord>,

    /// DeleteFirst only, while its gap is open: the EKS profile that was there before, to be put back if need be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<PreviousProfile>,

    /// A generation that was refused: by EKS in the gap of a DeleteFirst replacement, or by pods that did not become Ready on
    /// its EKS profile. The operator tries again when the spec changes, or when the annotation
    /// fargate-operator.dev/retry gets a new value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_generation: Option<i64>,

    /// Why failedGeneration was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,

    /// The type's text is what `kubectl explain` shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_by: Option<FailedBy>,

    /// Present while a replacement is pending, runs or waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<ReplacementStatus>,

    /// The pods that this object's EKS profiles are for, as far as they can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pods: Option<PodCounts>,

    /// What keeps pods of this object's EKS profiles from working, by cause; what concerns most pods first. A pod counts when
    /// it has not worked for two minutes, or, if nothing says that anything is wrong, for the progress deadline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pod_issues: Vec<PodIssueRecord>,

    /// The pods that keep a superseded EKS profile, each with what holds it; the first 50.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_pods: Vec<String>,

    /// What does not stop the operator but is probably not meant: a selector whose namespace does not exist, pods that can
    /// never run on Fargate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,

    /// What was found of the prerequisites, in the VPC, in IAM and in the cluster: what surely fails first; the first 20. The
    /// condition PrerequisitesMet sums it up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingRecord>,

    /// The value of the annotation fargate-operator.dev/retry that was acted on last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handled_retry: Option<String>,

    /// Present while the object waits for its turn in the EKS cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueStatus>,

    /// Ready, Available, Reconciling and Stalled (kstatus), and PrerequisitesMet; all always present. Reconciling is False when nothing is under way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
}

/// An EKS cluster as DescribeCluster tells of it.
#[derive(JsonSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct ClusterRecord {
    /// Name of the EKS cluster.
    pub name: String,
    /// AWS region.
    pub region: String,
    /// AWS account, twelve digits.
    #[serde(rename = "accountID")]
    pub account_id: String,
    /// ARN of the EKS cluster.
    pub arn: String,
}

/// What the operator's defaults came to when the spec was last changed.
#[derive(JsonSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ResolvedDefaults {
    /// The pod execution role in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_execution_role_arn: Option<String>,
    /// The subnets in force; none where EKS chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subnets: Option<Vec<String>>,
}

/// One EKS profile.
#[derive(JsonSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ProfileRecord {
    /// Its name in EKS, such as checkout-9999. The number counts down, because EKS gives a pod to the matching profile whose name
    /// sorts first, and each replacement has to sort before the profile that it supersedes: see spec.profileName.
    pub name: String,
    /// Its ARN. EKS gives another one to each profile, even of the same name.
    pub arn: String,
    /// CREATING, ACTIVE, DELETING, CREATE_FAILED or DELETE_FAILED, as EKS says.
    pub status: String,
    /// Its pod execution role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_execution_role_arn: Option<String>,
    /// When EKS created it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Time>,
    /// Since when it has been seen ACTIVE.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_since: Option<Time>,
    /// What EKS finds wrong with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub health_issues: Vec<ProfileHealthIssue>,
    /// Present while its pods are moved to another EKS profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain: Option<DrainRecord>,
}

/// What refused failedGeneration.
///
/// EKS: it did not create the EKS profile.
///
/// Pods: they did not become Ready on it.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub enum FailedBy {
    /// By EKS.
    #[default]
    #[serde(rename = "EKS")]
    Eks,
    /// By pods.
    Pods,
}

/// One of EKS's `health.issues`.
#[derive(JsonSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct ProfileHealthIssue {
    /// EKS's code, such as `PodExecutionRoleAlreadyInUse`.
    pub code: String,
    /// EKS's message.
    pub message: String,
    /// The AWS resources concerned.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource_ids: Vec<String>,
}

/// All that is needed to put an EKS profile back.
#[derive(JsonSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct PreviousProfile {
    /// Its name in EKS.
    pub name: String,
    /// The ARN that it had.
    pub arn: String,
    /// Its pod execution role.
    pub pod_execution_role_arn: String,
    /// Its subnets.
    pub subnets: Vec<String>,
    /// Its selectors.
    pub selectors: Vec<PreviousSelector>,
}

/// A selector as EKS had it.
// Free of the rules for those of a spec: what EKS has taken must go on record whatever it is, and rules on a list without
// bounds cost more than the API server allows.
#[derive(JsonSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct PreviousSelector {
    /// Namespace of the pods.
    pub namespace: String,
    /// Labels that the pod must all have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

//! The spec of a `FargateProfile`. Field names are the EKS API's own. Rules that never change are checked by the API
//! server (schema and CEL), so that `kubectl apply --dry-run=server` and GitOps dry runs report them.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::replacement::ReplacementSpec;
use super::status::FargateProfileStatus;

/// An EKS Fargate profile that the operator creates, keeps and, when an immutable field changes, replaces without a gap.
#[derive(CustomResource, KubeSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq)]
#[kube(
    group = "fargate-operator.dev",
    version = "v1alpha1",
    kind = "FargateProfile",
    plural = "fargateprofiles",
    shortname = "fp",
    category = "aws",
    status = "FargateProfileStatus",
    derive = "PartialEq",
    derive = "Default",
    doc = "FargateProfile declares one EKS Fargate profile. EKS profiles are immutable: when an immutable field changes, the operator creates the next EKS profile first and deletes the old one when nothing runs on it.",
    validation = Rule::new("(has(self.spec.profileName) && type(self.spec.profileName) == string) || (size(self.metadata.name) <= 56 && !self.metadata.name.contains('.') && !self.metadata.name.lowerAscii().startsWith('eks-'))")
        .message(Message::Expression("'metadata.name \"' + self.metadata.name + '\" cannot serve as the stem of the EKS profile name: at most 56 characters, no dots and no prefix eks-; choose another name or set spec.profileName'".into()))
        .field_path(".spec.profileName"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status", description = "Whether an ACTIVE EKS profile serves this generation of the spec"),
    printcolumn(name = "Status", type_ = "string", json_path = ".status.profile.status", description = "What EKS says of the profile that serves the spec, or is to serve it"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.reason", description = "What is going on: the reason of Stalled, else of Reconciling, else of Ready"),
    printcolumn(name = "Pods", type_ = "string", json_path = ".status.pods.summary", description = "Of the pods that it is for, those that run on Fargate"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Profile", type_ = "string", json_path = ".status.profile.name", description = "Name of that profile in EKS", priority = 1),
    printcolumn(name = "Cluster", type_ = "string", json_path = ".status.cluster.name", priority = 1),
    printcolumn(name = "Available", type_ = "string", json_path = ".status.conditions[?(@.type==\"Available\")].status", description = "Whether any EKS profile of the object is ACTIVE", priority = 1),
    printcolumn(name = "Role", type_ = "string", json_path = ".status.profile.podExecutionRoleArn", description = "The pod execution role of that profile", priority = 1),
    printcolumn(name = "Blocked By", type_ = "string", json_path = ".status.queue.blockedBy", description = "What has its turn in the EKS cluster before it", priority = 1),
    printcolumn(name = "Next Try", type_ = "string", json_path = ".status.waiting.nextTry", description = "When the operator tries again what failed", priority = 1),
)]
#[x_kube(
    validation = Rule::new("(has(self.clusterName) && type(self.clusterName) == string ? self.clusterName : '') == (has(oldSelf.clusterName) && type(oldSelf.clusterName) == string ? oldSelf.clusterName : '')")
        .message("spec.clusterName is immutable, also from unset to set and back: create a FargateProfile of another name for the other cluster, then delete this one")
        .field_path(".clusterName"),
    validation = Rule::new("(has(self.profileName) && type(self.profileName) == string ? self.profileName : '') == (has(oldSelf.profileName) && type(oldSelf.profileName) == string ? oldSelf.profileName : '')")
        .message("spec.profileName is immutable, also from unset to set and back: create a FargateProfile of another name, then delete this one")
        .field_path(".profileName"),
)]
#[serde(rename_all = "camelCase")]
pub struct FargateProfileSpec {
    /// Which pods run on Fargate: those that match at least one selector. EKS's quota is 5 selectors a profile (adjustable).
    /// Order has no meaning. A change replaces the EKS profile.
    #[schemars(length(max = 100))]
    #[x_kube(
        validation = Rule::new("self.size() > 0").message("spec.selectors needs at least one selector: name the namespace whose pods are to run on Fargate"),
        // Status has to hold them a second time, within the 1.5 MB of an object.
        validation = Rule::new("self.map(s, has(s.labels) && type(s.labels) != null_type ? size(s.labels) : 0).sum() <= 1000")
            .message("spec.selectors has more than the 1000 label pairs in all that an object has room for: spread them over several FargateProfiles"),
    )]
    pub selectors: Vec<ProfileSelector>,

    /// The EKS cluster; by default the cluster that the operator is installed for. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    #[x_kube(validation = Rule::new("self.matches('^[0-9A-Za-z][0-9A-Za-z_-]*$')")
        .message(Message::Expression("'spec.clusterName \"' + self + '\" is no EKS cluster name: write the name alone, not the ARN: letters, digits, - and _, beginning with a letter or digit'".into())))]
    pub cluster_name: Option<String>,

    /// Stem of the EKS profile's name, by default metadata.name. The operator adds a counter (checkout-9999), because a
    /// replacement needs a second name that sorts first; under replacement.strategy DeleteFirst it is the exact name. At
    /// most 56 characters, since the whole name becomes a pod label value of at most 63. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    #[x_kube(
        validation = Rule::new("self.matches('^[0-9A-Za-z]([0-9A-Za-z_-]*[0-9A-Za-z])?$') && !self.lowerAscii().startsWith('eks-')")
            .message(Message::Expression("'spec.profileName \"' + self + '\" cannot be used: write letters, digits, - and _, beginning and ending with a letter or digit, without the prefix eks-, which EKS reserves'".into())),
        validation = Rule::new("size(self) <= 56")
            .message(Message::Expression("'spec.profileName \"' + self + '\" is longer than 56 characters: shorten it, since it becomes with the counter a pod label value, and these have at most 63'".into())),
    )]
    pub profile_name: Option<String>,

    /// The IAM role with which Fargate pulls images and writes logs; by default the role that the operator is installed
    /// with. Its path must be /. A change replaces the EKS profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 256))]
    #[x_kube(validation = Rule::new("self.matches('^arn:aws[a-z-]*:iam::[0-9]{12}:role/[0-9A-Za-z+=,.@_-]{1,64}$')")
        .message(Message::Expression("'spec.podExecutionRoleArn \"' + self + '\" is no ARN of an IAM role without a path: write arn:aws:iam::ACCOUNT:role/NAME; EKS refuses roles with a path'".into())))]
    pub pod_execution_role_arn: Option<String>,

    /// Private subnets of the cluster's VPC; by default those that the operator is installed with, else EKS chooses.
    /// Order has no meaning. A change replaces the EKS profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100), inner(length(max = 64)))]
    #[x_kube(
        merge_strategy = ListMerge::Set,
        validation = Rule::new("self.size() > 0").message("spec.subnets is empty: name at least one private subnet, or leave the field out"),
        validation = Rule::new("self.all(s, s.matches('^subnet-[0-9a-f]{8,17}$'))")
            .message(Message::Expression("'spec.subnets holds \"' + self.filter(s, !s.matches('^subnet-[0-9a-f]{8,17}$'))[0] + '\", which is no subnet id: write ids such as subnet-0a1b2c3d4e5f67890, not names or ARNs'".into())),
    )]
    pub subnets: Option<Vec<String>>,

    /// Tags of the EKS profile, changed in place. EKS allows 50, of which the operator keeps some for itself.
    /// Tags that others set on the profile are left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "tags_schema")]
    #[x_kube(
        validation = Rule::new("self.all(k, size(k) >= 1 && size(k) <= 128)")
            .message(Message::Expression("'spec.tags has the key \"' + self.filter(k, size(k) < 1 || size(k) > 128)[0] + '\": write 1 to 128 characters'".into())),
        validation = Rule::new("self.all(k, type(self[k]) == string)")
            .message(Message::Expression("'spec.tags has the key \"' + self.filter(k, type(self[k]) != string)[0] + '\" without a value: write one, \"\" for the empty one, or take the key out'".into())),
        validation = Rule::new("self.all(k, !k.lowerAscii().startsWith('aws:') && !k.lowerAscii().startsWith('fargate-operator.dev/'))")
            .message(Message::Expression("'spec.tags has the key \"' + self.filter(k, k.lowerAscii().startsWith('aws:') || k.lowerAscii().startsWith('fargate-operator.dev/'))[0] + '\": AWS and the operator keep the prefixes aws: and fargate-operator.dev/ for themselves; choose another key'".into())),
    )]
    pub tags: Option<BTreeMap<String, String>>,

    /// How a change of an immutable field is carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<ReplacementSpec>,

    /// What becomes of pods that wait, unscheduled, since before the EKS profile was there: on Fargate a pod gets its profile
    /// when it is made, never later. Recreate (default): those that a controller makes again are evicted once. Ignore: they
    /// are left alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_pods: Option<PendingPods>,

    /// What becomes of the EKS profiles when this object is deleted. Delete (default): they are deleted, one by one.
    /// Retain: they stay, without the operator's tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,

    /// Whether to take over an EKS profile that already bears the name profileName, or one that this operator left under a name
    /// formed from it (deletionPolicy: Retain). Never (default). IfUnowned: take it over if it has no tag of another manager
    /// (CloudFormation, ACK, Cluster API, Crossplane) or of another installation of this operator. Terraform, Pulumi and eksctl
    /// leave no such tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adoption: Option<Adoption>,

    /// true: observe and publish what is pending, but begin nothing (false by default). A deletion is carried out all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}

/// One selector: a pod matches if its namespace matches and it has all the labels.
#[derive(KubeSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "camelCase")]
pub struct ProfileSelector {
    /// Namespace of the pods; * stands for any characters and ? for one, as in EKS.
    #[schemars(length(max = 253))]
    #[x_kube(validation = Rule::new("self.matches('^[a-z0-9*?]([-a-z0-9*?]*[a-z0-9*?])?$')")
        .message(Message::Expression("'selector namespace \"' + self + '\" can match no namespace: write lower-case letters, digits, - (neither first nor last) and the wildcards * and ?'".into())))]
    pub namespace: String,

    /// Labels that the pod must all have; * and ? are allowed in keys and values. None: every pod of the namespace.
    /// EKS's quota is 5 pairs a selector (adjustable).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "labels_schema")]
    #[x_kube(
        // EKS's wildcards may stand for what is missing.
        validation = Rule::new("self.all(k, size(k) <= 317 && k.matches('^([a-z0-9*?]([-a-z0-9*?]*[a-z0-9*?])?([.][a-z0-9*?]([-a-z0-9*?]*[a-z0-9*?])?)*/)?[A-Za-z0-9*?]([-A-Za-z0-9_.*?]*[A-Za-z0-9*?])?$') && (k.matches('[*?]') || k.matches('^([^/]{1,253}/)?[^/]{1,63}$')))")
            .message(Message::Expression("'selector label \"' + self.filter(k, !(size(k) <= 317 && k.matches('^([a-z0-9*?]([-a-z0-9*?]*[a-z0-9*?])?([.][a-z0-9*?]([-a-z0-9*?]*[a-z0-9*?])?)*/)?[A-Za-z0-9*?]([-A-Za-z0-9_.*?]*[A-Za-z0-9*?])?$') && (k.matches('[*?]') || k.matches('^([^/]{1,253}/)?[^/]{1,63}$'))))[0] + '\" can match no label of a pod: write at most 63 letters, digits, -, _ and . (the first and the last a letter or digit), behind a DNS name and a / if need be, and the wildcards * and ?'".into())),
        validation = Rule::new("self.all(k, type(self[k]) != string || (self[k].matches('^([A-Za-z0-9*?]([-A-Za-z0-9_.*?]*[A-Za-z0-9*?])?)?$') && self[k].matches('^[*]*([^*][*]*){0,63}$')))")
            .message(Message::Expression("'selector label \"' + self.filter(k, !(type(self[k]) != string || (self[k].matches('^([A-Za-z0-9*?]([-A-Za-z0-9_.*?]*[A-Za-z0-9*?])?)?$') && self[k].matches('^[*]*([^*][*]*){0,63}$'))))[0] + '\" has the value \"' + self[self.filter(k, !(type(self[k]) != string || (self[k].matches('^([A-Za-z0-9*?]([-A-Za-z0-9_.*?]*[A-Za-z0-9*?])?)?$') && self[k].matches('^[*]*([^*][*]*){0,63}$'))))[0]] + '\", which no label of a pod can have: write at most 63 letters, digits, -, _ and . (the first and the last a letter or digit), and the wildcards * and ?'".into())),
        // A pruned null would leave a selector that takes the whole namespace.
        validation = Rule::new("self.all(k, type(self[k]) == string)")
            .message(Message::Expression("'labels of a selector have the key \"' + self.filter(k, type(self[k]) != string)[0] + '\" without a value: write one, \"\" for the empty one, or take the key out'".into())),
    )]
    pub labels: Option<BTreeMap<String, String>>,
}

/// What becomes of pods that have been pending since before their EKS profile was there.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub enum PendingPods {
    /// They are evicted once, and their controllers make them again.
    #[default]
    Recreate,
    /// They are left alone.
    Ignore,
}

/// What becomes of the EKS profiles when the object is deleted.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub enum DeletionPolicy {
    /// They are deleted, one by one.
    #[default]
    Delete,
    /// They stay, without the operator's tags.
    Retain,
}

/// Whether an EKS profile that the operator did not create may be taken over.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub enum Adoption {
    /// Never.
    #[default]
    Never,
    /// If no one else manages it.
    IfUnowned,
}

/// A map of strings with bounds, without which the API server refuses CEL rules on it. Its values are nullable, so that
/// the API server hands a null to the rules instead of dropping the key.
fn bounded_map(entries: u32, value: u32) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "maxProperties": entries,
        "additionalProperties": { "type": "string", "nullable": true, "maxLength": value },
    })
}

fn tags_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    bounded_map(40, 256)
}

fn labels_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    bounded_map(50, 255)
}

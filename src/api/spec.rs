//! The spec of a `FargateProfile`. Field names are the EKS API's own. Rules that never change are checked by the API
//! server (schema and CEL), so that `kubectl apply --dry-run=server` and GitOps dry runs report them.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::prerequisites::Prerequisites;
use super::replacement::ReplacementSpec;
use super::selector::{ProfileSelector, bounded_map};
use super::status::FargateProfileStatus;

/// The EKS profile that is wanted, and how the operator creates, replaces and deletes it.
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
    doc = "FargateProfile declares an EKS Fargate profile: which pods run on Fargate, in which subnets, with which role. EKS profiles are immutable: when one of these changes, the operator creates the next EKS profile, moves the pods to it within their disruption budgets, and deletes the old one. kubectl get fp tells how far it is, kubectl describe fp what it waits for and what a person must mend.",
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
    validation = Rule::new("!has(self.profileName) || type(self.profileName) != string || size(self.profileName) <= 56 || (has(self.adoption) && self.adoption == 'IfUnowned')")
        .message(Message::Expression("'spec.profileName \"' + self.profileName + '\" is longer than 56 characters: shorten it, since it becomes with the counter a pod label value, and these have at most 63; only the name of an EKS profile to take over may be longer, with spec.adoption: IfUnowned'".into()))
        .field_path(".profileName"),
    validation = Rule::new("(has(self.clusterName) && type(self.clusterName) == string ? self.clusterName : '') == (has(oldSelf.clusterName) && type(oldSelf.clusterName) == string ? oldSelf.clusterName : '')")
        .message("spec.clusterName is immutable, also from unset to set and back: create a FargateProfile of another name for the other cluster, then delete this one")
        .field_path(".clusterName"),
    validation = Rule::new("(has(self.profileName) && type(self.profileName) == string ? self.profileName : '') == (has(oldSelf.profileName) && type(oldSelf.profileName) == string ? oldSelf.profileName : '')")
        .message("spec.profileName is immutable, also from unset to set and back: create a FargateProfile of another name, then delete this one")
        .field_path(".profileName"),
)]
#[serde(rename_all = "camelCase")]
pub struct FargateProfileSpec {
    /// Which pods run on Fargate: those that match at least one selector. Order has no meaning. EKS's quota is 5 selectors per
    /// profile, which AWS can raise. Pods that already run on other nodes stay there until they are recreated. A pod that another
    /// EKS profile selects too goes to the one whose name sorts first; if this object loses pods by that, status.warnings says so.
    ///
    /// A change replaces the EKS profile: see replacement.strategy.
    #[schemars(length(max = 100))]
    #[x_kube(
        validation = Rule::new("self.size() > 0").message("spec.selectors needs at least one selector: name the namespace whose pods are to run on Fargate"),
        // Status has to hold them a second time, within the 1.5 MB of an object.
        validation = Rule::new("self.map(s, has(s.labels) && type(s.labels) != null_type ? size(s.labels) : 0).sum() <= 1000")
            .message("spec.selectors has more than the 1000 label pairs in all that an object has room for: spread them over several FargateProfiles"),
    )]
    pub selectors: Vec<ProfileSelector>,

    /// The EKS cluster. Default: the cluster that the operator is installed for.
    ///
    /// Immutable: for another cluster create another FargateProfile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    #[x_kube(validation = Rule::new("self.matches('^[0-9A-Za-z][0-9A-Za-z_-]*$')")
        .message(Message::Expression("'spec.clusterName \"' + self + '\" is no EKS cluster name: write the name alone, not the ARN: letters, digits, - and _, beginning with a letter or digit'".into())))]
    pub cluster_name: Option<String>,

    /// The stem of the EKS profile's name. Default: metadata.name.
    ///
    /// The name in EKS is the stem with a number that counts down: checkout-9999, then checkout-9998. If several profiles match a
    /// pod, EKS gives it to the one whose name sorts first; so each replacement sorts before the profile that it supersedes, and
    /// takes every new pod. Where no lower number sorts first, 0- is put in front: 0-checkout-9999. With replacement.strategy
    /// DeleteFirst the stem is the exact name.
    ///
    /// At most 56 characters, since EKS makes the whole name a pod label value of at most 63. With adoption IfUnowned up to 100, as
    /// in EKS: the profile that is taken over keeps its name, and those that follow it have a shortened one with a hash.
    ///
    /// Immutable: for another name create another FargateProfile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    #[x_kube(
        validation = Rule::new("self.matches('^[0-9A-Za-z]([0-9A-Za-z_-]*[0-9A-Za-z])?$') && !self.lowerAscii().startsWith('eks-')")
            .message(Message::Expression("'spec.profileName \"' + self + '\" cannot be used: write letters, digits, - and _, beginning and ending with a letter or digit, without the prefix eks-, which EKS reserves'".into())),
    )]
    pub profile_name: Option<String>,

    /// The IAM role with which Fargate pulls images and writes logs. Default: the operator's --default-pod-execution-role-arn. It
    /// must trust eks-fargate-pods.amazonaws.com. By AWS's documentation its path must be /; with another one EKS decides.
    ///
    /// A change replaces the EKS profile: see replacement.strategy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 640))]
    #[x_kube(validation = Rule::new("self.matches('^arn:aws[a-z-]*:iam::[0-9]{12}:role/([!-.0-~]+/)*[0-9A-Za-z+=,.@_-]{1,64}$')")
        .message(Message::Expression("'spec.podExecutionRoleArn \"' + self + '\" is no ARN of an IAM role: write arn:aws:iam::ACCOUNT:role/NAME, with the twelve digits of the account'".into())))]
    pub pod_execution_role_arn: Option<String>,

    /// Private subnets of the cluster's VPC in which the pods run. They need a way out to pull images (NAT gateway or VPC
    /// endpoints). Default: the operator's --default-subnets, which names them or says how they are found, else EKS chooses.
    /// Order has no meaning.
    ///
    /// A change replaces the EKS profile: see replacement.strategy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100), inner(length(max = 64)))]
    #[x_kube(
        merge_strategy = ListMerge::Set,
        validation = Rule::new("self.size() > 0").message("spec.subnets is empty: name at least one private subnet, or leave the field out"),
        validation = Rule::new("self.all(s, s.matches('^subnet-[0-9a-f]{8,17}$'))")
            .message(Message::Expression("'spec.subnets holds \"' + self.filter(s, !s.matches('^subnet-[0-9a-f]{8,17}$'))[0] + '\", which is no subnet id: write ids such as subnet-0a1b2c3d4e5f67890, not names or ARNs'".into())),
    )]
    pub subnets: Option<Vec<String>>,

    /// AWS tags of the EKS profile, at most 40. Default: none but the operator's own. Tags that others set on the profile stay.
    ///
    /// A change takes effect in place.
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

    /// How a change of selectors, subnets or the role is carried out. Default: CreateFirst, without approval.
    ///
    /// A change takes effect at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<ReplacementSpec>,

    /// The type's text is what `kubectl explain` shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_pods: Option<PendingPods>,

    /// The type's text is what `kubectl explain` shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_policy: Option<DeletionPolicy>,

    /// The type's text is what `kubectl explain` shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adoption: Option<Adoption>,

    /// The type's text is what `kubectl explain` shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prerequisites: Option<Prerequisites>,

    /// true: show what is pending, but begin nothing; a drain pauses. The deletion of this object, a DeleteFirst replacement that
    /// has begun, and pendingPods Recreate go on. Default: false.
    ///
    /// A change takes effect at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
}

/// What to do with pods that were Pending before the EKS profile existed. EKS gives a pod its profile when the pod is created,
/// never later.
///
/// Recreate (default): evict each of them once, if its controller recreates it.
///
/// Ignore: leave them alone.
///
/// A change takes effect at once.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub enum PendingPods {
    /// Evicted once.
    #[default]
    Recreate,
    /// Left alone.
    Ignore,
}

/// What happens to the EKS profiles when this object is deleted.
///
/// Delete (default): they are deleted, and EKS ends the pods on them that no other FargateProfile takes over.
///
/// Retain: they stay in EKS, without the operator's tags, and their pods go on.
///
/// A change takes effect at once.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub enum DeletionPolicy {
    /// Deleted.
    #[default]
    Delete,
    /// Kept, without the operator's tags.
    Retain,
}

/// Whether to take over an EKS profile that exists already, under the name profileName or left by deletionPolicy Retain.
///
/// Never (default): create another one beside it. If replacement.strategy is DeleteFirst and its name is the exact name, the
/// object is Stalled with NameTaken.
///
/// IfUnowned: take it over, unless its tags name another manager (CloudFormation, ACK, Cluster API, Crossplane, another
/// installation of this operator). Terraform, Pulumi and eksctl leave no such tag.
///
/// It counts only while this object has no EKS profile. A change takes effect at once.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub enum Adoption {
    /// Never.
    #[default]
    Never,
    /// If nobody else manages it.
    IfUnowned,
}

fn tags_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    bounded_map(40, 256)
}

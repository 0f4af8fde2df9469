//! Names the operator writes outside its own API fields: group, finalizer, EKS tags, field manager.

/// API group and prefix of everything the operator names in Kubernetes and in EKS.
pub const GROUP: &str = "fargate-operator.dev";

/// Finalizer that keeps an object until its EKS profiles are gone or released.
pub const FINALIZER: &str = "fargate-operator.dev/profiles";

/// Field manager of the status that the operator applies.
pub const FIELD_MANAGER: &str = "fargate-operator";

/// Prefix of the EKS tags that the operator keeps; users may not set tags under it.
pub const TAG_PREFIX: &str = "fargate-operator.dev/";

/// Annotation by which a person approves the plan that `status.replacement.planID` names.
pub const APPROVE_ANNOTATION: &str = "fargate-operator.dev/approve";

/// Annotation by which a person asks for another try at once: any value that it did not have before.
pub const RETRY_ANNOTATION: &str = "fargate-operator.dev/retry";

/// EKS tag: name of the owning `FargateProfile`. Decides ownership together with [`TAG_INSTALLATION`].
pub const TAG_OWNER: &str = "fargate-operator.dev/owner";

/// EKS tag: uid of the owning object. Information only: an object restored from a backup has a new uid and still owns.
pub const TAG_OWNER_UID: &str = "fargate-operator.dev/owner-uid";

/// EKS tag: uid of the `kube-system` namespace of the cluster that the operator runs in.
pub const TAG_INSTALLATION: &str = "fargate-operator.dev/installation";

/// Tag of an IAM role: ARN of the EKS cluster that the operator made it for.
pub const TAG_CLUSTER: &str = "fargate-operator.dev/cluster";

/// EKS tag: hash of the spec that the profile was created from. Information only, never a verdict.
pub const TAG_SPEC_HASH: &str = "fargate-operator.dev/spec-hash";

/// Label that EKS puts on every pod it places on Fargate; its value is the profile's name.
pub const POD_PROFILE_LABEL: &str = "eks.amazonaws.com/fargate-profile";

/// Annotation on a pod: it is not to be evicted (`"true"`).
pub const DO_NOT_DISRUPT_ANNOTATION: &str = "fargate-operator.dev/do-not-disrupt";

/// Karpenter's annotation of the same meaning, honoured as well.
pub const KARPENTER_DO_NOT_DISRUPT_ANNOTATION: &str = "karpenter.sh/do-not-disrupt";

/// Annotation or label on a pod; with the value `ec2` it keeps the pod off Fargate.
pub const COMPUTE_TYPE_KEY: &str = "eks.amazonaws.com/compute-type";

/// Annotation of a Deployment of CoreDNS: what its compute type was before the operator moved it to Fargate; empty if none was set.
pub const COMPUTE_TYPE_BEFORE: &str = "fargate-operator.dev/compute-type-before";

/// Annotation of the Lease: what its holder is installed with, as JSON, for those who look on.
pub const INSTALLATION_ANNOTATION: &str = "fargate-operator.dev/installation";

/// Annotation of the Lease: its last holder had nothing under way when it handed it over.
pub const SETTLED_ANNOTATION: &str = "fargate-operator.dev/settled";

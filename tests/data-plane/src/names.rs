//! Names that EKS gives.

/// The label that the webhook puts on a pod, and by which a pod can ask for a profile (UG).
pub const PROFILE_LABEL: &str = "eks.amazonaws.com/fargate-profile";
/// Says on a node what runs it, and on a pod that it is not meant for Fargate (UG; gruntwork-io/kubergrunt 223).
pub const COMPUTE_TYPE: &str = "eks.amazonaws.com/compute-type";
/// CoreDNS's Deployment, its ServiceAccount and its add-on.
pub const COREDNS: &str = "coredns";
/// Where it is.
pub const COREDNS_NAMESPACE: &str = "kube-system";
/// The field manager of what add-ons apply (UG, "Determine fields you can customize for Amazon EKS add-ons").
pub const EKS_MANAGER: &str = "eks";
/// The scheduler of Fargate's pods, and the reporter of its events (freegroup/kube-s3 14).
pub const SCHEDULER: &str = "fargate-scheduler";
/// The webhook's configuration and its one webhook here (aws/karpenter-provider-aws 7455). EKS's has two webhooks in it;
/// what the other is for is not known.
pub const WEBHOOK: &str = "0500-amazon-eks-fargate-mutation.amazonaws.com";
/// On a pod: after so many unscaled seconds of running it has done its work. Not EKS's: it stands for a container that ends.
pub const RUNS_FOR: &str = "data-plane.fargate-operator.dev/runs-for";

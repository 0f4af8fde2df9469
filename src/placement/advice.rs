//! The way out of each cause. docs/pods.md has them at more length.

use super::IssueCause;
use crate::message::message;

impl IssueCause {
    /// What to do about it.
    pub(crate) fn advice(self) -> String {
        match self {
            Self::RoleNotAuthorized => {
                message!("add the role to aws-auth, or create its access entry: see docs/prerequisites.md")
            }
            Self::RoleNotAssumable => {
                message!("let eks-fargate-pods.amazonaws.com do sts:AssumeRole in the role's trust policy")
            }
            Self::AccountBlocked => message!("open a support case: AWS has to enable Fargate for the account"),
            Self::FargateQuota => message!(
                "raise the quota: aws service-quotas request-service-quota-increase --service-code fargate --quota-code \
                 L-3032A538 --desired-value VCPUS"
            ),
            Self::CapacityUnavailable => {
                message!("wait, or name subnets of another Availability Zone as well in spec.subnets")
            }
            Self::ZoneNotSupported => message!("name subnets of other Availability Zones in spec.subnets"),
            Self::ProvisioningTimedOut => {
                message!("Fargate tries again; if it lasts, the pods have no way out: see status.findings")
            }
            Self::PodTooLarge => message!("ask for less: the largest Fargate size has 16 vCPU and 120 GB"),
            Self::VolumeNotBound => message!("bind the claim, then delete the pod: Fargate looks at a pod once"),
            Self::PodNotSupported => message!(
                "take the field out of the pod's template, or keep the pod off Fargate by the annotation \
                 eks.amazonaws.com/compute-type: ec2"
            ),
            Self::SecurityGroupNotFound => {
                message!("correct the groups of the SecurityGroupPolicy that selects the pod, then delete the pod")
            }
            Self::NotTaken => message!(
                "take nodeSelector, schedulerName and the label eks.amazonaws.com/fargate-profile out of its template, if they are \
                 there, and delete the pod: EKS gives a pod to a profile only when it is created"
            ),
            Self::NotScheduled => message!("mend what it names; if that is nothing of yours, ask AWS Support"),
            Self::NothingSaid => message!(
                "delete the pod; if the next one waits as well, see status.findings and the account's quota of Fargate vCPUs"
            ),
            Self::ImagePull => {
                message!("check the image's name, the way out in status.findings, and the role's policy for ECR")
            }
            Self::ContainerConfig => message!("create the ConfigMap or Secret that the container names"),
            Self::StartError => {
                message!("correct the command, mount or image that it names")
            }
            Self::CpuLimit => message!("let requests.cpu equal limits.cpu in each container"),
            Self::OutOfMemory => {
                message!("raise requests.memory and limits.memory: Fargate makes the node as large as the requests")
            }
            Self::CrashLoop => message!("see kubectl logs --previous"),
            Self::ReadinessGate => {
                message!(
                    "see whoever sets the gate, such as the AWS Load Balancer Controller: does it run, with target type ip?"
                )
            }
            Self::NotReady => {
                message!("see the readiness probe, and whether the pod's security groups let the kubelet in")
            }
            Self::LoggingDisabled => {
                message!("correct ConfigMap aws-logging in namespace aws-observability, then recreate the pod")
            }
        }
    }
}

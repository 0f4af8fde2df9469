//! The way out of each cause. docs/pods.md has them at more length.

use crate::message::message;
use crate::placement::IssueCause;

pub(super) fn advice(cause: IssueCause) -> String {
    match cause {
        IssueCause::RoleNotAuthorized => {
            message!("add the role to aws-auth, or create its access entry: see docs/prerequisites.md")
        }
        IssueCause::RoleNotAssumable => {
            message!("let eks-fargate-pods.amazonaws.com do sts:AssumeRole in the role's trust policy")
        }
        IssueCause::AccountBlocked => message!("open a support case: AWS has to enable Fargate for the account"),
        IssueCause::FargateQuota => message!(
            "raise the quota: aws service-quotas request-service-quota-increase --service-code fargate --quota-code \
             L-3032A538 --desired-value VCPUS"
        ),
        IssueCause::CapacityUnavailable => {
            message!("wait, or name subnets of another Availability Zone as well in spec.subnets")
        }
        IssueCause::ZoneNotSupported => message!("name subnets of other Availability Zones in spec.subnets"),
        IssueCause::ProvisioningTimedOut => {
            message!("Fargate tries again; if it lasts, the pods have no way out: see status.findings")
        }
        IssueCause::PodTooLarge => message!("ask for less: the largest Fargate size has 16 vCPU and 120 GB"),
        IssueCause::VolumeNotBound => message!("bind the claim, then delete the pod: Fargate looks at a pod once"),
        IssueCause::PodNotSupported => message!(
            "take the field out of the pod's template, or keep the pod off Fargate by the annotation \
             eks.amazonaws.com/compute-type: ec2"
        ),
        IssueCause::SecurityGroupNotFound => {
            message!("correct the groups of the SecurityGroupPolicy that selects the pod, then delete the pod")
        }
        IssueCause::NotTaken => message!(
            "take nodeSelector and schedulerName out of its template, if they are there, and delete the pod: EKS gives a pod to a \
             profile only when it is created"
        ),
        IssueCause::NotScheduled => message!("mend what it names; if that is nothing of yours, ask AWS Support"),
        IssueCause::NothingSaid => message!(
            "delete the pod; if the next one waits as well, see status.findings and the account's quota of Fargate vCPUs"
        ),
        IssueCause::ImagePull => {
            message!("check the image's name, the way out in status.findings, and the role's policy for ECR")
        }
        IssueCause::ContainerConfig => message!("create the ConfigMap or Secret that the container names"),
        IssueCause::StartError => {
            message!("correct the command, mount or image that it names")
        }
        IssueCause::CpuLimit => message!("let requests.cpu equal limits.cpu in each container"),
        IssueCause::OutOfMemory => {
            message!("raise requests.memory and limits.memory: Fargate makes the node as large as the requests")
        }
        IssueCause::CrashLoop => message!("see kubectl logs --previous"),
        IssueCause::ReadinessGate => {
            message!(
                "see whoever sets the gate, such as the AWS Load Balancer Controller: does it run, with target type ip?"
            )
        }
        IssueCause::NotReady => {
            message!("see the readiness probe, and whether the pod's security groups let the kubelet in")
        }
        IssueCause::LoggingDisabled => {
            message!("correct ConfigMap aws-logging in namespace aws-observability, then recreate the pod")
        }
    }
}

//! Ways in which pods of an ACTIVE profile do not work, each in the words in which it has been reported.

use data_plane::{Ended, TroubleKind};
use fargate_operator::placement::IssueCause;

pub struct Way {
    /// Also its namespace, and the name of its object.
    pub name: &'static str,
    pub how: How,
    pub cause: IssueCause,
    /// What status says of a pod.
    pub said: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// By Fargate.
    Fargate(TroubleKind),
    /// By a readiness gate that nobody sets.
    Gate,
    /// The pods were created while Fargate's webhook was away.
    Slipped,
}

const fn says(name: &'static str, text: &'static str, cause: IssueCause) -> Way {
    Way { name, how: How::Fargate(TroubleKind::Says(text)), cause, said: text }
}

/// What matters stands at the end.
const fn of_role(name: &'static str, text: &'static str, cause: IssueCause, said: &'static str) -> Way {
    Way { name, how: How::Fargate(TroubleKind::Says(text)), cause, said }
}

const fn stuck(name: &'static str, how: (&'static str, &'static str), cause: IssueCause, said: &'static str) -> Way {
    let (reason, message) = how;
    Way { name, how: How::Fargate(TroubleKind::Stuck { reason, message, ended: None }), cause, said }
}

const fn ends(
    name: &'static str,
    ended: (&'static str, i32, &'static str),
    cause: IssueCause,
    said: &'static str,
) -> Way {
    let (reason, exit_code, message) = ended;
    let kind = TroubleKind::Stuck {
        reason: "CrashLoopBackOff",
        message: "back-off 5m0s restarting failed container=main",
        ended: Some(Ended { reason, exit_code, message }),
    };
    Way { name, how: How::Fargate(kind), cause, said }
}

pub const WAYS: [Way; 24] = [
    of_role(
        "auth",
        // terraform-aws-modules/terraform-aws-eks#2912
        "Misconfigured Fargate Profile: fargate profile auth-9999 blocked for new launches due to: Pod execution role is not found in auth config or does not have all required permissions for launching fargate pods.",
        IssueCause::RoleNotAuthorized,
        "Pod execution role is not found in auth config or does not have all required permissions for launching fargate pods.",
    ),
    of_role(
        "assume",
        "Misconfigured Fargate Profile: fargate profile assume-9999 blocked for new launches due to: Failed to assume PodExecutionRole; Please make sure the role exists and trusts the eks-fargate-pods.amazonaws.com service principal",
        IssueCause::RoleNotAssumable,
        "Failed to assume PodExecutionRole; Please make sure the role exists and trusts the eks-fargate-pods.amazonaws.com service principal",
    ),
    says(
        "blocked",
        // clowdhaus/eks-reference-architecture#12
        "Your AWS account is currently blocked and thus cannot launch any Fargate pods",
        IssueCause::AccountBlocked,
    ),
    says(
        "quota",
        // terraform-aws-modules/terraform-aws-eks#1758
        "Your AWS account has reached the limit on the number of Fargate pods it can run concurrently",
        IssueCause::FargateQuota,
    ),
    says(
        "capacity",
        // aws/containers-roadmap#2034
        "Fargate capacity is unavailable at this time. Please try again later or in a different availability zone.",
        IssueCause::CapacityUnavailable,
    ),
    says(
        "zone",
        // awsdocs/amazon-eks-user-guide#262
        "Fargate is not supported in the requested availability zone: ca-central-1d",
        IssueCause::ZoneNotSupported,
    ),
    Way {
        name: "timeout",
        how: How::Fargate(TroubleKind::Provisioning { retried: false }),
        cause: IssueCause::ProvisioningTimedOut,
        said: "Pod provisioning timed out (will retry)",
    },
    says(
        "large",
        // aws/eks-distro-prow-jobs#11
        "Your pod's cpu/memory requirements exceed the max Fargate configuration",
        IssueCause::PodTooLarge,
    ),
    says(
        "claim",
        // aws/containers-roadmap#1382
        "Pod not supported on Fargate: volumes not supported: data not supported because: PVC data-web-0 not bound",
        IssueCause::VolumeNotBound,
    ),
    says(
        "unfit",
        // aws/containers-roadmap#2162
        "Pod not supported on Fargate: invalid SecurityContext fields: Capabilities added: NET_ADMIN",
        IssueCause::PodNotSupported,
    ),
    says(
        "group",
        // eksctl-io/eksctl#4486
        "An error occurred (InvalidSecurityGroupID.NotFound) when calling the CreateNetworkInterface operation: The security group 'sg-0aaaaaaa000000001' does not exist",
        IssueCause::SecurityGroupNotFound,
    ),
    says("other", "what nobody has reported yet", IssueCause::NotScheduled),
    Way {
        name: "silent",
        how: How::Fargate(TroubleKind::Says("")),
        cause: IssueCause::NothingSaid,
        said: "its scheduler does not say why it has no node",
    },
    Way {
        name: "pull",
        how: How::Fargate(TroubleKind::ImagePull),
        cause: IssueCause::ImagePull,
        said: "ImagePullBackOff: Back-off pulling image \"none\": dial tcp: i/o timeout",
    },
    stuck(
        "invalid",
        ("InvalidImageName", "couldn't parse image name \"None\": invalid reference format"),
        IssueCause::ImagePull,
        "InvalidImageName: couldn't parse image name \"None\": invalid reference format",
    ),
    stuck(
        "config",
        ("CreateContainerConfigError", "secret \"db\" not found"),
        IssueCause::ContainerConfig,
        "CreateContainerConfigError: secret \"db\" not found",
    ),
    stuck(
        "command",
        ("RunContainerError", "exec: \"serve\": executable file not found in $PATH"),
        IssueCause::StartError,
        "RunContainerError: exec: \"serve\": executable file not found in $PATH",
    ),
    ends(
        "limits",
        // fluxcd/flux2#3138
        ("StartError", 128, "failed to write \"100000\": cpu.cfs_quota_us: invalid argument"),
        IssueCause::CpuLimit,
        "StartError: failed to write \"100000\": cpu.cfs_quota_us: invalid argument",
    ),
    ends("memory", ("OOMKilled", 137, ""), IssueCause::OutOfMemory, "OOMKilled: exit code 137"),
    ends("crash", ("Error", 1, ""), IssueCause::CrashLoop, "Error: exit code 1"),
    Way {
        name: "gate",
        how: How::Gate,
        cause: IssueCause::ReadinessGate,
        said: "corresponding condition of pod readiness gate \"target-health.elbv2.k8s.aws/web\" does not exist.",
    },
    Way {
        name: "unready",
        how: How::Fargate(TroubleKind::NeverReady),
        cause: IssueCause::NotReady,
        said: "containers with unready status: [main]",
    },
    Way {
        name: "slipped",
        how: How::Slipped,
        cause: IssueCause::NotTaken,
        said: "no nodes available to schedule pods",
    },
    Way {
        name: "logs",
        how: How::Fargate(TroubleKind::Logging("LoggingDisabled: LOGGING_CONFIGMAP_INVALID")),
        cause: IssueCause::LoggingDisabled,
        said: "LoggingDisabled: LOGGING_CONFIGMAP_INVALID",
    },
];

//! What keeps a pod from working, by cause: in the words of its scheduler, its kubelet and its containers.
//!
//! Fargate's scheduler writes its words into the condition PodScheduled, where they outlive its events
//! (aws/eks-distro-prow-jobs#11). AWS lists them nowhere; each word here is from a public report, and what is in none of
//! them is told as it is.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What keeps a pod from working.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Issue {
    pub cause: IssueCause,
    /// As it was said.
    pub message: String,
    /// Since when it may have been so.
    pub since: Option<Timestamp>,
    /// Of a container that runs after it has ended again and again: when that was last.
    pub ended: Option<Timestamp>,
}

/// The names are an API: status and metrics show them, docs/pods.md lists them.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::EnumIter, strum::IntoStaticStr, Serialize, Deserialize,
)]
pub enum IssueCause {
    /// The cluster does not let the pod execution role in.
    RoleNotAuthorized,
    /// Fargate may not assume the pod execution role.
    RoleNotAssumable,
    /// AWS has not enabled Fargate for the account.
    AccountBlocked,
    /// The account's quota of Fargate vCPUs is used up.
    FargateQuota,
    /// Fargate has no room for the pod at the moment.
    CapacityUnavailable,
    /// Fargate is not offered in the zone.
    ZoneNotSupported,
    /// Fargate has not come up in time.
    ProvisioningTimedOut,
    /// No Fargate size is large enough.
    PodTooLarge,
    /// A claim was not bound when Fargate looked.
    VolumeNotBound,
    /// Fargate does not support something in the pod.
    PodNotSupported,
    /// A SecurityGroupPolicy names a group that does not exist.
    SecurityGroupNotFound,
    /// Another scheduler has the pod.
    NotTaken,
    /// Fargate's scheduler says something else.
    NotScheduled,
    /// Nobody says why the pod has no node.
    NothingSaid,
    /// The image cannot be pulled.
    ImagePull,
    /// What the container names is not there.
    ContainerConfig,
    /// The container cannot be started.
    StartError,
    /// The container cannot be started with its limit of CPU.
    CpuLimit,
    /// The container has run out of memory.
    OutOfMemory,
    /// The container ends again and again.
    CrashLoop,
    /// A readiness gate is not met.
    ReadinessGate,
    /// The pod runs and is not Ready.
    NotReady,
    /// The pod works, and its logs are lost.
    LoggingDisabled,
}

/// What Fargate's scheduler says, by a part of it. The first that fits counts.
const SAID: [(&str, IssueCause); 14] = [
    // terraform-aws-modules/terraform-aws-eks#2912
    ("not found in auth config", IssueCause::RoleNotAuthorized),
    ("Failed to assume PodExecutionRole", IssueCause::RoleNotAssumable),
    // clowdhaus/eks-reference-architecture#12
    ("account is currently blocked", IssueCause::AccountBlocked),
    // terraform-aws-modules/terraform-aws-eks#1758
    ("reached the limit on the number of Fargate pods", IssueCause::FargateQuota),
    // aws/containers-roadmap#2034
    ("capacity is unavailable", IssueCause::CapacityUnavailable),
    // eksctl-io/eksctl#5677
    ("not supported in the requested availability zone", IssueCause::ZoneNotSupported),
    // eksctl-io/eksctl#2690
    ("Pod provisioning timed out", IssueCause::ProvisioningTimedOut),
    // aws/eks-distro-prow-jobs#11
    ("exceed the max Fargate configuration", IssueCause::PodTooLarge),
    // aws/containers-roadmap#1382
    (" not bound", IssueCause::VolumeNotBound),
    ("persistentvolumeclaim ", IssueCause::VolumeNotBound),
    // aws/containers-roadmap#1517
    ("Pod not supported on Fargate", IssueCause::PodNotSupported),
    ("POD_UNSUPPORTED_ON_FARGATE", IssueCause::PodNotSupported),
    // eksctl-io/eksctl#4486
    ("InvalidSecurityGroupID", IssueCause::SecurityGroupNotFound),
    ("security group does not exist", IssueCause::SecurityGroupNotFound),
];

/// How Fargate begins what it says of a profile's role; the name of the profile and what matters follow.
const MISCONFIGURED: &str = "Misconfigured Fargate Profile: ";
const DUE_TO: &str = " due to: ";

/// What matters of what Fargate's scheduler says. Its beginning is so long that messages have no room for the end.
pub(crate) fn gist(said: &str) -> &str {
    let reason = said.strip_prefix(MISCONFIGURED).and_then(|rest| rest.split_once(DUE_TO));
    reason.map_or(said, |(_, reason)| reason)
}

impl IssueCause {
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What Fargate's scheduler means.
    pub(crate) fn of_scheduler(said: &str) -> Self {
        SAID.iter().find(|(part, _)| said.contains(part)).map_or(Self::NotScheduled, |(_, cause)| *cause)
    }

    /// What a container waits for, by the kubelet's reason. `None` if it is just being made.
    pub(crate) fn of_waiting(reason: &str) -> Option<Self> {
        Some(match reason {
            "ContainerCreating" | "PodInitializing" | "" => return None,
            "ErrImagePull"
            | "ImagePullBackOff"
            | "InvalidImageName"
            | "ErrImageNeverPull"
            | "ImageInspectError"
            | "RegistryUnavailable" => Self::ImagePull,
            "CreateContainerConfigError" => Self::ContainerConfig,
            "CreateContainerError" | "RunContainerError" => Self::StartError,
            "CrashLoopBackOff" => Self::CrashLoop,
            _ => Self::NotReady,
        })
    }

    /// Why a container has ended, by the kubelet's reason and message.
    pub(crate) fn of_end(reason: &str, message: &str) -> Self {
        match reason {
            // Fargate's own (aws/containers-roadmap#1864).
            "StartError" if message.contains("cfs_quota_us") => Self::CpuLimit,
            "OOMKilled" => Self::OutOfMemory,
            "StartError" | "ContainerCannotRun" => Self::StartError,
            _ => Self::CrashLoop,
        }
    }

    /// Nothing says that anything is wrong, but that it lasts.
    pub(crate) fn is_vague(self) -> bool {
        matches!(self, Self::NothingSaid | Self::ReadinessGate | Self::NotReady)
    }

    /// It is tried again and again, and each try may say it in other words.
    pub(crate) fn is_retried(self) -> bool {
        matches!(self, Self::ImagePull | Self::StartError | Self::CpuLimit | Self::OutOfMemory | Self::CrashLoop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gist_is_what_follows_a_long_beginning() {
        let reason = "Failed to assume PodExecutionRole; Please make sure the role exists";
        let said =
            format!("Misconfigured Fargate Profile: fargate profile web blocked for new launches due to: {reason}");
        assert_eq!(gist(&said), reason);
        for said in [reason, "Misconfigured Fargate Profile: otherwise", "Pending due to: something"] {
            assert_eq!(gist(said), said);
        }
    }

    #[test]
    fn the_words_of_fargates_scheduler_have_their_causes() {
        let misconfigured = "Misconfigured Fargate Profile: fargate profile web blocked for new launches due to: ";
        let auth = "Pod execution role is not found in auth config or does not have all required permissions for launching fargate pods.";
        let trust = "Failed to assume PodExecutionRole; Please make sure the role exists and trusts the eks-fargate-pods.amazonaws.com service principal";
        for (said, cause) in [
            (&*format!("{misconfigured}{auth}"), IssueCause::RoleNotAuthorized),
            (&*format!("{misconfigured}{trust}"), IssueCause::RoleNotAssumable),
            (
                "Your AWS account is currently blocked and thus cannot launch any Fargate pods",
                IssueCause::AccountBlocked,
            ),
            (
                "Your AWS account has reached the limit on the number of Fargate pods it can run concurrently",
                IssueCause::FargateQuota,
            ),
            (
                "Fargate capacity is unavailable at this time. Please try again later or in a different availability zone.",
                IssueCause::CapacityUnavailable,
            ),
            (
                "Fargate is not supported in the requested availability zone: ca-central-1d",
                IssueCause::ZoneNotSupported,
            ),
            ("Pod provisioning timed out (will retry) for pod: shop/web-1", IssueCause::ProvisioningTimedOut),
            ("Your pod's cpu/memory requirements exceed the max Fargate configuration", IssueCause::PodTooLarge),
            (
                "Pod not supported on Fargate: volumes not supported: data not supported because: PVC data-web-0 not bound",
                IssueCause::VolumeNotBound,
            ),
            (
                "Pod not supported on Fargate: fields not supported: HostNetwork, port contains HostIP or HostPort",
                IssueCause::PodNotSupported,
            ),
            (
                "Scheduling%!(EXTRA string=Pod not supported on Fargate: invalid SecurityContext fields: Privileged)",
                IssueCause::PodNotSupported,
            ),
            (
                "An error occurred (InvalidSecurityGroupID.NotFound) when calling the CreateNetworkInterface operation",
                IssueCause::SecurityGroupNotFound,
            ),
            ("what nobody has reported yet", IssueCause::NotScheduled),
        ] {
            assert_eq!(IssueCause::of_scheduler(said), cause, "{said}");
        }
    }
}

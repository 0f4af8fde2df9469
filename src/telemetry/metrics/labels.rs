//! Label values, all of them known in advance.

use strum::IntoEnumIterator;

use crate::api::{FargateProfileStatus, Phase};

/// An enum of label values.
pub(super) trait LabelValue: Copy + Into<&'static str> + IntoEnumIterator {
    fn word(self) -> &'static str {
        self.into()
    }
}

impl<T: Copy + Into<&'static str> + IntoEnumIterator> LabelValue for T {}

/// Calls to AWS, by the API's own names.
pub(super) const OPERATIONS: [&str; 29] = [
    "AttachRolePolicy",
    "CreateAccessEntry",
    "CreateFargateProfile",
    "CreateRole",
    "DeleteAccessEntry",
    "DeleteFargateProfile",
    "DeleteRole",
    "DescribeAccessEntry",
    "DescribeAddon",
    "DescribeCluster",
    "DescribeDhcpOptions",
    "DescribeFargateProfile",
    "DescribeNatGateways",
    "DescribeRouteTables",
    "DescribeSecurityGroups",
    "DescribeSubnets",
    "DescribeVpcAttribute",
    "DescribeVpcEndpoints",
    "DescribeVpcs",
    "DetachRolePolicy",
    "GetCallerIdentity",
    "GetRole",
    "GetServiceQuota",
    "ListAttachedRolePolicies",
    "ListFargateProfiles",
    "ListRolePolicies",
    "TagResource",
    "UntagResource",
    "UpdateAddon",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReconcileResult {
    /// The pass is done and waits for a change.
    Success,
    /// The pass failed and is tried again with back-off.
    Error,
    /// The pass succeeded and runs again later.
    RequeueAfter,
    /// The time limit ended the pass. It also counts as an error, as in controller-runtime.
    Timeout,
}

impl ReconcileResult {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error | Self::Timeout => "error",
            Self::RequeueAfter => "requeue_after",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum CallOutcome {
    Ok,
    /// The cluster is busy with another operation.
    Wait,
    /// Over the account's request rate.
    Throttled,
    Denied,
    /// EKS refused the request itself.
    Invalid,
    NotFound,
    /// Any other failure: the service, the network, a time limit.
    Error,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum EvictionOutcome {
    Evicted,
    /// A disruption budget does not allow it now.
    Blocked,
    /// The pod was gone or a different one.
    Outdated,
    /// Not permitted, or refused for the request itself.
    Refused,
    /// Any other failure: the API server, the network, a time limit.
    Error,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ReplacementOutcome {
    /// The new EKS profile serves, and the old one is gone.
    Completed,
    /// EKS or the pods refused the new one, and the old one serves again.
    Failed,
    /// The change was withdrawn before any of it was carried out.
    Withdrawn,
}

impl ReplacementOutcome {
    /// The outcome of a replacement that ended between these two statuses of an object.
    pub fn between(old: Option<&FargateProfileStatus>, new: &FargateProfileStatus) -> Option<Self> {
        let old = old?;
        if new.failed_generation.is_some() && new.failed_generation != old.failed_generation {
            return Some(Self::Failed);
        }
        let before = old.replacement.as_ref().filter(|_| new.replacement.is_none())?;
        match before.phase {
            Phase::Pending | Phase::AwaitingApproval => Some(Self::Withdrawn),
            // It was counted when the generation was refused.
            Phase::RollingBack => None,
            Phase::Creating | Phase::Settling | Phase::Probing | Phase::Draining | Phase::Deleting => {
                Some(Self::Completed)
            }
        }
    }
}

/// States of a `FargateProfile`, of which several can hold at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// EKS matches the spec.
    Ready,
    Reconciling,
    /// It waits until a person acts.
    Stalled,
    Deleting,
    /// It has no ACTIVE EKS profile and is not being deleted.
    Unavailable,
    /// It is Stalled, since pods are left on a superseded EKS profile after the time limit.
    DrainHeld,
    /// It waits for its turn in the EKS cluster.
    Waiting,
    /// It waits until a person approves its plan.
    AwaitingApproval,
    /// `spec.suspend` is set.
    Suspended,
}

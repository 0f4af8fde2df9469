//! The words a label can hold, all of them known beforehand.

use strum::IntoEnumIterator;

use crate::api::{FargateProfileStatus, Phase};

/// An enum whose values a label can hold.
pub(super) trait LabelValue: Copy + Into<&'static str> + IntoEnumIterator {
    /// The word in the label.
    fn word(self) -> &'static str {
        self.into()
    }
}

impl<T: Copy + Into<&'static str> + IntoEnumIterator> LabelValue for T {}

/// Calls to AWS by the API's own names.
pub(super) const OPERATIONS: [&str; 8] = [
    "CreateFargateProfile",
    "DeleteFargateProfile",
    "DescribeCluster",
    "DescribeFargateProfile",
    "GetCallerIdentity",
    "ListFargateProfiles",
    "TagResource",
    "UntagResource",
];

/// How a reconcile pass ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReconcileResult {
    /// Done; nothing to come back for but a change.
    Success,
    /// Failed; it is tried again with backoff.
    Error,
    /// Well so far, and to be looked at again after a while.
    RequeueAfter,
    /// Cut off by the pass's time limit: an error that is also counted as a timeout, as controller-runtime does.
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

/// How a call to EKS ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum CallOutcome {
    /// It did what was asked.
    Ok,
    /// The cluster is busy with something else; it is someone else's turn.
    Wait,
    /// Over the account's request rate.
    Throttled,
    Denied,
    /// Refused for what it asks.
    Invalid,
    /// What it is about does not exist.
    NotFound,
    /// Any other failure: the service, the network, a time limit.
    Error,
}

/// How the API server answered an eviction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum EvictionOutcome {
    Evicted,
    /// A disruption budget does not let it go now.
    Blocked,
    /// It was another pod by then, or none.
    Outdated,
    /// Not permitted, or refused for what it asks.
    Refused,
    /// Any other failure: the API server, the network, a time limit.
    Error,
}

/// How a replacement ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum ReplacementOutcome {
    /// The new EKS profile serves, and the old one is gone.
    Completed,
    /// EKS or the pods refused the new one, and the old one serves again.
    Failed,
    /// The change was taken back before anything of it had been carried out.
    Withdrawn,
}

impl ReplacementOutcome {
    /// What the replacement came to that ended between these two statuses of an object, if one did.
    pub fn between(old: Option<&FargateProfileStatus>, new: &FargateProfileStatus) -> Option<Self> {
        let old = old?;
        if new.failed_generation.is_some() && new.failed_generation != old.failed_generation {
            return Some(Self::Failed);
        }
        let before = old.replacement.as_ref().filter(|_| new.replacement.is_none())?;
        match before.phase {
            Phase::Pending | Phase::AwaitingApproval => Some(Self::Withdrawn),
            // Told when the generation was refused.
            Phase::RollingBack => None,
            Phase::Creating | Phase::Settling | Phase::Probing | Phase::Draining | Phase::Deleting => {
                Some(Self::Completed)
            }
        }
    }
}

/// What a `FargateProfile` can be at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::EnumIter, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// EKS matches the spec.
    Ready,
    /// On the way there.
    Reconciling,
    /// Stopped until someone changes something.
    Stalled,
    /// On the way out.
    Deleting,
    /// No EKS profile of it is ACTIVE, and it is not on the way out.
    Unavailable,
    /// Stalled, since pods are left on a superseded EKS profile after their time.
    DrainHeld,
    /// Waits for its turn in the EKS cluster.
    Waiting,
}

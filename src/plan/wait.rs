//! Why a pass does nothing.

use std::time::Duration;

use super::Drain;
use crate::api::{Approval, Reason};
use crate::state::approval::is_approved;
use crate::state::{ActionKey, Facts};

/// Why nothing is to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// All is as the spec wants it.
    Settled,
    Quiet,
    /// A profile on record is not seen although nobody here deleted it. A look that lags shows the same, so that it is
    /// looked again before anything is concluded.
    Doubtful {
        /// Name of the profile.
        name: String,
    },
    /// EKS works on this profile of ours.
    UnderWay {
        /// Name of the profile.
        name: String,
        arn: String,
    },
    /// The target is ACTIVE; the cluster gets time to learn of it.
    Settling {
        until: Duration,
    },
    /// Pods are still on a profile that is to go.
    Draining(Drain),
    /// The object is being deleted, and this profile with it: these pods end then, since nobody takes them.
    Notice {
        /// Name of the profile.
        name: String,
        /// The pods, by their paths.
        pods: Vec<String>,
        until: Duration,
    },
    /// Pods cannot be seen for a while, and this profile is kept until they can.
    OutOfSight {
        /// Name of the profile.
        name: String,
        /// Why they cannot be seen.
        why: String,
    },
    /// Nobody knows what runs on a superseded profile.
    PodsUnknown {
        name: String,
        /// Why it is not known.
        why: String,
        /// The plan that a person may approve.
        plan: String,
    },
    /// The cluster's quota of profiles is used up.
    NoFreeSlot {
        /// What, why and the way out.
        message: String,
        /// The plan that a person may approve, if giving up a profile of this object would help.
        plan: Option<String>,
    },
    /// The plan waits for a person's approval.
    AwaitingApproval {
        plan: String,
    },
    /// `spec.suspend`.
    Suspended {
        /// A change is pending.
        pending: bool,
    },
    /// The effect failed before and is tried again later.
    BackOff {
        action: ActionKey,
        until: Duration,
    },
    /// A person has to act.
    Stalled {
        /// The reason in conditions.
        reason: Reason,
        /// What, why and the way out.
        message: String,
    },
}

impl Wait {
    /// Until a person mends it.
    pub(super) fn stalled(reason: Reason, message: impl Into<String>) -> Self {
        Self::Stalled { reason, message: message.into() }
    }

    /// What keeps a replacement from beginning, if it is still to be approved.
    pub(super) fn for_approval(facts: &Facts<'_>) -> Option<Self> {
        let plan = facts.plan.as_ref().filter(|plan| !is_approved(facts.snapshot, plan))?;
        match facts.snapshot.spec.approval() {
            Approval::Automatic => None,
            Approval::Manual => Some(Self::AwaitingApproval { plan: plan.clone() }),
        }
    }
}

//! Why a pass does nothing.

use std::time::Duration;

use super::{Drain, prerequisites};
use crate::api::{Approval, Reason};
use crate::message::message;
use crate::state::approval::is_approved;
use crate::state::{ActionKey, Facts};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Everything is as the spec asks.
    Settled,
    Quiet,
    /// A recorded profile is missing although we did not delete it. The look may lag, so another one follows before
    /// anything is concluded.
    Doubtful {
        name: String,
    },
    /// EKS is working on this profile of ours.
    UnderWay {
        name: String,
        arn: String,
    },
    /// The target is ACTIVE, and the cluster gets time to learn of it.
    Settling {
        until: Duration,
    },
    /// Pods are still on a profile that is to go.
    Draining(Drain),
    /// The object is being deleted together with this profile. These pods end then, since no profile takes them.
    Notice {
        name: String,
        /// By their paths.
        pods: Vec<String>,
        until: Duration,
    },
    /// What is to be mended could not be read. It is asked again.
    Unread {
        message: String,
    },
    /// CoreDNS goes back to EC2 nodes before this profile is deleted with its object.
    DnsLeaves {
        name: String,
        until: Duration,
    },
    /// Pods cannot be seen for a while. This profile stays until they can.
    OutOfSight {
        name: String,
        why: String,
    },
    /// It is unknown which pods run on a superseded profile.
    PodsUnknown {
        name: String,
        why: String,
        /// The plan that a person may approve.
        plan: String,
    },
    /// The cluster's quota of profiles is used up.
    NoFreeSlot {
        message: String,
        /// The plan that a person may approve, if deleting a profile of this object would help.
        plan: Option<String>,
    },
    AwaitingApproval {
        plan: String,
    },
    Suspended {
        /// Whether a change is pending.
        pending: bool,
    },
    /// The effect failed before and is tried again later.
    BackOff {
        action: ActionKey,
        until: Duration,
    },
    Stalled {
        reason: Reason,
        message: String,
    },
}

impl Wait {
    /// Until a person mends it.
    pub(super) fn stalled(reason: Reason, message: impl Into<String>) -> Self {
        Self::Stalled { reason, message: message.into() }
    }

    /// What a change waits for before it begins: for what is missing, then for approval.
    pub(super) fn before_change(facts: &Facts<'_>) -> Option<Self> {
        prerequisites::unmet(facts).or_else(|| Self::for_approval(facts))
    }

    /// The wait for approval, if the replacement still needs one.
    fn for_approval(facts: &Facts<'_>) -> Option<Self> {
        let plan = facts.plan.as_ref().filter(|plan| !is_approved(facts.snapshot, plan))?;
        match facts.snapshot.spec.approval() {
            Approval::Automatic => None,
            Approval::Manual => Some(Self::AwaitingApproval { plan: plan.clone() }),
        }
    }
}

/// How much of a cause a message has room for.
pub(super) const CAUSE: usize = 160;

pub(super) fn unrecorded() -> String {
    message!("the cause was not recorded")
}

//! The words a label can hold, all of them known beforehand.

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// It did what was asked.
    Ok,
    /// The cluster is busy with something else; it is someone else's turn.
    Wait,
    /// Over the account's request rate.
    Throttled,
    /// Not permitted.
    Denied,
    /// Refused for what it asks.
    Invalid,
    /// What it is about does not exist.
    NotFound,
    /// Any other failure: the service, the network, a time limit.
    Error,
}

impl CallOutcome {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Wait => "wait",
            Self::Throttled => "throttled",
            Self::Denied => "denied",
            Self::Invalid => "invalid",
            Self::NotFound => "not_found",
            Self::Error => "error",
        }
    }
}

/// How many `FargateProfile`s there are in each state; an object is counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ObjectCounts {
    /// EKS matches the spec.
    pub ready: usize,
    /// On the way there.
    pub reconciling: usize,
    /// Stopped until someone changes something.
    pub stalled: usize,
    /// On the way out.
    pub deleting: usize,
}

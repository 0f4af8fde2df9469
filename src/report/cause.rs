//! What is going on with an object, in the terms of its conditions.

use crate::api::Reason;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cause {
    pub(super) reason: Reason,
    pub(super) message: String,
}

impl Cause {
    pub(super) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }
}

/// What is going on, apart from whether the object is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Idle,
    /// In quiet time the state is unknown.
    Unclear,
    /// A person holds back a pending change.
    Held(Cause),
    /// Work goes on, or waits for something that will come.
    Busy(Cause),
    /// A person has to act.
    Stalled(Cause),
}

impl Progress {
    pub(super) fn held(reason: Reason, message: impl Into<String>) -> Self {
        Self::Held(Cause::new(reason, message))
    }

    pub(super) fn busy(reason: Reason, message: impl Into<String>) -> Self {
        Self::Busy(Cause::new(reason, message))
    }

    pub(super) fn stalled(reason: Reason, message: impl Into<String>) -> Self {
        Self::Stalled(Cause::new(reason, message))
    }
}

//! An event.

use crate::api::Reason;

/// An event to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub severity: Severity,
    pub reason: Reason,
    pub note: String,
    /// The EKS profile that it is about.
    pub profile: Option<String>,
    /// The Kubernetes object that it is about.
    pub about: About,
}

/// The Kubernetes object that an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// The `FargateProfile`.
    Object,
    Pod {
        namespace: String,
        name: String,
        uid: String,
    },
}

/// Type of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Nothing to worry about.
    Normal,
    Warning,
}

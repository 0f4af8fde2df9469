//! An event.

use crate::api::Reason;

/// An event to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Normal or Warning.
    pub severity: Severity,
    /// Its reason.
    pub reason: Reason,
    /// Its text.
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
    /// A pod.
    Pod {
        /// metadata.namespace.
        namespace: String,
        /// metadata.name.
        name: String,
        /// metadata.uid.
        uid: String,
    },
}

/// Type of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Nothing to worry about.
    Normal,
    /// Worth a look.
    Warning,
}

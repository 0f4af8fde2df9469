//! Events, before they are published.

use crate::api::Reason;

/// An event to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub severity: Severity,
    pub reason: Reason,
    pub note: String,
    /// The EKS profile that it is about.
    pub profile: Option<String>,
    pub about: About,
}

/// The Kubernetes object that an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    Object,
    /// The object, for which this was done beside its EKS profiles.
    Action(&'static str),
    Pod {
        namespace: String,
        name: String,
        uid: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Normal,
    Warning,
}

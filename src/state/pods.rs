//! What is known of the pods of a cluster.

use std::sync::Arc;

use crate::eks::Selector;
use crate::placement::Pod;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pods {
    /// Pods that carry the label of an EKS profile, or are unscheduled.
    Known(Vec<Arc<Pod>>),
    /// The pods cannot be seen. This must never be taken for none.
    Unknown(PodsUnavailable),
}

/// What selectors lead to outside of Fargate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// How many pods run elsewhere that the selectors match.
    pub pods: u32,
    /// Namespaces that selectors name and that do not exist.
    pub missing_namespaces: Vec<String>,
    /// Pods that have every label of a selector, but other values.
    pub near_misses: Vec<NearMiss>,
}

/// A pod that a selector would match but for values of labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    pub selector: Selector,
    /// Namespace and name of the pod.
    pub pod: String,
    /// Its labels with other values, such as `compute=fargate`.
    pub labels: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodsUnavailable {
    pub reason: String,
    /// The API server failed or did not answer. The operator asks again.
    pub transient: bool,
}

impl PodsUnavailable {
    /// The cause stays until a person acts.
    pub fn lasting(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), transient: false }
    }

    /// The cause is expected to pass.
    pub fn transient(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), transient: true }
    }
}

impl std::fmt::Display for PodsUnavailable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reason)
    }
}

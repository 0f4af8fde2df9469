//! A failed call to AWS or Kubernetes, and what follows from it.

use crate::api::Reason;

/// What follows from an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Another operation is running: on a profile, or a cluster update that no API shows. The operator waits, however
    /// long.
    Wait,
    /// It will pass: throttling, 5xx, the network.
    Retry,
    /// It may pass by itself, since IAM and service-linked roles take a while to spread. If it stays, a person has to
    /// act.
    Propagation,
    /// A person has to act.
    Fix,
    /// What the call asked for does not exist.
    Gone,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{operation}: {message}")]
pub struct Failure {
    pub class: Class,
    /// The reason that conditions show.
    pub reason: Reason,
    /// For example `CreateFargateProfile`.
    pub operation: &'static str,
    /// The service's error code, if it answered.
    pub code: Option<String>,
    /// For people: the service's message and, if we know one, a way out.
    pub message: String,
    /// Whether the call certainly had no effect. Otherwise it may still take effect.
    pub definite: bool,
}

impl Failure {
    /// An eviction that was refused or not even sent. It certainly had no effect.
    pub fn of_eviction(class: Class, reason: Reason, message: String) -> Self {
        Self { class, reason, operation: "Evict", code: None, message, definite: true }
    }
}

//! A call to AWS or Kubernetes that failed, and what follows from that.

use crate::api::Reason;

/// What follows from an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Somebody else's turn: another profile operation, or a cluster update that may be invisible. Patience.
    Wait,
    /// It will pass: throttling, 5xx, the network.
    Retry,
    /// It may pass by itself, since IAM and service-linked roles take a while to spread; if it stays, a person has to mend it.
    Propagation,
    /// A person has to change something.
    Fix,
    /// The thing asked for is not there.
    Gone,
}

/// A failed call, classified.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{operation}: {message}")]
pub struct Failure {
    /// What follows from it.
    pub class: Class,
    /// The reason that conditions show.
    pub reason: Reason,
    /// The operation, such as `CreateFargateProfile`.
    pub operation: &'static str,
    /// The service's error code, where there was an answer.
    pub code: Option<String>,
    /// For people: the service's message and, where we know it, the way out.
    pub message: String,
    /// Whether certainly nothing was done. After an error without this, the call may still take effect.
    pub definite: bool,
}

impl Failure {
    /// An eviction that was refused, or that is not asked for. It certainly did nothing.
    pub fn of_eviction(class: Class, reason: Reason, message: String) -> Self {
        Self { class, reason, operation: "Evict", code: None, message, definite: true }
    }
}

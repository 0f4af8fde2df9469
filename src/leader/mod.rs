//! Leader election: of all replicas, only the one that holds the Lease may act.
//!
//! # Guarantees
//! - The Lease is written by compare-and-swap on its resourceVersion, so only one of two candidates gets it.
//! - No wall clocks are compared. A standby judges by its own monotonic clock how long it has seen the Lease unchanged.
//! - The leader stops acting `renew_deadline` after its last renewal. A standby waits longer than that
//!   (`lease_duration`) before it takes over ([`LeaseConfig`](crate::intervals::LeaseConfig)).
//! - An unreachable API server costs nobody the Lease. The leader does nothing until it has renewed the Lease, and a
//!   standby that could not read it does not count that time towards expiry.
//!
//! # Caveats
//! A call that was sent just before the Lease was lost may take effect under the next leader. So a process that takes a
//! Lease which was not released begins in quiet time.
//!
//! The monotonic clock of Linux stops while a machine is suspended. After a virtual machine is resumed, its leader
//! believes that its Lease is still young. It may act until a renewal is refused, at most for the rest of
//! `renew_deadline`.

mod decide;
mod elector;
mod leadership;
#[cfg(test)]
mod simulation;

pub(crate) use elector::{GATE_LEASE, LeaderElector, LeaseRef, Settings};
pub(crate) use leadership::{Leadership, Takeover};

/// A unique name for this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    text: String,
    pod: Option<String>,
}

impl Identity {
    /// This process in this pod (`namespace/name`). `process` tells it from an earlier one in the same pod.
    pub(crate) fn of_pod(pod: &str, process: &str) -> Self {
        Self { text: format!("{pod}_{process}"), pod: Some(pod.to_owned()) }
    }

    /// A process outside of any pod, on this host.
    pub(crate) fn on_host(host: &str, process: &str) -> Self {
        Self { text: format!("{host}_{process}"), pod: None }
    }

    /// As it is written into the Lease.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the holder was an earlier process in the same pod. A container is restarted only after it has ended, so
    /// that process is gone.
    fn follows(&self, holder: &str) -> bool {
        self.pod.is_some() && holder.rsplit_once('_').map(|(pod, _)| pod) == self.pod.as_deref()
    }
}

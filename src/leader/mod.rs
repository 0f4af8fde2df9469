//! Leader election: of all replicas, only the one that holds the Lease may act.
//!
//! # Guarantees
//! - The Lease is written by compare-and-swap on its resourceVersion alone: of two candidates, one gets it.
//! - Nobody compares wall clocks. A standby takes over once it has seen the Lease unchanged for the full lease
//!   duration, by its own monotonic clock.
//! - The leader stops acting `renew_deadline` after its last renewal; a standby waits longer than that before it takes over
//!   ([`LeaseConfig`](crate::intervals::LeaseConfig)).
//! - An API server that cannot be reached costs nobody the lease: the leader does nothing until it has renewed it, and
//!   a standby that could not read the Lease does not count that time towards its expiry.
//!
//! # Caveats
//! A call that was sent just before the lease was lost may still take effect after the next one has it. So a
//! process that takes a lease which was not handed over begins in quiet time.
//!
//! The monotonic clock of Linux stands still while a machine is suspended. A holder on a virtual machine that is resumed takes
//! its lease for as young as before, and may act until its next renewal is refused, at most for what was left of its time.

mod decide;
mod elector;
mod leadership;
#[cfg(test)]
mod simulation;

pub(crate) use elector::{GATE_LEASE, LeaderElector, LeaseRef, Settings};
pub(crate) use leadership::{Leadership, Takeover};

/// A name for this process that no other has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    text: String,
    pod: Option<String>,
}

impl Identity {
    /// The process in this pod (namespace and name), told from an earlier one in it by `process`.
    pub(crate) fn of_pod(pod: &str, process: &str) -> Self {
        Self { text: format!("{pod}_{process}"), pod: Some(pod.to_owned()) }
    }

    /// A process outside of any pod, on this host.
    pub(crate) fn on_host(host: &str, process: &str) -> Self {
        Self { text: format!("{host}_{process}"), pod: None }
    }

    /// As it stands in the Lease.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the holder was an earlier process in the same pod. A pod's container is started again only when it has
    /// ended, so that this one is gone.
    fn follows(&self, holder: &str) -> bool {
        self.pod.is_some() && holder.rsplit_once('_').map(|(pod, _)| pod) == self.pod.as_deref()
    }
}

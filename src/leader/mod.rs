//! Who acts: of several processes of one installation, the one that holds a Lease.
//!
//! # Guarantees
//! - The Lease is written by compare-and-swap on its resourceVersion alone: of two who want it, one gets it.
//! - Nobody compares wall clocks. Whether a holder is gone is judged by how long its Lease has stood unchanged before the
//!   one who waits, by that one's monotonic clock.
//! - Who holds it acts for less time after a renewal than anybody waits before taking it over ([`LeaseConfig`](crate::intervals::LeaseConfig)).
//! - An API server that cannot be reached costs nobody the lease: its holder does nothing until it has renewed it, and
//!   who could not look has not seen it expire.
//!
//! # Caveats
//! A call that was sent just before the lease was lost may still take effect after the next one has it. So whoever takes a
//! lease that was not handed over begins in quiet time.
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

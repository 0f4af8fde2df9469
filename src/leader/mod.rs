//! Who acts: of several processes of one installation, the one that holds a Lease.
//!
//! # Guarantees
//! - The Lease is written by compare-and-swap on its resourceVersion alone: of two who want it, one gets it.
//! - Nobody compares wall clocks. Whether a holder is gone is judged by how long its Lease has stood unchanged before the
//!   one who waits, by that one's monotonic clock.
//! - Who holds it acts for less time after a renewal than anybody waits before taking it over ([`LeasePace`]).
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
mod lease;
#[cfg(test)]
mod rivals;
mod tenure;

use std::time::Duration;

pub use lease::{Campaign, GATE_LEASE, Lost, Place, Settings};
pub use tenure::{Takeover, Tenure};

/// The intervals of the lease.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeasePace {
    /// Who waits takes a lease over that has stood unchanged for so long.
    pub duration: Duration,
    /// Who holds it acts for so long after a renewal was sent. Shorter than `duration`.
    pub renew_deadline: Duration,
    /// Between renewals, and between looks of those who wait.
    pub retry: Duration,
}

impl Default for LeasePace {
    fn default() -> Self {
        Self {
            duration: Duration::from_secs(15),
            renew_deadline: Duration::from_secs(10),
            retry: Duration::from_secs(2),
        }
    }
}

impl LeasePace {
    /// The same pace, `scale` times as fast, but no faster than an API server on a loaded machine can follow.
    #[must_use]
    pub fn scaled(self, scale: f64) -> Self {
        let faster = |interval: Duration, least: Duration| interval.div_f64(scale).max(least.min(interval));
        Self {
            duration: faster(self.duration, Duration::from_secs(4)),
            renew_deadline: faster(self.renew_deadline, Duration::from_secs(3)),
            retry: faster(self.retry, Duration::from_millis(400)),
        }
    }

    /// Between two calls of who stands by there is no longer time than this.
    #[must_use]
    pub fn longest_round(&self) -> Duration {
        self.retry + self.call_limit()
    }

    /// A call may take so long. When one gets no answer, two more fit before the deadline.
    fn call_limit(&self) -> Duration {
        self.renew_deadline / 3
    }
}

/// A name for this process that no other has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    text: String,
    pod: Option<String>,
}

impl Identity {
    /// The process in this pod (namespace and name), told from an earlier one in it by `process`.
    #[must_use]
    pub fn of_pod(pod: &str, process: &str) -> Self {
        Self { text: format!("{pod}_{process}"), pod: Some(pod.to_owned()) }
    }

    /// A process outside of any pod, on this host.
    #[must_use]
    pub fn on_host(host: &str, process: &str) -> Self {
        Self { text: format!("{host}_{process}"), pod: None }
    }

    /// As it stands in the Lease.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the holder was an earlier process in the same pod. A pod's container is started again only when it has
    /// ended, so that this one is gone.
    fn follows(&self, holder: &str) -> bool {
        self.pod.is_some() && holder.rsplit_once('_').map(|(pod, _)| pod) == self.pod.as_deref()
    }
}

//! Whether this process may act.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

/// How this process got the Lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takeover {
    /// Its last holder had nothing in flight when it released the Lease.
    Clean,
    /// The last holder, if there was one, may have left calls in flight.
    Unclean {
        /// The time of the takeover, by the process's clock.
        at: Duration,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Leadership(Arc<State>);

#[derive(Debug)]
struct State {
    /// Milliseconds of the process's clock, or 0 for never.
    until: AtomicU64,
    ending: watch::Sender<bool>,
    begun: watch::Sender<Option<Takeover>>,
}

impl Default for Leadership {
    fn default() -> Self {
        let (begun, ending) = (watch::Sender::new(None), watch::Sender::new(false));
        Self(Arc::new(State { until: AtomicU64::new(0), ending, begun }))
    }
}

impl Leadership {
    /// Whether an effect may begin now.
    pub(crate) fn may_act(&self, now: Duration) -> bool {
        !*self.0.ending.borrow() && self.is_valid(now)
    }

    /// Whether no other process can hold the Lease now. Until then the result of an effect may be written, also during
    /// shutdown.
    pub(crate) fn is_valid(&self, now: Duration) -> bool {
        millis(now) < self.0.until.load(Ordering::Relaxed)
    }

    pub(crate) fn takeover(&self) -> Option<Takeover> {
        *self.0.begun.borrow()
    }

    /// Waits until this process gets the Lease.
    pub(crate) async fn acquired(&self) {
        // The sender lives as long as `self`.
        let _ = self.0.begun.subscribe().wait_for(Option::is_some).await;
    }

    /// From now on no effect begins: the process is shutting down.
    pub(crate) fn stop(&self) {
        self.0.ending.send_replace(true);
    }

    /// Waits until no effect may begin any more.
    pub(crate) async fn stopping(&self) {
        // The sender lives as long as `self`.
        let _ = self.0.ending.subscribe().wait_for(|ending| *ending).await;
    }

    pub(super) fn renew(&self, until: Duration, takeover: Takeover) {
        self.0.until.store(millis(until), Ordering::Relaxed);
        self.0.begun.send_if_modified(|begun| begun.is_none() && begun.replace(takeover).is_none());
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_until_its_time_is_over_or_it_is_ended() {
        let second = Duration::from_secs;
        let leadership = Leadership::default();
        assert!(!leadership.may_act(second(0)) && leadership.takeover().is_none());
        leadership.renew(second(10), Takeover::Clean);
        assert!(leadership.may_act(second(9)) && !leadership.may_act(second(10)));
        leadership.renew(second(20), Takeover::Unclean { at: second(12) });
        assert!(leadership.may_act(second(19)));
        assert_eq!(leadership.takeover(), Some(Takeover::Clean));
        leadership.clone().stop();
        assert!(!leadership.may_act(second(1)) && leadership.is_valid(second(19)) && !leadership.is_valid(second(20)));
    }
}

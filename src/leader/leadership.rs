//! Whether this process may act.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

/// How the lease came to this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takeover {
    /// Its last holder had nothing under way when it handed the lease over.
    Clean,
    /// Nobody knows what its last holder, if there was one, has left under way.
    Unclean {
        /// When that was, by the process's clock.
        at: Duration,
    },
}

/// The right to act. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Leadership(Arc<State>);

#[derive(Debug)]
struct State {
    /// In milliseconds of the process's clock; 0 if never.
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
    /// Whether an effect may be begun now.
    pub(crate) fn may_act(&self, now: Duration) -> bool {
        !*self.0.ending.borrow() && self.is_valid(now)
    }

    /// Whether nobody else can have the lease now: what has been done may be written down, also at the end.
    pub(crate) fn is_valid(&self, now: Duration) -> bool {
        millis(now) < self.0.until.load(Ordering::Relaxed)
    }

    /// How this process came to the lease, if it ever has.
    pub(crate) fn takeover(&self) -> Option<Takeover> {
        *self.0.begun.borrow()
    }

    /// Waits until this process comes to the lease.
    pub(crate) async fn acquired(&self) {
        // The sender lives as long as this.
        let _ = self.0.begun.subscribe().wait_for(Option::is_some).await;
    }

    /// From now on no effect is begun: the process is about to end.
    pub(crate) fn stop(&self) {
        self.0.ending.send_replace(true);
    }

    /// Waits until no effect is to be begun any more.
    pub(crate) async fn stopping(&self) {
        // The sender lives as long as this.
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

//! Two kinds of time: the process's own, which never steps, and the wall clock, which Kubernetes uses.

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Time since the process started. It never steps, whatever happens to the wall clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Rounded to whole seconds, as Kubernetes stores times.
pub(crate) fn seconds(wall: Timestamp) -> Timestamp {
    Timestamp::from_second(wall.as_second()).unwrap_or(wall)
}

/// The time from `since` to `wall`, or zero if the wall clock was set back.
pub(crate) fn elapsed(since: Timestamp, wall: Timestamp) -> Duration {
    Duration::try_from(wall.duration_since(since)).unwrap_or_default()
}

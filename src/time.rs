//! Time: the process's own, which never steps, and the wall clock's, in which Kubernetes writes.

use std::time::{Duration, Instant};

use jiff::Timestamp;

/// Time since the process began to work. Never steps, whatever happens to the wall clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    /// A clock that begins now.
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since it began.
    pub(crate) fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// In full seconds, as Kubernetes keeps time.
pub(crate) fn seconds(wall: Timestamp) -> Timestamp {
    Timestamp::from_second(wall.as_second()).unwrap_or(wall)
}

/// How long ago `since` was at `wall`; no time, if the wall clock has been set back.
pub(crate) fn elapsed(since: Timestamp, wall: Timestamp) -> Duration {
    Duration::try_from(wall.duration_since(since)).unwrap_or_default()
}

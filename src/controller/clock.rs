//! The process's own monotonic time.

use std::time::{Duration, Instant};

/// Time since the process began to work. Never steps, whatever happens to the wall clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Instant);

impl Clock {
    /// A clock that begins now.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

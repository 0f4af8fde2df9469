//! The intervals at which pods are seen.

use std::time::Duration;

/// The intervals at which pods are seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SightPace {
    /// After this long a call has failed.
    pub timeout: Duration,
    /// How long the API server keeps a watch open; then it is opened again where it ended. In whole seconds, at least one: the
    /// API counts so.
    pub watch: Duration,
    /// First pause after a failure; doubles with each further one.
    pub retry_least: Duration,
    /// Longest pause after a failure.
    pub retry_most: Duration,
    /// How long a count of pods elsewhere is good for.
    pub count_again: Duration,
}

impl Default for SightPace {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            // A watch that is opened again costs the API server less than the heartbeats of a node do.
            watch: Duration::from_secs(60),
            retry_least: Duration::from_secs(1),
            retry_most: Duration::from_secs(30),
            count_again: Duration::from_secs(600),
        }
    }
}

impl SightPace {
    /// Pods are never known by news older than this: two minutes with the default intervals. It is what passes until a watch
    /// that has gone silent is noticed, and then until another has been refused or has failed to start.
    #[must_use]
    pub fn bound(&self) -> Duration {
        self.silence() + self.timeout
    }
}

//! The service's time: the wall clock times a factor, plus what a test has skipped.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::{sync::Notify, time::Instant};

/// A point in the service's time: unscaled, since the simulator started.
pub(crate) type Time = Duration;

/// Tells the service's time and waits for it.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    started_wall: f64,
    scale: f64,
    skipped: Mutex<Duration>,
    moved: Notify,
}

impl Clock {
    /// Starts at zero. A scale that is not a positive number stands still.
    pub(crate) fn new(scale: f64) -> Self {
        Self {
            started: Instant::now(),
            started_wall: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64(),
            scale: if scale.is_finite() && scale > 0.0 { scale } else { 0.0 },
            skipped: Mutex::new(Duration::ZERO),
            moved: Notify::new(),
        }
    }

    pub(crate) fn scale(&self) -> f64 {
        self.scale
    }

    fn skipped(&self) -> Duration {
        *self.skipped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time now.
    pub(crate) fn now(&self) -> Time {
        self.started.elapsed().mul_f64(self.scale) + self.skipped()
    }

    /// The wall time of a moment of the service's time, in seconds since the epoch. Skipped time took no wall time,
    /// except on a clock that stands still, where it is all the time there is.
    pub(crate) fn wall(&self, at: Time) -> f64 {
        let since_start = if self.scale == 0.0 {
            at.as_secs_f64()
        } else {
            at.saturating_sub(self.skipped()).as_secs_f64() / self.scale
        };
        self.started_wall + since_start
    }

    /// Skips over a stretch of time.
    pub(crate) fn skip(&self, unscaled: Duration) {
        *self.skipped.lock().unwrap_or_else(PoisonError::into_inner) += unscaled;
        self.moved.notify_waiters();
    }

    /// Waits until it is `at`.
    pub(crate) async fn sleep_until(&self, at: Time) {
        loop {
            let moved = self.moved.notified();
            let left = at.saturating_sub(self.now());
            if left.is_zero() {
                return;
            }
            if self.scale == 0.0 {
                moved.await;
            } else {
                let real = left.div_f64(self.scale).max(Duration::from_micros(50));
                tokio::select! {
                    () = tokio::time::sleep(real) => {}
                    () = moved => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, Duration};

    #[tokio::test]
    async fn a_clock_that_stands_still_moves_only_when_time_is_skipped() {
        let clock = Clock::new(0.0);
        assert_eq!(clock.now(), Duration::ZERO);
        let waiting = clock.sleep_until(Duration::from_secs(5));
        let skipping = async { clock.skip(Duration::from_secs(6)) };
        tokio::join!(waiting, skipping);
        assert_eq!(clock.now(), Duration::from_secs(6));
    }
}

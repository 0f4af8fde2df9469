//! For tests that wait for other processes.

use std::time::{Duration, Instant};

/// Waits until `condition` holds; `what` names it.
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

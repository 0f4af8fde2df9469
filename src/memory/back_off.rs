//! Exponential back-off with jitter. Pure: the jitter is an argument.

use std::time::Duration;

/// The back-off after `count` failures in a row: `first`, doubled each time up to `most`. `jitter` (0 to 1) takes off
/// up to half.
pub(super) fn back_off(count: u32, first: Duration, most: Duration, jitter: f64) -> Duration {
    let doublings = count.saturating_sub(1).min(20);
    first.saturating_mul(1 << doublings).min(most).mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_up_to_its_limit_and_jitter_takes_at_most_half() {
        let (first, most) = (Duration::from_secs(5), Duration::from_secs(300));
        let seconds: Vec<u64> = [1, 2, 3, 7, 8, 4_000_000].map(|n| back_off(n, first, most, 0.0).as_secs()).to_vec();
        assert_eq!(seconds, [5, 10, 20, 300, 300, 300]);
        assert_eq!(back_off(2, first, most, 1.0), Duration::from_secs(5));
    }
}

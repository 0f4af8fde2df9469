//! How much the operator asks of the two APIs.

use std::time::{Duration, Instant};

use bed::Proxies;
use bed::proxy::Api;

/// Requests since a moment.
pub struct Traffic {
    since: Instant,
    eks: u64,
    kubernetes: u64,
}

/// Requests in a minute of the operator's time.
#[derive(Clone, Copy, Debug)]
pub struct PerMinute {
    pub eks: f64,
    pub kubernetes: f64,
}

impl Traffic {
    /// Counts from now on.
    pub fn count(proxies: &Proxies) -> Self {
        Self { since: Instant::now(), eks: proxies.requests(Api::Eks), kubernetes: proxies.requests(Api::Kubernetes) }
    }

    /// What has been asked since then.
    pub fn per_minute(&self, proxies: &Proxies, time_scale: f64) -> PerMinute {
        let minutes = self.since.elapsed().mul_f64(time_scale).as_secs_f64() / Duration::from_secs(60).as_secs_f64();
        let rate = |api, before: u64| (proxies.requests(api) - before) as f64 / minutes;
        PerMinute { eks: rate(Api::Eks, self.eks), kubernetes: rate(Api::Kubernetes, self.kubernetes) }
    }
}

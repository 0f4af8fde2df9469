//! The end of a leader that hears nothing of its objects. It would go on by what it last heard, and nobody would take its
//! place.

use std::time::{Duration, Instant};

use tokio::sync::watch;

/// So long nothing may be heard of FargateProfiles while the API server is reached. It says something about every minute, ends
/// each watch after five, and the next one has begun a minute later or failed.
const MOST: Duration = Duration::from_secs(900);

/// So often one looks.
const LOOK: Duration = Duration::from_secs(15);

/// Returns when nothing has been `heard` for too long, although all the time this process could renew its lease.
pub(super) async fn fell(heard: watch::Receiver<Instant>, leads: impl Fn() -> bool) {
    let mut silence = Silence { since: Instant::now() };
    loop {
        tokio::time::sleep(LOOK).await;
        if silence.is_too_long(Instant::now(), leads(), *heard.borrow()) {
            tracing::error!(
                "nothing has been heard of FargateProfiles for {MOST:?}, although the API server answers; ending, so that another process takes over"
            );
            return;
        }
    }
}

struct Silence {
    /// Nothing has been heard, and the lease could be renewed.
    since: Instant,
}

impl Silence {
    /// A standby, and a leader that cannot reach the API server, need not hear anything.
    fn is_too_long(&mut self, now: Instant, leads: bool, heard: Instant) -> bool {
        self.since = if leads { self.since.max(heard) } else { now };
        now.saturating_duration_since(self.since) >= MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leader_ends_when_it_has_heard_nothing_for_too_long_while_the_api_server_answers() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut silence = Silence { since: start };
        assert!(!silence.is_too_long(at(899), true, at(0)));
        assert!(!silence.is_too_long(at(900), true, at(1)), "it has heard something");
        assert!(!silence.is_too_long(at(5000), false, at(1)), "it stands by, or the API server is away");
        assert!(!silence.is_too_long(at(5899), true, at(1)));
        assert!(silence.is_too_long(at(5900), true, at(1)));
    }
}

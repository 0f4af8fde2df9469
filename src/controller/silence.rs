//! Ends a leader whose watch has gone silent: it would act on what it last heard, and no standby would take over.

use std::time::{Duration, Instant};

use tokio::sync::watch;

/// How many times the silence is checked within its limit.
const LOOKS: u32 = 60;

/// Returns when nothing has been `heard` for `longest`, although all the time this process could renew its lease.
pub(super) async fn fell(heard: watch::Receiver<Instant>, longest: Duration, leads: impl Fn() -> bool) {
    let mut silence = Silence { since: Instant::now() };
    loop {
        tokio::time::sleep(longest / LOOKS).await;
        if silence.is_too_long(longest, Instant::now(), leads(), *heard.borrow()) {
            tracing::error!(
                "nothing has been heard of FargateProfiles for {longest:?}, although the API server answers; ending, so that another process takes over"
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
    fn is_too_long(&mut self, longest: Duration, now: Instant, leads: bool, heard: Instant) -> bool {
        self.since = if leads { self.since.max(heard) } else { now };
        now.saturating_duration_since(self.since) >= longest
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
        let mut is_too_long = |now, leads, heard| silence.is_too_long(Duration::from_secs(900), now, leads, heard);
        assert!(!is_too_long(at(899), true, at(0)));
        assert!(!is_too_long(at(900), true, at(1)), "it has heard something");
        assert!(!is_too_long(at(5000), false, at(1)), "it stands by, or the API server is away");
        assert!(!is_too_long(at(5899), true, at(1)));
        assert!(is_too_long(at(5900), true, at(1)));
    }
}

//! When the next pass is due and how old the look may be that it starts from.

use std::time::Duration;

use crate::act::{Outcome, Retry};
use crate::plan::{Rest, Snapshot, Step};

/// When to look again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// After this long.
    pub after: Duration,
    /// From a look no older than this.
    pub look_age: Duration,
}

impl Next {
    /// Both are due.
    #[must_use]
    pub(super) fn earlier(self, other: Self) -> Self {
        Self { after: self.after.min(other.after), look_age: self.look_age.min(other.look_age) }
    }
}

/// The intervals of passes, already scaled.
#[derive(Clone, Copy, Debug)]
pub struct Rhythm {
    /// Shortest interval of polling an operation.
    pub poll_least: Duration,
    /// Longest interval of polling an operation.
    pub poll_most: Duration,
    /// Between passes over an object at which nothing is to be done.
    pub resync: Duration,
    /// Between passes over an object that waits for something which will wake it.
    pub wait: Duration,
}

/// A poll every 25th of an operation's age notices its end within about 4% of its duration.
const POLLS_AN_AGE: u32 = 25;

impl Rhythm {
    /// When to poll an operation of this age again.
    #[must_use]
    pub fn poll(&self, age: Duration) -> Duration {
        (age / POLLS_AN_AGE).clamp(self.poll_least, self.poll_most)
    }
}

/// When to poll what EKS does with the profile of this ARN.
pub(super) fn under_way(snapshot: &Snapshot, arn: &str, rhythm: &Rhythm) -> Next {
    let since = snapshot.status_since.get(arn).copied().unwrap_or(snapshot.now);
    let after = rhythm.poll(snapshot.now.saturating_sub(since));
    Next { after, look_age: after / 2 }
}

pub(super) fn of(snapshot: &Snapshot, step: &Step, outcome: &Outcome, rhythm: &Rhythm) -> Next {
    let poll = |after: Duration| Next { after, look_age: after / 2 };
    let at = |until: Duration| Next { after: until.saturating_sub(snapshot.now), look_age: rhythm.resync };
    // The watch tells of our own write earlier.
    let soon = Next { after: rhythm.poll_least, look_age: rhythm.resync };
    match (outcome, step) {
        (Outcome::NotOurTurn(blocked), _) => match blocked.retry {
            Retry::Soon => poll(rhythm.poll_least),
            Retry::Woken => Next { after: rhythm.wait, look_age: rhythm.wait },
            Retry::Watch(seen) => poll(rhythm.poll(seen)),
            Retry::At(until) => at(until),
        },
        (Outcome::Failed(_), step) => {
            let attempt = step.effect().and_then(|effect| snapshot.attempts.get(&effect));
            let poll = poll(rhythm.poll_least);
            attempt.map_or(poll, |attempt| Next { after: attempt.until.saturating_sub(snapshot.now), ..poll })
        }
        (Outcome::Outdated | Outcome::NotLeading | Outcome::KubernetesFailed(_), _) => poll(rhythm.poll_least),
        (Outcome::Done, Step::AddFinalizer) => soon,
        (Outcome::Done | Outcome::Created(_), _) => Next { after: Duration::ZERO, look_age: rhythm.resync },
        (Outcome::Rested, Step::Record(_)) => soon,
        (Outcome::Rested, Step::Rest(rest)) => match rest {
            Rest::Quiet | Rest::Doubtful { .. } => poll(rhythm.poll_least),
            Rest::UnderWay { arn, .. } => under_way(snapshot, arn, rhythm),
            Rest::Settling { until } | Rest::BackOff { until, .. } => at(*until),
            // Somebody may come who takes the pods.
            Rest::Notice { until, .. } => at(*until).earlier(poll(rhythm.poll_least * 3)),
            Rest::Draining(_) | Rest::OutOfSight { .. } => {
                Next { after: rhythm.poll_least * 3, look_age: rhythm.resync }
            }
            // A slot that becomes free is seen by a look, not told by anybody.
            Rest::NoFreeSlot { .. } => poll(rhythm.wait),
            Rest::Settled
            | Rest::Suspended { .. }
            | Rest::AwaitingApproval { .. }
            | Rest::PodsUnknown { .. }
            | Rest::Stalled { .. } => poll(rhythm.resync),
        },
        (Outcome::Rested, _) => poll(rhythm.resync),
    }
}

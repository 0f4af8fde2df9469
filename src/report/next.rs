//! When the next pass is due and how old the look may be that it starts from.

use std::time::Duration;

use crate::act::{Outcome, Retry};
use crate::intervals::Intervals;
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

/// When to poll what EKS does with the profile of this ARN.
pub(super) fn under_way(snapshot: &Snapshot, arn: &str, intervals: &Intervals) -> Next {
    let since = snapshot.status_since.get(arn).copied().unwrap_or(snapshot.now);
    let after = intervals.poll(snapshot.now.saturating_sub(since));
    Next { after, look_age: after / 2 }
}

pub(super) fn of(snapshot: &Snapshot, step: &Step, outcome: &Outcome, intervals: &Intervals) -> Next {
    let poll = |after: Duration| Next { after, look_age: after / 2 };
    let at = |until: Duration| Next { after: until.saturating_sub(snapshot.now), look_age: intervals.resync };
    // The watch tells of our own write earlier.
    let soon = Next { after: intervals.poll_least, look_age: intervals.resync };
    match (outcome, step) {
        (Outcome::NotOurTurn(blocked), _) => match blocked.retry {
            Retry::Soon => poll(intervals.poll_least),
            Retry::Woken => Next { after: intervals.wait, look_age: intervals.wait },
            Retry::Watch(seen) => poll(intervals.poll(seen)),
            Retry::At(until) => at(until),
        },
        (Outcome::Failed(_), step) => {
            let attempt = step.effect().and_then(|effect| snapshot.attempts.get(&effect));
            let poll = poll(intervals.poll_least);
            attempt.map_or(poll, |attempt| Next { after: attempt.until.saturating_sub(snapshot.now), ..poll })
        }
        (Outcome::Outdated | Outcome::NotLeading | Outcome::KubernetesFailed(_), _) => poll(intervals.poll_least),
        (Outcome::Done, Step::AddFinalizer) => soon,
        (Outcome::Done | Outcome::Created(_), _) => Next { after: Duration::ZERO, look_age: intervals.resync },
        (Outcome::Rested, Step::Record(_)) => soon,
        (Outcome::Rested, Step::Rest(rest)) => match rest {
            Rest::Quiet | Rest::Doubtful { .. } => poll(intervals.poll_least),
            Rest::UnderWay { arn, .. } => under_way(snapshot, arn, intervals),
            Rest::Settling { until } | Rest::BackOff { until, .. } => at(*until),
            // Somebody may come who takes the pods.
            Rest::Notice { until, .. } => at(*until).earlier(poll(intervals.poll_least * 3)),
            Rest::Draining(_) | Rest::OutOfSight { .. } => {
                Next { after: intervals.poll_least * 3, look_age: intervals.resync }
            }
            // A slot that becomes free is seen by a look, not told by anybody.
            Rest::NoFreeSlot { .. } => poll(intervals.wait),
            Rest::Settled
            | Rest::Suspended { .. }
            | Rest::AwaitingApproval { .. }
            | Rest::PodsUnknown { .. }
            | Rest::Stalled { .. } => poll(intervals.resync),
        },
        (Outcome::Rested, _) => poll(intervals.resync),
    }
}

//! When the next pass is due, and how old its look may be.

use std::time::Duration;

use crate::act::{Outcome, Retry};
use crate::intervals::Intervals;
use crate::plan::Step;
use crate::state::Snapshot;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requeue {
    pub after: Duration,
    /// The next pass needs a look no older than this.
    pub look_age: Duration,
}

impl Requeue {
    /// For a change that nothing reports.
    pub(super) fn poll(after: Duration) -> Self {
        Self { after, look_age: after / 2 }
    }

    /// For an event that is known to come then.
    pub(super) fn at(snapshot: &Snapshot, until: Duration, intervals: &Intervals) -> Self {
        Self { after: until.saturating_sub(snapshot.now), look_age: intervals.resync }
    }

    /// For the progress of EKS on the profile of this ARN.
    pub(super) fn under_way(snapshot: &Snapshot, arn: &str, intervals: &Intervals) -> Self {
        let since = snapshot.status_since.get(arn).copied().unwrap_or(snapshot.now);
        Self::poll(intervals.poll(snapshot.now.saturating_sub(since)))
    }

    pub(super) fn earlier(self, other: Self) -> Self {
        Self { after: self.after.min(other.after), look_age: self.look_age.min(other.look_age) }
    }
}

/// The requeue after this outcome of a step. Without anything special it is `then`.
pub(super) fn after(
    snapshot: &Snapshot,
    step: &Step,
    outcome: &Outcome,
    then: Requeue,
    intervals: &Intervals,
) -> Requeue {
    let soon = Requeue::poll(intervals.poll_least);
    match outcome {
        Outcome::NotOurTurn(blocked) => match blocked.retry {
            Retry::Soon => soon,
            Retry::Woken => Requeue { after: intervals.wait, look_age: intervals.wait },
            Retry::Watch(seen) => Requeue::poll(intervals.poll(seen)),
            Retry::At(until) => Requeue::at(snapshot, until, intervals),
        },
        Outcome::Failed(_) => {
            let attempt = step.action().and_then(|action| snapshot.attempts.get(&action));
            attempt.map_or(soon, |attempt| Requeue { after: attempt.until.saturating_sub(snapshot.now), ..soon })
        }
        Outcome::Outdated | Outcome::NotLeading | Outcome::KubernetesFailed(_) => soon,
        Outcome::Done | Outcome::Created(_) | Outcome::Rested => then,
    }
}

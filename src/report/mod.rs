//! What happened becomes status, events and the time of the next pass. Pure, but for the writer.

mod conditions;
mod counts;
mod draining;
mod evictions;
mod next;
mod notice;
mod notices;
mod progress;
mod records;
mod situation;
#[cfg(test)]
mod tests;
mod verdict;
mod writer;

use std::time::Duration;

use jiff::Timestamp;

use crate::act::Outcome;
use crate::api::{FargateProfileStatus, Reason};
use crate::eks::Failure;
use crate::plan::{Picture, Snapshot, Step};

pub use conditions::seconds;
pub use next::{Next, Rhythm};
pub use notice::{About, Notice, Severity};
pub use records::record;
pub use writer::{Writer, Written};

/// What a pass leaves behind.
#[derive(Clone, Debug)]
pub struct Report {
    /// The new status.
    pub status: FargateProfileStatus,
    /// Events to publish.
    pub notices: Vec<Notice>,
    /// When to look again.
    pub next: Next,
}

/// The report of a pass that got as far as a step.
#[must_use]
pub fn report(
    snapshot: &Snapshot,
    picture: &Picture<'_>,
    step: &Step,
    outcome: &Outcome,
    rhythm: &Rhythm,
    wall: Timestamp,
) -> Report {
    let verdict = verdict::of(snapshot, picture, step, outcome);
    let status = match &verdict {
        Some(verdict) => FargateProfileStatus {
            conditions: conditions::merge(&snapshot.status.conditions, verdict, snapshot.object.generation, wall),
            ..records::status(snapshot, picture, step, outcome, wall)
        },
        // In quiet time nothing is claimed.
        None => snapshot.status.clone(),
    };
    let notices = notices::of(snapshot, picture, step, outcome, &status);
    Report { status, notices, next: next::of(snapshot, step, outcome, rhythm) }
}

/// The report of a pass in which EKS could not even be looked at: what was known stays, with the reason.
#[must_use]
pub fn report_blind(
    old: &FargateProfileStatus,
    generation: i64,
    failure: &Failure,
    stalled: bool,
    retry: Duration,
    wall: Timestamp,
) -> Report {
    let verdict = verdict::blind(failure, stalled);
    let status = FargateProfileStatus {
        // kstatus looks at `Stalled` only once the generation counts as observed.
        observed_generation: if stalled { Some(generation) } else { old.observed_generation },
        conditions: conditions::merge(&old.conditions, &verdict, generation, wall),
        ..records::unseen(old, generation)
    };
    let notices = notices::of_stall(old, &status);
    Report { status, notices, next: Next { after: retry, look_age: Duration::ZERO } }
}

/// A reason with its message.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cause {
    reason: Reason,
    message: String,
}

impl Cause {
    fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }
}

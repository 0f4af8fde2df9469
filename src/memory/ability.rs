//! When something could be done for an object. The time limit of a drain is about pods that do not go, not about outages.

use std::time::Duration;

use jiff::SignedDuration;

use crate::api::ProfileRecord;

/// Since when, and until when, this process could work on an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ability {
    /// Since when, without a break, pods could be moved.
    since: Duration,
    /// When something could be done last.
    last: Option<Duration>,
    /// Nothing can be done at the moment.
    hindered: bool,
    /// Pods cannot be seen at the moment.
    blind: bool,
    /// Time in which nothing could be done, and that has not been given back yet.
    lost: Duration,
}

impl Default for Ability {
    fn default() -> Self {
        Self { since: Duration::ZERO, last: None, hindered: true, blind: false, lost: Duration::ZERO }
    }
}

impl Ability {
    /// Something can be done again, or still.
    pub fn able(&mut self, now: Duration) {
        if std::mem::take(&mut self.hindered) {
            self.lost += now.saturating_sub(self.last.unwrap_or(now));
            self.since = now;
        }
        self.last = Some(now);
    }

    /// Nothing can be done: EKS or Kubernetes does not answer, or another process acts.
    pub fn hindered(&mut self) {
        self.hindered = true;
    }

    /// Whether pods can be seen. A process that sees them again begins to move them only now; while none does,
    /// `drain.timeout` has a meaning of its own.
    pub fn sees(&mut self, pods: bool, now: Duration) {
        if std::mem::replace(&mut self.blind, !pods) && pods {
            self.since = now;
        }
    }

    /// Since when, without a break, pods could be moved.
    pub fn since(&self) -> Duration {
        self.since
    }

    /// Gives the drains on record the time back in which nothing could be done.
    pub fn give_back(&self, records: &mut [ProfileRecord]) {
        let lost = SignedDuration::from_secs(self.lost.as_secs().try_into().unwrap_or(i64::MAX));
        let drains = records.iter_mut().filter_map(|record| record.drain.as_mut());
        for since in drains.filter_map(|drain| drain.since.as_mut()) {
            since.0 = since.0.checked_add(lost).unwrap_or(since.0);
        }
    }

    /// What was given back stands in status.
    pub fn given_back(&mut self) {
        self.lost = Duration::ZERO;
    }
}

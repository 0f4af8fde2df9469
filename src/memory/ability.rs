//! When the operator could work on an object. The time limit of a drain is about pods that do not go, not about
//! outages.

use std::time::Duration;

use jiff::SignedDuration;

use crate::api::ProfileRecord;

/// Since when, and until when, this process could work on an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ability {
    /// Since when, without a break, pods could be moved.
    since: Duration,
    /// When work was last possible.
    last: Option<Duration>,
    /// No work is possible at the moment.
    hindered: bool,
    /// Pods cannot be seen at the moment.
    blind: bool,
    /// Time without the ability to work that has not been given back to the drains yet.
    lost: Duration,
}

impl Default for Ability {
    fn default() -> Self {
        Self { since: Duration::ZERO, last: None, hindered: true, blind: false, lost: Duration::ZERO }
    }
}

impl Ability {
    /// Work is possible.
    pub fn able(&mut self, now: Duration) {
        if std::mem::take(&mut self.hindered) {
            self.lost += now.saturating_sub(self.last.unwrap_or(now));
            self.since = now;
        }
        self.last = Some(now);
    }

    /// No work is possible: EKS or Kubernetes does not answer, or another process leads.
    pub fn hindered(&mut self) {
        self.hindered = true;
    }

    /// Notes whether pods can be seen. When they become visible again, the process only then starts to move them. While
    /// they cannot be seen, `drain.timeout` has a meaning of its own.
    pub fn sees(&mut self, pods: bool, now: Duration) {
        if std::mem::replace(&mut self.blind, !pods) && pods {
            self.since = now;
        }
    }

    pub fn since(&self) -> Duration {
        self.since
    }

    /// Extends the recorded drains by the time without the ability to work.
    pub fn give_back(&self, records: &mut [ProfileRecord]) {
        let lost = SignedDuration::from_secs(self.lost.as_secs().try_into().unwrap_or(i64::MAX));
        let drains = records.iter_mut().filter_map(|record| record.drain.as_mut());
        for since in drains.filter_map(|drain| drain.since.as_mut()) {
            since.0 = since.0.checked_add(lost).unwrap_or(since.0);
        }
    }

    /// Status now contains the extended times.
    pub fn given_back(&mut self) {
        self.lost = Duration::ZERO;
    }
}

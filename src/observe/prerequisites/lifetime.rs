//! How long an answer serves: the shorter, the more depends on it.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::api::ConditionType;
use crate::intervals::Intervals;
use crate::prerequisites::{Finding, Severity};
use crate::state::Facts;

/// How urgently an object wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// A change begins with the next call.
    Now,
    /// A change is to begin.
    Soon,
    /// A person has to act, for whatever reason.
    Stalled,
    /// Nothing is under way.
    Settled,
}

impl Urgency {
    pub(in crate::observe) fn of(facts: &Facts<'_>, before_effect: bool) -> Self {
        match facts.target {
            None if before_effect => Self::Now,
            None => Self::Soon,
            Some(_) if ConditionType::Stalled.is_true(&facts.snapshot.status.conditions) => Self::Stalled,
            Some(_) => Self::Settled,
        }
    }

    /// For how long an answer serves if the worst that is wrong is `trouble`.
    pub(super) fn lifetime(self, trouble: Trouble, intervals: &Intervals) -> Duration {
        match (self, trouble) {
            (Self::Now, _) => intervals.fresh,
            (Self::Soon, Trouble::Blocking) => intervals.prerequisites_soon,
            (Self::Stalled, _)
            | (Self::Soon, Trouble::Advisory)
            | (Self::Settled, Trouble::Advisory | Trouble::Blocking) => intervals.describe_again,
            (Self::Soon | Self::Settled, Trouble::None) => intervals.prerequisites_again,
        }
    }
}

/// How long answers serve.
#[derive(Clone, Copy)]
pub(super) struct Lifetimes {
    pub(super) aws: Duration,
    pub(super) cluster: Duration,
}

/// The worst that is wrong.
#[derive(Clone, Copy)]
pub(super) enum Trouble {
    None,
    Advisory,
    Blocking,
}

impl Trouble {
    pub(super) fn of<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let severities: BTreeSet<Severity> = findings.into_iter().map(|finding| finding.severity).collect();
        if severities.contains(&Severity::Blocking) {
            Self::Blocking
        } else if severities.contains(&Severity::Advisory) {
            Self::Advisory
        } else {
            Self::None
        }
    }
}

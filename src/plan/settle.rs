//! Gives the cluster time to learn of a profile.

use std::time::Duration;

use super::{Step, Wait};
use crate::eks::{Profile, ProfileStatus};
use crate::state::Snapshot;

/// The wait between ACTIVE and the moment when pods are expected to land on the profile.
pub(super) fn settling(snapshot: &Snapshot, foremost: &Profile) -> Option<Step> {
    let until = settled_at(snapshot, foremost)?;
    (snapshot.now < until).then_some(Step::Wait(Wait::Settling { until }))
}

/// When that wait ends.
pub(super) fn settled_at(snapshot: &Snapshot, active: &Profile) -> Option<Duration> {
    let is_active = active.status == ProfileStatus::Active;
    let since = snapshot.status_since.get(&active.arn).copied().unwrap_or(snapshot.now);
    is_active.then_some(since + snapshot.settle)
}

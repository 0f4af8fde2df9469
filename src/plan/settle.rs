//! The cluster gets time to learn of a profile.

use std::time::Duration;

use super::{Step, Wait};
use crate::eks::{Profile, ProfileStatus};
use crate::state::Snapshot;

/// The time that an ACTIVE profile is given before pods are expected to land on it.
pub(super) fn settling(snapshot: &Snapshot, foremost: &Profile) -> Option<Step> {
    let until = settled_at(snapshot, foremost)?;
    (snapshot.now < until).then_some(Step::Wait(Wait::Settling { until }))
}

/// When it is over for an ACTIVE profile.
pub(super) fn settled_at(snapshot: &Snapshot, active: &Profile) -> Option<Duration> {
    let is_active = active.status == ProfileStatus::Active;
    let since = snapshot.status_since.get(&active.arn).copied().unwrap_or(snapshot.now);
    is_active.then_some(since + snapshot.settle)
}

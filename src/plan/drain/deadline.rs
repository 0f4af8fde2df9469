//! The record of a drain, and its time limit.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::{DrainRecord, OnTimeout};
use crate::eks::Profile;
use crate::plan::{Checkpoint, Step};
use crate::state::Snapshot;

/// The recorded drain of this profile. Without a `since`, the drain has been interrupted.
pub(super) fn on_record<'a>(snapshot: &'a Snapshot, old: &Profile) -> Option<&'a DrainRecord> {
    snapshot.record_of(&old.arn)?.drain.as_ref()
}

/// The step that starts the clock of a drain, unless it runs. `pods` are to be moved.
pub(super) fn begin(snapshot: &Snapshot, old: &Profile, pods: usize) -> Option<Step> {
    let since = Some(Time(snapshot.wall));
    let drain = match on_record(snapshot, old) {
        Some(drain) if drain.since.is_some() => return None,
        // An interrupted drain keeps its progress but starts a new clock.
        Some(drain) => DrainRecord { since, ..drain.clone() },
        None => DrainRecord { since, total: count(pods), left: Some(count(pods)), proven: Vec::new(), evicting: None },
    };
    Some(put(old, drain))
}

/// The drain with this many pods left to move. Its clock restarts whenever there are fewer than ever before.
pub(super) fn counted(snapshot: &Snapshot, drain: &DrainRecord, pods: usize) -> DrainRecord {
    let (pods, total) = (count(pods), drain.total);
    if pods > total {
        // The drain may have begun while the pods could not be seen.
        return DrainRecord { total: pods, left: Some(pods), ..drain.clone() };
    }
    if pods < drain.left.unwrap_or(total) {
        return DrainRecord { since: Some(Time(snapshot.wall)), left: Some(pods), ..drain.clone() };
    }
    drain.clone()
}

pub(super) fn put(old: &Profile, drain: DrainRecord) -> Step {
    Step::Checkpoint(record(old, drain))
}

pub(super) fn record(old: &Profile, drain: DrainRecord) -> Checkpoint {
    Checkpoint::Drain { arn: old.arn.clone(), drain }
}

/// Whether the drain has reached its time limit.
pub(super) fn is_overdue(snapshot: &Snapshot, drain: &DrainRecord) -> bool {
    drain.since.as_ref().is_some_and(|since| snapshot.since(since.0) >= snapshot.drain_timeout)
}

/// Whether the drain of this profile is recorded and has reached its time limit.
pub(super) fn is_over(snapshot: &Snapshot, old: &Profile) -> bool {
    on_record(snapshot, old).is_some_and(|drain| is_overdue(snapshot, drain))
}

/// Whether the time limit has passed and the spec lets the pods end then. A process that has just started, or could not
/// move pods for a while, tries first: the time may have passed without anybody acting.
pub(super) fn may_proceed(snapshot: &Snapshot, drain: &DrainRecord) -> bool {
    let has_tried = snapshot.now.saturating_sub(snapshot.able_since) >= snapshot.progress.min(snapshot.drain_timeout);
    snapshot.spec.on_timeout() == OnTimeout::Proceed && is_overdue(snapshot, drain) && has_tried
}

pub(super) fn count(pods: usize) -> u32 {
    u32::try_from(pods).unwrap_or(u32::MAX)
}

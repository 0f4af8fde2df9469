//! What is going on, in a word, and the times of a wait: `status.reason` and `status.waiting`.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::draining::is_proven;
use super::failures;
use crate::act::{Outcome, Retry};
use crate::api::{ConditionType, DrainRecord, FargateProfileStatus, Phase, Reason, WaitStatus};
use crate::eks::ProfileStatus;
use crate::intervals::Intervals;
use crate::message::message;
use crate::placement::IssueCause;
use crate::plan::{Checkpoint, EvictCause, Eviction, Stage, Step, Wait};
use crate::state::{Facts, Snapshot};
use crate::time::seconds;

/// A time that is computed anew differs by the rounding of clocks. It is written only if it differs by more.
const ROUNDING: i64 = 2;

/// The reason of `Stalled`, else of `Reconciling`, else of `Ready`; with how many of how many pods have moved, or with what EKS
/// says of the old profile. Where all is well but pods do not work, it is why.
pub(super) fn reason(status: &FargateProfileStatus, is_suspended: bool) -> Option<String> {
    let conditions = &status.conditions;
    let reconciling = ConditionType::Reconciling.holding(conditions);
    let moving = ConditionType::Stalled.holding(conditions).or(reconciling);
    let shown = moving.or_else(|| ConditionType::Ready.find(conditions))?;
    // Nothing else tells of a suspension with nothing pending.
    if is_suspended && moving.is_none() {
        return Some(Reason::Suspended.name().to_owned());
    }
    let is = |reason: Reason| shown.reason == reason.name();
    if is(Reason::Active)
        && let Some(issue) = status.pod_issues.iter().find(|issue| issue.reason != IssueCause::LoggingDisabled.name())
    {
        return Some(issue.reason.clone());
    }
    let probes = status.replacement.as_ref().is_some_and(|replacement| replacement.phase == Phase::Probing);
    let word = if probes && is(Reason::Draining) { "Probing" } else { shown.reason.as_str() };
    let detail = match reconciling {
        Some(_) if is(Reason::Draining) || is(Reason::HandingOver) => {
            moved(status).map(|(moved, all)| format!("{moved}/{all}"))
        }
        // Each of the two is a line of `kubectl get -w`: EKS was asked, EKS is at it.
        Some(_) if is(Reason::Retiring) => {
            let going = ProfileStatus::Deleting.name();
            status.profiles.iter().any(|record| record.status == going).then(|| going.to_owned())
        }
        Some(_) | None => None,
    };
    Some(detail.map_or_else(|| word.to_owned(), |detail| format!("{word} {detail}")))
}

/// How many pods have moved, of how many.
pub(crate) fn moved(status: &FargateProfileStatus) -> Option<(u32, u32)> {
    let of_drains = || {
        let drains = status.profiles.iter().filter_map(|record| record.drain.as_ref());
        let counts =
            drains.map(|drain| (drain.total - drain.left.unwrap_or(drain.total).min(drain.total), drain.total));
        counts.reduce(|a, b| (a.0 + b.0, a.1 + b.1))
    };
    let pods = status.replacement.as_ref().and_then(|replacement| replacement.pods.as_ref());
    pods.map(|pods| (pods.moved, pods.to_move)).or_else(of_drains).filter(|(_, all)| *all > 0)
}

/// The times of the wait that this pass came to, if it waits. `now` has the reason.
pub(super) fn waiting(
    facts: &Facts<'_>,
    step: &Step,
    outcome: &Outcome,
    now: &FargateProfileStatus,
    intervals: &Intervals,
) -> Option<WaitStatus> {
    let snapshot = facts.snapshot;
    let at = |until: Duration| later(snapshot.wall, until.saturating_sub(snapshot.now));
    let until = match step {
        Step::Wait(Wait::Settling { until } | Wait::Notice { until, .. } | Wait::DnsLeaves { until, .. }) => {
            Some(at(*until))
        }
        Step::Wait(Wait::Draining(drain)) => on_record(snapshot, &drain.name)
            .filter(|_| !drain.overdue)
            .and_then(|record| end_of(snapshot, record, matches!(drain.stage, Stage::Probing(_)))),
        // While a pod is being evicted, the end stays the one that is on record, or is put there.
        Step::Checkpoint(Checkpoint::Drain { drain, .. }) => {
            let to = drain.evicting.as_ref().map(|evicted| evicted.to.as_str());
            end_of(
                snapshot,
                drain,
                to.is_some_and(|to| !drain.proven.iter().any(|it| it == to) && !is_proven(snapshot, to)),
            )
        }
        Step::Evict(Eviction { cause: EvictCause::Move { from, .. }, to, .. }) => {
            on_record(snapshot, from).and_then(|record| end_of(snapshot, record, !is_proven(snapshot, to)))
        }
        Step::Wait(_)
        | Step::AddFinalizer
        | Step::DropFinalizer(_)
        | Step::Create { .. }
        | Step::Delete { .. }
        | Step::Tag { .. }
        | Step::Mend(_)
        | Step::Ask { .. }
        | Step::Evict(Eviction { cause: EvictCause::Pending(_), .. })
        | Step::Checkpoint(_) => None,
    };
    let again = match outcome.blocked().map(|blocked| blocked.retry) {
        Some(Retry::At(until)) => Some(until),
        Some(Retry::Soon | Retry::Woken | Retry::Watch(_)) | None => failures::next_try(facts, step),
    };
    wait_status(&snapshot.status, now, snapshot.wall, until, again.map(at), intervals)
}

/// The wait of an object that could not be looked at.
pub(super) fn blind(
    old: &FargateProfileStatus,
    now: &FargateProfileStatus,
    retry: Duration,
    wall: Timestamp,
    intervals: &Intervals,
) -> Option<WaitStatus> {
    wait_status(old, now, wall, None, Some(later(wall, retry)), intervals)
}

fn wait_status(
    old: &FargateProfileStatus,
    now: &FargateProfileStatus,
    wall: Timestamp,
    until: Option<Timestamp>,
    next_try: Option<Timestamp>,
    intervals: &Intervals,
) -> Option<WaitStatus> {
    let is_at_work = ConditionType::Reconciling.is_true(&now.conditions);
    let is_stalled = ConditionType::Stalled.is_true(&now.conditions);
    let is_held = !is_at_work && !is_stalled && !ConditionType::Ready.is_true(&now.conditions);
    if !(is_at_work || is_stalled || is_held) {
        return None;
    }
    let before = old.waiting.as_ref();
    let same = before.filter(|_| word(old) == word(now));
    let steady = |new: Option<Timestamp>, old: Option<&Time>| {
        let new = new?;
        let close = old.filter(|old| new.duration_since(old.0).as_secs().abs() <= ROUNDING);
        Some(close.cloned().unwrap_or(Time(seconds(new))))
    };
    // Tries that follow each other soon need no announcement, nor a write each.
    let next_try = next_try.filter(|at| *at >= later(wall, intervals.back_off_most / 2));
    let until = until.filter(|at| *at > wall);
    Some(WaitStatus {
        since: same.map_or_else(|| Time(seconds(wall)), |same| same.since.clone()),
        until: steady(until, same.and_then(|same| same.until.as_ref())),
        next_try: steady(next_try, same.and_then(|same| same.next_try.as_ref())),
    })
}

/// `status.reason` without its count.
fn word(status: &FargateProfileStatus) -> Option<&str> {
    status.reason.as_deref()?.split(' ').next()
}

/// The drain of the profile of this name.
fn on_record<'a>(snapshot: &'a Snapshot, name: &str) -> Option<&'a DrainRecord> {
    snapshot.status.profiles.iter().filter(|record| record.name == name).find_map(|record| record.drain.as_ref())
}

/// When `onTimeout` applies to a drain, or the first moved pod has to be Ready.
fn end_of(snapshot: &Snapshot, drain: &DrainRecord, is_probing: bool) -> Option<Timestamp> {
    let (from, lasts) = match &drain.evicting {
        Some(evicted) if is_probing => (&evicted.at, snapshot.progress),
        Some(_) | None => (drain.since.as_ref()?, snapshot.drain_timeout),
    };
    Some(later(from.0, lasts))
}

fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// What a message says of the end of its wait.
pub(super) fn told(waiting: Option<&WaitStatus>) -> String {
    let time = |time: &Time| time.0.strftime("%H:%M UTC").to_string();
    let Some(waiting) = waiting else { return String::new() };
    match (&waiting.next_try, &waiting.until) {
        (Some(next_try), _) => message!(" (next try {})", time(next_try)),
        (None, Some(until)) => message!(" (until {})", time(until)),
        (None, None) => String::new(),
    }
}

/// A message without what [`told`] has added.
pub(super) fn untold(message: &str) -> &str {
    let cut = [" (next try ", " (until "].iter().find_map(|mark| message.rfind(mark));
    cut.filter(|_| message.ends_with(" UTC)")).map_or(message, |at| &message[..at])
}

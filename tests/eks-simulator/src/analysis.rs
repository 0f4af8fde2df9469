//! What a log tells about a run. Pure functions over entries, also over those fetched from `/_simulator/log`.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{ProfileStatus, log::Entry};

/// A stretch of the service's time, in unscaled seconds since the start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
}

impl Span {
    /// How long it is.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.to - self.from
    }
}

/// When at least one profile was ACTIVE, and when, after the first was, none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// Stretches with an ACTIVE profile.
    pub active: Vec<Span>,
    /// Stretches without one, from the end of the first ACTIVE one on; the last may reach to the end of the log's time.
    pub gaps: Vec<Span>,
}

/// For how long operations were running in a cluster: the time profiles spent CREATING and DELETING, added up.
/// Operations still running count up to `now`.
#[must_use]
pub fn busy_seconds(log: &[Entry], cluster: &str, now: Duration) -> f64 {
    let mut running: BTreeMap<&str, f64> = BTreeMap::new();
    let mut busy = 0.0;
    for entry in log {
        let Some(change) = entry.change().filter(|change| change.cluster == cluster) else {
            continue;
        };
        if let Some(since) = running.remove(change.arn.as_str()) {
            busy += entry.unscaled - since;
        }
        if change.to.is_some_and(ProfileStatus::is_changing) {
            running.insert(&change.arn, entry.unscaled);
        }
    }
    running.values().fold(busy, |busy, since| busy + (now.as_secs_f64() - since))
}

/// The calls that were answered 409, ordered ones included.
#[must_use]
pub fn conflicts(log: &[Entry]) -> Vec<Entry> {
    log.iter().filter(|entry| entry.call().is_some_and(|call| call.status == Some(409))).cloned().collect()
}

/// When a profile of the cluster with this tag was ACTIVE, up to `now`.
#[must_use]
pub fn active_timeline(log: &[Entry], cluster: &str, tag_key: &str, tag_value: &str, now: Duration) -> Timeline {
    timeline(log, cluster, now, |tags| tags.get(tag_key).is_some_and(|value| value == tag_value))
}

/// When a profile of the cluster whose tags are `wanted` was ACTIVE, up to `now`.
pub fn timeline(
    log: &[Entry],
    cluster: &str,
    now: Duration,
    wanted: impl Fn(&BTreeMap<String, String>) -> bool,
) -> Timeline {
    let mut counted: BTreeMap<&str, bool> = BTreeMap::new();
    let mut timeline = Timeline::default();
    let mut since: Option<f64> = None;
    let mut ended: Option<f64> = None;
    for entry in log {
        let Some(change) = entry.change().filter(|change| change.cluster == cluster) else {
            continue;
        };
        let counts = change.to == Some(ProfileStatus::Active) && wanted(&change.tags);
        counted.insert(&change.arn, counts);
        let any = counted.values().any(|counts| *counts);
        match since {
            None if any => {
                if let Some(from) = ended.take() {
                    timeline.gaps.push(Span { from, to: entry.unscaled });
                }
                since = Some(entry.unscaled);
            }
            Some(from) if !any => {
                timeline.active.push(Span { from, to: entry.unscaled });
                since = None;
                ended = Some(entry.unscaled);
            }
            _ => {}
        }
    }
    let to = now.as_secs_f64();
    if let Some(from) = since {
        timeline.active.push(Span { from, to });
    }
    if let Some(from) = ended {
        timeline.gaps.push(Span { from, to });
    }
    timeline
}

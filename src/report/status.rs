//! What EKS showed, as status tells it.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::meaning::Meaning;
use super::pod_counts::counts;
use super::replacement::replacement;
use crate::act::Outcome;
use crate::api::{DrainRecord, FailedBy, FargateProfileStatus, ProfileRecord, QueueStatus, ResolvedDefaults};
use crate::eks::{Profile, ProfileStatus};
use crate::plan::{ClusterState, Picture, Record, Snapshot, Step};
use crate::time::seconds;

/// The status without its conditions.
pub(super) fn status(
    snapshot: &Snapshot,
    picture: &Picture<'_>,
    step: &Step,
    outcome: &Outcome,
    meaning: &Meaning,
    wall: Timestamp,
) -> FargateProfileStatus {
    let old = &snapshot.status;
    let found = match &snapshot.cluster {
        ClusterState::Found(record) => Some(record.clone()),
        ClusterState::Missing { .. } => None,
    };
    let known = found.is_some() && (old.cluster.is_none() || old.cluster == found);
    if !known {
        // What was seen in another cluster, or in none, says nothing of this object's profiles.
        let generation = snapshot.object.generation;
        return FargateProfileStatus { observed_generation: Some(generation), ..unseen(old, generation) };
    }
    // Lost ones stay on record: without it the next pass would take the object for one without profiles and create.
    let owned = picture.owned.iter().chain(&picture.lost);
    let mut profiles: Vec<ProfileRecord> =
        owned.map(|profile| kept(snapshot, picture, step, meaning, profile, wall)).collect();
    profiles.extend(doubtful(snapshot, picture).cloned());
    // On record before it is seen: should its tags be stripped at once, it is missed instead of created again.
    if let Outcome::Created(profile) = outcome {
        profiles.push(profile.record());
    }
    let (failed, failure, failed_by) = match step.record() {
        Some(Record::Failed(why)) => (true, Some(why.clone()), Some(FailedBy::Eks)),
        Some(Record::Unhealthy(why)) => (true, Some(why.clone()), Some(FailedBy::Pods)),
        Some(Record::Recovered) => (false, None, None),
        Some(Record::Cluster | Record::Previous(_) | Record::Closed | Record::Drain { .. }) | None => {
            let failed = snapshot.generation_failed();
            (failed, old.failure.clone().filter(|_| failed), old.failed_by.filter(|_| failed))
        }
    };
    let first = picture.target.or(picture.foremost).or(picture.owned.first().copied());
    FargateProfileStatus {
        observed_generation: Some(snapshot.object.generation),
        cluster: old.cluster.clone().or(found),
        resolved: Some(ResolvedDefaults {
            pod_execution_role_arn: picture.wanted.role.clone(),
            subnets: picture.wanted.subnets.as_ref().map(|subnets| subnets.iter().cloned().collect()),
        }),
        defaults_drifted: picture.drift.as_ref().map(|drift| drift.fields.clone()).unwrap_or_default(),
        applied_tag_keys: applied_tag_keys(snapshot, picture),
        profile: first.map(Profile::record),
        profiles,
        previous: match step.record() {
            Some(Record::Previous(previous)) => Some(previous.clone()),
            Some(Record::Closed) => None,
            Some(
                Record::Cluster | Record::Failed(_) | Record::Drain { .. } | Record::Unhealthy(_) | Record::Recovered,
            )
            | None => old.previous.clone(),
        },
        failed_generation: failed.then_some(snapshot.object.generation),
        failure,
        failed_by,
        pods: counts(snapshot, picture),
        replacement: replacement(snapshot, picture, step, outcome, meaning, wall),
        queue: match outcome {
            Outcome::NotOurTurn(blocked) => {
                Some(QueueStatus { since: Time(seconds(blocked.since)), blocked_by: blocked.by.clone() })
            }
            Outcome::Done
            | Outcome::Created(_)
            | Outcome::Rested
            | Outcome::Outdated
            | Outcome::NotLeading
            | Outcome::Failed(_)
            | Outcome::KubernetesFailed(_) => None,
        },
        conditions: Vec::new(),
    }
}

/// The old status, when nothing new is known. What defaults came to for another generation is no part of it.
pub(super) fn unseen(old: &FargateProfileStatus, generation: i64) -> FargateProfileStatus {
    let resolved = old.resolved.clone().filter(|_| old.observed_generation == Some(generation));
    FargateProfileStatus { resolved, ..old.clone() }
}

/// Records of profiles that are absent but may be there: they stay until that is certain.
fn doubtful<'a>(snapshot: &'a Snapshot, picture: &Picture<'_>) -> impl Iterator<Item = &'a ProfileRecord> {
    let certain = picture.doubtful.is_none();
    snapshot
        .status
        .profiles
        .iter()
        .filter(move |record| !certain && !snapshot.profiles.iter().any(|profile| profile.arn == record.arn))
}

/// The user's keys, and those that were the user's and are still on a profile.
fn applied_tag_keys(snapshot: &Snapshot, picture: &Picture<'_>) -> Vec<String> {
    let still_there = snapshot
        .status
        .applied_tag_keys
        .iter()
        .filter(|key| picture.owned.iter().any(|profile| profile.tags.contains_key(*key)));
    let mut keys: Vec<String> = picture.wanted.tags.keys().chain(still_there).cloned().collect();
    keys.sort();
    keys.dedup();
    keys
}

/// A profile as status tells of it, with what only status knows of it.
fn kept(
    snapshot: &Snapshot,
    picture: &Picture<'_>,
    step: &Step,
    meaning: &Meaning,
    profile: &Profile,
    wall: Timestamp,
) -> ProfileRecord {
    let old = snapshot.record_of(&profile.arn);
    // Of one that was ACTIVE when it was first met, EKS knows better.
    let was_met = old.is_some_and(|old| ProfileStatus::from(old.status.as_str()) != ProfileStatus::Active);
    let begun = if was_met { None } else { profile.created_at };
    let since = || old.and_then(|old| old.active_since.clone()).unwrap_or_else(|| Time(seconds(begun.unwrap_or(wall))));
    // What takes new pods again is not on its way out any more.
    let stays = !snapshot.object.deleting && picture.foremost.is_some_and(|foremost| foremost.arn == profile.arn);
    let halted =
        |drain: DrainRecord| if meaning.stops_drain_clock { DrainRecord { since: None, ..drain } } else { drain };
    let drain = if let Some(Record::Drain { arn, drain }) = step.record()
        && *arn == profile.arn
    {
        Some(drain.clone())
    } else {
        old.and_then(|old| old.drain.clone()).filter(|_| !stays).map(halted)
    };
    let active_since = (profile.status == ProfileStatus::Active).then(since);
    ProfileRecord { active_since, drain, ..profile.record() }
}

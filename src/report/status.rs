//! The status from what EKS showed.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::meaning::Meaning;
use super::pod_counts::counts;
use super::replacement::replacement;
use super::{bounds, findings, held, pod_issues, warnings};
use crate::act::{Blocked, Outcome};
use crate::api::{DrainRecord, FailedBy, FargateProfileStatus, ProfileRecord, QueueStatus, ResolvedDefaults};
use crate::eks::{Profile, ProfileStatus};
use crate::intervals::Intervals;
use crate::plan::{Checkpoint, Step, Wait};
use crate::state::{ClusterState, Facts, Snapshot};
use crate::time::seconds;

/// The status without its conditions.
pub(super) fn status(
    facts: &Facts<'_>,
    step: &Step,
    outcome: &Outcome,
    meaning: &Meaning,
    intervals: &Intervals,
) -> FargateProfileStatus {
    let snapshot = facts.snapshot;
    let old = &snapshot.status;
    let found = match &snapshot.cluster {
        ClusterState::Found(record) => Some(record.clone()),
        ClusterState::Missing { .. } => None,
    };
    let known = found.is_some() && (old.cluster.is_none() || old.cluster == found);
    if !known {
        // What another cluster shows, or a missing one, says nothing about this object's profiles.
        let (generation, retry) = (snapshot.object.generation, snapshot.object.retry.as_deref());
        return FargateProfileStatus { observed_generation: Some(generation), ..unseen(old, generation, retry) };
    }
    let (failed, failure, failed_by) = match step.checkpoint() {
        Some(Checkpoint::Failed(why)) => (true, Some(why.clone()), Some(FailedBy::Eks)),
        Some(Checkpoint::Unhealthy(why)) => (true, Some(why.clone()), Some(FailedBy::Pods)),
        Some(Checkpoint::Recovered) => (false, None, None),
        Some(Checkpoint::Cluster | Checkpoint::Previous(_) | Checkpoint::Closed | Checkpoint::Drain { .. }) | None => {
            let failed = snapshot.generation_failed();
            (failed, old.failure.clone().filter(|_| failed), old.failed_by.filter(|_| failed))
        }
    };
    let first = facts.target.or(facts.foremost).or(facts.owned.first().copied());
    FargateProfileStatus {
        observed_generation: Some(snapshot.object.generation),
        cluster: old.cluster.clone().or(found),
        // While subnets are missing, nothing is resolved: none on record would leave the choice to EKS.
        resolved: facts.desired.subnets_missing.is_none().then(|| ResolvedDefaults {
            pod_execution_role_arn: facts.desired.role.clone(),
            subnets: facts.desired.subnets.as_ref().map(|subnets| subnets.iter().cloned().collect()),
        }),
        defaults_drifted: facts.drift.as_ref().map(|drift| drift.fields.clone()).unwrap_or_default(),
        applied_tag_keys: applied_tag_keys(facts),
        profile: first.map(Profile::record),
        profiles: profiles(facts, step, outcome, meaning),
        previous: step.previous(old).cloned(),
        failed_generation: failed.then_some(snapshot.object.generation),
        failure,
        failed_by,
        pods: counts(facts),
        pod_issues: pod_issues::of(facts, intervals),
        replacement: replacement(facts, step, outcome, meaning),
        held_pods: held_pods(snapshot, step),
        warnings: warnings::of(facts),
        findings: findings::records(facts),
        handled_retry: snapshot.object.retry.clone().or_else(|| old.handled_retry.clone()),
        queue: outcome.blocked().map(queue),
        reason: None,
        waiting: None,
        conditions: Vec::new(),
    }
}

fn queue(blocked: &Blocked) -> QueueStatus {
    QueueStatus { since: Time(seconds(blocked.since)), blocked_by: blocked.by.clone(), ahead: blocked.ahead }
}

/// The whole list of pods that are held, as far as a status has room. While a pod is being evicted it stays.
fn held_pods(snapshot: &Snapshot, step: &Step) -> Vec<String> {
    match step {
        Step::Wait(Wait::Draining(drain)) => bounds::lines(held::lines(snapshot, drain)),
        Step::Ask { .. } | Step::Evict(_) | Step::Checkpoint(Checkpoint::Drain { .. }) => {
            snapshot.status.held_pods.clone()
        }
        Step::Wait(_)
        | Step::AddFinalizer
        | Step::DropFinalizer(_)
        | Step::Create { .. }
        | Step::Delete { .. }
        | Step::Tag { .. }
        | Step::Mend(_)
        | Step::Checkpoint(_) => Vec::new(),
    }
}

/// The records of the object's profiles.
fn profiles(facts: &Facts<'_>, step: &Step, outcome: &Outcome, meaning: &Meaning) -> Vec<ProfileRecord> {
    // Lost ones stay on record: without it the next pass would take the object for one without profiles and create.
    let owned = facts.owned.iter().chain(&facts.lost);
    let mut profiles: Vec<ProfileRecord> = owned.map(|profile| kept(facts, step, meaning, profile)).collect();
    profiles.extend(doubtful(facts).cloned());
    // On record before it is seen: should its tags be stripped at once, it is missed instead of created again.
    if let Outcome::Created(profile) = outcome {
        profiles.push(profile.record());
    }
    profiles
}

/// The old status, if nothing new is known. Defaults that were resolved for another generation are dropped. With this look somebody has
/// been given the try that they asked for, unless it is for a generation that was taken back: that is still to come.
pub(super) fn unseen(old: &FargateProfileStatus, generation: i64, retry: Option<&str>) -> FargateProfileStatus {
    let resolved = old.resolved.clone().filter(|_| old.observed_generation == Some(generation));
    let handled_retry = retry.filter(|_| old.failed_generation.is_none()).or(old.handled_retry.as_deref());
    FargateProfileStatus { resolved, handled_retry: handled_retry.map(str::to_owned), ..old.clone() }
}

/// Records of missing profiles that may still exist. They stay until that is certain.
fn doubtful<'a>(facts: &Facts<'a>) -> impl Iterator<Item = &'a ProfileRecord> {
    let certain = facts.doubtful.is_none();
    facts
        .snapshot
        .status
        .profiles
        .iter()
        .filter(move |record| !certain && !facts.snapshot.profiles.iter().any(|profile| profile.arn == record.arn))
}

/// The user's tag keys, and former ones that are still on a profile.
fn applied_tag_keys(facts: &Facts<'_>) -> Vec<String> {
    let still_there = facts
        .snapshot
        .status
        .applied_tag_keys
        .iter()
        .filter(|key| facts.owned.iter().any(|profile| profile.tags.contains_key(*key)));
    let mut keys: Vec<String> = facts.desired.tags.keys().chain(still_there).cloned().collect();
    keys.sort();
    keys.dedup();
    keys
}

/// The record of a profile, with what only status knows of it.
fn kept(facts: &Facts<'_>, step: &Step, meaning: &Meaning, profile: &Profile) -> ProfileRecord {
    let old = facts.snapshot.record_of(&profile.arn);
    // If the profile was ACTIVE when it was first seen, EKS knows the time better.
    let was_met = old.is_some_and(|old| ProfileStatus::from(old.status.as_str()) != ProfileStatus::Active);
    let begun = if was_met { None } else { profile.created_at };
    let since = || {
        old.and_then(|old| old.active_since.clone())
            .unwrap_or_else(|| Time(seconds(begun.unwrap_or(facts.snapshot.wall))))
    };
    // A profile that takes new pods again does not go any more.
    let stays = !facts.snapshot.object.deleting && facts.foremost.is_some_and(|foremost| foremost.arn == profile.arn);
    let halted =
        |drain: DrainRecord| if meaning.stops_drain_clock { DrainRecord { since: None, ..drain } } else { drain };
    let drain = if let Some(Checkpoint::Drain { arn, drain }) = step.checkpoint()
        && *arn == profile.arn
    {
        Some(drain.clone())
    } else {
        old.and_then(|old| old.drain.clone()).filter(|_| !stays).map(halted)
    };
    let active_since = (profile.status == ProfileStatus::Active).then(since);
    ProfileRecord { active_since, drain, ..profile.record() }
}

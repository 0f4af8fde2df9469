//! How far a replacement has come, as `status.replacement` tells it.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::bounds;
use crate::act::Outcome;
use crate::api::{MovingPods, OnTimeout, Phase, PreviousProfile, ReplacementStatus, Strategy};
use crate::eks::{Profile, ProfileStatus};
use crate::plan::{
    DeleteCause, Drain, EvictCause, Eviction, Forecast, Picture, Record, Rest, Snapshot, Stage, Step, changes,
    changes_since, forecast, next_to_go,
};
use crate::time::seconds;

/// Present from the moment that a change is pending until only the target is left.
pub(super) fn replacement(
    snapshot: &Snapshot,
    picture: &Picture<'_>,
    step: &Step,
    outcome: &Outcome,
    wall: Timestamp,
) -> Option<ReplacementStatus> {
    if snapshot.object.deleting {
        return None;
    }
    let old = snapshot.status.replacement.as_ref();
    // What is not certain to be gone is still being replaced, and whether it was to go is told when it is certain.
    if picture.doubtful.is_some() {
        return old.cloned();
    }
    // Pods that are made again beside it change nothing of it.
    if matches!(step, Step::Evict(Eviction { cause: EvictCause::Pending(_), .. })) && old.is_some() {
        return old.cloned();
    }
    let Told { from, to, phase, changes, plan } = gap(snapshot, picture, step)
        .or_else(|| pending(picture, step, outcome))
        .or_else(|| going_on(snapshot, picture, step))
        .or_else(|| drifted(picture))?;
    let same = old.filter(|old| old.from == from);
    // What a plan needs besides stays shown while its create is tried again: to approve that approves the plan.
    let shown = same.and_then(|old| old.plan_id.clone());
    let more = |plan: &String| shown.clone().filter(|shown| shown.starts_with(plan.as_str())).unwrap_or(plan.clone());
    let plan_id = asked_for(step).or(plan.map(|plan| more(&plan))).or_else(|| shown.clone());
    // The name that it stands before is no field of the spec.
    let changes = Some(changes).filter(|changes| !changes.is_empty());
    let changes = changes.or_else(|| same.map(|old| old.changes.clone())).unwrap_or_default();
    let changes = bounds::lines(changes);
    let started_at = same.map_or_else(|| Time(seconds(wall)), |old| old.started_at.clone());
    // While nothing is moved, pods come and go as they do; what was moved is told until the profile is gone.
    let moves = matches!(phase, Phase::Probing | Phase::Draining | Phase::Deleting);
    let due = snapshot.counts_due || moves;
    let told = same.and_then(|old| old.pods.clone()).filter(|_| !due);
    // The count goes on from profile to profile until the replacement is another one.
    let begun = |old: &&ReplacementStatus| {
        let is_another = old.to.is_some() && to.is_some() && old.to != to;
        matches!(old.phase, Phase::Probing | Phase::Draining | Phase::Deleting) && !is_another
    };
    let before = old.filter(begun).and_then(|old| old.pods.as_ref());
    let pods = told.or_else(|| forecast(snapshot, picture).map(|forecast| moving(forecast, before)));
    Some(ReplacementStatus { from, to, phase, plan_id, changes, pods, started_at })
}

struct Told {
    from: String,
    to: Option<String>,
    phase: Phase,
    changes: Vec<String>,
    plan: Option<String>,
}

/// DeleteFirst, between the old profile and the new one.
fn gap(snapshot: &Snapshot, picture: &Picture<'_>, step: &Step) -> Option<Told> {
    let told = |previous: &PreviousProfile| {
        let back = snapshot.generation_failed() || matches!(step, Step::Record(Record::Failed(_)));
        let is_there = picture.owned.iter().any(|profile| profile.arn == previous.arn);
        Told {
            from: previous.name.clone(),
            to: Some(if back { previous.name.clone() } else { picture.stem.to_owned() }),
            phase: match (back, is_there) {
                (true, _) => Phase::RollingBack,
                (false, true) => Phase::Deleting,
                (false, false) => Phase::Creating,
            },
            changes: changes_since(&picture.wanted, previous),
            plan: picture.plan.clone(),
        }
    };
    match step {
        Step::Record(Record::Previous(previous)) => Some(told(previous)),
        Step::Record(Record::Closed) => None,
        _ => snapshot.status.previous.as_ref().map(told),
    }
}

/// No profile equals the spec yet.
fn pending(picture: &Picture<'_>, step: &Step, outcome: &Outcome) -> Option<Told> {
    let from = picture.foremost.filter(|_| picture.target.is_none() || picture.takes_over())?;
    let (to, phase) = match (outcome, step) {
        (Outcome::Created(next), _) => (Some(next.name.clone()), Phase::Creating),
        (_, Step::Rest(Rest::AwaitingApproval { .. })) => (None, Phase::AwaitingApproval),
        // Room is made for the next one.
        (
            _,
            Step::Rest(Rest::OutOfSight { .. } | Rest::PodsUnknown { .. })
            | Step::Evict(_)
            | Step::Record(Record::Drain { .. }),
        ) => (None, Phase::Draining),
        (_, Step::Rest(Rest::Draining(drain))) => (None, stage(drain)),
        (_, Step::Rest(Rest::Settling { .. })) => (None, Phase::Settling),
        (_, Step::Delete { .. }) => (None, Phase::Deleting),
        _ => (None, Phase::Pending),
    };
    let (changes, plan) = (picture.changes.clone(), picture.plan.clone());
    Some(Told { from: from.name.clone(), to, phase, changes, plan })
}

/// The target is there, and a profile that it supersedes.
fn going_on(snapshot: &Snapshot, picture: &Picture<'_>, step: &Step) -> Option<Told> {
    let target = picture.target?;
    let going = picture.owned.iter().copied().find(|profile| {
        profile.arn != target.arn && matches!(profile.status, ProfileStatus::Deleting | ProfileStatus::DeleteFailed)
    });
    let from = next_to_go(snapshot, picture).or(going)?;
    Some(Told {
        from: from.name.clone(),
        to: Some(target.name.clone()),
        phase: phase(target, step),
        changes: changes(&picture.wanted, from),
        plan: None,
    })
}

/// Only the operator's defaults have changed.
fn drifted(picture: &Picture<'_>) -> Option<Told> {
    let (plan, changes) = picture.drift.clone()?.plan?;
    let from = picture.foremost?.name.clone();
    Some(Told { from, to: None, phase: Phase::AwaitingApproval, changes, plan: Some(plan) })
}

/// The plan whose approval the step waits for.
fn asked_for(step: &Step) -> Option<String> {
    match step {
        Step::Rest(
            Rest::AwaitingApproval { plan }
            | Rest::PodsUnknown { plan, .. }
            | Rest::Draining(Drain { stage: Stage::Losing(plan) | Stage::HandingOver(plan), .. }),
        ) => Some(plan.clone()),
        Step::Rest(Rest::NoFreeSlot { plan, .. }) => plan.clone(),
        _ => None,
    }
}

fn phase(target: &Profile, step: &Step) -> Phase {
    match step {
        Step::Rest(Rest::OutOfSight { name, .. }) if *name == target.name => Phase::RollingBack,
        Step::Rest(Rest::OutOfSight { .. } | Rest::PodsUnknown { .. })
        | Step::Evict(_)
        | Step::Record(Record::Drain { .. }) => Phase::Draining,
        Step::Rest(Rest::Draining(drain)) => stage(drain),
        Step::Record(Record::Unhealthy(_)) => Phase::RollingBack,
        Step::Delete { cause: DeleteCause::Unhealthy, .. } => Phase::RollingBack,
        _ if target.status == ProfileStatus::Creating => Phase::Creating,
        Step::Rest(Rest::Settling { .. }) => Phase::Settling,
        _ => Phase::Deleting,
    }
}

fn stage(drain: &Drain) -> Phase {
    if matches!(drain.stage, Stage::Probing(_)) { Phase::Probing } else { Phase::Draining }
}

/// In what way a plan is carried out, as far as that may end pods, in words.
pub(super) fn manner_of_the_plan(snapshot: &Snapshot) -> impl Iterator<Item = String> {
    let spec = &snapshot.spec;
    let strategy = (spec.strategy() == Strategy::DeleteFirst).then(|| "strategy: DeleteFirst".to_owned());
    let on_timeout = (spec.on_timeout() == OnTimeout::Proceed).then(|| "drain.onTimeout: Proceed".to_owned());
    strategy.into_iter().chain(on_timeout)
}

/// What a plan that has not begun does to pods, in words.
pub(super) fn pods_of_the_plan(snapshot: &Snapshot, picture: &Picture<'_>) -> Option<String> {
    // As often as status tells it anew.
    let shown =
        snapshot.status.replacement.as_ref().and_then(|shown| shown.pods.clone()).filter(|_| !snapshot.counts_due);
    let pods = shown.or_else(|| forecast(snapshot, picture).map(|forecast| moving(forecast, None)))?;
    let some = |pods: u32, what: &str| (pods > 0).then(|| format!("{pods} {what}"));
    let parts = [
        some(pods.to_move, "to be moved"),
        some(pods.ending, "to be ended at once"),
        some(pods.losing_fargate, "to lose Fargate"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("pods: {}", parts.join(", ")))
}

fn moving(forecast: Forecast, before: Option<&MovingPods>) -> MovingPods {
    let count = |pods: usize| u32::try_from(pods).unwrap_or(u32::MAX);
    let left = count(forecast.to_move);
    let to_move = before.map_or(left, |before| before.to_move.max(left));
    MovingPods {
        to_move,
        moved: to_move - left,
        ending: count(forecast.ending),
        losing_fargate: count(forecast.losing),
        pinned: count(forecast.pinned),
    }
}

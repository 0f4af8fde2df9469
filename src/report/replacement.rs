//! How far a replacement has come, for `status.replacement`.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::meaning::Meaning;
use super::pod_counts::moving;
use super::words::ignored_approval;
use super::{bounds, effects};
use crate::act::Outcome;
use crate::api::{Phase, PreviousProfile, ReplacementStatus};
use crate::eks::ProfileStatus;
use crate::plan::{Checkpoint, EvictCause, Eviction, Step, forecast, next_to_go};
use crate::state::{Facts, Pods, changes, changes_since};
use crate::time::seconds;

/// Present from when a change is pending until only the target is left.
pub(super) fn replacement(
    facts: &Facts<'_>,
    step: &Step,
    outcome: &Outcome,
    meaning: &Meaning,
) -> Option<ReplacementStatus> {
    let snapshot = facts.snapshot;
    if snapshot.object.deleting {
        return None;
    }
    let old = snapshot.status.replacement.as_ref();
    // A profile that may still exist keeps the replacement as it was. The event follows once its absence is certain.
    if facts.doubtful.is_some() {
        return old.cloned();
    }
    // Evictions of pending pods do not change the replacement.
    if matches!(step, Step::Evict(Eviction { cause: EvictCause::Pending(_), .. })) && old.is_some() {
        return old.cloned();
    }
    let Told { from, to, phase, changes, plan } = gap(facts, step)
        .or_else(|| pending(facts, outcome, meaning))
        .or_else(|| going_on(facts, meaning))
        .or_else(|| drifted(facts))?;
    let same = old.filter(|old| old.from == from);
    // An extended plan stays shown while its create is tried again. Approving it also approves the plan itself.
    let shown = same.and_then(|old| old.plan_id.clone());
    let more = |plan: &String| shown.clone().filter(|shown| shown.starts_with(plan.as_str())).unwrap_or(plan.clone());
    let plan_id = meaning.asks_for.clone().or(plan.map(|plan| more(&plan))).or_else(|| shown.clone());
    // A name to sort before is no field of the spec.
    let changes = Some(changes).filter(|changes| !changes.is_empty());
    let changes = changes.or_else(|| same.map(|old| old.changes.clone())).unwrap_or_default();
    let changes = bounds::lines(changes);
    let started_at = same.map_or_else(|| Time(seconds(facts.snapshot.wall)), |old| old.started_at.clone());
    // While nothing moves, changes in pods are not shown. Moved pods stay shown until the profile is gone.
    let moves = matches!(phase, Phase::Probing | Phase::Draining | Phase::Deleting);
    let due = snapshot.counts_due || moves;
    let told = same.and_then(|old| old.pods.clone()).filter(|_| !due);
    // The count continues across profiles until another replacement begins.
    let begun = |old: &&ReplacementStatus| {
        let is_another = old.to.is_some() && to.is_some() && old.to != to;
        matches!(old.phase, Phase::Probing | Phase::Draining | Phase::Deleting) && !is_another
    };
    let before = old.filter(begun).and_then(|old| old.pods.as_ref());
    let under_way = usize::from(moves && is_evicting(facts, step));
    let pods = told.or_else(|| forecast(facts).map(|forecast| moving(forecast, before, under_way)));
    let is_plan = matches!(phase, Phase::Pending | Phase::AwaitingApproval);
    let effects = if is_plan { effects::lines(facts, pods.as_ref()) } else { Vec::new() };
    let ignored_approval = ignored_approval(snapshot, meaning.asks_for.as_deref());
    Some(ReplacementStatus { from, to, phase, plan_id, changes, effects, ignored_approval, pods, started_at })
}

/// Whether the pod that the drain has chosen is still to leave.
fn is_evicting(facts: &Facts<'_>, step: &Step) -> bool {
    let Pods::Known(pods) = &facts.snapshot.pods else { return false };
    let recorded = facts.snapshot.status.profiles.iter().filter_map(|record| record.drain.as_ref());
    let chosen = match step {
        Step::Checkpoint(Checkpoint::Drain { drain, .. }) => drain.evicting.as_ref(),
        Step::Evict(_)
        | Step::Ask { .. }
        | Step::Wait(_)
        | Step::AddFinalizer
        | Step::DropFinalizer(_)
        | Step::Create { .. }
        | Step::Delete { .. }
        | Step::Tag { .. }
        | Step::Mend(_)
        | Step::Checkpoint(_) => recorded.filter_map(|drain| drain.evicting.as_ref()).next(),
    };
    chosen.is_some_and(|chosen| pods.iter().any(|pod| pod.uid == chosen.uid && !pod.terminating))
}

struct Told {
    from: String,
    to: Option<String>,
    phase: Phase,
    changes: Vec<String>,
    plan: Option<String>,
}

/// DeleteFirst, between the old profile and the new one.
fn gap(facts: &Facts<'_>, step: &Step) -> Option<Told> {
    let told = |previous: &PreviousProfile| {
        let back = facts.snapshot.generation_failed() || matches!(step, Step::Checkpoint(Checkpoint::Failed(_)));
        let is_there = facts.owned.iter().any(|profile| profile.arn == previous.arn);
        Told {
            from: previous.name.clone(),
            to: Some(if back { previous.name.clone() } else { facts.stem.clone() }),
            phase: match (back, is_there) {
                (true, _) => Phase::RollingBack,
                (false, true) => Phase::Deleting,
                (false, false) => Phase::Creating,
            },
            changes: changes_since(&facts.desired, previous),
            plan: facts.plan.clone(),
        }
    };
    step.previous(&facts.snapshot.status).map(told)
}

/// No profile equals the spec yet.
fn pending(facts: &Facts<'_>, outcome: &Outcome, meaning: &Meaning) -> Option<Told> {
    let from = facts.foremost.filter(|_| facts.target.is_none() || facts.takes_over())?;
    let to = if let Outcome::Created(next) = outcome { Some(next.name.clone()) } else { None };
    let phase = meaning.phase.unwrap_or(Phase::Pending);
    let (changes, plan) = (facts.changes.clone(), facts.plan.clone());
    Some(Told { from: from.name.clone(), to, phase, changes, plan })
}

/// The target exists, and so does a profile that it supersedes.
fn going_on(facts: &Facts<'_>, meaning: &Meaning) -> Option<Told> {
    let target = facts.target?;
    let going = facts.owned.iter().copied().find(|profile| {
        profile.arn != target.arn && matches!(profile.status, ProfileStatus::Deleting | ProfileStatus::DeleteFailed)
    });
    let from = next_to_go(facts).or(going)?;
    Some(Told {
        from: from.name.clone(),
        to: Some(target.name.clone()),
        phase: match meaning.phase {
            Some(Phase::Deleting) | None if target.status == ProfileStatus::Creating => Phase::Creating,
            said => said.unwrap_or(Phase::Deleting),
        },
        changes: changes(&facts.desired, from),
        plan: None,
    })
}

/// Only the operator's defaults have changed.
fn drifted(facts: &Facts<'_>) -> Option<Told> {
    let (plan, changes) = facts.drift.clone()?.plan?;
    let from = facts.foremost?.name.clone();
    Some(Told { from, to: None, phase: Phase::AwaitingApproval, changes, plan: Some(plan) })
}

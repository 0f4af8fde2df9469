//! Opens the gap, after everything has been checked.

use std::sync::Arc;

use super::exact_name::{in_the_way, is_free_and_first};
use crate::api::{PreviousProfile, PreviousSelector, RETRY_ANNOTATION, Reason, Strategy};
use crate::eks::Profile;
use crate::message::{cut, message};
use crate::placement::{Pod, Taker, taker};
use crate::plan::step::{Checkpoint, CreateCause, Step};
use crate::plan::wait::{CAUSE, unrecorded};
use crate::plan::{Wait, capacity, creation, drain, prerequisites};
use crate::state::{Facts, Pods, Snapshot};

/// There is no target, so the replacement begins.
pub(in crate::plan) fn begin(facts: &Facts<'_>) -> Step {
    let Some(foremost) = facts.foremost else {
        return if facts.superseded().next().is_none() { first(facts) } else { Step::Wait(capacity::undecided(facts)) };
    };
    if facts.snapshot.generation_failed() {
        return Step::Wait(failed(facts.snapshot, foremost));
    }
    if let Some(wait) = Wait::before_change(facts) {
        return Step::Wait(wait);
    }
    if is_free_and_first(facts) {
        let cause = CreateCause::Replace(foremost.name.clone());
        return capacity::make(facts, foremost).unwrap_or_else(|| creation::wanted(facts, facts.stem.clone(), cause));
    }
    if let Some(last) = drain::next_to_go(facts) {
        let plan = facts.plan.as_deref().unwrap_or_default();
        return capacity::fold(facts, foremost, plan, last);
    }
    if let Some(busy) = facts.owned.iter().find(|profile| profile.status.is_under_way()) {
        return Step::under_way(busy);
    }
    match obstacle(facts, foremost) {
        Some(wait) => Step::Wait(wait),
        None => Step::Checkpoint(Checkpoint::Previous(previous(foremost))),
    }
}

/// Whether a replacement would open a gap.
pub(crate) fn opens_gap(facts: &Facts<'_>) -> bool {
    facts.snapshot.spec.strategy() == Strategy::DeleteFirst && !is_free_and_first(facts)
}

/// Whether a recorded gap may still open: the next pass would record it again.
pub(super) fn may_open(facts: &Facts<'_>, sole: &Profile) -> bool {
    let snapshot = facts.snapshot;
    facts.target.is_none()
        && snapshot.spec.strategy() == Strategy::DeleteFirst
        && !snapshot.spec.is_suspended()
        && !snapshot.generation_failed()
        && facts.desired.role.is_some()
        && facts.superseded().next().is_none()
        && Wait::before_change(facts).is_none()
        && obstacle(facts, sole).is_none()
}

/// Why the gap may not open.
fn obstacle(facts: &Facts<'_>, sole: &Profile) -> Option<Wait> {
    if facts.snapshot.own_profile.as_deref() == Some(sole.name.as_str()) {
        return Some(Wait::stalled(
            Reason::RunsTheOperator,
            message!(
                "the operator runs on EKS profile {} itself, and could not create the next one: set spec.replacement.strategy: CreateFirst, or run it elsewhere",
                sole.name
            ),
        ));
    }
    if let Some(pod) = sole_dns(facts.snapshot, sole) {
        return Some(Wait::stalled(
            Reason::RunsDNS,
            message!(
                "the cluster's DNS (pod {pod}) runs on EKS profile {} alone, and the operator needs it: set spec.replacement.strategy: CreateFirst, or let another FargateProfile select CoreDNS",
                sole.name
            ),
        ));
    }
    let way_out = message!(", or set spec.replacement.strategy: CreateFirst");
    let keeps_its_name = sole.name.eq_ignore_ascii_case(&facts.stem);
    if keeps_its_name { None } else { in_the_way(facts, &facts.stem, &way_out) }
}

/// A DNS pod of the cluster on this profile that no other profile takes.
fn sole_dns(snapshot: &Snapshot, sole: &Profile) -> Option<String> {
    let Pods::Known(pods) = &snapshot.pods else { return None };
    let others = drain::others_active(snapshot, sole);
    let nobody_else_takes = |pod: &&Arc<Pod>| taker(others.iter().copied(), pod) == Taker::Nobody;
    let dns = pods.iter().filter(|pod| snapshot.serves_dns(pod) && !pod.terminating && pod.is_taken_for(sole));
    dns.filter(nobody_else_takes).map(|pod| pod.path()).min()
}

fn first(facts: &Facts<'_>) -> Step {
    let way_out = message!(", adopt it by spec.adoption: IfUnowned, or set spec.replacement.strategy: CreateFirst");
    match prerequisites::unmet(facts).or_else(|| in_the_way(facts, &facts.stem, &way_out)) {
        Some(wait) => Step::Wait(wait),
        None => creation::wanted(facts, facts.stem.clone(), CreateCause::First),
    }
}

fn previous(profile: &Profile) -> PreviousProfile {
    let selectors = profile
        .selectors
        .iter()
        .map(|selector| PreviousSelector { namespace: selector.namespace.clone(), labels: selector.labels.clone() });
    PreviousProfile {
        name: profile.name.clone(),
        arn: profile.arn.clone(),
        pod_execution_role_arn: profile.role.clone(),
        subnets: profile.subnets.iter().cloned().collect(),
        selectors: selectors.collect(),
    }
}

/// EKS refused this generation in a gap, and the previous profile serves again.
fn failed(snapshot: &Snapshot, back: &Profile) -> Wait {
    let why = snapshot.status.failure.as_deref().map_or_else(unrecorded, |why| cut(why, CAUSE));
    let name = &back.name;
    Wait::stalled(
        Reason::ReplacementFailed,
        message!("rolled back to EKS profile {name}: {why}. Change the spec, or annotate {RETRY_ANNOTATION}"),
    )
}

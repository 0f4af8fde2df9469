//! The target is ACTIVE: its tags follow the spec, and the superseded profiles go.

use super::step::{Step, TagCause};
use super::{Wait, drain, mending, settle};
use crate::eks::Profile;
use crate::state::approval::plan_id;
use crate::state::{ActionKey, Facts, tag_drift};

pub(super) fn keep(facts: &Facts<'_>, target: &Profile, suspended: bool) -> Step {
    let snapshot = facts.snapshot;
    let (set, remove) = tag_drift(&facts.tags(), &snapshot.status.applied_tag_keys, target);
    let tags_differ = !set.is_empty() || !remove.is_empty();
    let superseded = drain::next_to_go(facts);
    if suspended {
        return Step::Wait(Wait::Suspended { pending: tags_differ || superseded.is_some() || facts.takes_over() });
    }
    // Tags that cannot be changed now hold up nothing else.
    let tags = tags_differ.then(|| Step::tag(snapshot, target, set, remove, TagCause::Drift));
    if let Some(step @ Step::Tag { .. }) = tags {
        return step;
    }
    if let Some(going) = facts.owned.iter().find(|profile| profile.status.is_under_way()) {
        return Step::under_way(going);
    }
    if snapshot.generation_unhealthy() {
        return drain::roll_back(facts, target);
    }
    if let Some(step) = mending::coredns_moves(facts) {
        return step;
    }
    if let Some(old) = superseded {
        let plan = plan_id(snapshot, target, &facts.desired);
        return settle::settling(snapshot, target).unwrap_or_else(|| drain::retire(facts, &plan, old));
    }
    if let Some(back_off) = tags {
        return back_off;
    }
    let waiting = facts.owned.iter().find_map(|profile| {
        let action = ActionKey::Delete(profile.arn.clone());
        snapshot.back_off(&action).map(|until| Wait::BackOff { action, until })
    });
    match waiting {
        Some(waiting) => Step::Wait(waiting),
        None => mending::left(facts).unwrap_or(Step::Wait(Wait::Settled)),
    }
}

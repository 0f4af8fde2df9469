//! Makes room for the next profile.

use super::{DeleteCause, Step, Wait, creation, drain, settle};
use crate::api::Reason;
use crate::eks::{Profile, ProfileStatus, Selector};
use crate::message::message;
use crate::placement::{covers, sorts_before};
use crate::state::approval::{Extra, is_approved, plan_id, with_extra};
use crate::state::{ActionKey, Facts, Pods};

/// The most live profiles per object (see docs/architecture.md, invariant 11).
const MOST_LIVE: usize = 3;

/// What has to happen before the next profile can be created, if anything. At the limit of live profiles, or without a
/// free slot in the cluster, the last one in name order goes first.
pub(super) fn make(facts: &Facts<'_>, foremost: &Profile) -> Option<Step> {
    let snapshot = facts.snapshot;
    let refused = creation::no_slot(snapshot, &ActionKey::Create(snapshot.object.generation));
    let is_full = facts.owned.iter().filter(|profile| profile.status.is_live()).count() >= MOST_LIVE;
    if refused.is_none() && !is_full {
        return None;
    }
    let last = drain::next_to_go(facts)?;
    let plan = plan_id(snapshot, foremost, &facts.desired);
    let give_up = with_extra(&plan, Extra::GiveUp(last));
    let went_back = facts.is_gone_back_to(last);
    if !went_back || is_approved(snapshot, &give_up) {
        let plan = if went_back { &give_up } else { &plan };
        return Some(fold(facts, foremost, plan, last));
    }
    let name = &last.name;
    let message = match refused {
        Some(_) => message!(
            "no slot is free to go back to EKS profile {name}, which takes no new pods any more. Free a slot, or approve that it is deleted once empty"
        ),
        None => message!(
            "this object has {MOST_LIVE} EKS profiles, the most it may have: to go back to {name}, approve that it is deleted once empty"
        ),
    };
    Some(Step::Wait(Wait::NoFreeSlot { message, plan: Some(give_up) }))
}

/// Without a free slot, the target itself goes, to be created again under a name that sorts earlier. That needs an
/// empty target, all of whose selectors are covered by a profile that sorts before it and stays until the new one
/// serves.
pub(super) fn give_way(facts: &Facts<'_>, target: &Profile) -> Option<Step> {
    let snapshot = facts.snapshot;
    creation::no_slot(snapshot, &ActionKey::Create(snapshot.object.generation))?;
    let Pods::Known(pods) = &snapshot.pods else { return None };
    let is_empty = !pods.iter().any(|pod| pod.is_taken_for(target));
    let is_sole = facts.owned.len() == 1;
    let is_covered = |selector: &Selector| {
        let mut before = facts.before.iter().filter(|going| sorts_before(&going.name, &target.name));
        before.any(|going| going.selectors.iter().any(|wide| covers(wide, selector)))
    };
    let may_go = is_empty && is_sole && target.selectors.iter().all(is_covered);
    may_go.then(|| Step::delete(snapshot, target, DeleteCause::GivesWay))
}

/// Retires a profile in favour of the one that takes the new pods, although that one does not equal the spec.
pub(super) fn fold(facts: &Facts<'_>, foremost: &Profile, plan: &str, last: &Profile) -> Step {
    if foremost.status != ProfileStatus::Active {
        return Step::under_way(foremost);
    }
    if let Some(going) = facts.owned.iter().find(|profile| profile.status.is_under_way()) {
        return Step::under_way(going);
    }
    settle::settling(facts.snapshot, foremost).unwrap_or_else(|| drain::retire(facts, plan, last))
}

/// There are live profiles, but which one takes new pods depends on the collation.
pub(super) fn undecided(facts: &Facts<'_>) -> Wait {
    Wait::stalled(
        Reason::TooManyProfiles,
        message!(
            "it cannot be told which of {} takes new pods, since sort orders differ: delete in EKS those that are not needed",
            facts.superseded().map(|profile| profile.name.as_str()).collect::<Vec<_>>().join(", ")
        ),
    )
}

//! CreateFirst: the next profile is created beside the current ones, under a name that sorts before theirs.

use super::step::{CreateCause, Step};
use super::{Wait, capacity, creation, drain};
use crate::api::Reason;
use crate::eks::Profile;
use crate::message::message;
use crate::state::Facts;

/// There is no target, so the next profile is created.
pub(super) fn begin(facts: &Facts<'_>) -> Step {
    if let Some(wait) = Wait::before_change(facts) {
        return Step::Wait(wait);
    }
    match facts.foremost {
        Some(foremost) => capacity::make(facts, foremost)
            .unwrap_or_else(|| open_next(facts, CreateCause::Replace(foremost.name.clone()))),
        None if facts.superseded().next().is_none() => open_next(facts, CreateCause::First),
        None => Step::Wait(capacity::undecided(facts)),
    }
}

/// The target serves but sorts after a profile that goes and whose pods wait for this object. The next profile is
/// created with a name before both, and all pods move to it by the usual rules.
pub(super) fn take_over(facts: &Facts<'_>, target: &Profile) -> Step {
    if let Some(busy) = facts.owned.iter().find(|profile| profile.status.is_under_way()) {
        return Step::under_way(busy);
    }
    if facts.snapshot.generation_unhealthy() {
        return Step::Wait(drain::refused(facts.snapshot, &target.name));
    }
    if let Some(wait) = Wait::before_change(facts) {
        return Step::Wait(wait);
    }
    capacity::give_way(facts, target)
        .or_else(|| capacity::make(facts, target))
        .unwrap_or_else(|| open_next(facts, CreateCause::Replace(target.name.clone())))
}

fn open_next(facts: &Facts<'_>, cause: CreateCause) -> Step {
    match facts.next_name() {
        Some(name) => creation::wanted(facts, name, cause),
        None => Step::Wait(Wait::stalled(
            Reason::NamesUsedUp,
            message!(
                "no name {}-NNNN of at most 63 characters is left that sorts before {}: move to a new FargateProfile with another spec.profileName",
                facts.stem,
                facts.to_sort_before().join(" and ")
            ),
        )),
    }
}

//! Decisions for an object that is to have an EKS profile.

use super::step::{Checkpoint, Step, TagCause};
use super::{
    Wait, capacity, create_first, delete_first, drain, leftovers, mending, pending_pods, preconditions, steady,
};
use crate::api::{Adoption, Reason, Strategy};
use crate::eks::{Profile, ProfileStatus};
use crate::message::message;
use crate::state::{Facts, Snapshot, given_name, is_name_of, ownership};

pub(super) fn decide(facts: &Facts<'_>) -> Step {
    match preconditions::of(facts) {
        Some(obstacle) => Step::Wait(obstacle),
        // Whatever the plan, pending pods get the profile that serves.
        None => pending_pods::first(facts, next(facts)),
    }
}

fn next(facts: &Facts<'_>) -> Step {
    let snapshot = facts.snapshot;
    let suspended = snapshot.spec.is_suspended();
    if !snapshot.object.has_finalizer {
        return if suspended && facts.owned.is_empty() && snapshot.status.previous.is_none() {
            Step::Wait(Wait::Suspended { pending: true })
        } else {
            Step::AddFinalizer
        };
    }
    if snapshot.status.cluster.is_none() {
        return Step::Checkpoint(Checkpoint::Cluster);
    }
    if !suspended && let Some(step) = mending::first(facts) {
        return step;
    }
    // Strategy, approval and suspension hold up new plans, but never the closing of a gap.
    if let Some(previous) = &snapshot.status.previous {
        return delete_first::close(facts, previous);
    }
    if !suspended && let Some(step) = leftovers::clear(facts) {
        return step;
    }
    if facts.owned.is_empty()
        && snapshot.spec.adoption() == Adoption::IfUnowned
        && let Some(found) = to_adopt(snapshot)
    {
        return adopt(facts, found);
    }
    match facts.target {
        None if suspended => Step::Wait(Wait::Suspended { pending: true }),
        None if snapshot.generation_unhealthy() && facts.foremost.is_some() => rolled_back(facts),
        None => match snapshot.spec.strategy() {
            Strategy::CreateFirst => create_first::begin(facts),
            Strategy::DeleteFirst => delete_first::begin(facts),
        },
        Some(target) if target.status == ProfileStatus::Creating => Step::under_way(target),
        Some(target) if facts.takes_over() && !suspended && !is_rolling_back(facts) => {
            create_first::take_over(facts, target)
        }
        Some(target) => steady::keep(facts, target, suspended),
    }
}

/// The pods did not become Ready on the target, and the profile that it was to supersede serves.
fn is_rolling_back(facts: &Facts<'_>) -> bool {
    facts.snapshot.generation_unhealthy() && facts.superseded().any(|profile| profile.status == ProfileStatus::Active)
}

/// The pods did not become Ready on this generation, and an earlier profile serves. The others go as usual.
fn rolled_back(facts: &Facts<'_>) -> Step {
    let Some(serving) = facts.foremost else { return Step::Wait(Wait::Settled) };
    match drain::next_to_go(facts) {
        Some(last) => capacity::fold(facts, serving, facts.plan.as_deref().unwrap_or_default(), last),
        None => Step::Wait(drain::refused(facts.snapshot, &serving.name)),
    }
}

/// The profile with the exact name, or else the first of the profiles that were left under our names (`deletionPolicy:
/// Retain`).
fn to_adopt(snapshot: &Snapshot) -> Option<&Profile> {
    let given = given_name(&snapshot.spec, &snapshot.object.name);
    let is_left = |profile: &&Profile| {
        profile.status == ProfileStatus::Active
            && is_name_of(given, &profile.name)
            && ownership::managers(profile).is_none()
    };
    let exact = snapshot.profiles.iter().find(|profile| profile.name == given);
    exact.or_else(|| snapshot.profiles.iter().filter(is_left).min_by(|a, b| a.name.cmp(&b.name)))
}

fn adopt(facts: &Facts<'_>, found: &Profile) -> Step {
    let snapshot = facts.snapshot;
    if let Some(managers) = ownership::managers(found) {
        return Step::Wait(Wait::stalled(
            Reason::NameTaken,
            message!(
                "EKS profile {} is managed by {managers} and is not adopted: remove it there, or set spec.adoption: Never to have another one created",
                found.name
            ),
        ));
    }
    if snapshot.spec.is_suspended() {
        return Step::Wait(Wait::Suspended { pending: true });
    }
    match found.status {
        ProfileStatus::Active => {}
        ProfileStatus::Creating | ProfileStatus::Deleting | ProfileStatus::Unknown(_) => return Step::under_way(found),
        ProfileStatus::CreateFailed | ProfileStatus::DeleteFailed => {
            return Step::Wait(Wait::stalled(
                Reason::NameTaken,
                message!(
                    "EKS profile {} is {} and is not adopted: delete it in EKS, or set spec.adoption: Never to have another one created",
                    found.name,
                    found.status.name()
                ),
            ));
        }
    }
    Step::tag(snapshot, found, Facts::ownership_tags(snapshot, &facts.desired), Vec::new(), TagCause::Adopt)
}

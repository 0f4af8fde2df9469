//! Decisions for an object that is to have an EKS profile.

use super::step::{Record, Step, TagCause};
use super::{
    Picture, Rest, Snapshot, create_first, delete_first, drain, keep, leftovers, name, obstacle, ownership, pending,
    room,
};
use crate::api::{Adoption, Reason, Strategy};
use crate::eks::{Profile, ProfileStatus};

pub(super) fn decide(snapshot: &Snapshot, picture: &Picture<'_>) -> Step {
    match obstacle::of(snapshot, picture) {
        Some(obstacle) => Step::Rest(obstacle),
        // Whatever the plan, what serves gets its pods.
        None => pending::first(snapshot, picture, next(snapshot, picture)),
    }
}

fn next(snapshot: &Snapshot, picture: &Picture<'_>) -> Step {
    let suspended = snapshot.spec.is_suspended();
    if !snapshot.object.has_finalizer {
        return if suspended && picture.owned.is_empty() && snapshot.status.previous.is_none() {
            Step::Rest(Rest::Suspended { pending: true })
        } else {
            Step::AddFinalizer
        };
    }
    if snapshot.status.cluster.is_none() {
        return Step::Record(Record::Cluster);
    }
    // Strategy, approval and suspension stop beginnings, never the closing of a gap.
    if let Some(previous) = &snapshot.status.previous {
        return delete_first::close(snapshot, picture, previous);
    }
    if !suspended && let Some(step) = leftovers::clear(snapshot, picture) {
        return step;
    }
    if picture.owned.is_empty()
        && snapshot.spec.adoption() == Adoption::IfUnowned
        && let Some(found) = to_adopt(snapshot, picture.stem)
    {
        return adopt(snapshot, picture, found);
    }
    match picture.target {
        None if suspended => Step::Rest(Rest::Suspended { pending: true }),
        None if snapshot.generation_unhealthy() && picture.foremost.is_some() => rolled_back(snapshot, picture),
        None => match snapshot.spec.strategy() {
            Strategy::CreateFirst => create_first::begin(snapshot, picture),
            Strategy::DeleteFirst => delete_first::begin(snapshot, picture),
        },
        Some(target) if target.status == ProfileStatus::Creating => Step::under_way(target),
        Some(target) if picture.takes_over() && !suspended && !is_rolling_back(snapshot, picture) => {
            create_first::take_over(snapshot, picture, target)
        }
        Some(target) => keep::keep(snapshot, picture, target, suspended),
    }
}

/// The pods refused the target, and the profile that it was to supersede serves.
fn is_rolling_back(snapshot: &Snapshot, picture: &Picture<'_>) -> bool {
    snapshot.generation_unhealthy() && picture.superseded().any(|profile| profile.status == ProfileStatus::Active)
}

/// The pods refused this generation, and a profile from before serves; what is beside it goes as ever.
fn rolled_back(snapshot: &Snapshot, picture: &Picture<'_>) -> Step {
    let Some(serving) = picture.foremost else { return Step::Rest(Rest::Settled) };
    match drain::next_to_go(snapshot, picture) {
        Some(last) => room::fold(snapshot, picture, serving, picture.plan.as_deref().unwrap_or_default(), last),
        None => Step::Rest(drain::refused(snapshot, &serving.name)),
    }
}

/// The profile of the exact name; or else, of those that were left under names of ours (`deletionPolicy: Retain`), the one that
/// takes pods.
fn to_adopt<'a>(snapshot: &'a Snapshot, stem: &str) -> Option<&'a Profile> {
    let is_left = |profile: &&Profile| {
        profile.status == ProfileStatus::Active
            && name::is_of(stem, &profile.name)
            && ownership::managers(profile).is_none()
    };
    let exact = snapshot.profiles.iter().find(|profile| profile.name == stem);
    exact.or_else(|| snapshot.profiles.iter().filter(is_left).min_by(|a, b| a.name.cmp(&b.name)))
}

fn adopt(snapshot: &Snapshot, picture: &Picture<'_>, found: &Profile) -> Step {
    if let Some(managers) = ownership::managers(found) {
        return Step::Rest(Rest::Stalled {
            reason: Reason::NameTaken,
            message: format!(
                "EKS profile {} is managed by {managers} and is not adopted: remove it there first, or set spec.adoption: Never, and the operator creates its own beside it",
                found.name,
            ),
        });
    }
    if snapshot.spec.is_suspended() {
        return Step::Rest(Rest::Suspended { pending: true });
    }
    match found.status {
        ProfileStatus::Active => {}
        ProfileStatus::Creating | ProfileStatus::Deleting | ProfileStatus::Unknown(_) => return Step::under_way(found),
        ProfileStatus::CreateFailed | ProfileStatus::DeleteFailed => {
            return Step::Rest(Rest::Stalled {
                reason: Reason::NameTaken,
                message: format!(
                    "{}. It is not adopted: delete it in EKS, or set spec.adoption: Never, and the operator creates its own beside it",
                    found.complaint()
                ),
            });
        }
    }
    Step::tag(snapshot, found, Picture::ownership_tags(snapshot, &picture.wanted), Vec::new(), TagCause::Adopt)
}

//! CreateFirst: the next profile is created beside those that serve, under a name that sorts before theirs.

use super::step::{CreateCause, Step};
use super::{Picture, Rest, Snapshot, approval, creation, drain, name, room};
use crate::api::Reason;
use crate::eks::Profile;

/// No target: create the next profile.
pub(super) fn begin(snapshot: &Snapshot, picture: &Picture<'_>) -> Step {
    if let Some(rest) = approval::awaited(snapshot, picture.plan.as_deref()) {
        return Step::Rest(rest);
    }
    match picture.foremost {
        Some(foremost) => room::make(snapshot, picture, foremost)
            .unwrap_or_else(|| open_next(snapshot, picture, CreateCause::Replace(foremost.name.clone()))),
        None if picture.superseded().next().is_none() => open_next(snapshot, picture, CreateCause::First),
        None => Step::Rest(room::undecided(picture)),
    }
}

/// The target serves, but sorts after a profile of another object that goes and whose pods wait for this one: the next one is
/// created in front of both, and all pods move to it by the usual rules.
pub(super) fn take_over(snapshot: &Snapshot, picture: &Picture<'_>, target: &Profile) -> Step {
    if let Some(busy) = picture.owned.iter().find(|profile| profile.status.is_under_way()) {
        return Step::under_way(busy);
    }
    if snapshot.generation_unhealthy() {
        return Step::Rest(drain::refused(snapshot, &target.name));
    }
    if let Some(rest) = approval::awaited(snapshot, picture.plan.as_deref()) {
        return Step::Rest(rest);
    }
    room::give_way(snapshot, picture, target)
        .or_else(|| room::make(snapshot, picture, target))
        .unwrap_or_else(|| open_next(snapshot, picture, CreateCause::Replace(target.name.clone())))
}

fn open_next(snapshot: &Snapshot, picture: &Picture<'_>, cause: CreateCause) -> Step {
    let before = picture.owned.iter().chain(&picture.before);
    let before: Vec<&str> = before.map(|profile| profile.name.as_str()).collect();
    let profiles = snapshot.profiles.iter().map(|profile| profile.name.as_str());
    // In its gap an object needs its name although no profile bears it.
    let kept = snapshot.rivals.iter().filter(|rival| rival.in_gap).map(|rival| rival.stem.as_str());
    let taken: Vec<&str> = profiles.chain(kept).collect();
    let used = |name: &str| taken.iter().any(|taken| taken.eq_ignore_ascii_case(name));
    match name::next(picture.stem, &before, used) {
        Some(name) => creation::wanted(snapshot, picture, name, cause),
        None => Step::Rest(Rest::Stalled {
            reason: Reason::NamesUsedUp,
            message: format!(
                "no EKS profile name of the form {0}-NNNN or 0-{0}-NNNN is left that sorts before {1}: move to a new FargateProfile with another spec.profileName",
                picture.stem,
                before.join(" and ")
            ),
        }),
    }
}

//! CreateFirst: the next profile is created beside those that serve, under a name that sorts before theirs.

use super::step::{CreateCause, Rest, Step};
use super::{Picture, Snapshot, approval, creation, keep, name};
use crate::api::Reason;
use crate::eks::{Profile, ProfileStatus};

/// No target: create the next profile.
pub(super) fn begin(snapshot: &Snapshot, picture: &Picture<'_>) -> Step {
    if let Some(step) = approval::awaited(snapshot, picture.plan.as_deref()) {
        return step;
    }
    let Some(foremost) = picture.foremost else {
        return if picture.superseded().next().is_none() {
            open_next(snapshot, picture, CreateCause::First)
        } else {
            Step::Rest(undecided(picture))
        };
    };
    match creation::room(snapshot, picture, foremost) {
        None => open_next(snapshot, picture, CreateCause::Replace(foremost.name.clone())),
        Some(Err(rest)) => Step::Rest(rest),
        Some(Ok(last)) => fold(snapshot, picture, foremost, last),
    }
}

/// Retires a profile into the one that takes the new pods, although that one does not serve the spec.
pub(super) fn fold(snapshot: &Snapshot, picture: &Picture<'_>, foremost: &Profile, last: &Profile) -> Step {
    if foremost.status != ProfileStatus::Active {
        return Step::under_way(foremost);
    }
    if let Some(going) = picture.owned.iter().find(|profile| profile.status.is_under_way()) {
        return Step::under_way(going);
    }
    keep::settling(snapshot, foremost).unwrap_or_else(|| keep::retire(snapshot, picture, foremost, last))
}

/// There are live profiles, and no telling which of them takes new pods.
pub(super) fn undecided(picture: &Picture<'_>) -> Rest {
    Rest::Stalled {
        reason: Reason::TooManyProfiles,
        message: format!(
            "this object owns {} live EKS profiles ({}), and collations disagree on which of them takes new pods: delete those that are not needed",
            picture.superseded().count(),
            picture.superseded().map(|profile| profile.name.as_str()).collect::<Vec<_>>().join(", ")
        ),
    }
}

fn open_next(snapshot: &Snapshot, picture: &Picture<'_>, cause: CreateCause) -> Step {
    let owned: Vec<&str> = picture.owned.iter().map(|profile| profile.name.as_str()).collect();
    let used = |name: &str| snapshot.profiles.iter().any(|profile| profile.name.eq_ignore_ascii_case(name));
    match name::next(picture.stem, &owned, used) {
        Some(name) => creation::wanted(snapshot, picture, name, cause),
        None => Step::Rest(Rest::Stalled {
            reason: Reason::NamesUsedUp,
            message: format!(
                "no EKS profile name of the form {0}-NNNN or 0-{0}-NNNN is left that sorts before the profiles there are: move to a new FargateProfile with another spec.profileName",
                picture.stem
            ),
        }),
    }
}

//! The gap of a DeleteFirst replacement: from `status.previous` on record until a profile is ACTIVE. Whatever is edited
//! meanwhile, it is closed first.

use super::step::{CreateCause, DeleteCause, Record, Rest, Step};
use super::{Effect, Picture, Snapshot, Wanted, changes, changes_since, creation, delete_first, living};
use crate::api::{PreviousProfile, Reason};
use crate::eks::{Profile, ProfileStatus};

pub(super) fn close(snapshot: &Snapshot, picture: &Picture<'_>, previous: &PreviousProfile) -> Step {
    if let Some(busy) = picture.owned.iter().find(|profile| profile.status.is_under_way()) {
        return Step::under_way(busy);
    }
    if let Some(active) = picture.owned.iter().find(|profile| profile.status == ProfileStatus::Active) {
        return if active.arn == previous.arn && delete_first::may_open(snapshot, picture, active) {
            delete(snapshot, active)
        } else {
            Step::Record(Record::Closed)
        };
    }
    if let Some(why) = refusal(snapshot, picture) {
        return Step::Record(Record::Failed(why));
    }
    living::clear_leftovers(snapshot, picture).unwrap_or_else(|| fill(snapshot, picture, previous))
}

/// The delete by which the gap opens.
fn delete(snapshot: &Snapshot, profile: &Profile) -> Step {
    let effect = Effect::Delete(profile.arn.clone());
    match snapshot.back_off(&effect) {
        Some(until) => Step::Rest(Rest::BackOff { effect, until }),
        None => Step::delete(profile, DeleteCause::Gap),
    }
}

/// Inside a gap, why EKS cannot have what the spec asks for, so that what was there before comes back. A spec that went back
/// to just that has nothing else to fall back on.
#[must_use]
pub fn refusal(snapshot: &Snapshot, picture: &Picture<'_>) -> Option<String> {
    let previous = snapshot.status.previous.as_ref().filter(|_| !snapshot.generation_failed())?;
    if changes_since(&picture.wanted, previous).is_empty() {
        return None;
    }
    let leftover = picture
        .owned
        .iter()
        .find(|profile| profile.status == ProfileStatus::CreateFailed && changes(&picture.wanted, profile).is_empty());
    if let Some(leftover) = leftover {
        return Some(leftover.complaint());
    }
    let attempt = snapshot.attempts.get(&Effect::Create(snapshot.object.generation))?;
    let failure = attempt.failure.as_ref().filter(|_| attempt.is_stalled())?;
    // What keeps the one from before from coming back just as well is no fault of the spec.
    let of_the_spec = !matches!(failure.reason, Reason::NoFreeSlot | Reason::NoCredentials);
    of_the_spec.then(|| failure.message.clone())
}

/// Nothing is left: create what the spec asks for or, where that has failed, what was there before.
fn fill(snapshot: &Snapshot, picture: &Picture<'_>, previous: &PreviousProfile) -> Step {
    let put_back = snapshot.generation_failed() || picture.wanted.role.is_none();
    let name = if put_back { &previous.name } else { picture.stem };
    if let Some(rest) = delete_first::in_the_way(snapshot, picture, name) {
        return Step::Rest(rest);
    }
    if put_back {
        let wanted = Wanted::back(previous, picture.wanted.tags.clone());
        creation::create(snapshot, picture, name.to_owned(), wanted, CreateCause::PutBack, Effect::PutBack)
    } else {
        creation::wanted(snapshot, picture, name.to_owned(), CreateCause::CloseGap(previous.name.clone()))
    }
}

//! The exact name, which has to be free before it can be had.

use crate::api::Reason;
use crate::placement::sorts_before;
use crate::plan::{Effect, Picture, Rest, Snapshot};

/// What the exact name waits for, if a profile has it. `way_out` is what a person can do besides deleting a foreign one.
pub(super) fn in_the_way(snapshot: &Snapshot, picture: &Picture<'_>, name: &str, way_out: &str) -> Option<Rest> {
    let taken = snapshot.profiles.iter().find(|profile| profile.name.eq_ignore_ascii_case(name))?;
    let effect = Effect::Delete(taken.arn.clone());
    let is_ours = picture.owned.iter().any(|profile| profile.arn == taken.arn);
    Some(match snapshot.back_off(&effect).filter(|_| is_ours) {
        Some(until) => Rest::BackOff { effect, until },
        None if is_ours => Rest::UnderWay { name: taken.name.clone(), arn: taken.arn.clone() },
        None => Rest::Stalled {
            reason: Reason::NameTaken,
            message: format!(
                "EKS profile {} ({}) has the name that replacement.strategy DeleteFirst needs, and is not this object's: delete it in EKS{way_out}",
                taken.name,
                taken.status.name()
            ),
        },
    })
}

pub(super) fn is_free_and_first(snapshot: &Snapshot, picture: &Picture<'_>) -> bool {
    let is_free = !snapshot.profiles.iter().any(|profile| profile.name.eq_ignore_ascii_case(picture.stem));
    is_free && picture.owned.iter().all(|profile| sorts_before(picture.stem, &profile.name))
}

//! The exact name, which must be free before a profile can have it.

use crate::api::Reason;
use crate::message::message;
use crate::placement::sorts_before;
use crate::plan::Wait;
use crate::state::{ActionKey, Facts};

/// What has to happen before the exact name is free, if a profile has it. `way_out` is what a person can do besides
/// deleting a foreign profile.
pub(super) fn in_the_way(facts: &Facts<'_>, name: &str, way_out: &str) -> Option<Wait> {
    let taken = facts.snapshot.profiles.iter().find(|profile| profile.name.eq_ignore_ascii_case(name))?;
    let action = ActionKey::Delete(taken.arn.clone());
    let is_ours = facts.owned.iter().any(|profile| profile.arn == taken.arn);
    Some(match facts.snapshot.back_off(&action).filter(|_| is_ours) {
        Some(until) => Wait::BackOff { action, until },
        None if is_ours => Wait::UnderWay { name: taken.name.clone(), arn: taken.arn.clone() },
        None => Wait::stalled(
            Reason::NameTaken,
            message!(
                "EKS profile {} ({}) has the exact name that this object needs, and is not its own: delete it in EKS{way_out}",
                taken.name,
                taken.status.name()
            ),
        ),
    })
}

pub(super) fn is_free_and_first(facts: &Facts<'_>) -> bool {
    let is_free = !facts.snapshot.profiles.iter().any(|profile| profile.name.eq_ignore_ascii_case(&facts.stem));
    is_free && facts.owned.iter().all(|profile| sorts_before(&facts.stem, &profile.name))
}

//! Profiles that have failed.

use super::step::{DeleteCause, Step};
use crate::eks::ProfileStatus;
use crate::state::Facts;

/// Owned profiles that failed go first. One in back-off does not block the others.
pub(super) fn clear(facts: &Facts<'_>) -> Option<Step> {
    let failed = |status: &ProfileStatus| matches!(status, ProfileStatus::CreateFailed | ProfileStatus::DeleteFailed);
    let leftovers = facts.owned.iter().filter(|profile| failed(&profile.status));
    leftovers
        .map(|profile| Step::delete(facts.snapshot, profile, DeleteCause::Leftover))
        .find(|step| matches!(step, Step::Delete { .. }))
}

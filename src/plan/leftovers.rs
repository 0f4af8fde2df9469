//! Profiles that have failed.

use super::step::{DeleteCause, Step};
use super::{Facts, Snapshot};
use crate::eks::ProfileStatus;

/// Owned failed profiles go first; one in back-off blocks nothing.
pub(super) fn clear(snapshot: &Snapshot, facts: &Facts<'_>) -> Option<Step> {
    let failed = |status: &ProfileStatus| matches!(status, ProfileStatus::CreateFailed | ProfileStatus::DeleteFailed);
    let leftovers = facts.owned.iter().filter(|profile| failed(&profile.status));
    leftovers
        .map(|profile| Step::delete(snapshot, profile, DeleteCause::Leftover))
        .find(|step| matches!(step, Step::Delete { .. }))
}

//! Profiles that may or may not take pods: they could not be described, or their status is unknown to this version.

use crate::eks::{Profile, ProfileStatus};
use crate::placement::{Pod, matches, sorts_before};
use crate::state::Snapshot;

/// Such a profile that may take the pod before `taker` does.
pub(super) fn may_take<'a>(snapshot: &'a Snapshot, pod: &Pod, taker: &Profile) -> Option<&'a Profile> {
    let may_match = |profile: &Profile| {
        profile.selectors.is_empty() || profile.selectors.iter().any(|selector| matches(selector, pod))
    };
    let unknown = snapshot.profiles.iter().filter(|profile| matches!(profile.status, ProfileStatus::Unknown(_)));
    unknown.filter(|profile| !sorts_before(&taker.name, &profile.name)).find(|profile| may_match(profile))
}

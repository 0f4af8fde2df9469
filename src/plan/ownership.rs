//! Whose a profile is. Owner and installation decide; a new uid under the same owner (a backup restored, an object
//! recreated) is still ours.

use std::collections::BTreeMap;

use crate::api::{TAG_INSTALLATION, TAG_OWNER, TAG_OWNER_UID, TAG_PREFIX};
use crate::eks::Profile;

/// Whether a profile belongs to the object of this name.
#[must_use]
pub fn is_owned(profile: &Profile, owner: &str, installation: &str) -> bool {
    is_of_installation(profile, installation) && tag(profile, TAG_OWNER) == Some(owner)
}

/// Whether a profile belongs to any object of this installation.
#[must_use]
pub fn is_of_installation(profile: &Profile, installation: &str) -> bool {
    tag(profile, TAG_INSTALLATION) == Some(installation) && profile.tags.contains_key(TAG_OWNER)
}

/// The tags that make a profile ours.
pub(super) fn tags(owner: &str, uid: &str, installation: &str) -> BTreeMap<String, String> {
    [(TAG_OWNER, owner), (TAG_OWNER_UID, uid), (TAG_INSTALLATION, installation)]
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// The tags that show that somebody manages a profile already: CloudFormation, or another installation or object of ours.
pub(super) fn management_tags(profile: &Profile) -> Vec<String> {
    profile
        .tags
        .iter()
        .filter(|(key, _)| key.to_ascii_lowercase().starts_with("aws:") || key.starts_with(TAG_PREFIX))
        .map(|(key, value)| format!("{key}={value}"))
        .collect()
}

fn tag<'a>(profile: &'a Profile, key: &str) -> Option<&'a str> {
    profile.tags.get(key).map(String::as_str)
}

//! Where a profile differs from what is wanted. Everything that EKS compares is compared as EKS does, by the fields
//! themselves, never by a hash: an upgrade that normalises otherwise must not replace a fleet.

use std::collections::{BTreeMap, BTreeSet};

use super::Wanted;
use crate::eks::Profile;

/// The differences in immutable fields, each as a line for people; none means that the profile serves the spec.
#[must_use]
pub fn changes(wanted: &Wanted, profile: &Profile) -> Vec<String> {
    let mut lines = difference("selectors", &profile.selectors, &wanted.selectors);
    // Subnets left out mean "whatever EKS chose".
    if let Some(subnets) = &wanted.subnets {
        lines.extend(difference("subnets", &profile.subnets, subnets));
    }
    if let Some(role) = wanted.role.as_ref().filter(|role| **role != profile.role) {
        lines.push(format!("podExecutionRoleArn: {} -> {role}", profile.role));
    }
    lines
}

/// Tags to set and keys to remove. `applied` are the keys that the operator has set for the user before: only those may
/// be removed, since tags that others set are left alone.
#[must_use]
pub fn tag_drift(
    wanted: &BTreeMap<String, String>,
    applied: &[String],
    profile: &Profile,
) -> (BTreeMap<String, String>, Vec<String>) {
    let set = wanted
        .iter()
        .filter(|(key, value)| profile.tags.get(*key) != Some(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let remove =
        applied.iter().filter(|key| !wanted.contains_key(*key) && profile.tags.contains_key(*key)).cloned().collect();
    (set, remove)
}

fn difference<T: Ord + std::fmt::Display>(field: &str, old: &BTreeSet<T>, new: &BTreeSet<T>) -> Vec<String> {
    let added = new.difference(old).map(|item| format!("{field}: + {item}"));
    let removed = old.difference(new).map(|item| format!("{field}: - {item}"));
    added.chain(removed).collect()
}

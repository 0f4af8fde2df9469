//! How a profile differs from the spec. Fields are compared one by one, as EKS compares them. A hash would change when
//! an upgrade normalises fields differently, and replace every profile.

use std::collections::{BTreeMap, BTreeSet};

use super::Desired;
use crate::api::{PreviousProfile, added, taken_away};
use crate::eks::{Profile, Selector};

/// The differences in immutable fields, one line each, for people. The profile serves the spec if there are none.
pub(crate) fn changes(desired: &Desired, profile: &Profile) -> Vec<String> {
    lines(desired, &profile.role, &profile.subnets, &profile.selectors)
}

/// The same for the previous profile.
pub(crate) fn changes_since(desired: &Desired, previous: &PreviousProfile) -> Vec<String> {
    let Desired { role, subnets, selectors, .. } = Desired::back(previous, BTreeMap::new());
    lines(desired, &role.unwrap_or_default(), &subnets.unwrap_or_default(), &selectors)
}

fn lines(desired: &Desired, role: &str, subnets: &BTreeSet<String>, selectors: &BTreeSet<Selector>) -> Vec<String> {
    let mut lines = difference("selectors", selectors, &desired.selectors);
    // Without subnets in the spec, EKS chooses them.
    if let Some(desired) = &desired.subnets {
        lines.extend(difference("subnets", subnets, desired));
    }
    if let Some(desired) = desired.role.as_ref().filter(|desired| *desired != role) {
        lines.push(format!("podExecutionRoleArn: {desired}, was {role}"));
    }
    lines
}

/// The tags to set, or else the keys to remove, which is a separate call. `applied` are the user tags that the operator
/// has set. Only those may be removed: other tags belong to somebody else.
pub(crate) fn tag_drift(
    desired: &BTreeMap<String, String>,
    applied: &[String],
    profile: &Profile,
) -> (BTreeMap<String, String>, Vec<String>) {
    let set: BTreeMap<String, String> = desired
        .iter()
        .filter(|(key, value)| profile.tags.get(*key) != Some(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if !set.is_empty() {
        return (set, Vec::new());
    }
    let remove = applied.iter().filter(|key| !desired.contains_key(*key) && profile.tags.contains_key(*key));
    (set, remove.cloned().collect())
}

fn difference<T: Ord + std::fmt::Display>(field: &str, old: &BTreeSet<T>, new: &BTreeSet<T>) -> Vec<String> {
    let added = new.difference(old).map(|item| added(field, item));
    let removed = old.difference(new).map(|item| taken_away(field, item));
    added.chain(removed).collect()
}

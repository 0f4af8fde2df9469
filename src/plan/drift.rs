//! Where a profile differs from what is wanted. Everything that EKS compares is compared as EKS does, by the fields
//! themselves, never by a hash: an upgrade that normalises otherwise must not replace a fleet.

use std::collections::{BTreeMap, BTreeSet};

use super::Wanted;
use crate::api::PreviousProfile;
use crate::eks::{Profile, Selector};

/// The differences in immutable fields, each as a line for people; none means that the profile serves the spec.
#[must_use]
pub fn changes(wanted: &Wanted, profile: &Profile) -> Vec<String> {
    lines(wanted, &profile.role, &profile.subnets, &profile.selectors)
}

/// The same for a profile that was there before.
#[must_use]
pub fn changes_since(wanted: &Wanted, previous: &PreviousProfile) -> Vec<String> {
    let Wanted { role, subnets, selectors, .. } = Wanted::back(previous, BTreeMap::new());
    lines(wanted, &role.unwrap_or_default(), &subnets.unwrap_or_default(), &selectors)
}

fn lines(wanted: &Wanted, role: &str, subnets: &BTreeSet<String>, selectors: &BTreeSet<Selector>) -> Vec<String> {
    let mut lines = difference("selectors", selectors, &wanted.selectors);
    // Subnets left out mean "whatever EKS chose".
    if let Some(wanted) = &wanted.subnets {
        lines.extend(difference("subnets", subnets, wanted));
    }
    if let Some(wanted) = wanted.role.as_ref().filter(|wanted| *wanted != role) {
        lines.push(format!("podExecutionRoleArn: {role} -> {wanted}"));
    }
    lines
}

/// Tags to set, or else keys to remove, since that is another call. `applied` are the keys that the operator has set for the
/// user before: only those may be removed, since tags that others set are left alone.
#[must_use]
pub fn tag_drift(
    wanted: &BTreeMap<String, String>,
    applied: &[String],
    profile: &Profile,
) -> (BTreeMap<String, String>, Vec<String>) {
    let set: BTreeMap<String, String> = wanted
        .iter()
        .filter(|(key, value)| profile.tags.get(*key) != Some(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if !set.is_empty() {
        return (set, Vec::new());
    }
    let remove = applied.iter().filter(|key| !wanted.contains_key(*key) && profile.tags.contains_key(*key));
    (set, remove.cloned().collect())
}

fn difference<T: Ord + std::fmt::Display>(field: &str, old: &BTreeSet<T>, new: &BTreeSet<T>) -> Vec<String> {
    let added = new.difference(old).map(|item| format!("{field}: + {item}"));
    let removed = old.difference(new).map(|item| format!("{field}: - {item}"));
    added.chain(removed).collect()
}

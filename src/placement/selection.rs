//! Selectors, and which of several profiles takes a pod.

use super::{Pod, sorts_before};
use crate::api::POD_PROFILE_LABEL;
use crate::eks::{Profile, Selector};

/// Who would take a pod that is made now from the same template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taker<'a> {
    /// This profile.
    Profile(&'a Profile),
    /// None of them.
    Nobody,
    /// One of these; collations disagree on which.
    Undecided(Vec<&'a Profile>),
}

/// Which of `profiles` would take the pod. `pin` is the profile that the pod's template names by label, if it does.
pub fn taker<'a>(profiles: impl IntoIterator<Item = &'a Profile>, pod: &Pod, pin: Option<&str>) -> Taker<'a> {
    let takes = |profile: &Profile| profile.selectors.iter().any(|selector| matches(selector, pod));
    let pinned = |profile: &Profile| pin.is_none_or(|pin| pin == profile.name);
    if pod.wants_ec2 {
        return Taker::Nobody;
    }
    let matching: Vec<&Profile> = profiles.into_iter().filter(|profile| pinned(profile) && takes(profile)).collect();
    let first = matching.iter().copied().find(|candidate| {
        matching.iter().all(|other| other.name == candidate.name || sorts_before(&candidate.name, &other.name))
    });
    match first {
        Some(first) => Taker::Profile(first),
        None if matching.is_empty() => Taker::Nobody,
        None => Taker::Undecided(matching),
    }
}

/// Whether the selector matches the pod: its namespace, and all of the selector's labels. `*` stands for any characters and
/// `?` for one, in namespace, keys and values (EKS user guide, Fargate profile). The label that EKS itself has put on the
/// pod counts for nothing.
#[must_use]
pub fn matches(selector: &Selector, pod: &Pod) -> bool {
    let has = |(key, value): (&String, &String)| {
        pod.labels.iter().any(|(k, v)| k != POD_PROFILE_LABEL && is_like(key, k) && is_like(value, v))
    };
    matches_namespace(selector, pod) && selector.labels.iter().all(has)
}

/// Whether the selector is for the pod's namespace.
pub(super) fn matches_namespace(selector: &Selector, pod: &Pod) -> bool {
    is_like(&selector.namespace, &pod.namespace)
}

/// Whether `text` is like `pattern`.
fn is_like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where the last star stood, and how far it has swallowed.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, swallowed)) = star else { return false };
                star = Some((at, swallowed + 1));
                (p, t) = (at + 1, swallowed + 1);
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests;

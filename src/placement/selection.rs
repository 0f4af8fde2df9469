//! Selectors, and which profile takes a pod.

use super::{Pod, sorts_before};
use crate::api::POD_PROFILE_LABEL;
use crate::eks::{Profile, Selector};

/// The profile that would take a pod created now from the same template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Taker<'a> {
    Profile(&'a Profile),
    Nobody,
    /// One of these. The collations disagree on which.
    Undecided(Vec<&'a Profile>),
}

/// Which of `profiles` would take the pod.
pub(crate) fn taker<'a>(profiles: impl IntoIterator<Item = &'a Profile>, pod: &Pod) -> Taker<'a> {
    let takes = |profile: &Profile| profile.selectors.iter().any(|selector| matches(selector, pod));
    if pod.wants_ec2 {
        return Taker::Nobody;
    }
    let matching: Vec<&Profile> = profiles.into_iter().filter(|profile| takes(profile)).collect();
    let first = matching.iter().copied().find(|candidate| {
        matching.iter().all(|other| other.name == candidate.name || sorts_before(&candidate.name, &other.name))
    });
    match first {
        Some(first) => Taker::Profile(first),
        None if matching.is_empty() => Taker::Nobody,
        None => Taker::Undecided(matching),
    }
}

/// Whether the selector matches the pod's namespace, and each of the selector's labels a label of the pod. `*` stands
/// for any characters and `?` for one, in namespace, keys and values (EKS user guide, Fargate profile). The label that
/// EKS itself puts on the pod is ignored.
pub(crate) fn matches(selector: &Selector, pod: &Pod) -> bool {
    let has = |(key, value): (&String, &String)| {
        pod.labels.iter().any(|(k, v)| k != POD_PROFILE_LABEL && is_like(key, k) && is_like(value, v))
    };
    matches_namespace(selector, pod) && selector.labels.iter().all(has)
}

pub(super) fn matches_namespace(selector: &Selector, pod: &Pod) -> bool {
    is_like(&selector.namespace, &pod.namespace)
}

/// Whether a pod could match both selectors. A pod may carry the labels of both.
pub(crate) fn could_share(a: &Selector, b: &Selector) -> bool {
    let agree = |(key, value): (&String, &String)| match b.labels.get(key) {
        Some(other) if !has_wildcard(key) => have_in_common(value, other),
        Some(_) | None => true,
    };
    have_in_common(&a.namespace, &b.namespace) && a.labels.iter().all(agree)
}

/// Whether `wide` matches every pod that `narrow` matches, as far as the patterns show.
pub(crate) fn covers(wide: &Selector, narrow: &Selector) -> bool {
    // A `?` stands for one character, but a `*` in the narrow pattern for many.
    let is_wider = |wide: &str, narrow: &str| {
        wide == narrow || is_like(wide, narrow) && !(wide.contains('?') && narrow.contains('*'))
    };
    let has =
        |(key, value): (&String, &String)| narrow.labels.iter().any(|(k, v)| is_wider(key, k) && is_wider(value, v));
    is_wider(&wide.namespace, &narrow.namespace) && wide.labels.iter().all(has)
}

/// Whether the pattern matches more than itself.
pub(crate) fn has_wildcard(pattern: &str) -> bool {
    pattern.contains(['*', '?'])
}

/// Whether some text matches both patterns.
pub(crate) fn have_in_common(a: &str, b: &str) -> bool {
    if !has_wildcard(a) && !has_wildcard(b) {
        return a == b;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    // `below[i]`: whether some text matches both `a[i..]` and `b[j + 1..]`.
    let mut below: Vec<bool> = Vec::new();
    for j in (0..=b.len()).rev() {
        let mut here = vec![false; a.len() + 1];
        for i in (0..=a.len()).rev() {
            here[i] = match (a.get(i), b.get(j)) {
                (None, None) => true,
                (Some('*'), other) => here[i + 1] || other.is_some() && below[i],
                (other, Some('*')) => below[i] || other.is_some() && here[i + 1],
                (Some(x), Some(y)) => (x == y || *x == '?' || *y == '?') && below[i + 1],
                (Some(_), None) | (None, Some(_)) => false,
            };
        }
        below = here;
    }
    below[0]
}

/// Whether `text` matches `pattern`.
pub(crate) fn is_like(pattern: &str, text: &str) -> bool {
    if !has_wildcard(pattern) {
        return pattern == text;
    }
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // The place of the last star, and how far its match reaches.
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

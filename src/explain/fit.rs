//! How near a pod is to a selector: what of it is met, and what is missing.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Declared;
use crate::api::POD_PROFILE_LABEL;
use crate::eks::Selector;
use crate::placement::{Pod, has_wildcard, is_like, matches};

/// A pod beside one selector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Fit {
    pub(crate) fargate_profile: String,
    /// The EKS profile that takes pods for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) eks_profile: Option<String>,
    /// Its place in spec.selectors, from 1.
    pub(crate) number: usize,
    pub(crate) namespace: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) matches: bool,
    pub(crate) namespace_met: bool,
    /// What the pod's labels lack.
    pub(crate) misses: Vec<Miss>,
}

/// A label of a selector that the pod does not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Miss {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) found: Found,
}

/// What the pod has instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase", tag = "is", content = "label")]
pub(crate) enum Found {
    Nothing,
    /// The key with another value.
    Differs(String),
    /// Another key that reads nearly the same.
    Alike(String),
}

/// All selectors, the nearest first.
pub(crate) fn all(profiles: &[Declared], pod: &Pod) -> Vec<Fit> {
    let of = |declared: &Declared| -> Vec<Fit> {
        (1..).zip(&declared.selectors).map(|(number, selector)| fit(declared, number, selector, pod)).collect()
    };
    let mut fits: Vec<Fit> = profiles.iter().flat_map(of).collect();
    fits.sort_by_cached_key(|fit| (distance(fit, pod), fit.fargate_profile.clone(), fit.number));
    fits
}

fn fit(declared: &Declared, number: usize, selector: &Selector, pod: &Pod) -> Fit {
    let anywhere = Selector { labels: BTreeMap::new(), ..selector.clone() };
    Fit {
        fargate_profile: declared.name.clone(),
        eks_profile: declared.serving.as_ref().filter(|it| it.selectors.contains(selector)).map(|it| it.name.clone()),
        number,
        namespace: selector.namespace.clone(),
        labels: selector.labels.clone(),
        matches: matches(selector, pod),
        namespace_met: matches(&anywhere, pod),
        misses: selector.labels.iter().filter_map(|label| miss(label, selector, pod)).collect(),
    }
}

fn miss((key, value): (&String, &String), selector: &Selector, pod: &Pod) -> Option<Miss> {
    let alone = BTreeMap::from([(key.clone(), value.clone())]);
    if matches(&Selector { namespace: pod.namespace.clone(), labels: alone }, pod) {
        return None;
    }
    let label = |(key, value): (&String, &String)| format!("{key}={value}");
    let mut others = pod.labels.iter().filter(|(other, _)| *other != POD_PROFILE_LABEL);
    let found = if let Some(other) = others.clone().find(|(other, _)| is_like(key, other)) {
        Found::Differs(label(other))
    } else if let Some(other) =
        others.find(|(other, _)| !selector.labels.contains_key(*other) && reads_alike(key, other))
    {
        Found::Alike(label(other))
    } else {
        Found::Nothing
    };
    Some(Miss { key: key.clone(), value: value.clone(), found })
}

/// Whether one is probably a slip of the other: upper for lower case, another prefix, or a letter or two.
pub(crate) fn reads_alike(wanted: &str, found: &str) -> bool {
    const LEAST: usize = 4;
    let (a, b) = (wanted.to_ascii_lowercase(), found.to_ascii_lowercase());
    let name = |key: &str| key.rsplit('/').next().unwrap_or_default().to_owned();
    let slips = if a.len() > 2 * LEAST { 2 } else { 1 };
    !has_wildcard(wanted)
        && (a == b
            || name(&a) == name(&b)
            || a.len().min(b.len()) >= LEAST && strsim::damerau_levenshtein(&a, &b) <= slips)
}

/// How much would have to change. What differs in a letter is nearer than what is not there.
fn distance(fit: &Fit, pod: &Pod) -> usize {
    const ELSEWHERE: usize = 1000;
    let of = |miss: &Miss| match miss.found {
        Found::Alike(_) => 2,
        Found::Differs(_) => 3,
        Found::Nothing => 4,
    };
    let labels: usize = fit.misses.iter().map(of).sum();
    let alike = reads_alike(&fit.namespace, &pod.namespace);
    labels
        + if fit.namespace_met {
            0
        } else if alike {
            ELSEWHERE
        } else {
            2 * ELSEWHERE
        }
}

//! Which profile takes a pod.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use eks_simulator::{Pattern, Selector};
use k8s_openapi::api::core::v1::Pod;

use crate::names::{COMPUTE_TYPE, PROFILE_LABEL};
use crate::settings::Order;

/// A profile that the webhook knows of.
pub(crate) struct Candidate {
    pub(crate) name: String,
    pub(crate) selectors: Vec<Selector>,
}

/// The profile that takes a pod, if one does.
///
/// A pod that names a profile goes there or nowhere (UG). One that opts out, by annotation (gruntwork-io/kubergrunt 223) or
/// label, goes nowhere, and so does one of a DaemonSet (UG: DaemonSets do not run on Fargate; that their pods are not
/// mutated while other unfit ones are: a public incident note, not confirmed by AWS). Both at once is not documented.
pub(crate) fn choose(pod: &Pod, namespace: &str, candidates: &[Candidate], order: Order) -> Option<String> {
    let none = BTreeMap::new();
    let labels = pod.metadata.labels.as_ref().unwrap_or(&none);
    let annotations = pod.metadata.annotations.as_ref().unwrap_or(&none);
    if [labels, annotations].iter().any(|on| on.get(COMPUTE_TYPE).is_some_and(|kind| kind == "ec2")) {
        return None;
    }
    if pod.metadata.owner_references.iter().flatten().any(|owner| owner.kind == "DaemonSet") {
        return None;
    }
    let pinned = labels.get(PROFILE_LABEL);
    candidates
        .iter()
        .filter(|profile| pinned.is_none_or(|name| *name == profile.name))
        .filter(|profile| profile.selectors.iter().any(|selector| selects(selector, namespace, labels)))
        .min_by(|one, other| compare(order, &one.name, &other.name))
        .map(|profile| profile.name.clone())
}

/// The namespace and all labels of one selector; `*` and `?` in namespace, keys and values (UG).
fn selects(selector: &Selector, namespace: &str, labels: &BTreeMap<String, String>) -> bool {
    let fits = |pattern: &str, text: &str| Pattern::from(pattern).matches(Some(text));
    let has = |(key, value): (&String, &String)| labels.iter().any(|(k, v)| fits(key, k) && fits(value, v));
    selector.namespace.as_ref().is_some_and(|pattern| fits(pattern, namespace)) && selector.labels.iter().all(has)
}

fn compare(order: Order, one: &str, other: &str) -> Ordering {
    match order {
        Order::Ascii => one.cmp(other),
        Order::CaseInsensitive => one.to_lowercase().cmp(&other.to_lowercase()).then_with(|| one.cmp(other)),
        Order::Natural => runs(one).cmp(&runs(other)).then_with(|| one.cmp(other)),
        Order::Reversed => other.cmp(one),
    }
}

/// Numbers sort before text.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Run<'a> {
    /// Its length without leading zeros, then its digits: a name has room for numbers beyond any integer type.
    Number(usize, &'a str),
    Text(&'a str),
}

fn runs(mut name: &str) -> Vec<Run<'_>> {
    let mut found = Vec::new();
    while let Some(first) = name.bytes().next() {
        let digits = first.is_ascii_digit();
        let end = name.bytes().position(|byte| byte.is_ascii_digit() != digits).unwrap_or(name.len());
        let (run, rest) = name.split_at(end);
        found.push(if digits {
            let number = run.trim_start_matches('0');
            Run::Number(number.len(), number)
        } else {
            Run::Text(run)
        });
        name = rest;
    }
    found
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Pod;
    use serde_json::{Value, json};

    use super::{Candidate, Order, choose};

    fn candidate(name: &str, selectors: Value) -> Candidate {
        Candidate { name: name.to_owned(), selectors: serde_json::from_value(selectors).unwrap() }
    }

    fn chosen(labels: Value, selectors: Value) -> bool {
        let pod: Pod = serde_json::from_value(json!({ "metadata": { "labels": labels } })).unwrap();
        choose(&pod, "web", &[candidate("p", selectors)], Order::Ascii).is_some()
    }

    #[test]
    fn a_selector_wants_the_namespace_and_all_its_labels_and_one_selector_is_enough() {
        let (app, both) = (json!({ "app": "a" }), json!({ "app": "a", "tier": "b" }));
        assert!(chosen(json!({}), json!([{ "namespace": "web" }])));
        assert!(!chosen(json!({}), json!([{ "namespace": "shop" }])) && !chosen(json!({}), json!([])));
        assert!(!chosen(app.clone(), json!([{ "namespace": "web", "labels": both }])));
        assert!(chosen(both.clone(), json!([{ "namespace": "web", "labels": both }])));
        assert!(!chosen(json!({ "app": "x" }), json!([{ "namespace": "web", "labels": app }])));
        assert!(chosen(json!({ "app": "a" }), json!([{ "namespace": "shop" }, { "namespace": "web" }])));
        // The namespace of one and the labels of the other do not add up to one.
        let split = json!([{ "namespace": "shop", "labels": app }, { "namespace": "web", "labels": { "no": "no" } }]);
        assert!(!chosen(app, split));
    }

    #[test]
    fn wildcards_work_in_namespaces_keys_and_values() {
        for (fits, namespace) in [(true, "w*"), (true, "*"), (true, "w?b"), (false, "w?"), (false, "*x")] {
            assert_eq!(chosen(json!({}), json!([{ "namespace": namespace }])), fits, "{namespace}");
        }
        let labels = json!({ "team/app": "v1-canary" });
        for (fits, key, value) in [
            (true, "team/*", "v?-*"),
            (true, "*", "*"),
            (false, "team/?", "*"),
            (false, "*", "v?"),
            (true, "team/ap?", "*y"),
        ] {
            let selector = json!([{ "namespace": "web", "labels": { key: value } }]);
            assert_eq!(chosen(labels.clone(), selector), fits, "{key}={value}");
        }
        // Key and value of one label, not of two.
        let crossed = json!([{ "namespace": "web", "labels": { "a*": "2" } }]);
        assert!(!chosen(json!({ "a": "1", "b": "2" }), crossed));
    }

    #[test]
    fn each_order_has_its_first() {
        let all = ["web-10", "Zoo", "web-9", "web-10-b", "a-2"];
        let all = all.map(|name| candidate(name, json!([{ "namespace": "*" }])));
        let first = |order, among: &[Candidate]| choose(&Pod::default(), "web", among, order).unwrap();
        assert_eq!(first(Order::Ascii, &all), "Zoo");
        assert_eq!(first(Order::CaseInsensitive, &all), "a-2");
        assert_eq!(first(Order::Reversed, &all), "web-9");
        assert_eq!(first(Order::Natural, &all[2..4]), "web-9");
        assert_eq!(first(Order::Ascii, &all[2..4]), "web-10-b");
        assert_eq!(
            first(Order::Natural, &[&all[0], &all[3]].map(|one| candidate(&one.name, json!([{ "namespace": "*" }])))),
            "web-10"
        );
    }
}

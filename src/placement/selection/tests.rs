use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::eks::ProfileStatus;

/// The rule as it is written, for comparison. It is slow.
fn reads_like(pattern: &str, text: &str) -> bool {
    match (pattern.chars().next(), text.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => reads_like(&pattern[1..], text) || (!text.is_empty() && reads_like(pattern, tail(text))),
        (Some(p), Some(t)) if p == '?' || p == t => reads_like(tail(pattern), tail(text)),
        _ => false,
    }
}

fn tail(text: &str) -> &str {
    let mut chars = text.chars();
    chars.next();
    chars.as_str()
}

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn selector(namespace: &str, pairs: &[(&str, &str)]) -> Selector {
    Selector { namespace: namespace.to_owned(), labels: labels(pairs) }
}

fn pod(namespace: &str, pairs: &[(&str, &str)]) -> Pod {
    Pod { namespace: namespace.to_owned(), labels: labels(pairs), ..Pod::default() }
}

fn profile(name: &str, selectors: impl IntoIterator<Item = Selector>) -> Profile {
    Profile {
        name: name.to_owned(),
        arn: format!("arn:{name}"),
        status: ProfileStatus::Active,
        role: String::new(),
        subnets: BTreeSet::new(),
        selectors: selectors.into_iter().collect(),
        tags: BTreeMap::new(),
        issues: Vec::new(),
        created_at: None,
    }
}

fn name_of(taker: &Taker<'_>) -> String {
    match taker {
        Taker::Profile(profile) => profile.name.clone(),
        Taker::Nobody => "-".to_owned(),
        Taker::Undecided(among) => among.iter().map(|profile| profile.name.as_str()).collect::<Vec<_>>().join(" or "),
    }
}

#[test]
fn a_selector_matches_namespace_and_all_its_labels() {
    for (selector, pod, expected) in [
        (selector("web", &[]), pod("web", &[]), true),
        (selector("web", &[]), pod("web", &[("app", "a")]), true),
        (selector("web", &[]), pod("web2", &[]), false),
        (selector("we", &[]), pod("web", &[]), false),
        (selector("Web", &[]), pod("web", &[]), false),
        (selector("*", &[]), pod("web", &[]), true),
        (selector("web-*", &[]), pod("web-", &[]), true),
        (selector("web-*", &[]), pod("web", &[]), false),
        (selector("*-prod", &[]), pod("a-prod-prod", &[]), true),
        (selector("w?b", &[]), pod("web", &[]), true),
        (selector("web?", &[]), pod("web", &[]), false),
        (selector("?*?", &[]), pod("a", &[]), false),
        (selector("web", &[("app", "a")]), pod("web", &[("app", "a"), ("tier", "b")]), true),
        (selector("web", &[("app", "a")]), pod("web", &[("app", "b")]), false),
        (selector("web", &[("app", "a")]), pod("web", &[("tier", "a")]), false),
        (selector("web", &[("app", "a"), ("tier", "b")]), pod("web", &[("app", "a")]), false),
        (selector("web", &[("app", "a"), ("tier", "b")]), pod("web", &[("app", "a"), ("tier", "b")]), true),
        (selector("web", &[("app", "")]), pod("web", &[("app", "")]), true),
        (selector("web", &[("app", "")]), pod("web", &[("app", "a")]), false),
        (selector("web", &[("app", "*")]), pod("web", &[("app", "")]), true),
        (selector("web", &[("a*", "b?")]), pod("web", &[("app", "b1")]), true),
        // Key and value have to match in one label, not in two.
        (selector("web", &[("a*", "1")]), pod("web", &[("app", "2"), ("tier", "1")]), false),
        (selector("web", &[("a*", "1")]), pod("web", &[("app", "2"), ("arch", "1")]), true),
        (selector("web", &[("*", "a"), ("app*", "?")]), pod("web", &[("app", "a")]), true),
        (selector("web", &[("a.c", "1")]), pod("web", &[("abc", "1")]), false),
    ] {
        assert_eq!(matches(&selector, &pod), expected, "{selector} and {} {:?}", pod.namespace, pod.labels);
    }
}

#[test]
fn the_label_that_eks_writes_is_no_ones_doing() {
    let taken = pod("web", &[(POD_PROFILE_LABEL, "web-9999")]);
    assert!(matches(&selector("web", &[]), &taken));
    assert!(!matches(&selector("web", &[("eks.amazonaws.com/*", "*")]), &taken));
    assert!(!matches(&selector("web", &[(POD_PROFILE_LABEL, "web-9999")]), &taken));
}

#[test]
fn the_profile_whose_name_sorts_first_takes_the_pod() {
    let any = || [selector("web", &[])];
    let profiles = [
        profile("web-9999", any()),
        profile("web-9998", any()),
        profile("other", [selector("jobs", &[]), selector("we?", &[("tier", "batch")])]),
        profile("a-nobody", []),
    ];
    for (pod, expected) in [
        (pod("web", &[]), "web-9998"),
        (pod("web", &[("tier", "batch")]), "other"),
        (pod("jobs", &[]), "other"),
        (pod("cron", &[]), "-"),
        (pod("web", &[(POD_PROFILE_LABEL, "web-9999")]), "web-9998"),
        (Pod { wants_ec2: true, ..pod("web", &[]) }, "-"),
    ] {
        let mut backwards: Vec<&Profile> = profiles.iter().collect();
        backwards.reverse();
        assert_eq!(name_of(&taker(&profiles, &pod)), expected, "{:?}", pod.labels);
        assert_eq!(name_of(&taker(backwards, &pod)), expected, "{:?}, backwards", pod.labels);
    }
    assert_eq!(taker(&[], &pod("web", &[])), Taker::Nobody);
}

#[test]
fn where_collations_disagree_it_is_undecided_among_those_that_match() {
    let any = || [selector("web", &[])];
    let profiles = [
        profile("Web-1", any()),
        profile("app-1", any()),
        profile("B-other", [selector("x", &[])]),
        profile("zoo", any()),
    ];
    assert_eq!(name_of(&taker(&profiles, &pod("web", &[]))), "Web-1 or app-1 or zoo");
    let decided = [profile("Web-1", any()), profile("app-1", any()), profile("0-new", any())];
    assert_eq!(name_of(&taker(&decided, &pod("web", &[]))), "0-new");
    let numbers = [profile("web-10", any()), profile("web-9", any())];
    assert_eq!(name_of(&taker(&numbers, &pod("web", &[]))), "web-10 or web-9");
}

/// Few letters, so many patterns match.
fn pattern() -> impl Strategy<Value = String> {
    "[ab*?]{0,6}"
}

fn text() -> impl Strategy<Value = String> {
    "[abé]{0,8}"
}

fn a_selector() -> impl Strategy<Value = Selector> {
    (pattern(), prop::collection::btree_map(pattern(), pattern(), 0..3))
        .prop_map(|(namespace, labels)| Selector { namespace, labels })
}

fn a_pod() -> impl Strategy<Value = Pod> {
    let pairs = prop::collection::btree_map(text(), text(), 0..4);
    (text(), pairs, prop::bool::weighted(0.1)).prop_map(|(namespace, labels, wants_ec2)| Pod {
        namespace,
        labels,
        wants_ec2,
        ..Pod::default()
    })
}

fn profiles() -> impl Strategy<Value = Vec<Profile>> {
    let names = prop::sample::subsequence(vec!["web-10", "web-9", "Web-1", "app", "0-web", "web-09"], 0..5);
    let selectors = prop::collection::vec(prop::collection::btree_set(a_selector(), 0..3), 6);
    (names.prop_shuffle(), selectors).prop_map(|(names, selectors)| {
        names.into_iter().zip(selectors).map(|(name, selectors)| profile(name, selectors)).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn patterns_are_read_as_the_rule_says(pattern in pattern(), text in text()) {
        prop_assert_eq!(is_like(&pattern, &text), reads_like(&pattern, &text));
    }

    #[test]
    fn selectors_match_as_the_rule_says(selector in a_selector(), pod in a_pod()) {
        let mut expected = reads_like(&selector.namespace, &pod.namespace);
        for (key, value) in &selector.labels {
            expected &= pod.labels.iter().any(|(k, v)| reads_like(key, k) && reads_like(value, v));
        }
        prop_assert_eq!(matches(&selector, &pod), expected);
    }

    #[test]
    fn the_taker_matches_and_nobody_that_matches_may_come_before_it(
        profiles in profiles(), pod in a_pod(),
    ) {
        let takes = |profile: &Profile| {
            !pod.wants_ec2 && profile.selectors.iter().any(|selector| matches(selector, &pod))
        };
        let matching: Vec<&Profile> = profiles.iter().filter(|profile| takes(profile)).collect();
        match taker(&profiles, &pod) {
            Taker::Nobody => prop_assert!(matching.is_empty()),
            Taker::Profile(first) => {
                prop_assert!(takes(first));
                for other in matching.into_iter().filter(|other| other.name != first.name) {
                    prop_assert!(sorts_before(&first.name, &other.name));
                }
            }
            Taker::Undecided(among) => {
                prop_assert!(among.len() > 1);
                for one in &among {
                    let beaten = among.iter().any(|other| {
                        other.name != one.name && !sorts_before(&one.name, &other.name)
                    });
                    prop_assert!(beaten, "{} comes first", one.name);
                }
                prop_assert_eq!(among, matching);
            }
        }
    }
}

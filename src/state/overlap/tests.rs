use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{Facts, Loss, Overlap, Rival, covers, overlaps, sorts_before};
use crate::api::Strategy::DeleteFirst;
use crate::api::{Adoption, ProfileSelector, ReplacementSpec, TAG_OWNER};
use crate::eks::ProfileStatus::{self, Active, CreateFailed, Creating, Deleting};
use crate::eks::{Profile, Selector};
use crate::placement::{Pod, Taker, matches, taker};
use crate::state::fixture::{foreign, owned, prepared, with};
use crate::state::{OtherObject, Snapshot};

fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn selector(namespace: &str, pairs: &[(&str, &str)]) -> Selector {
    Selector { namespace: namespace.to_owned(), labels: labels(pairs) }
}

/// An EKS profile that nobody declares.
fn stray(name: &str, selectors: impl IntoIterator<Item = Selector>) -> Profile {
    Profile { selectors: selectors.into_iter().collect(), ..foreign(name, Active) }
}

/// An EKS profile of another object.
fn of_object(object: &str, name: &str, selectors: impl IntoIterator<Item = Selector>) -> Profile {
    let mut profile = Profile { selectors: selectors.into_iter().collect(), ..owned(name, Active) };
    profile.tags.insert(TAG_OWNER.to_owned(), object.to_owned());
    profile
}

fn object(name: &str) -> OtherObject {
    OtherObject { name: name.to_owned(), stem: name.to_owned(), ..OtherObject::default() }
}

/// The object `web` with these selectors, and its profile `web-9999` beside the others.
fn serving(selectors: &[Selector], others: &[Profile]) -> Snapshot {
    let own = Profile { selectors: selectors.iter().cloned().collect(), ..owned("web-9999", Active) };
    let mut snapshot = with(&[&[own], others].concat());
    let declared = selectors.iter().map(|selector| ProfileSelector {
        namespace: selector.namespace.clone(),
        labels: Some(selector.labels.clone()),
    });
    snapshot.spec.selectors = declared.collect();
    snapshot
}

/// What is told, as `selector loss rival`.
fn told(snapshot: &Snapshot) -> Vec<String> {
    let line = |overlap: Overlap| {
        let rival = match overlap.rival {
            Rival::Object(name) => name,
            Rival::Foreign { name, manager: None } => format!("foreign {name}"),
            Rival::Foreign { name, manager: Some(manager) } => format!("foreign {name} of {manager}"),
        };
        format!("{} {:?} {rival}", overlap.selector, overlap.loss)
    };
    overlaps(&Facts::of(snapshot)).into_iter().map(line).collect()
}

#[test]
fn a_selector_that_a_profile_in_front_covers_gets_no_pod_and_one_that_crosses_it_loses_some() {
    let shop = || selector("shop", &[("tier", "web")]);
    for (own, theirs, expected) in [
        (shop(), shop(), Some("Wholly")),
        (shop(), selector("shop", &[]), Some("Wholly")),
        (shop(), selector("sh*", &[]), Some("Wholly")),
        (shop(), selector("s??p", &[("tier", "*")]), Some("Wholly")),
        (shop(), selector("shop", &[("t*r", "web")]), Some("Wholly")),
        (shop(), selector("shop", &[("tier", "w?b")]), Some("Wholly")),
        (selector("sh*", &[]), selector("s*", &[]), Some("Wholly")),
        (shop(), selector("shop", &[("env", "prod")]), Some("Partly")),
        (selector("*-a", &[]), selector("b-*", &[]), Some("Partly")),
        (shop(), selector("s*", &[("tier", "w*"), ("env", "prod")]), Some("Partly")),
        // Values of one label that differ, and other namespaces, share nothing.
        (shop(), selector("shop", &[("tier", "batch")]), None),
        (shop(), selector("store", &[]), None),
        // An exception in front of a rule.
        (selector("shop", &[]), shop(), None),
        (selector("sh*", &[]), selector("shop", &[]), None),
    ] {
        let snapshot = serving(std::slice::from_ref(&own), &[stray("app", [theirs.clone()])]);
        let expected: Vec<String> = expected.map(|loss| format!("{own} {loss} foreign app")).into_iter().collect();
        assert_eq!(told(&snapshot), expected, "{own} behind {theirs}");
        let in_front = serving(std::slice::from_ref(&own), &[stray("zoo", [theirs.clone()])]);
        assert_eq!(told(&in_front), [""; 0], "{own} in front of {theirs}");
    }
}

#[test]
fn where_it_is_not_known_which_name_sorts_first_both_are_told() {
    let web = selector("web", &[]);
    for name in ["Web-99999", "web-10000"] {
        for theirs in [web.clone(), selector("web", &[("app", "a")])] {
            let snapshot = serving(std::slice::from_ref(&web), &[stray(name, [theirs])]);
            assert_eq!(told(&snapshot), [format!("web Undecided foreign {name}")]);
        }
    }
    // What another profile takes for certain is all that matters.
    let certain =
        serving(std::slice::from_ref(&web), &[stray("web-10000", [web.clone()]), stray("app", [web.clone()])]);
    assert_eq!(told(&certain), ["web Wholly foreign app"]);
}

#[test]
fn each_selector_is_told_of_by_itself_with_whoever_comes_first() {
    let selectors = [selector("jobs", &[]), selector("shop", &[("tier", "web")]), selector("web", &[])];
    let others = [
        stray("c", [selector("w*", &[])]),
        of_object("b", "b-9999", [selector("web", &[])]),
        of_object("a", "a-9999", [selector("*", &[("tier", "*")])]),
    ];
    let mut snapshot = serving(&selectors, &others);
    snapshot.other_objects = vec![object("a"), object("b")];
    assert_eq!(told(&snapshot), ["jobs Partly a", "shop{tier=web} Wholly a", "web Wholly b"]);
}

#[test]
fn a_rival_is_named_by_its_object_or_else_as_foreign_with_its_manager() {
    let web = || [selector("web", &[])];
    let mut stack = stray("app", web());
    stack.tags.insert("aws:cloudformation:stack-name".to_owned(), "network".to_owned());
    let mut snapshot = serving(&web(), &[stack]);
    assert_eq!(told(&snapshot), ["web Wholly foreign app of CloudFormation (aws:cloudformation:stack-name=network)"]);
    snapshot.profiles[1] = of_object("api", "api-9999", web());
    snapshot.other_objects = vec![object("api")];
    assert_eq!(told(&snapshot), ["web Wholly api"]);
}

#[test]
fn an_object_hears_before_its_profile_exists_under_the_name_that_it_will_get() {
    let mut snapshot = prepared();
    snapshot.profiles = vec![foreign("app", Creating)];
    assert_eq!(told(&snapshot), ["web Wholly foreign app"]);
    snapshot.profiles = vec![foreign("web-99990", Active)];
    assert_eq!(told(&snapshot), [""; 0], "its name will be web-9999");
    snapshot.profiles = vec![foreign("web-10000", Active)];
    assert_eq!(told(&snapshot), ["web Undecided foreign web-10000"]);
    snapshot.spec.replacement = Some(ReplacementSpec { strategy: Some(DeleteFirst), ..ReplacementSpec::default() });
    assert_eq!(told(&snapshot), [""; 0], "its name will be web");
}

#[test]
fn what_goes_or_never_came_takes_nothing() {
    let web = || [selector("web", &[])];
    for status in [Deleting, CreateFailed, ProfileStatus::DeleteFailed, ProfileStatus::Unknown("NEW".into())] {
        let snapshot = serving(&web(), &[Profile { status: status.clone(), ..stray("app", web()) }]);
        assert_eq!(told(&snapshot), [""; 0], "{status:?}");
    }
    let mut snapshot = serving(&web(), &[of_object("api", "api-9999", web())]);
    snapshot.other_objects = vec![OtherObject { deleting: true, ..object("api") }];
    assert_eq!(told(&snapshot), [""; 0], "its object is being deleted");

    // Superseded by one that selects something else.
    let superseded = [of_object("api", "api-9999", web()), of_object("api", "api-9998", [selector("api", &[])])];
    let mut snapshot = serving(&web(), &superseded);
    snapshot.other_objects = vec![object("api")];
    assert_eq!(told(&snapshot), [""; 0]);
    // It is not superseded before the next one is ACTIVE.
    snapshot.profiles[2].status = Creating;
    assert_eq!(told(&snapshot), ["web Wholly api"]);

    snapshot.object.deleting = true;
    assert_eq!(told(&snapshot), [""; 0], "this object is being deleted");
}

#[test]
fn a_profile_that_the_object_is_to_have_itself_is_no_rival() {
    let mut snapshot = prepared();
    snapshot.profiles = vec![foreign("web", Active)];
    assert_eq!(told(&snapshot), ["web Wholly foreign web"]);
    snapshot.spec.adoption = Some(Adoption::IfUnowned);
    assert_eq!(told(&snapshot), [""; 0], "it is adopted");
    snapshot.spec.adoption = None;
    snapshot.spec.replacement = Some(ReplacementSpec { strategy: Some(DeleteFirst), ..ReplacementSpec::default() });
    assert_eq!(told(&snapshot), [""; 0], "its name is taken");
}

#[test]
fn profiles_of_the_same_object_are_no_rivals() {
    let mut snapshot = serving(&[selector("web", &[])], &[]);
    snapshot.profiles.push(Profile { selectors: [selector("*", &[])].into(), ..owned("web-9998", Creating) });
    assert_eq!(told(&snapshot), [""; 0]);
}

/// Few letters, so many selectors overlap.
fn a_selector() -> impl Strategy<Value = Selector> {
    let pairs = prop::collection::btree_map("[ab*]{1,2}", "[ab*?]{0,2}", 0..3);
    ("[ab*?]{1,3}", pairs).prop_map(|(namespace, labels)| Selector { namespace, labels })
}

fn a_pod() -> impl Strategy<Value = Pod> {
    let pairs = prop::collection::btree_map("[ab]{1,2}", "[ab]{0,2}", 0..3);
    ("[ab]{1,3}", pairs).prop_map(|(namespace, labels)| Pod { namespace, labels, ..Pod::default() })
}

fn selectors() -> impl Strategy<Value = BTreeSet<Selector>> {
    prop::collection::btree_set(a_selector(), 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_object_takes_no_pod_of_a_selector_that_is_told_to_get_none_and_every_pod_where_nothing_is_told(
        own in selectors(),
        others in prop::collection::vec((prop::sample::select(vec!["app", "zoo", "Web-1", "web-10000"]), selectors()), 0..4),
        pods in prop::collection::vec(a_pod(), 8),
    ) {
        let own: Vec<Selector> = own.into_iter().collect();
        let others: Vec<Profile> = others.into_iter().collect::<BTreeMap<_, _>>().into_iter()
            .map(|(name, selectors)| stray(name, selectors)).collect();
        let snapshot = serving(&own, &others);
        let losses = overlaps(&Facts::of(&snapshot));
        for pod in &pods {
            let gets = matches!(taker(&snapshot.profiles, pod), Taker::Profile(first) if first.name == "web-9999");
            let of = |loss| {
                let mut such = losses.iter().filter(|overlap| overlap.loss == loss);
                such.any(|overlap| matches(&overlap.selector, pod))
            };
            prop_assert!(!(gets && of(Loss::Wholly)), "{pod:?}");
            // Nothing is told of an exception, and such pods alone are lost in silence.
            let exception = others.iter().filter(|other| sorts_before(&other.name, "web-9999")).any(|other| {
                let mut narrow = other.selectors.iter().filter(|theirs| matches(theirs, pod));
                narrow.any(|theirs| own.iter().any(|selector| covers(selector, theirs)))
            });
            let lost = own.iter().any(|selector| matches(selector, pod)) && !gets;
            let is_told = of(Loss::Wholly) || of(Loss::Partly) || of(Loss::Undecided);
            prop_assert!(!lost || is_told || exception, "{pod:?}");
        }
    }
}

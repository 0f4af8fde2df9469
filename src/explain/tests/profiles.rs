//! Which profile it is, and what keeps it.

use strum::IntoEnumIterator;

use super::super::cause::Cause;
use super::*;

#[test]
fn the_nearest_selector_says_what_is_missing() {
    let typo = || served("typo", json!([{ "namespace": "shopp" }]));
    for (profiles, labels, cause, why) in [
        (vec![], &[][..], "NoFargateProfile", "there is no FargateProfile."),
        (
            vec![served("jobs", json!([{ "namespace": "batch" }]))],
            &[],
            "NamespaceNotSelected",
            "no FargateProfile has a selector for namespace shop.",
        ),
        (
            vec![typo()],
            &[],
            "NamespaceNotSelected",
            "no FargateProfile has a selector for namespace shop; FargateProfile typo has one for namespace shopp.",
        ),
        (
            vec![typo(), shop()],
            &[],
            "LabelMissing",
            "it lacks the label fargate=yes that FargateProfile shop asks for.",
        ),
        (
            vec![shop()],
            &[("fargate", "true")],
            "LabelDiffers",
            "it has fargate=true, and FargateProfile shop asks for fargate=yes.",
        ),
        (
            vec![shop()],
            &[("Fargate", "yes")],
            "LabelKeyAlike",
            "it has Fargate=yes, and FargateProfile shop asks for fargate=yes: was that meant?",
        ),
        (vec![shop()], &[("fragate", "yes")], "LabelKeyAlike", "it has fragate=yes, and"),
        (vec![shop()], &[("example.com/fargate", "yes")], "LabelKeyAlike", "it has example.com/fargate=yes, and"),
        (vec![shop()], &[("app", "fargate")], "LabelMissing", "it lacks the label fargate=yes"),
    ] {
        let answer = asked(profiles, pod(labels));
        assert_eq!(answer.cause, cause, "{labels:?}: {}", answer.headline);
        let beginning = format!("Pod shop/web is not on Fargate: {why}");
        assert!(answer.headline.starts_with(&beginning) && !answer.headline.ends_with("?."), "{}", answer.headline);
        assert_eq!(answer.verdict, Verdict::NotOnFargate);
        assert!(answer.next.is_some());
    }
}

#[test]
fn of_several_labels_those_that_are_missing_are_told_and_all_are_set() {
    let profile =
        served("web", json!([{ "namespace": "shop", "labels": { "env": "prod", "tier": "web", "zone": "a?" } }]));
    let answer = asked(vec![profile], pod(&[("env", "prod")]));
    assert!(
        answer.headline.contains("it lacks the labels tier=web and zone=a? that FargateProfile web asks for"),
        "{}",
        answer.headline
    );
    let next = answer.next.unwrap();
    assert!(next.advice.unwrap().contains(r#""labels":{"tier":"web","zone":"ax"}"#));
}

#[test]
fn what_keeps_the_profile_is_told_where_the_selector_matches() {
    let here = || json!([{ "namespace": "shop" }]);
    let creating = json!({ "profile": { "name": "a-9999", "arn": "", "status": "CREATING" }, "conditions": [condition("Reconciling", "")] });
    let waits =
        json!({ "conditions": [condition("Ready", "see Stalled"), condition("Reconciling", "EKS does not answer")] });
    let stalled = json!({ "conditions": [condition("Stalled", "a subnet is public")] });
    for (profile, cause, why) in [
        (
            object("a", here(), creating),
            "ProfileCreating",
            "FargateProfile a, which selects it, has no ACTIVE EKS profile for it yet: EKS profile a-9999 is CREATING",
        ),
        (
            object("a", here(), stalled),
            "ProfileFailed",
            "FargateProfile a, which selects it, has no ACTIVE EKS profile for it: a subnet is public",
        ),
        (
            object("a", here(), waits),
            "ProfileCreating",
            "FargateProfile a, which selects it, has no ACTIVE EKS profile for it yet: EKS does not answer",
        ),
        (object("a", here(), json!({})), "ProfileUnseen", "has no status"),
    ] {
        let answer = asked(vec![profile], pod(&[]));
        assert_eq!(answer.cause, cause, "{}", answer.headline);
        assert!(answer.headline.contains(why), "{}", answer.headline);
    }
}

#[test]
fn one_for_another_cluster_is_named_only_if_no_other_selects_the_pod() {
    let elsewhere = |namespace: &str| {
        let spec = json!({ "clusterName": "dev", "selectors": [{ "namespace": namespace }] });
        let object = json!({
            "apiVersion": "fargate-operator.dev/v1alpha1", "kind": "FargateProfile", "metadata": { "name": "other" }, "spec": spec,
        });
        Declared::elsewhere(&serde_json::from_value(object).unwrap(), "dev")
    };
    let why = "FargateProfile other, which selects it, is for EKS cluster dev.";
    for (declared, labels, cause, said) in [
        (vec![elsewhere("shop")], vec![], "OtherCluster", why),
        (vec![elsewhere("shop"), shop()], vec![], "OtherCluster", why),
        (vec![elsewhere("shop"), shop()], vec![("fargate", "yes")], "SlippedPastWebhook", "EKS profile shop-9999"),
        (vec![elsewhere("shops"), shop()], vec![], "LabelMissing", "the label fargate=yes"),
    ] {
        let answer = asked(declared, pod(&labels));
        assert_eq!(answer.cause, cause, "{}", answer.headline);
        assert!(answer.headline.contains(said), "{}", answer.headline);
    }
}

#[test]
fn a_manifest_without_a_status_counts_as_served_and_that_is_noted() {
    let manifest = json!({
        "apiVersion": "fargate-operator.dev/v1alpha1", "kind": "FargateProfile",
        "metadata": { "name": "shop" }, "spec": { "selectors": [{ "namespace": "shop" }] },
    });
    let declared = Declared::of_file(&serde_json::from_value(manifest).unwrap(), "shop-9999");
    let subject = Subject { file: Some(file("a b.yaml", false)), ..subject(Kind::Pod, "web") };
    let (template, profiles) = (Some(pod(&[])), Profiles::Known(vec![declared, shop()]));
    let question = Question { template, profiles, now: at(ACTIVE), ..question(subject) };
    let answer = explain(&question);
    assert_eq!(answer.headline, "Pod shop/web would run on Fargate: EKS profile shop-9999.");
    assert!(answer.notes[0].contains("1 of the FargateProfiles"), "{:?}", answer.notes);
    let question = Question { profiles: Profiles::Known(vec![shop()]), ..question };
    let next = explain(&question).next.unwrap().command.unwrap();
    assert_eq!(
        next,
        r#"kubectl patch --local -f 'a b.yaml' --type merge -p '{"metadata":{"labels":{"fargate":"yes"}}}' -o yaml"#
    );
}

#[test]
fn that_a_profile_is_being_changed_is_noted() {
    let changing = Declared { is_changing: true, ..shop() };
    let notes = asked(vec![changing], pod(&[])).notes;
    assert_eq!(
        notes,
        [
            "FargateProfile shop is being changed: its EKS profile has the selectors of before until the next one is there."
        ]
    );
}

#[test]
fn the_names_of_all_causes_are_documented() {
    const PAGE: &str = include_str!("../../../docs/pods.md");
    let names = Cause::iter().map(|cause| cause.name()).chain(["FirstByName", "OrderUnknown"]);
    let missing: Vec<&str> = names.filter(|name| !PAGE.contains(&format!("| `{name}` |"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn without_profiles_only_what_the_pod_shows_is_told() {
    let ask = |pod: Pod| {
        let profiles = Profiles::Unknown("they are forbidden".into());
        let now = pod.created;
        explain(&Question { pods: vec![pod], profiles, now, ..question(subject(Kind::Pod, "web")) })
    };
    let unknown = ask(pod(&[]));
    assert_eq!(
        unknown.headline,
        "Pod shop/web is not on Fargate: whether a FargateProfile selects it is not known: they are forbidden."
    );
    assert_eq!(
        ask(taken("any", Some("fargate-1"))).headline,
        "Pod shop/web is on Fargate: EKS profile any, node fargate-1."
    );
}

#[test]
fn a_pod_that_names_its_profile_goes_there_in_whatever_order() {
    let profiles =
        || vec![served("aaa", json!([{ "namespace": "shop" }])), served("zzz", json!([{ "namespace": "shop" }]))];
    let named = asked(profiles(), pod(&[("eks.amazonaws.com/fargate-profile", "zzz-9999")]));
    let taking = named.profile.unwrap();
    assert_eq!((taking.eks_profiles, taking.before), (vec!["zzz-9999".to_owned()], vec![]));
    let other = asked(profiles(), pod(&[])).profile.unwrap();
    assert_eq!((other.eks_profiles, other.before.len()), (vec!["aaa-9999".to_owned()], 1));
}

#[test]
fn a_new_profile_has_a_name_that_is_free_and_that_the_operator_takes() {
    let elsewhere = |name: &str| served(name, json!([{ "namespace": "other" }]));
    let long = "n".repeat(63);
    for (namespace, others, name) in [
        ("shop", vec![], "shop".to_owned()),
        ("shop", vec![elsewhere("shop")], "shop-pods".to_owned()),
        ("shop", vec![elsewhere("shop"), elsewhere("shop-pods")], "shop-pods-2".to_owned()),
        ("eks-add", vec![], "pods-eks-add".to_owned()),
        (long.as_str(), vec![], "n".repeat(46)),
    ] {
        let pod = Pod { namespace: namespace.into(), ..pod(&[]) };
        let command = asked(others, pod).next.unwrap().command.unwrap();
        assert!(command.contains(&format!("\n  name: {name}\n")), "{command}");
        assert!(command.contains(&format!("- namespace: {namespace}\n")), "{command}");
    }
}

#[test]
fn in_a_file_with_other_objects_no_command_changes_them_all() {
    let of = |file: File| {
        let subject = Subject { file: Some(file), ..subject(Kind::Deployment, "web") };
        explain(&Question { template: Some(pod(&[])), now: at(ACTIVE), ..question(subject) }).next.unwrap()
    };
    assert!(of(file("web.yaml", false)).command.unwrap().starts_with("kubectl patch --local -f web.yaml"));
    for file in [file("web.yaml", true), file("-", false)] {
        let next = of(file);
        assert_eq!(next.command, None);
        assert!(next.advice.unwrap().starts_with("Merge this into the manifest of Deployment web: {"));
    }
}

#[test]
fn what_a_foreign_profile_takes_of_the_namespace_is_noted() {
    let mut profiles = Profiles::Known(vec![served("other", json!([{ "namespace": "other" }]))]);
    let labels = [("tier".to_owned(), "front".to_owned())].into();
    let selector = Selector { namespace: "shop".into(), labels };
    let legacy = Profile { status: ProfileStatus::Active, selectors: [selector].into(), ..Profile::named("legacy") };
    profiles.beside(&[legacy]);
    let question = Question { pods: vec![pod(&[])], profiles, now: at(ACTIVE), ..question(subject(Kind::Pod, "web")) };
    let answer = explain(&question);
    assert_eq!(answer.cause, "NamespaceNotSelected");
    let note = "EKS profile legacy, which no FargateProfile has, takes pods of namespace shop with tier=front.";
    assert_eq!(answer.notes, [note]);
}

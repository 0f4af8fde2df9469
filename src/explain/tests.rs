use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use strum::IntoEnumIterator;

use super::cause::Cause;
use super::*;
use crate::api::FargateProfile;
use crate::observe::PodManifest;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const ACTIVE: &str = "2026-11-29T10:00:00Z";

fn object(name: &str, selectors: Value, status: Value) -> Declared {
    let object = json!({
        "apiVersion": "fargate-operator.dev/v1alpha1", "kind": "FargateProfile",
        "metadata": { "name": name }, "spec": { "selectors": selectors }, "status": status,
    });
    Declared::of(&serde_json::from_value::<FargateProfile>(object).unwrap())
}

/// A FargateProfile that is served.
fn served(name: &str, selectors: Value) -> Declared {
    let record = json!({ "name": format!("{name}-9999"), "arn": "", "status": "ACTIVE", "activeSince": ACTIVE });
    object(name, selectors, json!({ "profile": record, "profiles": [record] }))
}

/// The one of the workshop.
fn shop() -> Declared {
    served("shop", json!([{ "namespace": "shop", "labels": { "fargate": "yes" } }]))
}

fn condition(kind: &str, message: &str) -> Value {
    let at = "2026-11-29T10:00:00Z";
    json!({ "type": kind, "status": "True", "reason": "R", "message": message, "lastTransitionTime": at })
}

/// A pod without a node, made a minute after the profile was ACTIVE.
fn pod(labels: &[(&str, &str)]) -> Pod {
    let labels: BTreeMap<String, String> =
        labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Pod {
        namespace: "shop".into(),
        name: "web".into(),
        labels,
        created: at("2026-11-29T10:01:00Z"),
        scheduler: "default-scheduler".into(),
        ..Pod::default()
    }
}

fn asked(profiles: Vec<Declared>, pod: Pod) -> Explanation {
    let subject = Subject { kind: Kind::Pod, namespace: pod.namespace.clone(), name: pod.name.clone(), file: None };
    let now = pod.created + SignedDuration::from_secs(60);
    let (profiles, makes) = (Profiles::Known(profiles), Makes::Pods);
    explain(&Question { subject, template: None, pods: vec![pod], makes, profiles, now })
}

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
    let stalled = json!({ "conditions": [condition("Stalled", "a subnet is public")] });
    for (profile, cause, why) in [
        (
            object("a", here(), creating),
            "ProfileCreating",
            "FargateProfile a, which selects it, has no ACTIVE EKS profile yet: EKS profile a-9999 is CREATING",
        ),
        (
            object("a", here(), stalled),
            "ProfileFailed",
            "FargateProfile a, which selects it, has no ACTIVE EKS profile: a subnet is public",
        ),
        (object("a", here(), json!({})), "ProfileUnseen", "has no status"),
    ] {
        let answer = asked(vec![profile], pod(&[]));
        assert_eq!(answer.cause, cause, "{}", answer.headline);
        assert!(answer.headline.contains(why), "{}", answer.headline);
    }
}

#[test]
fn a_pod_that_would_be_taken_now_was_made_too_early_or_not_seen() {
    let labels = [("fargate", "yes")];
    let early = Pod { created: at("2026-11-29T09:59:59Z"), ..pod(&labels) };
    let node = Some("ip-10-0-0-1".to_owned());
    for (pod, cause, why) in [
        (early.clone(), "OlderThanProfile", "it is older than EKS profile shop-9999"),
        (
            Pod { node: node.clone(), ..early },
            "OlderOnNode",
            "it has run on node ip-10-0-0-1 since before EKS profile shop-9999 was ACTIVE",
        ),
        (pod(&labels), "SlippedPastWebhook", "EKS's webhook did not see it when created"),
        (Pod { node, ..pod(&labels) }, "SlippedPastWebhook", "is on node ip-10-0-0-1"),
        (Pod { gated: true, ..pod(&labels) }, "Gated", "it has scheduling gates"),
    ] {
        let answer = asked(vec![shop()], pod);
        assert_eq!(answer.cause, cause, "{}", answer.headline);
        assert!(answer.headline.contains(why), "{}", answer.headline);
    }
}

/// A pod that EKS has taken.
fn taken(profile: &str, node: Option<&str>) -> Pod {
    let labels = [("fargate", "yes"), ("eks.amazonaws.com/fargate-profile", profile)];
    Pod { node: node.map(str::to_owned), scheduler: "fargate-scheduler".into(), ready: true, ..pod(&labels) }
}

#[test]
fn a_pod_that_was_taken_is_told_with_its_profile_and_its_node() {
    const NODE: &str = "fargate-ip-10-0-0-1";
    let second = || served("zoo", json!([{ "namespace": "shop" }]));
    for (profiles, pod, cause, headline) in [
        (
            vec![shop()],
            taken("shop-9999", Some(NODE)),
            "OnFargate",
            "Pod shop/web is on Fargate: EKS profile shop-9999, node fargate-ip-10-0-0-1.",
        ),
        (
            vec![shop(), second()],
            taken("shop-9999", Some(NODE)),
            "FirstByName",
            "Pod shop/web is on Fargate: EKS profile shop-9999 of FargateProfile shop, whose name sorts before zoo-9999 of FargateProfile zoo, which selects it too, node fargate-ip-10-0-0-1.",
        ),
        (
            vec![shop()],
            taken("theirs", Some(NODE)),
            "ForeignProfile",
            "Pod shop/web is on Fargate: EKS profile theirs, which no FargateProfile has, node fargate-ip-10-0-0-1.",
        ),
        (
            vec![shop()],
            taken("shop-9999", None),
            "Starting",
            "Pod shop/web is about to run on Fargate: EKS profile shop-9999 has it, and its node is being made.",
        ),
        (
            vec![shop()],
            taken("shop-9998", None),
            "ProfileGone",
            "Pod shop/web is not on Fargate: Fargate has taken it for EKS profile shop-9998, which no FargateProfile has.",
        ),
    ] {
        let answer = asked(profiles, pod);
        assert_eq!((answer.cause, answer.headline.as_str()), (cause, headline));
    }
}

#[test]
fn silence_counts_only_after_ten_minutes() {
    let subject = Subject { kind: Kind::Pod, namespace: "shop".into(), name: "web".into(), file: None };
    for (pod, minutes, cause) in [
        (taken("shop-9999", None), 9, "Starting"),
        (taken("shop-9999", None), 10, "NothingSaid"),
        (Pod { ready: false, ..taken("shop-9999", Some("fargate-1")) }, 9, "OnFargate"),
        (Pod { ready: false, ..taken("shop-9999", Some("fargate-1")) }, 10, "NothingSaid"),
    ] {
        let now = pod.created + SignedDuration::from_mins(minutes);
        let (profiles, pods, subject) = (Profiles::Known(vec![shop()]), vec![pod], subject.clone());
        let answer = explain(&Question { subject, template: None, pods, makes: Makes::Pods, profiles, now });
        assert_eq!(answer.cause, cause, "{minutes}: {}", answer.headline);
    }
}

fn made(manifest: Value) -> Pod {
    let pod: Pod = serde_json::from_value::<PodManifest>(manifest).unwrap().into();
    Pod { namespace: "shop".into(), created: at("2026-11-29T10:01:00Z"), ..pod }
}

#[test]
fn what_in_the_pod_keeps_it_off_is_told_with_the_patch_that_takes_it_out() {
    let labels = || json!({ "fargate": "yes" });
    let pinned = |name: &str| json!({ "fargate": "no", "eks.amazonaws.com/fargate-profile": name });
    for (metadata, spec, cause, patch) in [
        (
            json!({ "labels": labels(), "annotations": { "eks.amazonaws.com/compute-type": "ec2" } }),
            json!({}),
            "OptedOut",
            r#"{"metadata":{"annotations":{"eks.amazonaws.com/compute-type":null}}}"#,
        ),
        (
            json!({ "labels": { "fargate": "yes", "eks.amazonaws.com/compute-type": "ec2" } }),
            json!({}),
            "OptedOut",
            r#"{"metadata":{"labels":{"eks.amazonaws.com/compute-type":null}}}"#,
        ),
        (
            json!({ "labels": labels() }),
            json!({ "schedulerName": "volcano" }),
            "OtherScheduler",
            r#"{"spec":{"schedulerName":null}}"#,
        ),
        (
            json!({ "labels": labels() }),
            json!({ "nodeSelector": { "pool": "blue" } }),
            "NodeSelector",
            r#"{"spec":{"nodeSelector":{"pool":null}}}"#,
        ),
        (
            json!({ "labels": pinned("shop-9999") }),
            json!({}),
            "PinnedElsewhere",
            r#"{"metadata":{"labels":{"eks.amazonaws.com/fargate-profile":null}}}"#,
        ),
        (
            json!({ "labels": pinned("gone") }),
            json!({}),
            "PinnedUnknown",
            r#"{"metadata":{"labels":{"eks.amazonaws.com/fargate-profile":null}}}"#,
        ),
    ] {
        let mut metadata = metadata;
        metadata["name"] = json!("web-1");
        let owner =
            json!({ "apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web", "uid": "1", "controller": true });
        metadata["ownerReferences"] = json!([owner]);
        let answer = asked(vec![shop()], made(json!({ "metadata": metadata, "spec": spec })));
        assert_eq!(answer.cause, cause, "{}", answer.headline);
        let command = answer.next.unwrap().command.unwrap();
        let patched =
            format!(r#"kubectl -n shop patch statefulset web --type merge -p '{{"spec":{{"template":{patch}}}}}'"#);
        assert_eq!(command, patched);
    }
}

#[test]
fn the_kinds_of_pods_that_fargate_never_runs_are_named() {
    let owned = |version: &str, kind: &str| json!({ "apiVersion": version, "kind": kind, "name": "x", "uid": "1", "controller": true });
    for (owner, spec, cause) in [
        (owned("apps/v1", "DaemonSet"), json!({}), "DaemonSet"),
        (owned("v1", "Node"), json!({}), "StaticPod"),
        (owned("apps/v1", "ReplicaSet"), json!({ "hostNetwork": true, "containers": [] }), "NotSupported"),
    ] {
        let metadata = json!({ "name": "web", "labels": { "fargate": "yes" }, "ownerReferences": [owner] });
        let answer = asked(vec![shop()], made(json!({ "metadata": metadata, "spec": spec })));
        assert_eq!(answer.cause, cause, "{}", answer.headline);
    }
    let ended = Pod { phase: crate::placement::PodPhase::Ended, ..pod(&[]) };
    assert_eq!(asked(vec![shop()], ended).cause, "Ended");
}

fn workload(template: Pod, pods: Vec<Pod>, makes: Makes) -> Explanation {
    let subject = Subject { kind: Kind::Deployment, namespace: "shop".into(), name: "web".into(), file: None };
    let (profiles, now) = (Profiles::Known(vec![shop()]), at("2026-11-29T10:02:00Z"));
    explain(&Question { subject, template: Some(template), pods, makes, profiles, now })
}

#[test]
fn a_workload_is_as_most_of_its_pods_that_are_not_well() {
    let (right, wrong) = (pod(&[("fargate", "yes")]), pod(&[]));
    let on = taken("shop-9999", Some("fargate-1"));
    let ending = Pod { terminating: true, ..wrong.clone() };
    for (template, pods, makes, cause, headline) in [
        (&wrong, vec![], Makes::Pods, "LabelMissing", "Deployment shop/web is not on Fargate: its pods lack the label"),
        (&right, vec![], Makes::Pods, "WouldRun", "Deployment shop/web would run on Fargate: EKS profile shop-9999."),
        (
            &right,
            vec![],
            Makes::None,
            "NoReplicas",
            "Deployment shop/web is not on Fargate: it makes no pods: spec.replicas is 0.",
        ),
        (
            &right,
            vec![],
            Makes::Refused("no quota".into()),
            "PodsRefused",
            "Deployment shop/web is not on Fargate: its pods are refused: no quota.",
        ),
        (
            &right,
            vec![on.clone(), ending],
            Makes::Pods,
            "OnFargate",
            "Deployment shop/web is on Fargate: EKS profile shop-9999, node fargate-1.",
        ),
        (
            &right,
            vec![on.clone(), on.clone()],
            Makes::Pods,
            "OnFargate",
            "Deployment shop/web is on Fargate: EKS profile shop-9999, 2 pods, one of them on node fargate-1.",
        ),
        (
            &right,
            vec![on.clone(), on.clone(), wrong.clone()],
            Makes::Pods,
            "OlderTemplate",
            "1 of 3 pods of Deployment shop/web is not on Fargate: it was made from an older template; the next go to EKS profile shop-9999.",
        ),
        (
            &wrong,
            vec![wrong.clone(), wrong.clone()],
            Makes::Pods,
            "LabelMissing",
            "Deployment shop/web is not on Fargate: its pods lack the label",
        ),
    ] {
        let answer = workload(template.clone(), pods, makes);
        assert_eq!(answer.cause, cause, "{}", answer.headline);
        assert!(answer.headline.starts_with(headline), "{}", answer.headline);
    }
}

#[test]
fn pods_on_fargate_whose_next_are_not_are_told_of_both() {
    let answer = workload(pod(&[]), vec![taken("shop-9999", Some("fargate-1"))], Makes::Pods);
    assert_eq!(answer.cause, "OnFargate");
    assert_eq!(
        answer.next_pods.as_deref(),
        Some("Its next pods do not run on Fargate: they lack the label fargate=yes that FargateProfile shop asks for.")
    );
}

#[test]
fn what_the_next_pods_do_is_told_only_where_it_is_news() {
    let labels = [("fargate", "yes")];
    let early = Pod { created: at("2026-11-29T09:59:59Z"), ..pod(&labels) };
    let older = workload(pod(&labels), vec![early], Makes::Pods);
    assert_eq!(older.next_pods.as_deref(), Some("Its next pods run on Fargate: EKS profile shop-9999."));
    let steered = |pod: Pod| Pod { steering: Some("nodeSelector pool=blue".into()), ..pod };
    let on = || taken("shop-9999", Some("fargate-1"));
    assert_eq!(workload(pod(&labels), vec![on()], Makes::Pods).next_pods, None);
    assert_eq!(workload(steered(pod(&labels)), vec![steered(on())], Makes::Pods).next_pods, None);
    let changed = workload(steered(pod(&labels)), vec![on()], Makes::Pods);
    let told = "Its next pods do not run on Fargate: nodeSelector pool=blue asks for other nodes than Fargate's.";
    assert_eq!(changed.next_pods.as_deref(), Some(told));
}

#[test]
fn a_manifest_without_a_status_counts_as_served_and_that_is_noted() {
    let manifest = json!({
        "apiVersion": "fargate-operator.dev/v1alpha1", "kind": "FargateProfile",
        "metadata": { "name": "shop" }, "spec": { "selectors": [{ "namespace": "shop" }] },
    });
    let declared = Declared::of_file(&serde_json::from_value(manifest).unwrap());
    let subject =
        Subject { kind: Kind::Pod, namespace: "shop".into(), name: "web".into(), file: Some("a b.yaml".into()) };
    let (profiles, now) = (Profiles::Known(vec![declared, shop()]), at(ACTIVE));
    let question = Question { subject, template: Some(pod(&[])), pods: Vec::new(), makes: Makes::Pods, profiles, now };
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
fn of_a_profile_that_is_being_changed_the_selectors_are_those_to_come() {
    let changing = Declared { is_changing: true, ..shop() };
    let notes = asked(vec![changing], pod(&[])).notes;
    assert_eq!(notes, ["FargateProfile shop is being changed: its selectors are those to come."]);
}

#[test]
fn the_names_of_all_causes_are_documented() {
    const PAGE: &str = include_str!("../../docs/pods.md");
    let names = Cause::iter().map(|cause| cause.name()).chain(["FirstByName", "OrderUnknown"]);
    let missing: Vec<&str> = names.filter(|name| !PAGE.contains(&format!("| `{name}` |"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn without_profiles_only_what_the_pod_shows_is_told() {
    let ask = |pod: Pod| {
        let subject = Subject { kind: Kind::Pod, namespace: "shop".into(), name: "web".into(), file: None };
        let profiles = Profiles::Unknown("they are forbidden".into());
        explain(&Question { subject, template: None, now: pod.created, pods: vec![pod], makes: Makes::Pods, profiles })
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

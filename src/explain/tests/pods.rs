//! Pods: their age, their place, and what stands in them.

use super::*;

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

/// While a change is carried out, or waits for approval, the ACTIVE profile has the selectors of before.
#[test]
fn until_the_next_profile_is_there_the_selectors_of_before_count() {
    let record = |name: &str, status: &str| json!({ "name": name, "arn": "", "status": status, "activeSince": ACTIVE });
    let changing = |to: Value, phase: &str| {
        let profiles = json!([record("shop-9999", "ACTIVE"), to]);
        let changes = ["selectors: + shop{fargate=yes}", "selectors: - shop{fargate=no,tier=a}"];
        let replacement =
            json!({ "from": "shop-9999", "to": to["name"], "phase": phase, "startedAt": ACTIVE, "changes": changes });
        let conditions = [condition("Reconciling", "shop-9998 is to come")];
        let status = json!({ "profile": profiles[0], "profiles": profiles, "replacement": replacement, "conditions": conditions });
        let selector = |value: &str| json!({ "namespace": "shop", "labels": { "fargate": value } });
        object("shop", json!([selector("yes"), selector("old")]), status)
    };
    let removed = [("fargate", "no"), ("tier", "a")];
    for (to, phase, labels, cause, command) in [
        ("CREATING", "Creating", &[("fargate", "yes")][..], "ProfileCreating", "kubectl fargate wait shop --for ready"),
        ("CREATING", "AwaitingApproval", &[("fargate", "yes")], "ProfileCreating", "kubectl fargate approve shop"),
        ("ACTIVE", "Settling", &[("fargate", "yes")], "SlippedPastWebhook", "replace --force"),
        ("CREATING", "Creating", &[("fargate", "old")], "SlippedPastWebhook", "replace --force"),
        ("CREATING", "Creating", &removed, "SlippedPastWebhook", "replace --force"),
        ("ACTIVE", "Settling", &removed, "LabelDiffers", "replace --force"),
    ] {
        let answer = asked(vec![changing(record("shop-9998", to), phase)], pod(labels));
        assert_eq!(answer.cause, cause, "{}", answer.headline);
        let why = "FargateProfile shop, which selects it, has no ACTIVE EKS profile for it yet: shop-9998 is to come.";
        assert_eq!(answer.headline.ends_with(why), cause == "ProfileCreating", "{}", answer.headline);
        let next = answer.next.unwrap().command.unwrap();
        assert!(next.contains(command), "{next}");
        if cause == "ProfileCreating" {
            assert_eq!(answer.selectors[0].eks_profile, None, "the ACTIVE profile has no such selector");
        }
    }
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
    for (pod, minutes, cause) in [
        (taken("shop-9999", None), 9, "Starting"),
        (taken("shop-9999", None), 10, "NothingSaid"),
        (Pod { ready: false, ..taken("shop-9999", Some("fargate-1")) }, 9, "OnFargate"),
        (Pod { ready: false, ..taken("shop-9999", Some("fargate-1")) }, 10, "NothingSaid"),
    ] {
        let now = pod.created + SignedDuration::from_mins(minutes);
        let answer = explain(&Question { pods: vec![pod], now, ..question(subject(Kind::Pod, "web")) });
        assert_eq!(answer.cause, cause, "{minutes}: {}", answer.headline);
    }
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
            json!({
                "labels": { "fargate": "yes", "eks.amazonaws.com/compute-type": "fargate" },
                "annotations": { "eks.amazonaws.com/compute-type": "ec2" },
            }),
            json!({}),
            "OptedOut",
            r#"{"metadata":{"annotations":{"eks.amazonaws.com/compute-type":null}}}"#,
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

#[test]
fn a_profile_that_no_fargate_profile_has_takes_pods_too() {
    const NODE: Option<&str> = Some("fargate-1");
    let foreign = |name: &str, labels: &[(&str, &str)]| {
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let selectors = [crate::eks::Selector { namespace: "shop".into(), labels }].into();
        let created_at = Some(at(ACTIVE));
        Profile { status: crate::eks::ProfileStatus::Active, selectors, created_at, ..Profile::named(name) }
    };
    let all = || vec![foreign("shop-9999", &[]), foreign("a-theirs", &[]), foreign("theirs", &[("app", "web")])];
    let early = || Pod { created: at("2026-11-29T09:59:59Z"), ..pod(&[]) };
    let pinned = |labels: &[(&str, &str)]| pod(&[labels, &[("eks.amazonaws.com/fargate-profile", "theirs")]].concat());
    for (pod, eks, cause, why) in [
        (
            taken("a-theirs", NODE),
            all(),
            "ForeignProfile",
            "is on Fargate: EKS profile a-theirs, which no FargateProfile has, whose name sorts before shop-9999 of FargateProfile shop, which selects it too, node fargate-1.",
        ),
        (
            taken("shop-9999", NODE),
            vec![foreign("theirs", &[])],
            "FirstByName",
            "EKS profile shop-9999 of FargateProfile shop, whose name sorts before theirs of no FargateProfile, which selects it too",
        ),
        (pod(&[]), vec![], "LabelMissing", "it lacks the label fargate=yes that FargateProfile shop asks for."),
        (early(), all(), "OlderThanProfile", "it is older than EKS profile a-theirs, and EKS"),
        (pod(&[]), all(), "SlippedPastWebhook", "although EKS profile a-theirs was ACTIVE."),
        (pinned(&[]), all(), "PinnedElsewhere", "names EKS profile theirs, and no selector of it matches it."),
        (pinned(&[("app", "web")]), all(), "SlippedPastWebhook", "although EKS profile theirs was ACTIVE."),
        (pinned(&[]), vec![], "PinnedUnknown", "names EKS profile theirs, which no FargateProfile has."),
        (taken("theirs", None), all(), "Starting", "EKS profile theirs, which no FargateProfile has, has it"),
    ] {
        let mut profiles = Profiles::Known(vec![shop()]);
        profiles.beside(&eks);
        let Profiles::Known(profiles) = profiles else { panic!("they are known") };
        let answer = asked(profiles, pod);
        assert_eq!(answer.cause, cause, "{}", answer.headline);
        assert!(answer.headline.contains(why), "{}", answer.headline);
        assert!(answer.selectors.iter().all(|fit| fit.fargate_profile == "shop"));
    }
    let mut none = Profiles::Known(Vec::new());
    none.beside(&[Profile { status: crate::eks::ProfileStatus::Creating, ..foreign("theirs", &[]) }]);
    let Profiles::Known(none) = none else { panic!("they are known") };
    assert_eq!(asked(none, pod(&[])).cause, "NoFargateProfile");
}

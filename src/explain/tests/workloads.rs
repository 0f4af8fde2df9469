//! One answer for all pods of a workload.

use super::*;

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
            Makes::None("replicas"),
            "NoReplicas",
            "Deployment shop/web is not on Fargate: it makes no pods: spec.replicas is 0.",
        ),
        (&right, vec![], Makes::Ended, "Ended", "Deployment shop/web is not on Fargate: its pods have ended."),
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
fn pods_on_two_profiles_are_told_apart_in_the_middle_of_a_replacement() {
    let moved = object(
        "shop",
        json!([{ "namespace": "shop" }]),
        json!({ "profiles": [
            { "name": "shop-9998", "arn": "", "status": "ACTIVE" }, { "name": "shop-9999", "arn": "", "status": "ACTIVE" },
        ] }),
    );
    let on = |profile: &str| taken(profile, Some("fargate-1"));
    let pods = vec![on("shop-9999"), on("shop-9999"), on("shop-9998")];
    let answer = workload_of(vec![moved], pod(&[("fargate", "yes")]), pods, Makes::Pods);
    assert!(
        answer.headline.starts_with("2 of 3 pods of Deployment shop/web are on Fargate: EKS profile shop-9999"),
        "{}",
        answer.headline
    );
    let groups: Vec<(usize, &str)> = answer.pods.iter().map(|group| (group.pods, group.cause)).collect();
    assert_eq!(groups, [(2, "OnFargate"), (1, "OnFargate")]);
    assert!(answer.pods[1].why.contains("shop-9998"), "{}", answer.pods[1].why);
}

#[test]
fn where_nobody_knows_the_profile_that_has_taken_a_pod_nothing_is_said_of_the_next_one() {
    let answer = workload_of(vec![], pod(&[]), vec![taken("legacy", Some("fargate-1"))], Makes::Pods);
    assert_eq!((answer.cause, answer.next_pods), ("ForeignProfile", None));
}

#[test]
fn a_replica_set_of_a_deployment_is_changed_by_that() {
    let mut made = pod(&[("pod-template-hash", "66f67")]);
    let controller = Controller { kind: "ReplicaSet".into(), name: "web-66f67".into(), ..Controller::default() };
    made.controller = Some(controller);
    let (template, pods) = (Some(made.clone()), vec![made]);
    let answer = explain(&Question { template, pods, ..question(subject(Kind::ReplicaSet, "web-66f67")) });
    let command = answer.next.unwrap().command.unwrap();
    assert!(command.starts_with("kubectl -n shop patch deployment web --type merge -p"), "{command}");
}

#[test]
fn labels_by_which_a_workload_finds_its_pods_are_left_as_they_are() {
    let profile = served("shop", json!([{ "namespace": "shop", "labels": { "app": "web", "tier": "front" } }]));
    let question = Question {
        template: Some(pod(&[("app", "checkout")])),
        match_labels: [("app".to_owned(), "checkout".to_owned())].into(),
        profiles: Profiles::Known(vec![profile]),
        ..question(subject(Kind::Deployment, "web"))
    };
    let next = explain(&question).next.unwrap();
    let advice = "Deployment web selects its pods by the label app, and a workload's selector is immutable; the FargateProfile can select them as they are:";
    assert_eq!(next.advice.as_deref(), Some(advice));
    let patch = r#"[{"op":"add","path":"/spec/selectors/-","value":{"labels":{"app":"checkout"},"namespace":"shop"}}]"#;
    assert_eq!(next.command, Some(format!("kubectl patch fp shop --type json -p '{patch}'")));

    let made_by = |profile: Declared, kind: &str, name: &str, labels: &[(&str, &str)]| {
        let controller = Controller { kind: kind.into(), name: name.into(), ..Controller::default() };
        let wants = asked(vec![profile], Pod { controller: Some(controller), ..pod(labels) }).wants_match_labels;
        wants.map(|it| (it.kind, it.name))
    };
    let differs = ("fargate", "no");
    let of_deployment = made_by(shop(), "ReplicaSet", "web-66f67", &[differs, ("pod-template-hash", "66f67")]);
    assert_eq!(of_deployment, Some((Kind::Deployment, "web".to_owned())));
    let partly = served("shop", json!([{ "namespace": "shop", "labels": { "fargate": "yes", "tier": "front" } }]));
    let database = Some((Kind::StatefulSet, "db".to_owned()));
    assert_eq!(made_by(partly, "StatefulSet", "db", &[differs]), database, "another label is missing too");
    assert_eq!(made_by(shop(), "StatefulSet", "db", &[]), None, "a label that is not there selects no pods");
    assert_eq!(made_by(shop(), "Job", "nightly", &[differs]), None, "a Job is created anew in any case");
}

#[test]
fn a_pod_that_a_stateful_set_would_never_replace_is_deleted() {
    let controller = Controller {
        api_version: "apps/v1".into(),
        kind: "StatefulSet".into(),
        name: "db".into(),
        ..Controller::default()
    };
    let of = |labels: &[(&str, &str)], ready: bool| Pod { controller: Some(controller.clone()), ready, ..pod(labels) };
    let asks = |template: Pod, one: Pod| {
        let (template, pods) = (Some(template), vec![one]);
        let answer = explain(&Question { template, pods, ..question(subject(Kind::StatefulSet, "db")) });
        (answer.cause, answer.next.unwrap())
    };
    let yes = [("fargate", "yes")];
    let (cause, next) = asks(of(&yes, false), of(&[], false));
    assert_eq!((cause, next.command.as_deref()), ("OlderTemplate", Some("kubectl -n shop delete pod web")));
    let (cause, next) = asks(of(&yes, false), of(&[], true));
    assert_eq!(
        (cause, next.command.as_deref()),
        ("OlderTemplate", Some("kubectl -n shop rollout status statefulset db"))
    );
    let (cause, next) = asks(of(&[], false), of(&[], false));
    let advice = "It replaces no pod that is not Ready: delete such a pod after this.";
    assert_eq!((cause, next.advice.as_deref()), ("LabelMissing", Some(advice)));
}

#[test]
fn of_pods_that_may_not_be_listed_nothing_is_claimed() {
    let question = Question {
        template: Some(pod(&[])),
        unlisted: Some("you may not list pods".into()),
        ..question(subject(Kind::Deployment, "web"))
    };
    let answer = explain(&question);
    assert_eq!((answer.cause, answer.verdict), ("PodsUnknown", Verdict::Unknown));
    assert_eq!(
        answer.headline,
        "Deployment shop/web may be on Fargate or not: its pods are not known: you may not list pods."
    );
    let next =
        "Its next pods do not run on Fargate: they lack the label fargate=yes that FargateProfile shop asks for.";
    assert_eq!(answer.next_pods.as_deref(), Some(next));
    assert_eq!(answer.next.unwrap().command.as_deref(), Some("kubectl -n shop auth can-i list pods"));
    // What the spec says of it needs no list.
    for (makes, cause) in [(Makes::None("replicas"), "NoReplicas"), (Makes::Ended, "Ended")] {
        assert_eq!(explain(&Question { makes, ..question.clone() }).cause, cause);
    }
}

#[test]
fn a_label_of_eks_that_the_selector_holds_takes_a_new_workload() {
    let label = ("eks.amazonaws.com/compute-type", "ec2");
    for (held, command) in
        [(true, "kubectl -n shop replace --force -f FILE"), (false, "kubectl -n shop patch deployment web")]
    {
        let question = Question {
            template: Some(Pod { wants_ec2: true, ..pod(&[label]) }),
            match_labels: held.then(|| (label.0.to_owned(), label.1.to_owned())).into_iter().collect(),
            ..question(subject(Kind::Deployment, "web"))
        };
        let answer = explain(&question);
        assert_eq!(answer.cause, "OptedOut");
        assert!(answer.next.unwrap().command.unwrap().starts_with(command));
    }
}

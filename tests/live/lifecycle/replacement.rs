//! An immutable field changes: the next profile first, then the old one goes.

use bed::{Bed, CLUSTER, OTHER_ROLE, Options, ROLE};
use eks_simulator::{Operation, ProfileStatus};
use fargate_operator::api::ConditionType::{Available, Ready, Stalled};
use fargate_operator::api::Phase;
use serde_json::json;

use crate::support::objects::{namespace, selecting};
use crate::support::oracle::{calls, created, never_too_many, reached, served_without_a_gap};
use crate::support::recorder::record;
use crate::support::steady::{steady, steady_but_for};
use crate::support::{BedExt, is, message, observed, profile, quick, quiet, reason, until};

#[tokio::test]
async fn changes_of_selectors_subnets_and_role_replace_the_profile_without_a_moment_without_one() {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    let recorder = record(&bed, "web");
    let own = bed.eks().cluster_settings(CLUSTER).unwrap().private_subnets;

    let edits = [
        (
            json!({ "selectors": [{ "namespace": "web" }, { "namespace": "jobs", "labels": { "fargate": "yes" } }] }),
            "selectors: + jobs{fargate=yes}".to_owned(),
        ),
        (json!({ "subnets": [own[0]] }), format!("subnets: - {}", own[1])),
        (json!({ "podExecutionRoleArn": OTHER_ROLE }), format!("podExecutionRoleArn: {OTHER_ROLE}, was {ROLE}")),
    ];
    for ((edit, change), old) in edits.into_iter().zip([9999, 9998, 9997]) {
        let (from, to) = (format!("web-{old}"), format!("web-{}", old - 1));
        bed.patch("web", json!({ "spec": edit })).await;
        let object = bed.settled("web").await;

        let status = object.status.unwrap();
        assert_eq!(status.profile.unwrap().name, to);
        assert_eq!(status.profiles.len(), 1);
        assert_eq!(status.replacement, None);
        assert_eq!(bed.names(), [to.as_str()]);
        let shown: Vec<_> = recorder.replacements().into_iter().filter(|shown| shown.from == from).collect();
        assert!(shown.iter().all(|shown| shown.to.is_none() || shown.to.as_ref() == Some(&to)), "{shown:?}");
        assert!(shown.iter().all(|shown| shown.changes.contains(&change)), "{shown:?}");
        for phase in [Phase::Creating, Phase::Settling, Phase::Deleting] {
            assert!(shown.iter().any(|shown| shown.phase == phase && shown.to.is_some()), "no {phase:?} in {shown:?}");
        }
        let settled =
            reached(&bed, &from, ProfileStatus::Deleting).unwrap() - reached(&bed, &to, ProfileStatus::Active).unwrap();
        assert!(settled >= 30.0, "{from} was deleted {settled} s after {to} became ACTIVE");
    }
    served_without_a_gap(&bed, "web");
    assert!(recorder.states().iter().all(|state| is(state, Available)));
    assert!(bed.eks().conflicts().is_empty(), "{:?}", bed.eks().conflicts());
    steady(&recorder);
}

#[tokio::test]
async fn pods_on_the_superseded_profile_hold_it_until_the_last_one_is_gone() {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    bed.pod("runner", "web-9999").await;
    let recorder = record(&bed, "web");
    bed.patch("web", selecting("jobs")).await;

    let held = bed
        .wait("web", "held by a pod", |object| {
            reason(object, Stalled).as_deref() == Some("PodsWithoutProfile") && is(object, Ready)
        })
        .await;
    assert!(message(&held, Stalled).contains("web/runner"), "{}", message(&held, Stalled));
    let replacement = held.status.unwrap().replacement.unwrap();
    assert_eq!((replacement.from.as_str(), replacement.phase), ("web-9999", Phase::Draining));
    bed.looks(3).await;
    assert_eq!(calls(&bed, Operation::DeleteFargateProfile), 0);

    bed.remove_pod("runner").await;
    bed.settled("web").await;
    assert_eq!(bed.names(), ["web-9998"]);
    served_without_a_gap(&bed, "web");
    // That the pod went is a cause of its own.
    steady_but_for(&recorder, &["PodsWithoutProfile"], 1);
}

#[tokio::test]
async fn pods_that_have_ended_do_not_hold_a_superseded_profile() {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    for (pod, phase) in [("done", "Succeeded"), ("broken", "Failed")] {
        bed.pod(pod, "web-9999").await;
        bed.pod_ends(pod, phase).await;
    }
    let recorder = record(&bed, "web");
    bed.patch("web", selecting("jobs")).await;
    bed.settled("web").await;
    assert_eq!(bed.names(), ["web-9998"]);
    steady(&recorder);
}

#[tokio::test]
async fn pods_of_another_cluster_are_unknown_and_hold_until_a_person_deletes_the_profile() {
    let options = Options { more_clusters: vec!["staging".to_owned()], ..quick(60.0) };
    let bed = Bed::start(options).await.unwrap();
    let mut there = profile("web", "web");
    there["spec"]["clusterName"] = json!("staging");
    bed.create(&there).await;
    bed.settled("web").await;
    bed.patch("web", selecting("jobs")).await;

    let held = bed.wait("web", "stalled", |object| reason(object, Stalled).as_deref() == Some("PodsUnknown")).await;
    assert!(is(&held, Ready) && is(&held, Available) && observed(&held));
    assert!(message(&held, Stalled).contains("staging"), "{}", message(&held, Stalled));
    bed.looks(5).await;
    assert_eq!(calls(&bed, Operation::DeleteFargateProfile), 0);
    assert_eq!(bed.eks().profile("staging", "web-9999").unwrap().status, ProfileStatus::Active);

    bed.eks().outsider().delete_profile("staging", "web-9999").unwrap();
    bed.settled("web").await;
    assert!(bed.names().is_empty());
    assert_eq!(bed.eks().profiles("staging").len(), 1);
}

#[tokio::test]
async fn an_edit_while_the_next_profile_is_creating_wins_over_it() {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    let recorder = record(&bed, "web");
    bed.create(&profile("web", "a")).await;
    bed.settled("web").await;
    bed.patch("web", selecting("b")).await;
    until("the second profile is CREATING", || bed.eks().profile(CLUSTER, "web-9998").is_some()).await;
    bed.patch("web", selecting("c")).await;
    bed.settled("web").await;

    assert_eq!(created(&bed, "web"), ["web-9999", "web-9998", "web-9997"]);
    assert_eq!(bed.names(), ["web-9997"]);
    assert_eq!(namespace(&bed, "web-9997"), "c");
    served_without_a_gap(&bed, "web");
    steady(&recorder);
}

#[tokio::test]
async fn of_three_quick_edits_the_last_one_wins() {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    let recorder = record(&bed, "web");
    bed.create(&profile("web", "a")).await;
    bed.settled("web").await;
    for namespace in ["b", "c", "d"] {
        bed.patch("web", selecting(namespace)).await;
    }
    let object = bed.settled("web").await;
    let [name] = bed.names().try_into().unwrap();
    assert_eq!(namespace(&bed, &name), "d");
    assert_eq!(object.status.unwrap().profile.unwrap().name, name);
    served_without_a_gap(&bed, "web");
    steady(&recorder);
}

#[tokio::test]
async fn edits_while_pods_hold_pile_up_three_profiles_and_no_fourth() {
    let bed = Bed::start(quiet(60.0)).await.unwrap();
    bed.create(&profile("web", "a")).await;
    bed.settled("web").await;
    bed.pod("runner", "web-9999").await;
    let recorder = record(&bed, "web");
    for (namespace, pod, profile) in [("b", "second", "web-9998"), ("c", "third", "web-9997")] {
        bed.patch("web", selecting(namespace)).await;
        bed.wait("web", "served", |object| is(object, Ready) && observed(object)).await;
        bed.pod(pod, profile).await;
    }
    assert_eq!(bed.names(), ["web-9997", "web-9998", "web-9999"]);
    bed.patch("web", selecting("d")).await;
    let held = bed
        .wait("web", "held", |object| {
            observed(object) && reason(object, Stalled).as_deref() == Some("PodsWithoutProfile")
        })
        .await;
    assert!(!is(&held, Ready) && is(&held, Available));
    bed.looks(3).await;
    assert_eq!(bed.names().len(), 3);

    for pod in ["runner", "second", "third"] {
        bed.remove_pod(pod).await;
    }
    bed.settled("web").await;
    assert_eq!(bed.names(), ["web-9996"]);
    assert_eq!(namespace(&bed, "web-9996"), "d");
    never_too_many(&bed, "web");
    served_without_a_gap(&bed, "web");
    steady_but_for(&recorder, &["PodsWithoutProfile"], 1);
}

//! DeleteFirst, for people who must keep the exact name: one gap a change, as short as EKS allows, told of all the while.

use bed::{Bed, CLUSTER, OTHER_ROLE, Options, ROLE};
use eks_simulator::{Outcome, ProfileStatus};
use fargate_operator::api::ConditionType::{Available, Ready, Reconciling, Stalled};
use fargate_operator::api::Phase;
use serde_json::json;

use crate::support::objects::{
    delete_first, eks_has, namespace, phases, replacement, selecting, served, serving, spec, stalled, status,
};
use crate::support::oracle::{created, gaps, lives, served_without_a_gap, story};
use crate::support::recorder::record;
use crate::support::{BedExt, is, message, profile, quick, reason};

#[tokio::test]
async fn changes_of_selectors_subnets_and_role_keep_the_exact_name_with_one_gap_each_hardly_longer_than_eks_needs() {
    // EKS's usual times: two minutes of deleting and five of creating.
    let bed = Bed::start(Options { time_scale: 120.0, ..Options::default() }).await.unwrap();
    let settings = bed.eks().cluster_settings(CLUSTER).unwrap();
    let least = (settings.durations.deleting + settings.durations.creating).as_secs_f64();
    serving(&bed, &delete_first("web", "web")).await;
    assert_eq!(bed.names(), ["web"]);

    let own = settings.private_subnets;
    let edits = [
        json!({ "selectors": [{ "namespace": "web" }, { "namespace": "jobs", "labels": { "fargate": "yes" } }] }),
        json!({ "subnets": [own[0]] }),
        json!({ "podExecutionRoleArn": OTHER_ROLE }),
    ];
    for edit in edits {
        bed.patch("web", spec(edit)).await;
        let object = bed.settled("web").await;
        let status = status(&object);
        assert_eq!((status.previous, status.replacement), (None, None));
        assert_eq!(status.profile.unwrap().name, "web");
        assert_eq!(bed.names(), ["web"]);
    }
    let now = bed.eks().profile(CLUSTER, "web").unwrap();
    assert_eq!(
        (now.selectors.len(), now.subnets, now.pod_execution_role_arn.as_str()),
        (2, vec![own[0].clone()], OTHER_ROLE)
    );

    let gaps = gaps(&bed, "web");
    assert_eq!(gaps.len(), 3, "{}", story(&bed));
    for gap in gaps {
        let ratio = gap.seconds() / least;
        println!("gap of {:.0} s, {ratio:.2} times what EKS needs", gap.seconds());
        assert!((1.0..1.3).contains(&ratio), "a gap of {} s\n{}", gap.seconds(), story(&bed));
    }
    let one = ["web DELETING", "web gone", "web CREATING", "web ACTIVE"];
    let whole: Vec<&str> = ["web CREATING", "web ACTIVE"].into_iter().chain(one.repeat(3)).collect();
    assert_eq!(lives(&bed, "web"), whole);
    assert!(bed.eks().conflicts().is_empty(), "{:?}", bed.eks().conflicts());
}

#[tokio::test]
async fn what_will_be_put_back_if_need_be_is_on_record_before_the_delete_and_the_gap_is_told_of() {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    let mut object = delete_first("web", "a");
    object["spec"]["selectors"] = json!([{ "namespace": "a", "labels": { "fargate": "yes" } }]);
    serving(&bed, &object).await;
    let old = bed.eks().profile(CLUSTER, "web").unwrap();
    let recorder = record(&bed, "web");
    bed.patch("web", selecting("b")).await;
    eks_has(&bed, "web", ProfileStatus::Deleting).await;
    let during = status(&bed.profiles().get("web").await.unwrap());
    let previous = during.previous.expect("the delete came before the record");
    assert_eq!((previous.name, previous.arn), (old.name, old.arn.clone()));
    assert_eq!((previous.pod_execution_role_arn.as_str(), previous.subnets), (ROLE, old.subnets));
    assert_eq!(previous.selectors[0].namespace, "a");
    assert_eq!(previous.selectors[0].labels["fargate"], "yes");

    let object = bed.settled("web").await;
    assert_eq!(phases(&recorder), [Phase::Deleting, Phase::Creating]);
    let shown = recorder.replacements();
    assert!(shown.iter().all(|shown| shown.from == "web" && shown.to.as_deref() == Some("web")), "{shown:?}");
    assert!(shown.iter().all(|shown| shown.changes == ["selectors: + b", "selectors: - a{fargate=yes}"]), "{shown:?}");
    let states = recorder.states();
    let gap: Vec<_> = states.iter().filter(|state| !is(state, Available)).collect();
    assert!(!gap.is_empty(), "nobody was told that nothing serves");
    for state in gap {
        assert!(status(state).previous.is_some(), "{state:?}");
        assert!(!is(state, Ready) && is(state, Reconciling) && !is(state, Stalled), "{state:?}");
        assert_eq!(reason(state, Available).as_deref(), Some("NotActive"));
        assert!(message(state, Available).contains("DeleteFirst"), "{}", message(state, Available));
    }
    assert!(states.iter().all(|state| !is(state, Ready) || is(state, Available)));

    for reason in ["GapOpened", "Deleted", "CreateRequested", "GapClosed"] {
        bed.has_event(&object, reason).await;
    }
    let warnings = bed.warnings(&object).await;
    assert!(warnings.iter().all(|text| text.starts_with("GapOpened")), "{warnings:?}");
}

#[tokio::test]
async fn the_profile_that_the_operator_itself_runs_on_is_never_deleted_first() {
    let mut options = quick(120.0);
    options.environment.push(("FARGATE_OPERATOR_OWN_PROFILE".to_owned(), "web".to_owned()));
    let bed = Bed::start(options).await.unwrap();
    serving(&bed, &delete_first("web", "a")).await;
    bed.patch("web", selecting("b")).await;
    let object = stalled(&bed, "web", "RunsTheOperator").await;
    assert!(is(&object, Available) && !is(&object, Ready));
    assert!(message(&object, Stalled).contains("CreateFirst"), "{}", message(&object, Stalled));
    bed.looks(3).await;
    assert_eq!(lives(&bed, "web"), ["web CREATING", "web ACTIVE"]);

    // The way out that the message names.
    bed.patch("web", replacement(json!({ "strategy": "CreateFirst" }))).await;
    bed.settled("web").await;
    assert_eq!(bed.names(), ["0-web-9999"]);
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn the_strategy_may_be_switched_on_a_living_object_in_both_directions() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    serving(&bed, &profile("web", "a")).await;
    // A name alone is no reason to replace.
    bed.patch("web", replacement(json!({ "strategy": "DeleteFirst" }))).await;
    bed.settled("web").await;
    assert_eq!(bed.names(), ["web-9999"]);

    // The exact name sorts before web-9999 and is free: no gap is needed.
    bed.patch("web", selecting("b")).await;
    bed.settled("web").await;
    assert_eq!(bed.names(), ["web"]);
    served_without_a_gap(&bed, "web");

    bed.patch("web", replacement(json!({ "strategy": "CreateFirst" }))).await;
    bed.patch("web", selecting("c")).await;
    bed.settled("web").await;
    assert_eq!(created(&bed, "web"), ["web-9999", "web", "0-web-9999"]);
    served_without_a_gap(&bed, "web");

    // And back to the exact name, which does not sort before 0-web-9999.
    bed.patch("web", replacement(json!({ "strategy": "DeleteFirst" }))).await;
    bed.patch("web", selecting("d")).await;
    bed.settled("web").await;
    assert_eq!(bed.names(), ["web"]);
    assert_eq!(namespace(&bed, "web"), "d");
    assert_eq!(gaps(&bed, "web").len(), 1, "{}", story(&bed));
}

#[tokio::test]
async fn several_profiles_come_down_to_one_before_the_gap_opens() {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    serving(&bed, &profile("web", "a")).await;
    bed.pod("runner", "web-9999").await;
    bed.patch("web", selecting("b")).await;
    served(&bed, "web").await;
    // Nothing else than a gap leads from 0-web-9999 to the exact name, and a pod holds web-9999.
    bed.patch(
        "web",
        spec(json!({ "selectors": [{ "namespace": "c" }], "replacement": { "strategy": "DeleteFirst" } })),
    )
    .await;
    served(&bed, "web").await;
    assert_eq!(namespace(&bed, "web"), "c");
    assert_eq!(bed.eks().profile(CLUSTER, "web-9999").map(|held| held.status), Some(ProfileStatus::Active));
    bed.patch("web", selecting("d")).await;
    bed.wait("web", "held by the pod", |object| reason(object, Stalled).as_deref() == Some("PodsWithoutProfile")).await;
    bed.looks(3).await;
    assert_eq!(bed.eks().profile(CLUSTER, "web").map(|held| held.status), Some(ProfileStatus::Active));
    bed.remove_pod("runner").await;
    bed.settled("web").await;
    assert_eq!(namespace(&bed, "web"), "d");
    assert_eq!(gaps(&bed, "web").len(), 1, "{}", story(&bed));
}

#[tokio::test]
async fn a_delete_that_fails_in_the_gap_is_tried_again_and_the_gap_closed() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    serving(&bed, &delete_first("web", "a")).await;
    bed.eks().next_deletion(CLUSTER, "web", Outcome::fail("InternalFailure", "stuck")).unwrap();
    bed.patch("web", selecting("b")).await;
    bed.settled("web").await;
    let states = ["DELETING", "DELETE_FAILED", "DELETING", "gone", "CREATING", "ACTIVE"];
    assert_eq!(lives(&bed, "web")[2..], states.map(|state| format!("web {state}")), "{}", story(&bed));
    assert_eq!(namespace(&bed, "web"), "b");
}

//! Others are at work in the same account: the console, Terraform, whoever deletes the cluster.

use bed::{Bed, CLUSTER};
use eks_simulator::{Identity, Operation, Outcome, PlannedOutcome, ProfileSpec, ProfileStatus};
use fargate_operator::api::ConditionType::{Ready, Stalled};
use fargate_operator::api::FINALIZER;
use kube::ResourceExt;
use serde_json::json;

use crate::support::oracle::{calls, created, served_without_a_gap};
use crate::support::recorder::record;
use crate::support::{BedExt, is, message, profile, quick, reason, until};

#[tokio::test]
async fn a_profile_deleted_behind_our_back_is_created_again_and_an_event_tells_of_it() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    let first = bed.eks().profile(CLUSTER, "web-9999").unwrap().arn;
    bed.eks().outsider().delete_profile(CLUSTER, "web-9999").unwrap();
    until("another one is ACTIVE", || {
        bed.eks().profiles(CLUSTER).iter().any(|found| found.arn != first && found.status == ProfileStatus::Active)
    })
    .await;
    let object = bed.settled("web").await;
    assert_eq!(bed.names().len(), 1);
    bed.has_event(&object, "ProfileVanished").await;
    let warnings = bed.warnings(&object).await;
    assert!(
        warnings.iter().any(|text| text.starts_with("ProfileVanished") && text.contains("web-9999")),
        "{warnings:?}"
    );
}

#[tokio::test]
async fn a_profile_that_vanishes_at_once_is_created_again() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    bed.eks().outsider().vanish_profile(CLUSTER, "web-9999").unwrap();
    until("another one was created", || created(&bed, "web").len() == 2).await;
    let object = bed.settled("web").await;
    bed.has_event(&object, "ProfileVanished").await;
}

#[tokio::test]
async fn a_profile_recreated_under_its_name_by_somebody_else_is_never_touched() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    let theirs = bed
        .eks()
        .outsider()
        .replace_profile(
            CLUSTER,
            ProfileSpec::named("web-9999").selecting("theirs", &[]).tagged("made-by", "terraform"),
        )
        .unwrap();
    bed.wait("web", "served under the next name", |object| {
        let profile = object.status.as_ref().and_then(|status| status.profile.clone());
        is(object, Ready) && profile.is_some_and(|profile| profile.name == "web-9998")
    })
    .await;
    bed.patch("web", json!({ "spec": { "tags": { "team": "payments" } } })).await;
    bed.settled("web").await;
    assert_eq!(bed.eks().profile(CLUSTER, "web-9999").unwrap(), theirs);
    bed.delete("web").await;
    bed.gone("web").await;
    assert_eq!(bed.eks().profile(CLUSTER, "web-9999").unwrap(), theirs);
    assert_eq!(bed.names(), ["web-9999"]);
}

#[tokio::test]
async fn a_delete_that_fails_once_is_tried_again() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    bed.create(&profile("web", "a")).await;
    bed.settled("web").await;
    bed.eks().next_deletion(CLUSTER, "web-9999", Outcome::fail("InternalFailure", "try again")).unwrap();
    let recorder = record(&bed, "web");
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "b" }] } })).await;
    bed.settled("web").await;
    assert_eq!(bed.names(), ["web-9998"]);
    assert!(recorder.while_true(Stalled).is_empty(), "{:?}", recorder.while_true(Stalled));
    let shown = recorder.states().into_iter().filter_map(|state| state.status).flat_map(|status| status.profiles);
    assert!(shown.into_iter().any(|record| record.status == "DELETE_FAILED" && !record.health_issues.is_empty()));
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn a_delete_that_always_fails_is_retried_and_shown_and_keeps_the_finalizer() {
    let bed = Bed::start(quick(300.0)).await.unwrap();
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    let plan = PlannedOutcome { profile: "*".into(), outcome: Outcome::fail("InternalFailure", "stuck"), times: None };
    bed.eks().plan_deletion(CLUSTER, plan).unwrap();
    bed.delete("web").await;
    let stuck = bed.wait("web", "stalled", |object| reason(object, Stalled).as_deref() == Some("DeleteFailed")).await;
    assert!(message(&stuck, Stalled).contains("stuck"), "{}", message(&stuck, Stalled));
    assert!(stuck.finalizers().contains(&FINALIZER.to_owned()));
    assert!(!is(&stuck, Ready));
    let tries = calls(&bed, Operation::DeleteFargateProfile);
    until("it was tried twice more", || calls(&bed, Operation::DeleteFargateProfile) >= tries + 2).await;

    bed.eks().forget_plans(CLUSTER).unwrap();
    bed.gone("web").await;
    assert!(bed.names().is_empty());
}

/// The operator deletes with credentials that do not show the cluster, and then with the right ones.
async fn deletion_waits_while_the_operator_is(wrong: Identity) {
    let mut bed = Bed::start(quick(300.0)).await.unwrap();
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    let right = bed.eks().identity();
    bed.stop_operator();
    bed.operator_settings().region = wrong.region.clone();
    bed.eks().set_identity(wrong);
    bed.start_operator().await.unwrap();
    bed.delete("web").await;
    let stalled =
        bed.wait("web", "stalled", |object| reason(object, Stalled).as_deref() == Some("ClusterMismatch")).await;
    assert!(stalled.finalizers().contains(&FINALIZER.to_owned()));
    let described = || bed.eks().calls(&[Operation::DescribeCluster]).len();
    let enough = described() + 5;
    until("EKS was asked five times more", || described() >= enough).await;
    let object = bed.profiles().get("web").await.unwrap();
    assert!(object.finalizers().contains(&FINALIZER.to_owned()));

    bed.stop_operator();
    bed.operator_settings().region = right.region.clone();
    bed.eks().set_identity(right);
    assert_eq!(bed.names(), ["web-9999"]);
    bed.start_operator().await.unwrap();
    bed.gone("web").await;
    assert!(bed.names().is_empty());
}

#[tokio::test]
async fn credentials_of_another_account_never_release_the_finalizer() {
    deletion_waits_while_the_operator_is(Identity::operator("999988887777", "eu-central-1")).await;
}

#[tokio::test]
async fn another_region_never_releases_the_finalizer() {
    deletion_waits_while_the_operator_is(Identity::operator("111122223333", "us-east-1")).await;
}

#[tokio::test]
async fn a_cluster_that_is_really_gone_releases_the_finalizer() {
    let bed = Bed::start(quick(300.0)).await.unwrap();
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    bed.eks().outsider().delete_cluster(CLUSTER).unwrap();
    let shown =
        bed.wait("web", "stalled", |object| reason(object, Stalled).as_deref() == Some("ClusterNotFound")).await;
    assert!(!is(&shown, Ready));
    bed.delete("web").await;
    bed.gone("web").await;
}

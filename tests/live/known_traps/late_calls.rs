//! Trap 1: calls that take effect late, whose answer is lost, or which looks do not show yet. Late ones come both ways: the
//! caller's connection is cut at once, or it is left waiting until it gives up.

use std::time::Duration;

use bed::{Bed, CLUSTER};
use eks_simulator::{Effect, Fault, Operation, Outcome};
use fargate_operator::api::{DeletionPolicy, TAG_OWNER};
use serde_json::json;

use crate::support::objects::{cut_and_late, late, selecting, serving, spec};
use crate::support::oracle::{a_late_call_has_landed, calls, created, served_without_a_gap, story};
use crate::support::{BedExt, profile, quiet, until};

async fn trap_1a(late_create: Fault) {
    let bed = Bed::start(quiet(60.0)).await.unwrap();
    bed.eks().add_fault(late_create);
    bed.create(&profile("web", "web")).await;
    until("some create took effect", || !created(&bed, "web").is_empty()).await;
    bed.delete("web").await;
    bed.gone("web").await;
    until("the late create has landed", || a_late_call_has_landed(&bed)).await;
    assert!(bed.names().is_empty(), "an orphan:\n{}", story(&bed));
    assert_eq!(created(&bed, "web").len(), 1, "{}", story(&bed));
}

#[tokio::test]
async fn trap_1a_a_create_that_is_stuck_on_the_wire_leaves_no_orphan_when_its_connection_is_cut() {
    trap_1a(cut_and_late(Operation::CreateFargateProfile)).await;
}

#[tokio::test]
async fn trap_1a_a_create_that_is_stuck_on_the_wire_leaves_no_orphan_when_nobody_answers() {
    trap_1a(late(Operation::CreateFargateProfile)).await;
}

#[tokio::test]
async fn trap_1b_a_create_still_on_the_wire_when_the_object_is_deleted_leaves_no_orphan() {
    let bed = Bed::start(quiet(60.0)).await.unwrap();
    bed.eks().add_fault(cut_and_late(Operation::CreateFargateProfile));
    bed.create(&profile("web", "web")).await;
    until("the create is on the wire", || calls(&bed, Operation::CreateFargateProfile) == 1).await;
    bed.delete("web").await;
    bed.gone("web").await;
    until("the late create has landed", || a_late_call_has_landed(&bed)).await;
    assert!(bed.names().is_empty(), "an orphan:\n{}", story(&bed));
}

#[tokio::test]
async fn trap_1c_a_look_that_lags_behind_a_create_does_not_let_the_finalizer_go() {
    let bed = Bed::start(quiet(60.0)).await.unwrap();
    let before = Fault::new(Effect::Frozen).on([Operation::ListFargateProfiles, Operation::DescribeFargateProfile]);
    let lag = bed.eks().add_fault(before);
    bed.create(&profile("web", "web")).await;
    until("the profile is there", || !bed.names().is_empty()).await;
    bed.delete("web").await;
    bed.looks(5).await;
    assert!(bed.profiles().get_opt("web").await.unwrap().is_some(), "the finalizer is gone:\n{}", story(&bed));
    bed.eks().remove_fault(lag);
    bed.gone("web").await;
    assert!(bed.names().is_empty(), "an orphan:\n{}", story(&bed));
}

async fn trap_1d(late_delete: Fault) {
    let bed = Bed::start(quiet(60.0)).await.unwrap();
    bed.eks().next_creation(CLUSTER, "*", Outcome::fail("InternalFailure", "bad luck")).unwrap();
    bed.eks().add_fault(late_delete);
    bed.create(&profile("web", "web")).await;
    until("the late delete has landed", || a_late_call_has_landed(&bed)).await;
    bed.settled("web").await;
    assert_eq!(bed.names().len(), 1, "{}", story(&bed));
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn trap_1d_a_late_delete_does_not_hit_the_next_profile_of_its_name_when_its_connection_is_cut() {
    trap_1d(cut_and_late(Operation::DeleteFargateProfile)).await;
}

#[tokio::test]
async fn trap_1d_a_late_delete_does_not_hit_the_next_profile_of_its_name_when_nobody_answers() {
    trap_1d(late(Operation::DeleteFargateProfile)).await;
}

#[tokio::test]
async fn trap_1d_looks_that_lag_do_not_delete_the_next_profile_of_a_reused_name() {
    let bed = Bed::start(quiet(60.0)).await.unwrap();
    bed.eks().next_creation(CLUSTER, "*", Outcome::fail("InternalFailure", "bad luck")).unwrap();
    bed.eks().add_fault(Fault::new(Effect::Stale { by: Duration::from_secs(45) }));
    bed.create(&profile("web", "a")).await;
    bed.settled("web").await;
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "b" }] } })).await;
    bed.settled("web").await;
    assert_eq!(bed.names().len(), 1, "{}", story(&bed));
    served_without_a_gap(&bed, "web");
    assert_eq!(created(&bed, "web").len(), 3, "{}", story(&bed));
}

async fn trap_1e(late_delete: Fault) {
    let bed = Bed::start(quiet(60.0)).await.unwrap();
    bed.create(&profile("web", "a")).await;
    bed.settled("web").await;
    bed.eks().add_fault(late_delete);
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "b" }] } })).await;
    until("the delete is on the wire", || calls(&bed, Operation::DeleteFargateProfile) == 1).await;
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "a" }] } })).await;
    until("the late delete has landed", || a_late_call_has_landed(&bed)).await;
    bed.settled("web").await;
    let [left] = bed.eks().profiles(CLUSTER).try_into().unwrap();
    assert_eq!(left.selectors[0].namespace.as_deref(), Some("a"));
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn trap_1e_a_late_delete_of_what_the_spec_went_back_to_opens_no_gap_when_its_connection_is_cut() {
    trap_1e(cut_and_late(Operation::DeleteFargateProfile)).await;
}

#[tokio::test]
async fn trap_1e_a_late_delete_of_what_the_spec_went_back_to_opens_no_gap_when_nobody_answers() {
    trap_1e(late(Operation::DeleteFargateProfile)).await;
}

#[tokio::test]
async fn retain_takes_no_tags_off_while_a_delete_may_still_land() {
    let bed = Bed::start(quiet(60.0)).await.unwrap();
    serving(&bed, &profile("web", "a")).await;
    bed.eks().add_fault(late(Operation::DeleteFargateProfile));
    bed.patch("web", selecting("b")).await;
    until("the delete is on the wire", || calls(&bed, Operation::DeleteFargateProfile) == 1).await;
    bed.patch("web", spec(json!({ "deletionPolicy": DeletionPolicy::Retain }))).await;
    bed.delete("web").await;
    bed.gone("web").await;
    assert!(a_late_call_has_landed(&bed), "released while a delete was on the wire\n{}", story(&bed));
    // What was deleted late was still ours then, and what stays is nobody's.
    until("the old one is gone", || bed.names() == ["web-9998"]).await;
    assert!(!bed.eks().profile(CLUSTER, "web-9998").unwrap().tags.contains_key(TAG_OWNER));
    assert_eq!(created(&bed, "web").len(), 2);
    let log = bed.eks().log();
    let released = log.iter().filter_map(|entry| entry.change()).find(|change| !change.tags.contains_key(TAG_OWNER));
    assert_eq!(released.map(|change| change.profile.as_str()), Some("web-9998"), "{}", story(&bed));
}

//! The traces by which a naive design fails (docs: "how the naive design fails"), each played against the real binary.
//! Late calls come both ways: the caller's connection is cut at once, or it is left waiting until it gives up.

use std::time::Duration;

use bed::{Bed, CLUSTER};
use eks_simulator::{Effect, Fault, Operation, Outcome, ProfileStatus};
use fargate_operator::api::ConditionType::{Available, Ready, Stalled};
use fargate_operator::api::{TAG_OWNER, TAG_OWNER_UID};
use kube::ResourceExt;
use serde_json::json;

use crate::support::oracle::{a_late_call_has_landed, calls, created, served_without_a_gap, story};
use crate::support::{BedExt, is, message, observed, profile, quick, quiet, reason, until};

/// Much longer than a delete and a create together, so that a planner that does not wait has done both by then; shorter
/// than the quiet time.
const LATE: Duration = Duration::from_secs(400);

fn late(operation: Operation, silent: bool) -> Fault {
    Fault::new(Effect::Late { by: LATE, silent }).on([operation]).nth(1)
}

async fn trace_1a(silent: bool) {
    let bed = Bed::start(quiet(60.0)).await.unwrap();
    bed.eks().add_fault(late(Operation::CreateFargateProfile, silent));
    bed.create(&profile("web", "web")).await;
    until("some create took effect", || !created(&bed, "web").is_empty()).await;
    bed.delete("web").await;
    bed.gone("web").await;
    until("the late create has landed", || a_late_call_has_landed(&bed)).await;
    assert!(bed.names().is_empty(), "an orphan:\n{}", story(&bed));
    assert_eq!(created(&bed, "web").len(), 1, "{}", story(&bed));
}

#[tokio::test]
async fn trace_1a_a_create_that_is_stuck_on_the_wire_leaves_no_orphan_when_its_connection_is_cut() {
    trace_1a(false).await;
}

#[tokio::test]
async fn trace_1a_a_create_that_is_stuck_on_the_wire_leaves_no_orphan_when_nobody_answers() {
    trace_1a(true).await;
}

#[tokio::test]
async fn trace_1b_a_create_still_on_the_wire_when_the_object_is_deleted_leaves_no_orphan() {
    let bed = Bed::start(quiet(60.0)).await.unwrap();
    bed.eks().add_fault(late(Operation::CreateFargateProfile, false));
    bed.create(&profile("web", "web")).await;
    until("the create is on the wire", || calls(&bed, Operation::CreateFargateProfile) == 1).await;
    bed.delete("web").await;
    bed.gone("web").await;
    until("the late create has landed", || a_late_call_has_landed(&bed)).await;
    assert!(bed.names().is_empty(), "an orphan:\n{}", story(&bed));
}

#[tokio::test]
async fn trace_1c_a_look_that_lags_behind_a_create_does_not_let_the_finalizer_go() {
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

async fn trace_1d(silent: bool) {
    let bed = Bed::start(quiet(60.0)).await.unwrap();
    bed.eks().next_creation(CLUSTER, "*", Outcome::fail("InternalFailure", "bad luck")).unwrap();
    bed.eks().add_fault(late(Operation::DeleteFargateProfile, silent));
    bed.create(&profile("web", "web")).await;
    until("the late delete has landed", || a_late_call_has_landed(&bed)).await;
    bed.settled("web").await;
    assert_eq!(bed.names().len(), 1, "{}", story(&bed));
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn trace_1d_a_late_delete_does_not_hit_the_next_profile_of_its_name_when_its_connection_is_cut() {
    trace_1d(false).await;
}

#[tokio::test]
async fn trace_1d_a_late_delete_does_not_hit_the_next_profile_of_its_name_when_nobody_answers() {
    trace_1d(true).await;
}

#[tokio::test]
async fn trace_1d_looks_that_lag_do_not_delete_the_next_profile_of_a_reused_name() {
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

async fn trace_1e(silent: bool) {
    let bed = Bed::start(quiet(60.0)).await.unwrap();
    bed.create(&profile("web", "a")).await;
    bed.settled("web").await;
    bed.eks().add_fault(late(Operation::DeleteFargateProfile, silent));
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
async fn trace_1e_a_late_delete_of_what_the_spec_went_back_to_opens_no_gap_when_its_connection_is_cut() {
    trace_1e(false).await;
}

#[tokio::test]
async fn trace_1e_a_late_delete_of_what_the_spec_went_back_to_opens_no_gap_when_nobody_answers() {
    trace_1e(true).await;
}

#[tokio::test]
async fn trace_4_a_revert_while_the_new_profile_is_active_and_looks_empty_deletes_nothing_that_takes_pods() {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    bed.create(&profile("web", "a")).await;
    bed.settled("web").await;
    bed.pod("runner", "web-9999").await;
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "b" }] } })).await;
    bed.wait("web", "served by the new profile", |object| observed(object) && is(object, Ready)).await;

    // 9998 looks empty, but sorts first: the next pod lands on it.
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "a" }] } })).await;
    let serves = bed.wait("web", "served again", |object| observed(object) && is(object, Ready)).await;
    assert_eq!(serves.status.unwrap().profile.unwrap().name, "web-9997");
    bed.pod("late", "web-9998").await;
    bed.remove_pod("runner").await;
    bed.wait("web", "held by the late pod", |object| {
        reason(object, Stalled).as_deref() == Some("PodsWithoutProfile")
            && message(object, Stalled).contains("web-9998")
    })
    .await;
    bed.looks(2).await;
    assert_eq!(bed.eks().profile(CLUSTER, "web-9998").unwrap().status, ProfileStatus::Active, "{}", story(&bed));
    bed.remove_pod("late").await;
    bed.settled("web").await;
    assert_eq!(bed.names(), ["web-9997"]);
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn trace_6_a_profile_whose_tags_are_stripped_is_named_and_no_second_one_created() {
    let bed = Bed::start(quick(300.0)).await.unwrap();
    bed.create(&profile("web", "web")).await;
    let before = bed.settled("web").await;
    bed.eks().outsider().strip_tags(CLUSTER, "web-9999", &[]).unwrap();

    let lost = bed.wait("web", "stalled", |object| reason(object, Stalled).as_deref() == Some("OwnershipLost")).await;
    assert!(!is(&lost, Ready) && is(&lost, Available));
    assert!(message(&lost, Stalled).contains("web-9999"), "{}", message(&lost, Stalled));
    bed.looks(5).await;
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "jobs" }] } })).await;
    bed.wait("web", "looked at again", |object| observed(object) && !is(object, Ready)).await;
    bed.looks(5).await;
    assert_eq!(created(&bed, "web").len(), 1);
    assert_eq!(calls(&bed, Operation::DeleteFargateProfile), 0);

    // The message says which tags to restore.
    let tags = bed.eks().log().into_iter().find_map(|entry| Some(entry.change()?.tags.clone())).unwrap();
    for tag in [TAG_OWNER, TAG_OWNER_UID] {
        assert!(message(&lost, Stalled).contains(&format!("{tag}={}", tags[tag])), "{}", message(&lost, Stalled));
    }
    let tags: Vec<(&str, &str)> = tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    bed.eks().outsider().set_tags(CLUSTER, "web-9999", &tags).unwrap();
    let after = bed.settled("web").await;
    assert_eq!(bed.names(), ["web-9998"]);
    assert_eq!(before.uid(), after.uid());
}

#[tokio::test]
async fn a_restored_object_of_another_uid_keeps_its_profile_and_has_the_uid_tag_corrected_in_place() {
    let mut bed = Bed::start(quick(60.0)).await.unwrap();
    bed.create(&profile("web", "web")).await;
    let before = bed.settled("web").await;
    bed.stop_operator();
    bed.patch("web", json!({ "metadata": { "finalizers": null } })).await;
    bed.delete("web").await;
    bed.gone("web").await;
    bed.create(&profile("web", "web")).await;
    bed.start_operator().await.unwrap();

    let after = bed.settled("web").await;
    assert_ne!(before.uid(), after.uid());
    assert_eq!(created(&bed, "web"), ["web-9999"]);
    let kept = bed.eks().profile(CLUSTER, "web-9999").unwrap();
    assert_eq!(Some(&kept.tags[TAG_OWNER_UID]), after.uid().as_ref());
    assert_eq!(calls(&bed, Operation::DeleteFargateProfile), 0);
    served_without_a_gap(&bed, "web");
}

//! Trap 2: what a naive design forgets or repeats between the old profile and the new one under DeleteFirst, and who is killed
//! in between.

use std::time::Duration;

use bed::{Bed, CLUSTER};
use eks_simulator::{Effect, Fault, Operation, Outcome, ProfileStatus};
use fargate_operator::api::ConditionType::{Available, Ready, Stalled};
use fargate_operator::api::FargateProfile;
use serde_json::{Value, json};

use crate::support::objects::{
    delete_first, eks_has, in_a_public_subnet, late, namespace, replacement, selecting, serving, spec, stalled, status,
};
use crate::support::oracle::{a_late_call_has_landed, calls, created, gaps, lives, served_without_a_gap, story};
use crate::support::recorder::{Recorder, record};
use crate::support::{BedExt, is, observed, profile, quick, quiet, reason, until};

/// Once on record, what was there before stays there until another incarnation is ACTIVE.
async fn nothing_was_forgotten(recorder: &Recorder, old: &str) {
    let has_previous = |state: &FargateProfile| status(state).previous.is_some();
    let closed = || {
        let mut states = recorder.states().into_iter().skip_while(|state| !has_previous(state));
        states.find(|state| !has_previous(state))
    };
    until("the gap is closed", || closed().is_some()).await;
    let now = status(&closed().unwrap()).profile.unwrap();
    assert!(now.arn != old && now.status == "ACTIVE", "forgotten too early: {now:?}");
}

#[tokio::test]
async fn trap_2a_a_change_that_always_fails_costs_one_gap_and_not_one_after_the_other() {
    let mut bed = Bed::start(quick(300.0)).await.unwrap();
    serving(&bed, &delete_first("web", "a")).await;
    bed.patch("web", in_a_public_subnet(&bed)).await;
    stalled(&bed, "web", "ReplacementFailed").await;
    // What the process remembers is not what keeps it from the next try.
    bed.kill_operator().unwrap();
    bed.start_operator().await.unwrap();
    let end = bed.eks().now() + Duration::from_secs(1200);
    until("twenty minutes have passed", || bed.eks().now() >= end).await;
    bed.looks(3).await;
    assert_eq!((calls(&bed, Operation::DeleteFargateProfile), gaps(&bed, "web").len()), (1, 1), "{}", story(&bed));
}

#[tokio::test]
async fn trap_2b_after_a_failed_one_and_an_edit_it_is_the_one_that_served_which_is_put_back() {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    serving(&bed, &delete_first("web", "a")).await;
    let recorder = record(&bed, "web");
    bed.eks().next_creation(CLUSTER, "web", Outcome::fail("AccessDenied", "no way in")).unwrap();
    bed.patch("web", selecting("b")).await;
    eks_has(&bed, "web", ProfileStatus::CreateFailed).await;
    let own = bed.eks().cluster_settings(CLUSTER).unwrap().public_subnets;
    bed.patch("web", spec(json!({ "selectors": [{ "namespace": "c" }], "subnets": [own[0]] }))).await;
    let object = stalled(&bed, "web", "ReplacementFailed").await;
    assert!(is(&object, Available));
    assert_eq!((namespace(&bed, "web"), gaps(&bed, "web").len()), ("a".to_owned(), 1), "{}", story(&bed));
    let recorded = recorder.states().into_iter().filter_map(|state| status(&state).previous);
    assert!(recorded.into_iter().all(|previous| previous.selectors[0].namespace == "a"));
}

/// Delete(A) is sent, the spec goes back to A, and looks still show A as ACTIVE.
async fn trap_2c(fault: Fault) {
    let bed = Bed::start(quiet(60.0)).await.unwrap();
    serving(&bed, &delete_first("web", "a")).await;
    let old = bed.eks().profile(CLUSTER, "web").unwrap().arn;
    let recorder = record(&bed, "web");
    bed.eks().add_fault(fault);
    bed.patch("web", selecting("b")).await;
    until("the delete is sent", || calls(&bed, Operation::DeleteFargateProfile) == 1).await;
    bed.patch("web", selecting("a")).await;
    bed.wait("web", "served again", |object| {
        let now = status(object).profile.map(|now| now.arn);
        is(object, Ready) && now.is_some_and(|now| now != old)
    })
    .await;
    assert_eq!(namespace(&bed, "web"), "a");
    assert_eq!((created(&bed, "web").len(), gaps(&bed, "web").len()), (2, 1), "{}", story(&bed));
    nothing_was_forgotten(&recorder, &old).await;
}

#[tokio::test]
async fn trap_2c_a_look_that_lags_behind_the_delete_does_not_make_it_forget_what_to_put_back() {
    // Less than the profile is old: that looks go back behind its creation is assumed away (docs/architecture.md).
    trap_2c(Fault::new(Effect::Stale { by: Duration::from_secs(10) })).await;
}

#[tokio::test]
async fn trap_2c_a_delete_without_an_answer_does_not_make_it_forget_what_to_put_back() {
    trap_2c(late(Operation::DeleteFargateProfile)).await;
}

/// Inside the gap: a patch that would stop a beginning. The gap is closed all the same.
async fn closed_in_spite_of(patch: Value) -> Bed {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    serving(&bed, &delete_first("web", "a")).await;
    bed.patch("web", selecting("b")).await;
    eks_has(&bed, "web", ProfileStatus::Deleting).await;
    let recorder = record(&bed, "web");
    bed.patch("web", patch).await;
    let object = bed.wait("web", "served", |object| is(object, Ready) && observed(object)).await;
    assert_eq!(status(&object).previous, None);
    assert_eq!(lives(&bed, "web")[2..], ["web DELETING", "web gone", "web CREATING", "web ACTIVE"]);
    assert_eq!(namespace(&bed, "web"), "b");
    assert!(recorder.states().iter().all(|state| is(state, Available) || status(state).previous.is_some()));
    bed
}

#[tokio::test]
async fn trap_2e_suspended_inside_the_gap_the_object_still_gets_its_profile() {
    let bed = closed_in_spite_of(spec(json!({ "suspend": true }))).await;
    // And nothing more begins.
    bed.patch("web", selecting("c")).await;
    bed.wait("web", "suspended", |object| observed(object) && !is(object, Ready)).await;
    bed.looks(3).await;
    assert_eq!(gaps(&bed, "web").len(), 1);
}

#[tokio::test]
async fn trap_2f_approval_is_not_asked_again_inside_the_gap() {
    closed_in_spite_of(replacement(json!({ "approval": "Manual" }))).await;
}

#[tokio::test]
async fn trap_2d_switched_to_create_first_inside_the_gap_the_exact_name_comes_back() {
    let bed = closed_in_spite_of(replacement(json!({ "strategy": "CreateFirst" }))).await;
    bed.patch("web", selecting("c")).await;
    bed.settled("web").await;
    assert_eq!(bed.names(), ["0-web-9999"]);
    assert_eq!(gaps(&bed, "web").len(), 1, "{}", story(&bed));
}

#[tokio::test]
async fn trap_2d_switched_to_create_first_inside_the_gap_a_refused_change_is_still_put_back() {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    serving(&bed, &delete_first("web", "a")).await;
    bed.patch("web", in_a_public_subnet(&bed)).await;
    eks_has(&bed, "web", ProfileStatus::Deleting).await;
    bed.patch("web", replacement(json!({ "strategy": "CreateFirst" }))).await;
    // Under the new strategy the change is tried beside what serves, and no further gap opens.
    let object = bed
        .wait("web", "refused beside what serves", |object| {
            is(object, Available) && reason(object, Stalled).as_deref() == Some("InvalidParameter")
        })
        .await;
    assert_eq!(status(&object).previous, None);
    assert_eq!((bed.names(), gaps(&bed, "web").len()), (vec!["web".to_owned()], 1), "{}", story(&bed));
    let tries = calls(&bed, Operation::CreateFargateProfile);
    until("it was tried again", || calls(&bed, Operation::CreateFargateProfile) > tries).await;
    assert_eq!(calls(&bed, Operation::DeleteFargateProfile), 1, "{}", story(&bed));
    assert_eq!(bed.eks().profile(CLUSTER, "web").map(|back| back.status), Some(ProfileStatus::Active));
}

#[tokio::test]
async fn a_late_delete_does_not_hit_the_next_profile_of_the_exact_name() {
    let bed = Bed::start(quiet(60.0)).await.unwrap();
    serving(&bed, &delete_first("web", "a")).await;
    bed.eks().add_fault(late(Operation::DeleteFargateProfile));
    bed.patch("web", selecting("b")).await;
    until("the late delete has landed", || a_late_call_has_landed(&bed)).await;
    bed.wait("web", "served", |object| is(object, Ready) && status(object).previous.is_none()).await;
    bed.looks(3).await;
    let one = ["web CREATING", "web ACTIVE", "web DELETING", "web gone", "web CREATING", "web ACTIVE"];
    assert_eq!(lives(&bed, "web"), one, "{}", story(&bed));
    assert_eq!((namespace(&bed, "web").as_str(), calls(&bed, Operation::DeleteFargateProfile)), ("b", 1));
}

/// The operator is killed with a create of the second profile on the wire, and another one takes over.
async fn killed_with_a_create_on_the_wire(bed: &mut Bed) {
    bed.eks().add_fault(late(Operation::CreateFargateProfile));
    bed.patch("web", selecting("b")).await;
    until("the create is on the wire", || calls(bed, Operation::CreateFargateProfile) == 2).await;
    bed.kill_operator().unwrap();
    bed.start_operator().await.unwrap();
    let object = bed.settled("web").await;
    assert_eq!((calls(bed, Operation::CreateFargateProfile), created(bed, "web").len()), (2, 2), "{}", story(bed));
    let warnings = bed.warnings(&object).await;
    assert!(warnings.iter().all(|text| text.starts_with("GapOpened")), "{warnings:?}");
}

#[tokio::test]
async fn killed_with_the_next_create_on_the_wire_create_first_goes_on_where_it_was() {
    let mut bed = Bed::start(quiet(60.0)).await.unwrap();
    serving(&bed, &profile("web", "a")).await;
    killed_with_a_create_on_the_wire(&mut bed).await;
    assert_eq!(bed.names(), ["web-9998"]);
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn killed_with_a_create_on_the_wire_inside_a_gap_delete_first_closes_it() {
    let mut bed = Bed::start(quiet(60.0)).await.unwrap();
    serving(&bed, &delete_first("web", "a")).await;
    let old = bed.eks().profile(CLUSTER, "web").unwrap().arn;
    let recorder = record(&bed, "web");
    killed_with_a_create_on_the_wire(&mut bed).await;
    assert_eq!((namespace(&bed, "web"), gaps(&bed, "web").len()), ("b".to_owned(), 1), "{}", story(&bed));
    nothing_was_forgotten(&recorder, &old).await;
}

#[tokio::test]
async fn killed_while_the_old_one_is_deleting_the_next_operator_closes_the_gap() {
    let mut bed = Bed::start(quick(60.0)).await.unwrap();
    serving(&bed, &delete_first("web", "a")).await;
    bed.patch("web", selecting("b")).await;
    eks_has(&bed, "web", ProfileStatus::Deleting).await;
    bed.kill_operator().unwrap();
    until("the old one is gone", || bed.names().is_empty()).await;
    bed.start_operator().await.unwrap();
    let object = bed.settled("web").await;
    assert_eq!((namespace(&bed, "web"), gaps(&bed, "web").len()), ("b".to_owned(), 1), "{}", story(&bed));
    let warnings = bed.warnings(&object).await;
    assert!(warnings.iter().all(|text| text.starts_with("GapOpened")), "{warnings:?}");
}

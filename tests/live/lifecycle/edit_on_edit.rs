//! Edits and reverts while a replacement is under way, under both strategies: the last spec wins, and no gap is wider or
//! more frequent than the strategy says.

use bed::{Bed, CLUSTER};
use eks_simulator::{Operation, ProfileStatus};
use fargate_operator::api::ConditionType::{Available, Ready, Stalled};
use serde_json::json;

use crate::support::objects::{
    delete_first, eks_has, in_a_public_subnet, namespace, replacement, selecting, serving, spec, status,
};
use crate::support::oracle::{calls, created, gaps, lives, served_without_a_gap, story};
use crate::support::recorder::record;
use crate::support::{BedExt, is, observed, profile, quick, reason, until};

/// DeleteFirst: `a` is changed to `b` and, when `web` has reached a state, to something else. Afterwards that is there.
async fn delete_first_edited(when: ProfileStatus, to: &str, expected_gaps: usize) {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    serving(&bed, &delete_first("web", "a")).await;
    bed.patch("web", selecting("b")).await;
    eks_has(&bed, "web", when).await;
    bed.patch("web", selecting(to)).await;
    let object = bed.settled("web").await;
    assert_eq!((bed.names(), namespace(&bed, "web")), (vec!["web".to_owned()], to.to_owned()), "{}", story(&bed));
    assert_eq!((status(&object).previous, status(&object).failed_generation), (None, None));
    assert_eq!(gaps(&bed, "web").len(), expected_gaps, "{}", story(&bed));
    assert_eq!(created(&bed, "web").len(), 1 + expected_gaps, "{}", story(&bed));
    assert!(bed.warnings(&object).await.is_empty(), "{:?}", bed.warnings(&object).await);
}

#[tokio::test]
async fn delete_first_an_edit_while_the_old_one_is_deleting_goes_into_the_same_gap() {
    delete_first_edited(ProfileStatus::Deleting, "c", 1).await;
}

#[tokio::test]
async fn delete_first_an_edit_while_the_new_one_is_creating_follows_when_the_gap_is_closed() {
    delete_first_edited(ProfileStatus::Creating, "c", 2).await;
}

#[tokio::test]
async fn delete_first_a_revert_while_the_old_one_is_deleting_brings_it_back_in_the_same_gap() {
    delete_first_edited(ProfileStatus::Deleting, "a", 1).await;
}

#[tokio::test]
async fn delete_first_a_revert_while_the_new_one_is_creating_follows_when_the_gap_is_closed() {
    delete_first_edited(ProfileStatus::Creating, "a", 2).await;
}

/// CreateFirst: the same.
async fn create_first_edited(when: (&str, ProfileStatus), to: &str) {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    serving(&bed, &profile("web", "a")).await;
    bed.patch("web", selecting("b")).await;
    eks_has(&bed, when.0, when.1).await;
    bed.patch("web", selecting(to)).await;
    bed.settled("web").await;
    assert_eq!((bed.names(), namespace(&bed, "web-9997")), (vec!["web-9997".to_owned()], to.to_owned()));
    assert_eq!(created(&bed, "web"), ["web-9999", "web-9998", "web-9997"]);
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn create_first_an_edit_while_the_old_one_is_deleting_leaves_no_moment_without_a_profile() {
    create_first_edited(("web-9999", ProfileStatus::Deleting), "c").await;
}

#[tokio::test]
async fn create_first_a_revert_while_the_new_one_is_creating_leaves_no_moment_without_a_profile() {
    create_first_edited(("web-9998", ProfileStatus::Creating), "a").await;
}

#[tokio::test]
async fn create_first_a_revert_while_the_old_one_is_deleting_leaves_no_moment_without_a_profile() {
    create_first_edited(("web-9999", ProfileStatus::Deleting), "a").await;
}

/// Inside the gap: a patch that would stop a beginning. The gap is closed all the same.
async fn closed_in_spite_of(patch: serde_json::Value) -> Bed {
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
async fn trace_2e_suspended_inside_the_gap_the_object_still_gets_its_profile() {
    let bed = closed_in_spite_of(spec(json!({ "suspend": true }))).await;
    // And nothing more begins.
    bed.patch("web", selecting("c")).await;
    bed.wait("web", "suspended", |object| observed(object) && !is(object, Ready)).await;
    bed.looks(3).await;
    assert_eq!(gaps(&bed, "web").len(), 1);
}

#[tokio::test]
async fn trace_2f_approval_is_not_asked_again_inside_the_gap() {
    closed_in_spite_of(replacement(json!({ "approval": "Manual" }))).await;
}

#[tokio::test]
async fn trace_2d_switched_to_create_first_inside_the_gap_the_exact_name_comes_back() {
    let bed = closed_in_spite_of(replacement(json!({ "strategy": "CreateFirst" }))).await;
    bed.patch("web", selecting("c")).await;
    bed.settled("web").await;
    assert_eq!(bed.names(), ["0-web-9999"]);
    assert_eq!(gaps(&bed, "web").len(), 1, "{}", story(&bed));
}

#[tokio::test]
async fn trace_2d_switched_to_create_first_inside_the_gap_a_refused_change_is_still_put_back() {
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
async fn deleted_inside_the_gap_the_object_leaves_nothing_behind() {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    for (name, when) in [("web", ProfileStatus::Deleting), ("api", ProfileStatus::Creating)] {
        serving(&bed, &delete_first(name, "a")).await;
        bed.patch(name, selecting("b")).await;
        eks_has(&bed, name, ProfileStatus::Deleting).await;
        eks_has(&bed, name, when).await;
        bed.delete(name).await;
        bed.gone(name).await;
        assert!(bed.names().is_empty(), "{}", story(&bed));
    }
    // Nobody waits for a gap whose object is gone.
    serving(&bed, &profile("next", "next")).await;
}

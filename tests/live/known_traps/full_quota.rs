//! Trap 8: the cluster's quota of profiles is used up when the next one is due.

use bed::{Bed, CLUSTER};
use eks_simulator::{Operation, ProfileSpec, ProfileStatus};
use fargate_operator::api::APPROVE_ANNOTATION;
use fargate_operator::api::ConditionType::{Available, Ready, Stalled};
use serde_json::json;

use crate::support::objects::{eks_has, namespace, selecting, served, serving, stalled, status};
use crate::support::oracle::{calls, served_without_a_gap, story};
use crate::support::{BedExt, is, message, profile, quick, reason};

/// A bed whose cluster has room for so many profiles.
async fn with_quota(profiles: usize) -> Bed {
    let mut options = quick(120.0);
    options.cluster = options.cluster.profile_quota(profiles);
    Bed::start(options).await.unwrap()
}

/// How often a create was refused for want of a slot.
fn refusals(bed: &Bed) -> usize {
    let creates = bed.eks().calls(&[Operation::CreateFargateProfile]);
    creates.iter().filter(|call| call.error.as_deref() == Some("ResourceLimitExceededException")).count()
}

#[tokio::test]
async fn trap_8_a_revert_with_pods_on_both_and_no_free_slot_waits_for_a_person_and_loses_nothing() {
    let bed = with_quota(2).await;
    serving(&bed, &profile("web", "a")).await;
    bed.pod("old", "web-9999").await;
    bed.patch("web", selecting("b")).await;
    served(&bed, "web").await;
    bed.pod("new", "web-9998").await;
    bed.patch("web", selecting("a")).await;
    // web-9999 is what the spec went back to, but web-9998 takes the new pods.
    let object = bed
        .wait("web", "asking a person", |object| {
            reason(object, Stalled).as_deref() == Some("NoFreeSlot") && message(object, Stalled).contains("/approve=")
        })
        .await;
    assert!(is(&object, Available) && !is(&object, Ready));
    let plan = status(&object).replacement.unwrap().plan_id.unwrap();
    assert!(message(&object, Stalled).contains(&plan), "{}", message(&object, Stalled));
    bed.looks(3).await;
    assert_eq!(bed.names(), ["web-9998", "web-9999"]);

    // Approved or not, a profile with pods is not deleted.
    bed.patch("web", json!({ "metadata": { "annotations": { APPROVE_ANNOTATION: plan } } })).await;
    bed.wait("web", "held by the pod", |object| {
        status(object).conditions.iter().any(|now| now.reason == "PodsWithoutProfile")
    })
    .await;
    bed.looks(3).await;
    assert_eq!(calls(&bed, Operation::DeleteFargateProfile), 0);
    bed.remove_pod("old").await;
    served(&bed, "web").await;
    assert_eq!(
        (bed.names(), namespace(&bed, "web-9997")),
        (vec!["web-9997".to_owned(), "web-9998".to_owned()], "a".to_owned())
    );
    bed.remove_pod("new").await;
    bed.settled("web").await;
    assert_eq!(bed.names(), ["web-9997"]);
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn trap_8_a_revert_without_a_free_slot_goes_on_by_itself_when_somebody_frees_one() {
    let bed = with_quota(3).await;
    bed.eks().outsider().place_profile(CLUSTER, ProfileSpec::named("other"), ProfileStatus::Active).unwrap();
    serving(&bed, &profile("web", "a")).await;
    bed.pod("old", "web-9999").await;
    bed.patch("web", selecting("b")).await;
    served(&bed, "web").await;
    bed.patch("web", selecting("a")).await;
    stalled(&bed, "web", "NoFreeSlot").await;
    bed.eks().outsider().vanish_profile(CLUSTER, "other").unwrap();
    served(&bed, "web").await;
    bed.remove_pod("old").await;
    bed.settled("web").await;
    assert_eq!(bed.names(), ["web-9997"]);
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn trap_8_an_edit_on_an_edit_without_a_free_slot_makes_room_by_itself() {
    let bed = with_quota(2).await;
    serving(&bed, &profile("web", "a")).await;
    bed.patch("web", selecting("b")).await;
    eks_has(&bed, "web-9998", ProfileStatus::Creating).await;
    bed.patch("web", selecting("c")).await;
    bed.settled("web").await;
    assert_eq!((bed.names(), namespace(&bed, "web-9997")), (vec!["web-9997".to_owned()], "c".to_owned()));
    assert!(refusals(&bed) > 0, "there was room all along\n{}", story(&bed));
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn of_two_objects_and_one_free_slot_one_goes_first_and_both_arrive() {
    let bed = with_quota(3).await;
    for name in ["one", "two"] {
        serving(&bed, &profile(name, "a")).await;
    }
    for name in ["one", "two"] {
        bed.patch(name, selecting("b")).await;
    }
    for name in ["one", "two"] {
        bed.settled(name).await;
        served_without_a_gap(&bed, name);
    }
    assert_eq!(bed.names(), ["one-9998", "two-9998"]);
    assert_eq!(calls(&bed, Operation::DeleteFargateProfile), 2, "{}", story(&bed));
}

//! Trap 4: the spec goes back to what it was, and two profiles equal it, or the one that is left looks empty.

use bed::{Bed, CLUSTER};
use eks_simulator::ProfileStatus;
use fargate_operator::api::ConditionType::{Ready, Stalled};
use serde_json::json;

use crate::support::objects::{selecting, served, serving, status};
use crate::support::oracle::{created, served_without_a_gap, story};
use crate::support::{BedExt, is, message, observed, profile, quick, reason};

#[tokio::test]
async fn trap_4_a_revert_while_the_new_profile_is_active_and_looks_empty_deletes_nothing_that_takes_pods() {
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
        reason(object, Stalled).as_deref() == Some("PodsWithoutProfile") && message(object, Stalled).contains("/late")
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
async fn trap_4_of_two_profiles_that_equal_the_spec_the_one_that_sorts_first_serves_and_no_chain_begins() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    serving(&bed, &profile("web", "a")).await;
    bed.pod("runner", "web-9999").await;
    bed.patch("web", selecting("b")).await;
    served(&bed, "web").await;
    bed.pod("late", "web-9998").await;
    bed.patch("web", selecting("a")).await;
    let object = served(&bed, "web").await;
    assert_eq!(status(&object).profile.unwrap().name, "web-9997");
    // web-9999 and web-9997 are equal now, and neither is added to.
    bed.looks(5).await;
    assert_eq!(created(&bed, "web").len(), 3, "{}", story(&bed));
    bed.remove_pod("runner").await;
    bed.remove_pod("late").await;
    bed.settled("web").await;
    assert_eq!((bed.names(), created(&bed, "web").len()), (vec!["web-9997".to_owned()], 3), "{}", story(&bed));
    served_without_a_gap(&bed, "web");
}

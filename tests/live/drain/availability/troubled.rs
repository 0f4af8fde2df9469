//! The new profile does not do what it should: a bad change costs no running pod.

use bed::Bed;
use data_plane::{Order, TroubleKind, Webhook, What};
use fargate_operator::api::ConditionType::{Available, Stalled};
use serde_json::json;

use super::workload::{self, BUDGETED, FREE, NAMESPACE};
use super::{lives, pods_by_profile, quick, whole};
use crate::support::objects::stalled;
use crate::support::oracle::gaps;
use crate::support::recorder::record;
use crate::support::steady::steady_but_for;
use crate::support::{BedExt, is, message, profile, until_async};

#[tokio::test]
async fn a_profile_on_which_no_pod_starts_is_taken_back_at_the_cost_of_one_pod() {
    let bed = Bed::start(quick(30.0)).await.unwrap();
    workload::namespace(&bed).await;
    bed.create(&profile("shop", NAMESPACE)).await;
    bed.settled("shop").await;
    workload::deployments(&bed).await;
    let lookout = whole(&bed, &[BUDGETED, FREE]).await;
    bed.fargate().unwrap().trouble("shop-9998", TroubleKind::ImagePull, None);

    let recorder = record(&bed, "shop");
    let began = lookout.now();
    bed.patch("shop", json!({ "spec": { "selectors": [{ "namespace": NAMESPACE }, { "namespace": "more" }] } })).await;
    let refused = stalled(&bed, "shop", "ReplacementUnhealthy").await;
    until_async("the new profile is gone", async || bed.names() == ["shop-9999"]).await;
    for deployment in [BUDGETED, FREE] {
        lookout.whole(deployment).await;
    }
    assert!(is(&refused, Available), "{}", message(&refused, Stalled));
    assert_eq!(lookout.fewest(BUDGETED, began), 5, "{:?}", lookout.deployment(BUDGETED, began));
    assert_eq!(lookout.fewest(FREE, began), 3, "{:?}", lookout.deployment(FREE, began));
    lookout.kept(BUDGETED, began);
    let lives = lives(&bed).await;
    let evicted = lives.iter().filter(|entry| entry.what == What::DeletionAsked && entry.at > began);
    assert_eq!(evicted.filter(|entry| entry.profile.as_deref() == Some("shop-9999")).count(), 1, "{lives:?}");
    let pods = pods_by_profile(&bed).await;
    assert_eq!((pods.len(), pods["shop-9999"].len()), (1, 9));
    let last = stalled(&bed, "shop", "ReplacementUnhealthy").await;
    assert!(message(&last, Stalled).contains("ImagePullBackOff"), "{}", message(&last, Stalled));
    assert!(gaps(&bed, "shop").is_empty(), "{:?}", gaps(&bed, "shop"));
    steady_but_for(&recorder, &["ReplacementUnhealthy"], 0);
}

#[tokio::test]
async fn without_eks_webhook_one_pod_is_lost_and_the_others_stay_until_it_is_back() {
    let bed = Bed::start(quick(30.0)).await.unwrap();
    workload::namespace(&bed).await;
    bed.create(&profile("shop", NAMESPACE)).await;
    bed.settled("shop").await;
    workload::deployments(&bed).await;
    let lookout = whole(&bed, &[BUDGETED, FREE]).await;
    let fargate = bed.fargate().unwrap();
    fargate.webhook(Webhook::Absent).await.unwrap();

    let recorder = record(&bed, "shop");
    let began = lookout.now();
    bed.patch("shop", json!({ "spec": { "selectors": [{ "namespace": NAMESPACE }, { "namespace": "more" }] } })).await;
    let held = stalled(&bed, "shop", "DrainUnanswered").await;
    assert!(is(&held, Available), "{}", message(&held, Stalled));
    bed.looks(3).await;
    let pods = pods_by_profile(&bed).await;
    assert_eq!((pods["shop-9999"].len(), pods[""].len()), (8, 1));
    assert_eq!((lookout.fewest(BUDGETED, began), lookout.fewest(FREE, began)), (5, 3));
    lookout.kept(BUDGETED, began);

    fargate.webhook(Webhook::Present).await.unwrap();
    bed.kubectl().words(&["delete", "pod", "-n", NAMESPACE, &pods[""][0], "--wait=false"]).unwrap();
    bed.settled("shop").await;
    assert_eq!(bed.names(), ["shop-9998"]);
    lookout.kept(BUDGETED, began);
    steady_but_for(&recorder, &["DrainUnanswered"], 1);
}

#[tokio::test]
async fn a_pod_that_comes_back_to_the_old_profile_stops_the_drain_until_eks_chooses_the_new_one() {
    let bed = Bed::start(quick(30.0)).await.unwrap();
    workload::namespace(&bed).await;
    bed.create(&profile("shop", NAMESPACE)).await;
    bed.settled("shop").await;
    workload::deployments(&bed).await;
    let lookout = whole(&bed, &[BUDGETED, FREE]).await;
    let fargate = bed.fargate().unwrap();
    fargate.change(|switches| switches.order = Order::Reversed);

    let recorder = record(&bed, "shop");
    let began = lookout.now();
    bed.patch("shop", json!({ "spec": { "selectors": [{ "namespace": NAMESPACE }, { "namespace": "more" }] } })).await;
    let bounced = stalled(&bed, "shop", "DrainBounced").await;
    lookout.whole(BUDGETED).await;
    bed.looks(3).await;
    let record = fargate.record();
    assert_eq!(record.of("shop-9999", What::DeletionAsked).filter(|entry| entry.at > began).count(), 1);
    // EKS chooses it at last; the pod is restarted, as the message says.
    fargate.change(|switches| switches.order = Order::Ascii);
    let said = message(&bounced, Stalled);
    let pod = said.split("pod shop/").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    bed.kubectl().words(&["delete", "pod", "-n", NAMESPACE, pod, "--wait=false"]).unwrap();
    bed.settled("shop").await;
    assert_eq!(bed.names(), ["shop-9998"]);
    for deployment in [BUDGETED, FREE] {
        lookout.whole(deployment).await;
    }
    assert_eq!(pods_by_profile(&bed).await["shop-9998"].len(), 9);
    assert_eq!((lookout.fewest(BUDGETED, began), lookout.fewest(FREE, began)), (5, 2));
    lookout.kept(BUDGETED, began);
    steady_but_for(&recorder, &["DrainBounced"], 1);
}

//! A drain adds nothing to what a workload misses already, by its topmost controller's own account.

use bed::Bed;
use fargate_operator::api::ConditionType::Reconciling;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use kube::api::{Api, Patch, PatchParams};
use serde_json::{Value, json};

use super::workload::{self, FREE, NAMESPACE, deployment, make, scaled};
use super::{pods_by_profile, quick, whole};
use crate::support::oracle::served_without_a_gap;
use crate::support::{BedExt, message, profile, until_async};

/// A Deployment in whose rollout no new pod starts.
const STUCK: &str = "basket";
/// A Deployment whose pods count when they have been Ready for a while.
const PATIENT: &str = "patient";

/// A bed whose profile serves.
async fn serving() -> Bed {
    let bed = Bed::start(quick(30.0)).await.unwrap();
    workload::namespace(&bed).await;
    bed.create(&profile("shop", NAMESPACE)).await;
    bed.settled("shop").await;
    bed
}

async fn replace(bed: &Bed) {
    bed.patch("shop", json!({ "spec": { "selectors": [{ "namespace": NAMESPACE }, { "namespace": "more" }] } })).await;
}

async fn change_deployment(bed: &Bed, name: &str, patch: Value) {
    let deployments: Api<Deployment> = Api::namespaced(bed.client(), NAMESPACE);
    deployments.patch(name, &PatchParams::default(), &Patch::Strategic(patch)).await.unwrap();
}

/// Names of the pods on a profile that begin so.
async fn on(bed: &Bed, profile: &str, prefix: &str) -> Vec<String> {
    let mut names = pods_by_profile(bed).await.remove(profile).unwrap_or_default();
    names.retain(|name| name.starts_with(prefix));
    names.sort_unstable();
    names
}

/// Waits until the message about what goes on says this.
async fn says(bed: &Bed, text: &str) {
    bed.wait("shop", &format!("saying: {text}"), |object| message(object, Reconciling).contains(text)).await;
}

#[tokio::test]
async fn of_a_deployment_whose_rollout_is_stuck_what_serves_stays_until_the_rollout_is_undone() {
    let bed = serving().await;
    deployment(&bed, STUCK, 4, None).await;
    deployment(&bed, FREE, 3, None).await;
    let lookout = whole(&bed, &[STUCK, FREE]).await;
    // Fargate runs no such pod. A quarter of four may be missing, and a quarter more may be there.
    change_deployment(&bed, STUCK, json!({ "spec": { "template": { "spec": { "hostNetwork": true } } } })).await;
    let deployments: Api<Deployment> = Api::namespaced(bed.client(), NAMESPACE);
    until_async("the rollout is stuck", async || {
        let status = deployments.get(STUCK).await.unwrap().status.unwrap();
        (status.updated_replicas, status.available_replicas) == (Some(2), Some(3))
    })
    .await;
    let serving = lookout.now();
    assert_eq!(lookout.fewest(STUCK, serving), 3);

    replace(&bed).await;
    until_async("those of the other Deployment have moved", async || on(&bed, "shop-9998", FREE).await.len() == 3)
        .await;
    let why = "Deployment shop/basket: a rollout is in progress (3 of 4 pods available): let it complete, or undo it";
    bed.looks(5).await;
    assert_eq!(lookout.fewest(STUCK, serving), 3, "{:?}", lookout.deployment(STUCK, serving));
    says(&bed, why).await;

    bed.kubectl().words(&["rollout", "undo", "-n", NAMESPACE, &format!("deployment/{STUCK}")]).unwrap();
    bed.settled("shop").await;
    lookout.whole(STUCK).await;
    assert_eq!((bed.names(), on(&bed, "shop-9998", STUCK).await.len()), (vec!["shop-9998".to_owned()], 4));
    assert_eq!(lookout.fewest(STUCK, serving), 3, "{:?}", lookout.deployment(STUCK, serving));
    assert_eq!(lookout.fewest(FREE, serving), 2, "{:?}", lookout.deployment(FREE, serving));
    served_without_a_gap(&bed, "shop");
}

#[tokio::test]
async fn a_pod_counts_when_it_has_been_ready_for_min_ready_seconds() {
    let bed = serving().await;
    let mut made = scaled(PATIENT, 2);
    made["spec"]["minReadySeconds"] = json!(5);
    make::<Deployment>(&bed, made).await;
    let lookout = whole(&bed, &[PATIENT]).await;
    let began = lookout.now();
    replace(&bed).await;
    bed.settled("shop").await;
    lookout.whole(PATIENT).await;
    assert_eq!(on(&bed, "shop-9998", PATIENT).await.len(), 2);
    assert_eq!(lookout.fewest(PATIENT, began), 1, "{:?}", lookout.deployment(PATIENT, began));
}

/// Two ReplicaSets of a controller that nobody here can read: one Ready, and one that Fargate does not run.
async fn of_an_unknown_kind(bed: &Bed) {
    let owner = make::<ConfigMap>(bed, json!({ "metadata": { "name": "canary" } })).await;
    let reference =
        json!([{ "apiVersion": "v1", "kind": "ConfigMap", "name": "canary", "uid": owner.uid(), "controller": true }]);
    for (name, replicas, host_network) in [("stable", 2, false), ("step", 1, true)] {
        let mut set = scaled(name, replicas);
        set["metadata"]["ownerReferences"] = reference.clone();
        set["spec"]["template"]["spec"]["hostNetwork"] = json!(host_network);
        make::<ReplicaSet>(bed, set).await;
    }
}

#[tokio::test]
async fn what_is_half_updated_on_purpose_moves_and_what_nobody_can_read_is_its_replica_sets_together() {
    let bed = serving().await;
    deployment(&bed, "paused", 2, None).await;
    let mut set = scaled("parted", 2);
    set["spec"]["serviceName"] = json!("parted");
    set["spec"]["updateStrategy"] = json!({ "type": "RollingUpdate", "rollingUpdate": { "partition": 1 } });
    make::<StatefulSet>(&bed, set).await;
    of_an_unknown_kind(&bed).await;
    let lookout = whole(&bed, &["paused"]).await;
    let newer = json!({ "template": { "metadata": { "annotations": { "version": "2" } } } });
    change_deployment(&bed, "paused", json!({ "spec": { "paused": true, "template": newer["template"] } })).await;
    let sets: Api<StatefulSet> = Api::namespaced(bed.client(), NAMESPACE);
    let stateful = async || sets.get("parted").await.unwrap().status.unwrap();
    until_async("the StatefulSet is whole", async || stateful().await.available_replicas == Some(2)).await;
    sets.patch("parted", &PatchParams::default(), &Patch::Strategic(json!({ "spec": newer }))).await.unwrap();
    until_async("one of the two is updated", async || {
        let status = stateful().await;
        let is_whole = (status.available_replicas, status.updated_replicas) == (Some(2), Some(1));
        is_whole && status.update_revision != status.current_revision
    })
    .await;
    until_async("both ReplicaSets have their pods", async || {
        on(&bed, "shop-9999", "stable").await.len() == 2 && on(&bed, "shop-9999", "step").await.len() == 1
    })
    .await;

    let began = lookout.now();
    replace(&bed).await;
    until_async("what is well has moved", async || {
        on(&bed, "shop-9998", "paused").await.len() == 2 && on(&bed, "shop-9998", "parted").await.len() == 2
    })
    .await;
    until_async("what serves nobody goes first", async || on(&bed, "shop-9998", "step").await.len() == 1).await;
    let step = on(&bed, "shop-9998", "step").await.remove(0);
    says(&bed, &format!("ConfigMap shop/canary: pod {step} is not Ready yet")).await;
    bed.looks(5).await;
    assert_eq!(on(&bed, "shop-9999", "stable").await.len(), 2);

    bed.kubectl().words(&["scale", "-n", NAMESPACE, "replicaset/step", "--replicas=0"]).unwrap();
    bed.settled("shop").await;
    assert_eq!((bed.names(), on(&bed, "shop-9998", "stable").await.len()), (vec!["shop-9998".to_owned()], 2));
    assert_eq!(lookout.fewest("paused", began), 1);
    // It is made again as it was: its partition keeps the first of the two at its revision.
    let status = stateful().await;
    assert_eq!((status.replicas, status.updated_replicas), (2, Some(1)));
}

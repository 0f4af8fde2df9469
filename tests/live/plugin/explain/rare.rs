//! Causes that few people meet: pods of a node's own, names that nobody can order, templates and profiles that were not looked at.

use bed::Bed;
use bed::testing::{TestNamespace, deployment, until_async};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::ResourceExt;
use kube::api::{Api, ListParams, Patch, PatchParams};
use serde_json::{Value, json};

use super::{asks, case, json_of, made, selecting};
use crate::plugin::fargate;
use crate::support::{BedExt, drains, profile};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn causes_that_few_people_meet_are_named_too() {
    let mut bed = Bed::start(drains::fargate(60.0)).await.unwrap();
    bed.create(&selecting("rare", "rare", "fargate", "yes")).await;
    for name in ["order-9", "order-10"] {
        bed.create(&profile(name, "order")).await;
    }
    for name in ["rare", "order-9", "order-10"] {
        bed.settled(name).await;
    }
    let rare = TestNamespace::new(&bed, "rare").await;
    of_a_node(&rare).await;
    older_template(&rare).await;
    undecided(&bed);
    held_labels(&bed).await;

    made(&TestNamespace::new(&bed, "unseen").await, "web", |_| {}).await;
    bed.kill_operator().unwrap();
    bed.create(&profile("unseen", "unseen")).await;
    let unseen = case(
        "deploy/web",
        "ProfileUnseen",
        "Deployment unseen/web is not on Fargate: FargateProfile unseen, which selects them, has no status: no operator has looked at it.",
        "kubectl describe fp unseen",
    );
    asks(&bed, "unseen", &unseen);
}

/// As a kubelet shows a pod that it makes from a file.
async fn of_a_node(ns: &TestNamespace<'_>) {
    ns.fargate.ec2(1).await.unwrap();
    let nodes: Api<Node> = Api::all(ns.bed.client());
    let node = nodes.list(&ListParams::default()).await.unwrap().items.remove(0);
    let owner =
        json!({ "apiVersion": "v1", "kind": "Node", "name": node.name_any(), "uid": node.uid(), "controller": true });
    let mirror = json!({ "kubernetes.io/config.mirror": "0", "kubernetes.io/config.source": "file" });
    ns.create::<Pod>(json!({
        "metadata": { "name": "proxy", "labels": { "fargate": "yes" }, "annotations": mirror, "ownerReferences": [owner] },
        "spec": { "nodeName": node.name_any(), "containers": [{ "name": "main", "image": "none" }] },
    }))
    .await;
    let first = "Pod rare/proxy is not on Fargate: a node makes it from a file of its own.";
    asks(ns.bed, "rare", &case("pod/proxy", "StaticPod", first, ""));
}

/// A Deployment whose rollout is paused before its pods have the label.
async fn older_template(ns: &TestNamespace<'_>) {
    made(ns, "web", |_| {}).await;
    let labels = json!({ "metadata": { "labels": { "fargate": "yes" } } });
    let edit = Patch::Merge(json!({ "spec": { "paused": true, "template": labels } }));
    ns.api::<Deployment>().patch("web", &PatchParams::default(), &edit).await.unwrap();
    let older = case(
        "deploy/web",
        "OlderTemplate",
        "Deployment rare/web is not on Fargate: its pods were made from an older template; the next go to EKS profile rare-9999.",
        "kubectl -n rare rollout status deployment web",
    );
    asks(ns.bed, "rare", &older);
}

/// A Deployment that finds its pods by the label for which the FargateProfile asks in another value.
async fn held_labels(bed: &Bed) {
    bed.create(&selecting("held", "held", "app", "web")).await;
    bed.settled("held").await;
    let held = TestNamespace::new(bed, "held").await;
    made(&held, "checkout", |_| {}).await;
    let pod = format!("pod/{}", held.pods().await[0].name_any());
    for what in ["deploy/checkout", &pod] {
        let answer = json_of(bed, "held", what);
        assert_eq!(answer["cause"], "LabelDiffers", "{answer:#}");
        let advice = "Deployment checkout selects its pods by the label app, and a workload's selector is immutable; the FargateProfile can select them as they are:";
        assert_eq!(answer["next"]["advice"], advice);
    }
    let answer = json_of(bed, "held", &pod);
    let command = answer["next"]["command"].as_str().unwrap();
    let done = bed.kubectl().shell("sh").args(["-c", command]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    bed.settled("held").await;
    // The first pod runs on a node of EC2.
    let again = json_of(bed, "held", "deploy/checkout");
    assert_eq!(again["cause"], "OlderOnNode", "{again:#}");
    let done = bed.kubectl().shell("sh").args(["-c", again["next"]["command"].as_str().unwrap()]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    until_async("the new pod is on Fargate", async || {
        let told = fargate(bed, &["explain", "deploy/checkout", "-n", "held"], "").out;
        told.starts_with("Deployment held/checkout is on Fargate: EKS profile held-9998")
    })
    .await;
}

/// Two profiles for one namespace, whose names sort one way by letter and the other way by number.
fn undecided(bed: &Bed) {
    let mut object = deployment("web", 1);
    object["apiVersion"] = json!("apps/v1");
    object["kind"] = json!("Deployment");
    object["metadata"]["namespace"] = json!("order");
    let said = fargate(bed, &["explain", "-f", "-", "-o", "json"], &object.to_string()).said();
    let answer: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(answer["cause"], "OrderUnknown");
    let either = "Deployment order/web would run on Fargate: EKS profile order-10-9999 or order-9-9999 (AWS does not say which of these names sorts first).";
    assert_eq!(answer["headline"], either);
}

//! Counting the pods that run elsewhere.

use std::time::Duration;

use fargate_operator::api::POD_PROFILE_LABEL;
use fargate_operator::intervals::Intervals;
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::Node;
use kube::ResourceExt;
use kube::api::{Api, DeleteParams, ListParams, PostParams};
use serde_json::{Value, json};

use super::{EC2, INTERVALS, Sight, selectors};
use crate::support::until_async;

/// A pod that a DaemonSet has made, running on a node. Whoever else made one would have it deleted by the DaemonSet.
async fn agent_on_a_node(sight: &Sight) -> Api<DaemonSet> {
    let node = json!({ "metadata": { "name": EC2 } });
    let nodes: Api<Node> = Api::all(sight.bed.client());
    nodes.create(&PostParams::default(), &serde_json::from_value(node).unwrap()).await.unwrap();
    let set = json!({
        "metadata": { "name": "agent" },
        "spec": {
            "selector": { "matchLabels": { "app": "agent" } },
            "template": {
                "metadata": { "labels": { "app": "agent" } },
                "spec": { "containers": [{ "name": "main", "image": "none" }], "tolerations": [{ "operator": "Exists" }] },
            },
        },
    });
    let sets: Api<DaemonSet> = Api::namespaced(sight.bed.client(), "default");
    sets.create(&PostParams::default(), &serde_json::from_value(set).unwrap()).await.unwrap();
    let pods = sight.api("default");
    let mut made = None;
    until_async("the DaemonSet has made its pod", async || {
        made = pods.list(&ListParams::default().labels("app=agent")).await.unwrap().items.pop();
        made.is_some()
    })
    .await;
    let name = made.unwrap().name_any();
    let binding =
        json!({ "metadata": { "name": name }, "target": { "apiVersion": "v1", "kind": "Node", "name": EC2 } });
    let _: Value = pods.create_subresource("binding", &name, &PostParams::default(), &binding).await.unwrap();
    sight.status("default", &name, json!({ "phase": "Running" })).await;
    sets
}

#[tokio::test]
async fn pods_that_run_elsewhere_are_counted_by_selectors() {
    let sight = Sight::new(INTERVALS).await;
    let _ = sight.bed.kubectl().run("create namespace jobs");
    let sets = agent_on_a_node(&sight).await;
    let running = json!({ "phase": "Running" });
    for (namespace, metadata) in [
        ("default", json!({ "name": "plain" })),
        ("default", json!({ "name": "app", "labels": { "app": "web" } })),
        ("default", json!({ "name": "on-fargate", "labels": { "app": "web", (POD_PROFILE_LABEL): "web-9999" } })),
        ("default", json!({ "name": "for-ec2", "annotations": { "eks.amazonaws.com/compute-type": "ec2" } })),
        ("jobs", json!({ "name": "job", "labels": { "app": "web" } })),
    ] {
        sight.make_in(namespace, metadata.clone(), Some(EC2)).await;
        sight.status(namespace, metadata["name"].as_str().unwrap(), running.clone()).await;
    }
    sight.make("not-yet-running", None, Some(EC2)).await;
    for (pairs, expected) in [
        (&[("default", &[][..])][..], 2),
        (&[("default", &[("app", "web")])], 1),
        (&[("default", &[("app", "w*")]), ("jobs", &[])], 2),
        (&[("jobs", &[])], 1),
        (&[("j?bs", &[])], 1),
        (&[("*", &[("app", "*")])], 2),
        (&[("nowhere", &[])], 0),
        (&[], 0),
    ] {
        let outside = sight.pods.outside_fargate(&sight.cluster, &selectors(pairs)).await.unwrap();
        let missing: Vec<&str> = pairs.iter().map(|(name, _)| *name).filter(|name| *name == "nowhere").collect();
        assert_eq!(
            (outside.pods, outside.missing_namespaces),
            (expected, missing.into_iter().map(str::to_owned).collect()),
            "{pairs:?}"
        );
    }
    sets.delete("agent", &DeleteParams::default()).await.unwrap();
    Api::<Node>::all(sight.bed.client()).delete(EC2, &DeleteParams::default()).await.unwrap();
}

#[tokio::test]
async fn a_count_is_good_for_a_while() {
    let sight = Sight::new(Intervals { outside_count_every: Duration::from_secs(3600), ..INTERVALS }).await;
    let here = selectors(&[("default", &[])]);
    assert_eq!(sight.outside(&here).await, 0);
    sight.make("plain", None, Some(EC2)).await;
    sight.status("default", "plain", json!({ "phase": "Running" })).await;
    assert_eq!(sight.outside(&here).await, 0);
    assert_eq!(sight.outside(&selectors(&[("defaul?", &[])])).await, 1);
}

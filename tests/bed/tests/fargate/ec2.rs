//! Pods that are not meant for Fargate.

use bed::testing::{pod_condition, until_async};
use k8s_openapi::api::apps::v1::DaemonSet;
use k8s_openapi::api::core::v1::{Node, Pod};
use kube::api::Api;
use serde_json::json;

use crate::setup::{exclusive, node, shared};

#[test]
fn without_ordinary_nodes_other_pods_stay_pending() {
    shared(async |ns| {
        ns.pod("other", json!({})).await;
        let pod = ns.pending("other", "no nodes available").await;
        assert_eq!(pod_condition(&pod, "PodScheduled").unwrap().1, "Unschedulable");
    });
}

#[test]
fn with_ordinary_nodes_other_pods_run_there_and_a_daemon_set_runs_only_there() {
    exclusive(async |ns| {
        ns.profile("p", &[("app", "fargate")]);
        ns.pod("before", json!({})).await;
        ns.pending("before", "no nodes available").await;
        ns.pod("on-fargate", json!({ "app": "fargate" })).await;
        ns.fargate.ec2(2).await.unwrap();
        let pod = ns.ready("before").await;
        let name = node(&pod).unwrap().to_owned();
        assert!(name.starts_with("ip-10-0-"), "{name}");
        let nodes: Api<Node> = Api::all(ns.bed.client());
        let labels = nodes.get(&name).await.unwrap().metadata.labels.unwrap();
        assert!(!labels.contains_key("eks.amazonaws.com/compute-type"));
        ns.ready("on-fargate").await;
        let agent = json!({
            "metadata": { "name": "agent" },
            "spec": {
                "selector": { "matchLabels": { "app": "agent" } },
                "template": {
                    "metadata": { "labels": { "app": "agent" } },
                    "spec": { "containers": [{ "name": "main", "image": "agent" }] },
                },
            },
        });
        ns.create::<DaemonSet>(agent).await;
        ns.until("agent", "on both nodes", |set: &DaemonSet| {
            set.status.as_ref().is_some_and(|status| status.number_ready == 2 && status.desired_number_scheduled == 2)
        })
        .await;
        ns.fargate.ec2(0).await.unwrap();
        until_async("the nodes are gone", async || nodes.get_opt(&name).await.unwrap().is_none()).await;
        assert!(ns.api::<Pod>().get_opt("before").await.unwrap().is_some());
    });
}

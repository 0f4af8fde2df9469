//! Many pods at once.

use std::time::Duration;

use bed::testing::{in_time, until_async};
use data_plane::What;
use eks_simulator::ProfileStatus;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Node;
use kube::api::{Api, ListParams, Patch, PatchParams};
use serde_json::json;

use crate::setup::exclusive;

const MANY: usize = 200;

#[test]
fn two_hundred_pods_run_and_go() {
    exclusive(async |ns| {
        let profile = ns.profile("p", &[]);
        let deployment = json!({
            "metadata": { "name": "many" },
            "spec": {
                "replicas": MANY,
                "selector": { "matchLabels": { "app": "many" } },
                "template": {
                    "metadata": { "labels": { "app": "many" } },
                    "spec": { "containers": [{ "name": "main", "image": "web:1" }] },
                },
            },
        });
        ns.create::<Deployment>(deployment).await;
        let all = async |what| {
            in_time("all are so", ns.fargate.wait_for(|record| record.of(&profile, what).count() == MANY)).await
        };
        // Whatever else goes on meanwhile, nothing is done twice.
        let stirring = async {
            loop {
                ns.fargate.change(|_| {});
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let record = tokio::select! {
            record = all(What::Ready) => record,
            () = stirring => unreachable!(),
        };
        let nodes: std::collections::BTreeSet<_> = record.of(&profile, What::Bound).map(|entry| &entry.node).collect();
        assert_eq!(nodes.len(), MANY);
        let there: Api<Node> = Api::all(ns.bed.client());
        let ours = |node: &Node| nodes.contains(&node.metadata.name);
        let count =
            async || there.list(&ListParams::default()).await.unwrap().items.iter().filter(|node| ours(node)).count();
        assert_eq!(count().await, MANY);
        let none = Patch::Merge(json!({ "spec": { "replicas": 0 } }));
        ns.api::<Deployment>().patch("many", &PatchParams::default(), &none).await.unwrap();
        ns.place("p", &[], ProfileStatus::Deleting);
        all(What::Gone).await;
        until_async("their nodes are gone", async || count().await == 0).await;
    });
}

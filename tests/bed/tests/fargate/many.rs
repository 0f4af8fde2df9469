//! Many pods at once.

use data_plane::What;
use eks_simulator::ProfileStatus;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Node;
use kube::api::{Api, ListParams, Patch, PatchParams};
use serde_json::json;

use crate::stage::{alone, in_time, until_async};

const MANY: usize = 200;

#[test]
fn two_hundred_pods_run_and_go() {
    alone(async |stage| {
        let profile = stage.profile("p", &[]);
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
        stage.create::<Deployment>(deployment).await;
        let all = async |what| {
            in_time("all are so", stage.fargate.wait_for(|record| record.of(&profile, what).count() == MANY)).await
        };
        let record = all(What::Ready).await;
        let nodes: std::collections::BTreeSet<_> = record.of(&profile, What::Bound).map(|entry| &entry.node).collect();
        assert_eq!(nodes.len(), MANY);
        let none = Patch::Merge(json!({ "spec": { "replicas": 0 } }));
        stage.api::<Deployment>().patch("many", &PatchParams::default(), &none).await.unwrap();
        stage.place("p", &[], ProfileStatus::Deleting);
        all(What::Gone).await;
        let left: Api<Node> = Api::all(stage.bed.client());
        let ours = |node: &Node| nodes.contains(&node.metadata.name);
        until_async("their nodes are gone", async || {
            !left.list(&ListParams::default()).await.unwrap().items.iter().any(ours)
        })
        .await;
    });
}

//! Profiles whose role the cluster does not let in.

use std::collections::BTreeMap;

use bed::CLUSTER;
use eks_simulator::AccessEntry;
use k8s_openapi::api::core::v1::Pod;
use serde_json::json;

use crate::setup::{exclusive, node};

const PENDING: [(&str, &str); 2] = [
    ("missing", "Pod execution role is not found in auth config or does not have all required permissions"),
    ("stale", "Pod provisioning timed out (will retry)"),
];

#[test]
fn pods_start_when_the_access_entry_of_their_role_is_there_and_not_of_an_earlier_role() {
    exclusive(async |ns| {
        let profile = ns.profile("p", &[]);
        let eks = ns.bed.eks();
        let sound = eks.cluster_settings(CLUSTER).unwrap();
        let role = eks.profile(CLUSTER, &profile).unwrap().pod_execution_role_arn;
        let created_at = eks.role(&role).unwrap().created_at - 1.0;
        for (pod, why) in PENDING {
            let stale = AccessEntry { kind: "FARGATE_LINUX".to_owned(), created_at, tags: BTreeMap::new() };
            eks.change_cluster(CLUSTER, |cluster| {
                "API".clone_into(&mut cluster.authentication_mode);
                cluster.access_entries.remove(&role);
                if pod == "stale" {
                    cluster.access_entries.insert(role.clone(), stale);
                }
            })
            .unwrap();
            ns.pod(pod, json!({})).await;
            assert_eq!(node(&ns.pending(pod, why).await), None);
            let sound = sound.access_entries.clone();
            eks.change_cluster(CLUSTER, |cluster| cluster.access_entries = sound).unwrap();
            ns.ready(pod).await;
        }
        // Pods that run go on.
        eks.change_cluster(CLUSTER, |cluster| cluster.access_entries.clear()).unwrap();
        ns.pod("another", json!({})).await;
        ns.pending("another", PENDING[0].1).await;
        assert!(bed::testing::is_ready(&ns.api::<Pod>().get("stale").await.unwrap()));
        eks.change_cluster(CLUSTER, |cluster| *cluster = sound).unwrap();
        ns.ready("another").await;
    });
}

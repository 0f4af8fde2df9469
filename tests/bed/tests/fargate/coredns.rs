//! Where CoreDNS runs, and how its add-on moves it.

use std::time::Duration;

use bed::testing::{TestNamespace, in_time, install_coredns, pod_condition, until_async};
use bed::{Bed, CLUSTER};
use data_plane::{COMPUTE_TYPE, COREDNS, COREDNS_NAMESPACE, EKS_MANAGER};
use eks_simulator::{Addon, AddonRequest, ProfileSpec, ProfileStatus};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use crate::setup::{exclusive, node};

const PROFILE: &str = "dns";

/// CoreDNS with its add-on, and a profile that would take it.
async fn scene(bed: &Bed) -> TestNamespace<'_> {
    let eks = bed.eks();
    eks.change_cluster(CLUSTER, |cluster| {
        cluster.addons.insert(COREDNS.to_owned(), Addon::default());
    })
    .unwrap();
    let profile = ProfileSpec::named(PROFILE).selecting(COREDNS_NAMESPACE, &[("k8s-app", "kube-dns")]);
    eks.outsider().place_profile(CLUSTER, profile, ProfileStatus::Active).unwrap();
    install_coredns(bed).await;
    TestNamespace::new(bed, COREDNS_NAMESPACE).await
}

/// Leaves nothing to the next test.
async fn end(ns: &TestNamespace<'_>) {
    let eks = ns.bed.eks();
    eks.change_cluster(CLUSTER, |cluster| cluster.addons.clear()).unwrap();
    eks.outsider().vanish_profile(CLUSTER, PROFILE).unwrap();
    ns.delete::<Deployment>(COREDNS).await;
    ns.gone::<Deployment>(COREDNS).await;
}

fn configure(bed: &Bed, values: &str, mode: &str) {
    // One that is being updated is not updated.
    bed.eks().advance(Duration::from_secs(20));
    let update = AddonRequest {
        configuration_values: Some(values.to_owned()),
        resolve_conflicts: Some(mode.to_owned()),
        ..AddonRequest::default()
    };
    bed.eks().outsider().update_addon(CLUSTER, COREDNS, &update).unwrap();
}

fn compute_type(deployment: &Deployment) -> Option<&str> {
    let metadata = deployment.spec.template.metadata.as_ref()?;
    metadata.annotations.as_ref()?.get(COMPUTE_TYPE).map(String::as_str)
}

/// Waits until the rollout is over, and returns the nodes of the pods.
async fn moved(ns: &TestNamespace<'_>, to: Option<&str>) -> Vec<String> {
    ns.until(COREDNS, &format!("rolled out to {to:?}"), |found: &Deployment| {
        let status = found.status.as_ref().unwrap();
        compute_type(found) == to
            && status.observed_generation == found.metadata.generation
            && (status.updated_replicas, status.ready_replicas, status.replicas) == (Some(2), Some(2), Some(2))
    })
    .await;
    let pods = ns.pods().await;
    let of_coredns = pods.iter().filter(|pod| pod.labels().get("k8s-app").is_some_and(|app| app == "kube-dns"));
    of_coredns.filter_map(|pod| node(pod).map(str::to_owned)).collect()
}

fn all_begin(nodes: &[String], with: &str) -> bool {
    nodes.len() == 2 && nodes.iter().all(|node| node.starts_with(with))
}

#[test]
fn coredns_that_is_held_on_ec2_waits_for_a_node_there() {
    exclusive(async |own| {
        let ns = scene(own.bed).await;
        until_async("both pods are told that there is no node", async || {
            let pods = ns.pods().await;
            let told = |pod: &Pod| {
                let (status, _, message) = pod_condition(pod, "PodScheduled").unwrap_or_default();
                status == "False" && message.contains("no nodes available")
            };
            pods.len() == 2 && pods.iter().all(told)
        })
        .await;
        own.fargate.ec2(1).await.unwrap();
        let nodes = moved(&ns, Some("ec2")).await;
        assert!(all_begin(&nodes, "ip-"), "{nodes:?}");
        end(&ns).await;
    });
}

#[test]
fn the_addon_moves_coredns_to_fargate_and_back() {
    exclusive(async |own| {
        let ns = scene(own.bed).await;
        own.fargate.ec2(1).await.unwrap();
        moved(&ns, Some("ec2")).await;
        configure(own.bed, r#"{"computeType":"Fargate"}"#, "PRESERVE");
        let nodes = moved(&ns, Some("fargate")).await;
        assert!(all_begin(&nodes, "fargate-ip-"), "{nodes:?}");
        configure(own.bed, "{}", "PRESERVE");
        let nodes = moved(&ns, Some("ec2")).await;
        assert!(all_begin(&nodes, "ip-"), "{nodes:?}");
        own.fargate.change(|switches| {
            switches.addon_lowers_compute_type = false;
            switches.addon_holds_coredns = false;
        });
        configure(own.bed, "computeType: Fargate", "NONE");
        assert!(all_begin(&moved(&ns, Some("Fargate")).await, "fargate-ip-"));
        configure(own.bed, "", "NONE");
        assert!(all_begin(&moved(&ns, None).await, "fargate-ip-"), "nothing holds it");
        end(&ns).await;
    });
}

#[test]
fn the_addon_takes_back_what_others_have_changed_only_if_it_is_to() {
    exclusive(async |own| {
        let ns = scene(own.bed).await;
        let template = json!({ "metadata": { "annotations": { COMPUTE_TYPE: "fargate" } } });
        let patch = Patch::Merge(json!({ "spec": { "template": template } }));
        let mine = PatchParams { field_manager: Some("somebody".to_owned()), ..PatchParams::default() };
        ns.api::<Deployment>().patch(COREDNS, &mine, &patch).await.unwrap();
        moved(&ns, Some("fargate")).await;
        configure(own.bed, r#"{"replicaCount":2}"#, "PRESERVE");
        in_time("the add-on has seen to it", own.fargate.addon_seen_to()).await;
        moved(&ns, Some("fargate")).await;
        own.fargate.ec2(1).await.unwrap();
        configure(own.bed, r#"{"replicaCount":2}"#, "OVERWRITE");
        assert!(all_begin(&moved(&ns, Some("ec2")).await, "ip-"));
        let deployment = ns.api::<Deployment>().get(COREDNS).await.unwrap();
        let managers = deployment.managed_fields().iter().filter_map(|fields| fields.manager.as_deref());
        assert!(managers.into_iter().any(|manager| manager == EKS_MANAGER));
        end(&ns).await;
    });
}

//! CoreDNS to Fargate when a profile takes it, and back when none does any more.

use bed::testing::{TestNamespace, deployment, dns_service, install_coredns};
use bed::{Bed, CLUSTER};
use eks_simulator::{Addon, Effect, Fault, Operation};
use fargate_operator::api::COMPUTE_TYPE_BEFORE;
use fargate_operator::api::ConditionType::Stalled;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Pod, Service};
use kube::ResourceExt;
use kube::api::{Api, Patch, PatchParams};
use serde_json::{Value, json};

use super::{may_move, mended, mended_with, mending, object, told};
use crate::support::objects::stalled;
use crate::support::{BedExt, message, profile, until, until_async};

pub const COMPUTE_TYPE: &str = "eks.amazonaws.com/compute-type";

/// An object that takes EKS's CoreDNS and namespace `web`.
pub fn with_dns(name: &str) -> Value {
    let mut object = profile(name, "web");
    let dns = json!({ "namespace": "kube-system", "labels": { "k8s-app": "kube-dns" } });
    object["spec"]["selectors"].as_array_mut().unwrap().push(dns);
    object
}

pub fn deployments(bed: &Bed, namespace: &str) -> Api<Deployment> {
    Api::namespaced(bed.client(), namespace)
}

/// What the template of a Deployment says, and what is on record there.
pub async fn held(bed: &Bed, namespace: &str, name: &str) -> (Option<String>, Option<String>) {
    let found = deployments(bed, namespace).get(name).await.unwrap();
    let before = found.annotations().get(COMPUTE_TYPE_BEFORE).cloned();
    let template = found.spec.template.metadata.and_then(|meta| meta.annotations).unwrap_or_default();
    (template.get(COMPUTE_TYPE).cloned(), before)
}

pub async fn until_held(bed: &Bed, (namespace, name): (&str, &str), compute_type: Option<&str>, before: Option<&str>) {
    let expected = (compute_type.map(str::to_owned), before.map(str::to_owned));
    until_async(&format!("{namespace}/{name} is {expected:?}"), async || held(bed, namespace, name).await == expected)
        .await;
}

/// Waits until all pods of a Deployment are Ready, on Fargate or elsewhere.
pub async fn runs(bed: &Bed, (namespace, name): (&str, &str), on_fargate: bool) {
    let pods: Api<Pod> = Api::namespaced(bed.client(), namespace);
    until_async(&format!("{namespace}/{name} runs, on Fargate: {on_fargate}"), async || {
        let found = deployments(bed, namespace).get(name).await.unwrap();
        let status = found.status.clone().unwrap_or_default();
        let wanted = found.spec.replicas;
        let is_done = status.observed_generation == found.metadata.generation
            && status.updated_replicas == wanted
            && status.available_replicas == wanted
            && status.replicas == wanted;
        let list = pods.list(&kube::api::ListParams::default()).await.unwrap();
        let of_it =
            |pod: &&Pod| pod.name_any().starts_with(&format!("{name}-")) && pod.metadata.deletion_timestamp.is_none();
        let is_there = |pod: Pod| {
            let node = pod.spec.and_then(|spec| spec.node_name).unwrap_or_default();
            node.starts_with("fargate-") == on_fargate
        };
        let of_it: Vec<Pod> = list.items.iter().filter(of_it).cloned().collect();
        is_done && of_it.len() == wanted.unwrap_or_default() as usize && of_it.into_iter().all(is_there)
    })
    .await;
}

/// EKS has installed CoreDNS as an add-on with this configuration.
pub fn as_addon(bed: &Bed, configuration: Option<&str>) {
    let addon = Addon { configuration_values: configuration.map(str::to_owned), ..Addon::default() };
    bed.eks()
        .change_cluster(CLUSTER, |cluster| {
            cluster.addons.insert("coredns".to_owned(), addon);
        })
        .unwrap();
}

pub fn configuration(bed: &Bed) -> Option<String> {
    bed.eks().addon(CLUSTER, "coredns").unwrap().configuration_values
}

pub const USUAL: (&str, &str) = ("kube-system", "coredns");

#[tokio::test]
async fn coredns_that_is_no_addon_is_annotated_and_put_back_to_ec2_nodes_without_a_gap() {
    let mut options = mending(240.0);
    options.fargate.as_mut().unwrap().ec2 = 2;
    let bed = mended_with(options).await;
    install_coredns(&bed).await;
    runs(&bed, USUAL, false).await;
    let from = bed.fargate().unwrap().now();
    bed.create(&with_dns("web")).await;
    until_held(&bed, USUAL, Some("fargate"), Some("ec2")).await;
    runs(&bed, USUAL, true).await;
    bed.settled("web").await;
    let web = object(&bed, "web").await;
    told(&bed, &web, "annotated the template of Deployment kube-system/coredns, so that its pods come to Fargate")
        .await;
    bed.delete("web").await;
    bed.gone("web").await;
    assert_eq!(held(&bed, USUAL.0, USUAL.1).await, (Some("ec2".to_owned()), None));
    runs(&bed, USUAL, false).await;
    let record = bed.fargate().unwrap().record();
    assert!(record.fewest_ready(USUAL.0, from) >= 1, "{:?}", record.ready_over_time(USUAL.0));
}

#[tokio::test]
async fn the_addon_gets_its_compute_type_and_keeps_the_rest_of_its_configuration() {
    let mut options = mending(240.0);
    options.fargate.as_mut().unwrap().ec2 = 2;
    let bed = mended_with(options).await;
    let before = r#"{"replicaCount":2,"resources":{"limits":{"memory":"170Mi"}}}"#;
    as_addon(&bed, Some(before));
    install_coredns(&bed).await;
    runs(&bed, USUAL, false).await;
    let from = bed.fargate().unwrap().now();
    bed.create(&with_dns("web")).await;
    let with = r#"{"computeType":"Fargate","replicaCount":2,"resources":{"limits":{"memory":"170Mi"}}}"#;
    until("the add-on is configured", || configuration(&bed).as_deref() == Some(with)).await;
    runs(&bed, USUAL, true).await;
    assert_eq!(held(&bed, USUAL.0, USUAL.1).await.1.as_deref(), Some(""));
    let update = bed.eks().calls(&[Operation::UpdateAddon]).remove(0);
    assert_eq!(update.body["resolveConflicts"], "PRESERVE");
    bed.settled("web").await;
    bed.delete("web").await;
    bed.gone("web").await;
    assert_eq!(configuration(&bed).as_deref(), Some(before));
    assert_eq!(held(&bed, USUAL.0, USUAL.1).await, (Some("ec2".to_owned()), None), "before the profile went");
    let record = bed.fargate().unwrap().record();
    assert!(record.fewest_ready(USUAL.0, from) >= 1, "{:?}", record.ready_over_time(USUAL.0));
    assert_eq!(bed.eks().calls(&[Operation::UpdateAddon]).len(), 2);
}

#[tokio::test]
async fn coredns_of_the_helm_chart_in_another_namespace_is_known_by_its_service() {
    let bed = mended(240.0).await;
    let dns = TestNamespace::new(&bed, "dns").await;
    may_move(&bed, "dns", "names-coredns");
    let labels = json!({ "app.kubernetes.io/instance": "names", "app.kubernetes.io/name": "coredns" });
    dns.create::<Service>(dns_service("names-coredns", &labels)).await;
    let mut chart = deployment("names-coredns", 2);
    chart["spec"]["selector"]["matchLabels"] = labels.clone();
    chart["spec"]["template"]["metadata"] = json!({ "labels": labels, "annotations": { COMPUTE_TYPE: "ec2" } });
    dns.create::<Deployment>(chart).await;
    // It is not behind the Service.
    dns.create::<Deployment>(deployment("other", 1)).await;
    bed.create(&profile("web", "dns")).await;
    let names = ("dns", "names-coredns");
    until_held(&bed, names, Some("fargate"), Some("ec2")).await;
    runs(&bed, names, true).await;
    bed.settled("web").await;
    assert_eq!(held(&bed, "dns", "other").await, (None, None));
    bed.delete("web").await;
    bed.gone("web").await;
    assert_eq!(held(&bed, names.0, names.1).await, (Some("ec2".to_owned()), None));
}

#[tokio::test]
async fn where_there_is_no_coredns_nothing_is_done() {
    let bed = mended(240.0).await;
    bed.create(&with_dns("web")).await;
    bed.settled("web").await;
    bed.delete("web").await;
    bed.gone("web").await;
    assert!(bed.eks().calls(&[Operation::UpdateAddon, Operation::DescribeAddon]).is_empty());
}

#[tokio::test]
async fn coredns_stays_on_fargate_as_long_as_another_profile_takes_it() {
    let bed = mended(240.0).await;
    install_coredns(&bed).await;
    bed.create(&with_dns("a")).await;
    runs(&bed, USUAL, true).await;
    bed.settled("a").await;
    bed.create(&with_dns("b")).await;
    bed.settled("b").await;
    bed.delete("a").await;
    bed.gone("a").await;
    assert_eq!(held(&bed, USUAL.0, USUAL.1).await, (Some("fargate".to_owned()), Some("ec2".to_owned())));
    bed.delete("b").await;
    bed.gone("b").await;
    assert_eq!(held(&bed, USUAL.0, USUAL.1).await, (Some("ec2".to_owned()), None));
}

#[tokio::test]
async fn coredns_goes_back_when_an_edit_takes_its_selector_away() {
    let mut options = mending(240.0);
    options.fargate.as_mut().unwrap().ec2 = 2;
    let bed = mended_with(options).await;
    install_coredns(&bed).await;
    bed.create(&with_dns("web")).await;
    runs(&bed, USUAL, true).await;
    bed.settled("web").await;
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "web" }] } })).await;
    until_held(&bed, USUAL, Some("ec2"), None).await;
    bed.settled("web").await;
    runs(&bed, USUAL, false).await;
    assert_eq!(bed.names(), ["web-9998"]);
}

#[tokio::test]
async fn what_somebody_else_has_put_back_is_left_as_they_put_it_and_told() {
    let mut bed = mended(240.0).await;
    install_coredns(&bed).await;
    bed.create(&with_dns("web")).await;
    until_held(&bed, USUAL, Some("fargate"), Some("ec2")).await;
    bed.settled("web").await;
    let patch = json!({ "spec": { "template": { "metadata": { "annotations": { COMPUTE_TYPE: "ec2" } } } } });
    deployments(&bed, USUAL.0).patch(USUAL.1, &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
    // What was read before would serve for a while.
    bed.stop_operator();
    bed.start_operator().await.unwrap();
    let held_up = stalled(&bed, "web", "MendingHeld").await;
    let text = "somebody has put Deployment kube-system/coredns back to EC2 after the operator moved it: set \
                eks.amazonaws.com/compute-type: fargate where it comes from, or switch --move-coredns off";
    assert_eq!(message(&held_up, Stalled), text);
    assert_eq!(held(&bed, USUAL.0, USUAL.1).await.0.as_deref(), Some("ec2"));
    bed.delete("web").await;
    bed.gone("web").await;
    assert_eq!(held(&bed, USUAL.0, USUAL.1).await, (Some("ec2".to_owned()), None));
}

#[tokio::test]
async fn a_denied_update_of_the_addon_is_named_and_holds_up_nothing_but_the_end() {
    let bed = mended(240.0).await;
    as_addon(&bed, None);
    install_coredns(&bed).await;
    bed.eks().set_faults([Fault::new(Effect::AccessDenied).on([Operation::UpdateAddon])]);
    bed.create(&with_dns("web")).await;
    let stuck = stalled(&bed, "web", "AccessDenied").await;
    let action = "allow eks:UpdateAddon to the operator's IAM role (see deploy/iam/mending.json)";
    assert!(message(&stuck, Stalled).contains(action), "{}", message(&stuck, Stalled));
    bed.eks().set_faults([]);
    runs(&bed, USUAL, true).await;
    bed.settled("web").await;
    bed.eks().set_faults([Fault::new(Effect::AccessDenied).on([Operation::UpdateAddon])]);
    bed.delete("web").await;
    stalled(&bed, "web", "AccessDenied").await;
    assert_eq!(bed.names(), ["web-9999"], "the cluster would be left without names");
    bed.eks().set_faults([]);
    bed.gone("web").await;
}

#[tokio::test]
async fn coredns_that_nothing_held_on_ec2_goes_back_without_a_gap_and_is_held_by_nothing_again() {
    let mut options = mending(240.0);
    options.fargate.as_mut().unwrap().ec2 = 2;
    let bed = mended_with(options).await;
    install_coredns(&bed).await;
    let patch = json!({ "spec": { "template": { "metadata": { "annotations": { COMPUTE_TYPE: null } } } } });
    deployments(&bed, USUAL.0).patch(USUAL.1, &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
    runs(&bed, USUAL, false).await;
    let from = bed.fargate().unwrap().now();
    bed.create(&with_dns("web")).await;
    until_held(&bed, USUAL, Some("fargate"), Some("")).await;
    runs(&bed, USUAL, true).await;
    bed.settled("web").await;
    bed.delete("web").await;
    bed.gone("web").await;
    assert_eq!(held(&bed, USUAL.0, USUAL.1).await, (None, None));
    runs(&bed, USUAL, false).await;
    let record = bed.fargate().unwrap().record();
    assert!(record.fewest_ready(USUAL.0, from) >= 1, "{:?}", record.ready_over_time(USUAL.0));
}

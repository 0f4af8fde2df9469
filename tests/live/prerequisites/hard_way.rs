//! What goes wrong when EKS on Fargate is built by hand. Each begins wrong, is told of in `kubectl describe`, is mended from outside,
//! and ends Ready without a touch on the object.

use bed::testing::{TestNamespace, deployment, dns_service};
use bed::{Bed, CLUSTER, ROLE};
use eks_simulator::{Network, Operation, RoleTrust};
use fargate_operator::api::ConditionType::{PrerequisitesMet, Stalled};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Service;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use super::{checking, coredns, found, has, with_checks};
use crate::support::drains::fargate;
use crate::support::oracle::calls;
use crate::support::{BedExt, is, message, profile, reason};

fn each_subnet(network: &mut Network, change: fn(&mut Network, &str)) {
    let all: Vec<String> = network.subnets.keys().cloned().collect();
    all.iter().for_each(|subnet| change(network, subnet));
}

/// Breaks the network, and sees what holds the profile up; mends it, and sees the profile come.
async fn held_until_mended(check: &str, told: &str, breaks: impl FnOnce(&mut Network)) {
    let bed = checking().await;
    let sound = bed.eks().network(CLUSTER).unwrap();
    bed.eks().change_network(CLUSTER, breaks).unwrap();
    let generation = held(&bed, check, told).await;
    bed.eks().change_network(CLUSTER, |network| *network = sound).unwrap();
    mended(&bed, generation).await;
}

/// The profile `web` is not created, and says why.
async fn held(bed: &Bed, check: &str, told: &str) -> Option<i64> {
    bed.create(&profile("web", "web")).await;
    let said = found(bed, "web", check, "Blocking").await;
    assert!(said.contains(told), "{said}");
    let object =
        bed.wait("web", "held up", |object| reason(object, Stalled).as_deref() == Some("PrerequisitesNotMet")).await;
    assert_eq!(reason(&object, PrerequisitesMet).as_deref(), Some("PrerequisitesNotMet"));
    assert!(message(&object, Stalled).contains(told), "{}", message(&object, Stalled));
    bed.looks(3).await;
    assert_eq!(calls(bed, Operation::CreateFargateProfile), 0);
    let described = bed.kubectl().run("describe fp web").unwrap();
    println!("{described}");
    let words = described.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&format!("Check: {check}")) && words.contains("Severity: Blocking"), "{described}");
    object.metadata.generation
}

async fn mended(bed: &Bed, generation: Option<i64>) {
    let object = bed.settled("web").await;
    assert_eq!(object.metadata.generation, generation, "nobody has touched the object");
    // A call that a busy machine has cut off makes it Unknown until the next look.
    bed.wait("web", "found in order", |object| is(object, PrerequisitesMet)).await;
    assert_eq!(bed.names(), ["web-9999"]);
}

#[tokio::test]
async fn without_a_nat_gateway_no_profile_is_created_until_there_is_a_way_out() {
    held_until_mended("Blackhole", "nat-", Network::delete_nat_gateways).await;
}

#[tokio::test]
async fn subnets_without_any_way_out_are_told_with_what_they_lack() {
    held_until_mended("WayOut", "subnet-", |network| each_subnet(network, Network::cut_off)).await;
}

#[tokio::test]
async fn public_subnets_are_told_before_eks_refuses_them() {
    held_until_mended("SubnetPrivate", "public", |network| each_subnet(network, Network::make_public)).await;
}

#[tokio::test]
async fn a_vpc_without_dns_host_names_is_told_before_the_first_pod_is_called_fargate_null() {
    held_until_mended("VpcDns", "--enable-dns-hostnames", |network| network.vpc.dns_hostnames = false).await;
}

#[tokio::test]
async fn a_role_that_fargate_may_not_assume_is_told_with_the_principal_that_is_missing() {
    let bed = checking().await;
    bed.eks().set_role(ROLE, RoleTrust::Untrusted);
    let generation = held(&bed, "TrustPolicy", "eks-fargate-pods.amazonaws.com").await;
    bed.eks().set_role(ROLE, RoleTrust::Trusted);
    mended(&bed, generation).await;
}

#[tokio::test]
async fn coredns_that_is_bound_to_ec2_is_told_and_holds_up_nothing() {
    let bed = checking().await;
    coredns(&bed, &json!({ "eks.amazonaws.com/compute-type": "ec2" }));
    let mut object = profile("dns", "kube-system");
    object["spec"]["selectors"][0]["labels"] = json!({ "k8s-app": "kube-dns" });
    bed.create(&object).await;
    let said = found(&bed, "dns", "CoreDns", "Advisory").await;
    assert!(said.contains("compute-type"), "{said}");
    bed.settled("dns").await;
    coredns(&bed, &json!({ "eks.amazonaws.com/compute-type": null }));
    bed.wait("dns", "mended", |object| !has(object, "CoreDns", "Advisory")).await;
}

#[tokio::test]
async fn coredns_of_another_name_in_another_namespace_that_is_bound_to_ec2_is_told() {
    let bed = Bed::start(with_checks(fargate(120.0))).await.unwrap();
    let ns = TestNamespace::new(&bed, "dns").await;
    let labels = json!({ "app.kubernetes.io/name": "coredns" });
    ns.create::<Service>(dns_service("names", &labels)).await;
    let mut coredns = deployment("names", 1);
    coredns["spec"]["selector"]["matchLabels"] = labels.clone();
    let annotations = json!({ "eks.amazonaws.com/compute-type": "ec2" });
    coredns["spec"]["template"]["metadata"] = json!({ "labels": labels, "annotations": annotations });
    ns.create::<Deployment>(coredns).await;
    bed.create(&profile("names", "dns")).await;
    let said = found(&bed, "names", "CoreDns", "Advisory").await;
    assert!(said.contains("compute-type out of Deployment dns/names"), "{said}");
    let annotations = json!({ "metadata": { "annotations": { "eks.amazonaws.com/compute-type": null } } });
    let patch = Patch::Merge(json!({ "spec": { "template": annotations } }));
    ns.api::<Deployment>().patch("names", &PatchParams::default(), &patch).await.unwrap();
    ns.complete("names").await;
    bed.wait("names", "mended", |object| !has(object, "CoreDns", "Advisory")).await;
}

#[tokio::test]
async fn a_kube_dns_that_has_not_the_address_that_pods_ask_is_told_until_it_has() {
    let bed = checking().await;
    let mut service = dns_service("kube-dns", &json!({ "k8s-app": "kube-dns" }));
    service["metadata"]["namespace"] = json!("kube-system");
    let right = service.to_string();
    service["spec"]["clusterIP"] = json!("10.0.0.77");
    bed.kubectl().apply(&service.to_string()).unwrap();
    bed.create(&profile("web", "web")).await;
    let said = found(&bed, "web", "CoreDns", "Advisory").await;
    assert!(said.contains("10.0.0.77") && said.contains(bed::DNS_ADDRESS), "{said}");
    bed.settled("web").await;
    bed.kubectl().run("delete service kube-dns -n kube-system").unwrap();
    bed.kubectl().apply(&right).unwrap();
    bed.wait("web", "mended", |object| !has(object, "CoreDns", "Advisory")).await;
}

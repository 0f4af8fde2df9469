//! The cluster's DNS as CoreDNS's Helm chart installs it: with labels of its own, in a namespace of its own. Only its Service tells
//! what it is.

use bed::Bed;
use bed::testing::{TestNamespace, deployment, dns_service};
use data_plane::What;
use futures::future::join_all;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Service;
use serde_json::{Value, json};

use crate::support::drains::{another_role, fargate, stalls};
use crate::support::objects::delete_first;
use crate::support::oracle::served_without_a_gap;
use crate::support::{BedExt, profile};

/// The chart's labels, of a release called `names`.
fn labels() -> Value {
    json!({
        "app.kubernetes.io/instance": "names",
        "app.kubernetes.io/name": "coredns",
        "k8s-app": "coredns",
    })
}

/// The namespace with the chart's Service, before the operator looks for it: what it finds, it keeps for a while.
async fn namespace(bed: &Bed) -> TestNamespace<'_> {
    let dns = TestNamespace::new(bed, "dns").await;
    dns.create::<Service>(dns_service("names-coredns", &labels())).await;
    dns
}

/// The chart's Deployment, complete.
async fn coredns(dns: &TestNamespace<'_>) {
    let mut coredns = deployment("names-coredns", 2);
    coredns["spec"]["selector"]["matchLabels"] = labels();
    coredns["spec"]["template"]["metadata"]["labels"] = labels();
    dns.create::<Deployment>(coredns).await;
    dns.complete("names-coredns").await;
}

#[tokio::test]
async fn what_is_behind_the_dns_service_is_moved_last_and_one_at_a_time() {
    let bed = Bed::start(fargate(120.0)).await.unwrap();
    // By its path it would be among the first.
    let (dns, shop) = (namespace(&bed).await, TestNamespace::new(&bed, "shop").await);
    let mut object = profile("all", "shop");
    object["spec"]["selectors"] = json!([{ "namespace": "dns" }, { "namespace": "shop" }]);
    bed.create(&object).await;
    bed.settled("all").await;
    let names: Vec<String> = (1..=12).map(|n| format!("web-{n}")).collect();
    join_all(names.iter().map(|name| shop.budgeted(name, 1))).await;
    join_all(names.iter().map(|name| shop.complete(name))).await;
    coredns(&dns).await;
    let from = dns.fargate.now();
    bed.patch("all", another_role()).await;
    bed.settled("all").await;
    let record = dns.fargate.record();
    let asked: Vec<&str> = record.of("all-9999", What::DeletionAsked).map(|line| line.namespace.as_str()).collect();
    let expected: Vec<&str> = [vec!["shop"; 12], vec!["dns"; 2]].concat();
    assert_eq!(asked, expected);
    assert!(record.fewest_ready("dns", from) >= 1, "{:?}", record.ready_over_time("dns"));
    served_without_a_gap(&bed, "all");
}

#[tokio::test]
async fn delete_first_does_not_end_what_is_behind_the_dns_service() {
    let bed = Bed::start(fargate(120.0)).await.unwrap();
    let dns = namespace(&bed).await;
    bed.create(&delete_first("names", "dns")).await;
    bed.settled("names").await;
    coredns(&dns).await;
    bed.patch("names", another_role()).await;
    let mut pods: Vec<String> = dns.pods().await.iter().map(kube::ResourceExt::name_any).collect();
    pods.sort();
    let text = format!(
        "the cluster's DNS (pod dns/{}) runs on EKS profile names alone, and the operator needs it: set spec.replacement.strategy: CreateFirst, or let another FargateProfile select CoreDNS",
        pods[0]
    );
    stalls(&bed, "names", "RunsDNS", &text).await;
    assert_eq!(bed.names(), ["names"]);
    dns.complete("names-coredns").await;
}

//! Pods that are not evicted, or last; and a profile under the bare name, which nothing with a counter sorts before.

use std::time::Duration;

use bed::Bed;
use bed::testing::{TestNamespace, deployment, template};
use data_plane::What;
use fargate_operator::api::ConditionType::{Available, Ready, Reconciling};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Pod};
use kube::ResourceExt;
use serde_json::{Value, json};

use crate::support::drains::{another_role, fargate, foreign, says};
use crate::support::objects::status;
use crate::support::oracle::served_without_a_gap;
use crate::support::{BedExt, is, profile};

/// A pod of no Deployment.
fn pod(name: &str, owner: Option<&ConfigMap>) -> Value {
    let mut pod = template(name);
    pod["metadata"]["name"] = json!(name);
    if let Some(owner) = owner {
        pod["metadata"]["ownerReferences"] = json!([{
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "name": owner.name_any(),
            "uid": owner.uid(),
            "controller": true,
        }]);
    }
    pod
}

/// The name of the pod that begins so.
async fn named(ns: &TestNamespace<'_>, prefix: &str) -> String {
    let pods = ns.pods().await;
    pods.iter().map(ResourceExt::name_any).find(|name| name.starts_with(prefix)).unwrap()
}

const BARE: &str = "no controller would recreate it; delete it when you can spare it";
const ASKS: &str = "the annotation do-not-disrupt";
const ODD: &str = "a ConfigMap may not recreate it; restart it there";
const JOB: &str = "pods of Jobs end by themselves";

async fn waited_for(bed: &Bed) {
    let ns = TestNamespace::new(bed, "kept").await;
    bed.create(&profile("kept", "kept")).await;
    bed.settled("kept").await;
    ns.budgeted("web", 2).await;
    for (name, annotation) in
        [("calm", "fargate-operator.dev/do-not-disrupt"), ("karpenter", "karpenter.sh/do-not-disrupt")]
    {
        let mut made = deployment(name, 1);
        made["spec"]["template"]["metadata"]["annotations"] = json!({ annotation: "true" });
        ns.create::<Deployment>(made).await;
    }
    let owner: ConfigMap = ns.create(json!({ "metadata": { "name": "owner" } })).await;
    ns.create::<Pod>(pod("bare", None)).await;
    ns.create::<Pod>(pod("odd", Some(&owner))).await;
    let mut job = template("once");
    job["spec"]["restartPolicy"] = json!("Never");
    ns.create::<Job>(json!({ "metadata": { "name": "once" }, "spec": { "template": job } })).await;
    for name in ["web", "calm", "karpenter"] {
        ns.complete(name).await;
    }
    let once = named(&ns, "once").await;
    for name in ["bare", "odd", &once] {
        ns.ready(name).await;
    }

    bed.patch("kept", another_role()).await;
    let [calm, karpenter] = [named(&ns, "calm").await, named(&ns, "karpenter").await];
    let left = format!("5 pods left on EKS profile kept-9999: kept/{calm} and 1 more: {ASKS}; 3 pods for other causes");
    let busy = says(bed, "kept", Reconciling, "PodsOnSuperseded", &left).await;
    assert!(is(&busy, Ready) && is(&busy, Available));
    let all = [("bare", BARE), (&calm, ASKS), (&karpenter, ASKS), ("odd", ODD), (&once, JOB)];
    assert_eq!(status(&busy).held_pods, all.map(|(pod, why)| format!("kept/{pod}: {why}")));
    let record = ns.fargate.record();
    let asked = ns.asked_to_go(&record);
    assert!(asked.len() == 2 && asked.iter().all(|pod| pod.starts_with("web-")), "{asked:?}");
    for pod in ["bare", &calm, &karpenter] {
        ns.delete::<Pod>(pod).await;
    }
    let left = format!("2 pods left on EKS profile kept-9999: kept/odd: {ODD}; 1 pod for other causes");
    says(bed, "kept", Reconciling, "PodsOnSuperseded", &left).await;
    // Its work is done.
    ns.fargate.change(|switches| switches.jobs_run_for = Some(Duration::ZERO));
    let finished =
        |record: &data_plane::Record| record.entries.iter().any(|line| line.pod == once && line.what == What::Finished);
    let asked = ns.asked_to_go(&ns.told("the Job is done", finished).await);
    assert!(!asked.contains(&once), "{asked:?}");
    ns.delete::<Pod>("odd").await;
    bed.settled("kept").await;
    assert_eq!(ns.created_on(&ns.fargate.record(), "kept-9998"), 4);
    served_without_a_gap(bed, "kept");
}

async fn names_last(bed: &Bed) {
    let (front, system) = (TestNamespace::new(bed, "front").await, TestNamespace::new(bed, "kube-system").await);
    let mut object = profile("names", "front");
    object["spec"]["selectors"] =
        json!([{ "namespace": "front" }, { "namespace": "kube-system", "labels": { "k8s-app": "kube-dns" } }]);
    bed.create(&object).await;
    bed.settled("names").await;
    front.budgeted("web", 2).await;
    let mut dns = deployment("coredns", 2);
    dns["spec"]["template"]["metadata"]["labels"]["k8s-app"] = json!("kube-dns");
    system.create::<Deployment>(dns).await;
    front.complete("web").await;
    system.complete("coredns").await;
    let from = front.fargate.now();
    bed.patch("names", another_role()).await;
    bed.settled("names").await;
    let record = front.fargate.record();
    let asked = record.of("names-9999", What::DeletionAsked).map(|line| line.namespace.as_str());
    assert_eq!(asked.collect::<Vec<_>>(), ["front", "front", "kube-system", "kube-system"]);
    assert!(record.fewest_ready("kube-system", from) >= 1);
}

async fn bare_name(bed: &Bed) {
    let ns = TestNamespace::new(bed, "legacy").await;
    foreign(bed, "legacy", "legacy", &[]);
    ns.budgeted("web", 3).await;
    ns.complete("web").await;
    let from = ns.fargate.now();
    let mut object = profile("legacy", "legacy");
    object["spec"]["adoption"] = json!("IfUnowned");
    bed.create(&object).await;
    bed.settled("legacy").await;
    bed.patch("legacy", another_role()).await;
    bed.settled("legacy").await;
    let record = ns.fargate.record();
    assert_eq!(ns.created_on(&record, "0-legacy-9999"), 3);
    assert_eq!(record.landed_after("legacy", from).count(), 0);
    assert!(record.fewest_ready("legacy", from) >= 2, "{:?}", record.ready_over_time("legacy"));
}

#[tokio::test]
async fn pods_that_are_not_to_be_evicted_are_waited_for_and_those_that_serve_names_go_last() {
    let bed = Bed::start(fargate(60.0)).await.unwrap();
    tokio::join!(waited_for(&bed), names_last(&bed), bare_name(&bed));
    assert_eq!(bed.names(), ["0-legacy-9999", "kept-9998", "names-9998"]);
}

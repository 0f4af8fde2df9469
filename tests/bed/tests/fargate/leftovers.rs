//! What a bed leaves to the next one.

use bed::testing::{is_ready, until_async};
use bed::{Bed, Options};
use data_plane::{FailurePolicy, Settings};
use eks_simulator::{ProfileSpec, ProfileStatus};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Namespace, Node, Pod};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::ResourceExt;
use kube::api::{Api, ListParams, PostParams};
use serde_json::{Value, json};

use crate::setup;

#[tokio::test]
async fn a_control_plane_is_used_again_without_what_ran_on_it() {
    // It runs on a runtime of its own.
    tokio::task::spawn_blocking(setup::set).await.unwrap();
    let settings = Settings { failure_policy: FailurePolicy::Fail, ec2: 1, ..Settings::default() };
    let bed = Bed::start(Options { fargate: Some(settings), ..Options::default() }).await.unwrap();
    let first = bed.control_plane().url().to_owned();
    bed.eks().outsider().place_profile(bed::CLUSTER, ProfileSpec::named("p"), ProfileStatus::Active).unwrap();
    bed.kubectl().apply(&list(workloads()).to_string()).unwrap();
    let pods: Api<Pod> = Api::default_namespaced(bed.client());
    until_async("all are ready", async || {
        let all = pods.list(&ListParams::default()).await.unwrap().items;
        all.len() == 7 && all.iter().all(is_ready)
    })
    .await;
    until_async("an operator leads", async || leases_of_operators(&bed).await == 1).await;
    let enforced = "pod-security.kubernetes.io/enforce";
    bed.kubectl().run(&format!("label namespace default {enforced}=restricted")).unwrap();
    drop(bed);

    let bed = Bed::without_operator(Options::default()).await.unwrap();
    assert_eq!(bed.control_plane().url(), first, "another control plane than the one that was used");
    assert!(bed.fargate().is_err());
    let client = bed.client();
    assert_eq!(count(&Api::<Node>::all(client.clone())).await, 0);
    assert_eq!(count(&Api::<Deployment>::all(client.clone())).await, 0);
    assert_eq!(count(&Api::<Job>::all(client.clone())).await, 0);
    assert_eq!(count(&Api::<PodDisruptionBudget>::all(client.clone())).await, 0);
    assert_eq!(leases_of_operators(&bed).await, 0);
    let default = Api::<Namespace>::all(client.clone()).get("default").await.unwrap();
    assert!(!default.labels().contains_key(enforced), "no pod of the next test is refused: {:?}", default.labels());
    // One that a controller made at the last moment has lost its owner and is collected.
    until_async("no pod is left", async || count(&Api::<Pod>::all(client.clone())).await == 0).await;
    // Nobody is asked about this one.
    let pod = json!({ "metadata": { "name": "next" }, "spec": container() });
    let pod = pods.create(&PostParams::default(), &serde_json::from_value(pod).unwrap()).await.unwrap();
    assert_eq!(pod.spec.unwrap().scheduler_name.as_deref(), Some("default-scheduler"));
}

async fn leases_of_operators(bed: &Bed) -> usize {
    let all: Api<Lease> = Api::all(bed.client());
    let params = ListParams::default().fields("metadata.name=fargate-operator");
    all.list(&params).await.unwrap().items.len()
}

async fn count<K>(all: &Api<K>) -> usize
where
    K: Clone + std::fmt::Debug + serde::de::DeserializeOwned,
{
    all.list(&ListParams::default()).await.unwrap().items.len()
}

fn container() -> Value {
    json!({ "containers": [{ "name": "main", "image": "web:1" }] })
}

fn list(items: Vec<Value>) -> Value {
    json!({ "apiVersion": "v1", "kind": "List", "items": items })
}

/// Seven pods and a budget.
fn workloads() -> Vec<Value> {
    let labels = |app: &str| json!({ "app": app });
    let object = |version: &str, kind: &str, spec: Value| json!({ "apiVersion": version, "kind": kind, "metadata": { "name": kind.to_lowercase(), "namespace": "default" }, "spec": spec });
    let of_pods = |app: &str, replicas: usize| {
        json!({
            "replicas": replicas, "selector": { "matchLabels": labels(app) },
            "template": { "metadata": { "labels": labels(app) }, "spec": container() },
        })
    };
    let mut job = container();
    job["restartPolicy"] = json!("Never");
    let mut agent = of_pods("agent", 1);
    agent.as_object_mut().unwrap().remove("replicas");
    vec![
        object("apps/v1", "Deployment", of_pods("deployment", 3)),
        object("apps/v1", "StatefulSet", of_pods("stateful", 2)),
        object("apps/v1", "DaemonSet", agent),
        object("batch/v1", "Job", json!({ "template": { "spec": job } })),
        object(
            "policy/v1",
            "PodDisruptionBudget",
            json!({ "minAvailable": 1, "selector": { "matchLabels": labels("deployment") } }),
        ),
    ]
}

//! What questions cost in a large cluster: requests to Kubernetes and time.

use std::time::{Duration, Instant};

use bed::Bed;
use futures::{StreamExt, stream};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::api::{Api, ListParams, PostParams};
use serde_json::json;

use super::fargate;
use crate::support::{BedExt, counted, is_settled, profile, quick, until_async};

const PODS: usize = 10_000;
const PROFILES: usize = 100;
/// Pods of a namespace.
const TOGETHER: usize = PODS / PROFILES;
/// So many are made at the same time.
const AT_ONCE: usize = 16;

/// One after the other, as EKS has it: that takes minutes.
async fn all_are_settled(bed: &Bed) {
    let waiting = async {
        while !bed.profiles().list(&ListParams::default()).await.unwrap().items.iter().all(is_settled) {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20 * 60), waiting).await.unwrap();
}

async fn namespace(bed: &Bed, name: &str) {
    let namespaces: Api<Namespace> = Api::all(bed.client());
    let namespace = serde_json::from_value(json!({ "metadata": { "name": name } })).unwrap();
    namespaces.create(&PostParams::default(), &namespace).await.unwrap();
    let accounts: Api<k8s_openapi::api::core::v1::ServiceAccount> = Api::namespaced(bed.client(), name);
    until_async("a pod can be made", async || accounts.get_opt("default").await.unwrap().is_some()).await;
    let container = json!({ "name": "main", "image": "registry.example.com/team/image:1.2.3" });
    let pods: Api<Pod> = Api::namespaced(bed.client(), name);
    for n in 0..TOGETHER {
        let pod = json!({
            "metadata": { "name": format!("pod-{n}"), "labels": { "app": "web" } },
            "spec": { "automountServiceAccountToken": false, "containers": [container] },
        });
        pods.create(&PostParams::default(), &serde_json::from_value(pod).unwrap()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a benchmark: make benchmark"]
async fn benchmark_questions_with_ten_thousand_pods_and_a_hundred_profiles() {
    let mut options = quick(300.0);
    options.cluster = options.cluster.creating(Duration::from_secs(30)).profile_quota(2 * PROFILES);
    let mut bed = Bed::start(options).await.unwrap();
    let names: Vec<String> = (0..PROFILES).map(|n| format!("team-{n:02}")).collect();
    for name in &names {
        bed.create(&profile(name, name)).await;
    }
    all_are_settled(&bed).await;
    stream::iter(&names).map(|name| namespace(&bed, name)).buffer_unordered(AT_ONCE).collect::<()>().await;
    let deployments: Api<Deployment> = Api::namespaced(bed.client(), "team-07");
    let web = json!({
        "metadata": { "name": "web" },
        "spec": {
            "replicas": 0,
            "selector": { "matchLabels": { "app": "web" } },
            "template": { "metadata": { "labels": { "app": "web" } }, "spec": { "containers": [{ "name": "main", "image": "web:1" }] } },
        },
    });
    deployments.create(&PostParams::default(), &serde_json::from_value(web).unwrap()).await.unwrap();
    let mut changed = profile("team-07", "team-07");
    changed["spec"]["selectors"] = json!([{ "namespace": "team-07" }, { "namespace": "more" }]);

    let questions: [(&[&str], String); 5] = [
        (&["explain", "pod", "pod-7", "-n", "team-07"], String::new()),
        (&["explain", "deployment/web", "-n", "team-07"], String::new()),
        (&["status"], String::new()),
        (&["get"], String::new()),
        (&["plan", "-f", "-"], changed.to_string()),
    ];
    // What the operator asks is not to be counted.
    bed.stop_operator();
    let resources =
        ["fargateprofiles", "pods", "leases", "deployments", "replicasets", "events", "namespaces", "nodes"];
    let asks = |verb: &str| ["GET", "LIST", "APPLY", "PATCH"].contains(&verb);
    let requests = || resources.map(|resource| counted(&bed, "apiserver_request_total", &[resource], asks));
    for (words, input) in questions {
        let (before, began) = (requests(), Instant::now());
        let typed = fargate(&bed, words, &input);
        let took = began.elapsed();
        let after = requests();
        let more =
            resources.iter().zip(after).zip(before).map(|((resource, after), before)| (resource, after - before));
        let asked: Vec<String> =
            more.filter(|(_, more)| *more > 0).map(|(resource, more)| format!("{more} of {resource}")).collect();
        let (words, asked) = (words.join(" "), asked.join(", "));
        println!("{words}: {:.2} s, requests: {asked}, exit {}", took.as_secs_f64(), typed.code);
        println!("{}", typed.out.lines().take(3).collect::<Vec<_>>().join("\n"));
    }
}

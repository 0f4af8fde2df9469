//! What pods cost the operator: its resident memory without any, and in a cluster with thousands. Printed, and judged by
//! `make benchmark` alone.

use bed::Bed;
use fargate_operator::api::POD_PROFILE_LABEL;
use futures::{StreamExt, stream};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use crate::cost::footprint::memory;
use crate::support::objects::status;
use crate::support::{BedExt, profile, quick, until_async};

const PODS: usize = 5_000;
const ON_FARGATE: usize = 200;
/// So many are made at the same time.
const AT_ONCE: usize = 16;
/// What five thousand pods may add, in KiB.
const MOST: u64 = 32 * 1024;

/// A pod of the size of most: two containers with a page of variables, as many templates have.
fn pod(n: usize) -> Value {
    let variables: Vec<Value> =
        (0..20).map(|i| json!({ "name": format!("SETTING_{i}"), "value": "x".repeat(40) })).collect();
    let container =
        |name: &str| json!({ "name": name, "image": "registry.example.com/team/image:1.2.3", "env": variables });
    let (labels, node) = if n < ON_FARGATE {
        (json!({ "app": "web", POD_PROFILE_LABEL: "web-9999" }), format!("fargate-ip-10-0-{}-{}", n / 250, n % 250))
    } else {
        (json!({ "app": "web" }), format!("ip-10-1-0-{}", n % 100))
    };
    json!({
        "metadata": { "name": format!("pod-{n}"), "labels": labels },
        "spec": {
            "nodeName": node,
            "automountServiceAccountToken": false,
            "containers": [container("main"), container("sidecar")],
        },
    })
}

async fn make(pods: &Api<Pod>, n: usize) {
    let pod = serde_json::from_value(pod(n)).unwrap();
    pods.create(&PostParams::default(), &pod).await.unwrap();
    let running = json!({ "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] } });
    pods.patch_status(&format!("pod-{n}"), &PatchParams::default(), &Patch::Merge(running)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a benchmark: make benchmark"]
async fn benchmark_memory_with_five_thousand_pods() {
    let mut bed = Bed::start(quick(60.0)).await.unwrap();
    bed.create(&profile("web", "default")).await;
    bed.settled("web").await;
    bed.looks(5).await;
    let without = memory(&mut bed);
    let pods: Api<Pod> = Api::namespaced(bed.client(), "default");
    // The default service account is made soon after the namespace.
    until_async("a pod can be made", async || {
        let first = serde_json::from_value(pod(PODS)).unwrap();
        pods.create(&PostParams::default(), &first).await.is_ok()
    })
    .await;
    stream::iter(0..PODS).map(|n| make(&pods, n)).buffer_unordered(AT_ONCE).collect::<()>().await;
    let elsewhere = u32::try_from(PODS - ON_FARGATE).unwrap();
    bed.wait("web", "counting them all", |object| {
        status(object).pods.is_some_and(|pods| (pods.on_fargate, pods.elsewhere) == (200, elsewhere))
    })
    .await;
    bed.looks(5).await;
    let with = memory(&mut bed);
    // An operator that begins with them lists them all.
    bed.stop_operator();
    bed.start_operator().await.unwrap();
    bed.looks(5).await;
    let anew = memory(&mut bed);
    for (what, [now, most]) in [("no pods", without), ("5,000 pods", with), ("5,000 pods, started anew", anew)] {
        println!("resident memory of the operator, {what}: {now} KiB, at most {most} KiB");
    }
    assert!(with[1] < without[1] + MOST && anew[1] < without[1] + MOST);
}

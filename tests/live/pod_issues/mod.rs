//! What keeps pods of an ACTIVE profile from working is told on the object, by cause: of a first profile, and of one that was to
//! replace another.

mod first;
mod replacement;
mod ways;

use bed::Bed;
use bed::testing::{TestNamespace, deployment};
use futures::future::join_all;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Patch, PatchParams};
use kube::{Resource, ResourceExt};
use serde_json::{Value, json};

use self::ways::{How, Way};
use crate::support::until_async;

const GATE: &str = "target-health.elbv2.k8s.aws/web";

/// A namespace for each, of its name.
async fn namespaces<'a>(bed: &'a Bed, ways: &[&Way]) -> Vec<TestNamespace<'a>> {
    join_all(ways.iter().map(|way| TestNamespace::new(bed, way.name))).await
}

/// From now on, pods of this profile do not work in this way.
fn begins(ns: &TestNamespace<'_>, way: &Way, profile: &str) {
    if let How::Fargate(kind) = way.how {
        ns.fargate.trouble(profile, kind, None);
    }
}

/// Two pods, which are there when this returns.
async fn web(ns: &TestNamespace<'_>, way: &Way) {
    let mut made: Value = deployment("web", 2);
    if way.how == How::Gate {
        made["spec"]["template"]["spec"]["readinessGates"] = json!([{ "conditionType": GATE }]);
    }
    ns.create::<Deployment>(made).await;
    until_async("both pods are there", async || ns.pods().await.len() == 2).await;
}

/// The pods that are there are registered with their load balancer.
async fn pass_gate(ns: &TestNamespace<'_>) {
    let gate = json!({ "status": { "conditions": [{ "type": GATE, "status": "True" }] } });
    for pod in ns.pods().await {
        ns.api::<Pod>()
            .patch_status(&pod.name_any(), &PatchParams::default(), &Patch::Strategic(gate.clone()))
            .await
            .unwrap();
    }
}

/// The names of its pods, as status writes them.
async fn paths(ns: &TestNamespace<'_>) -> Vec<String> {
    let path = |pod: &Pod| format!("{}/{}", ns.name, pod.meta().name.clone().unwrap_or_default());
    ns.pods().await.iter().map(path).collect()
}

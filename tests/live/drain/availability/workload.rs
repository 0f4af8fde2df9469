//! What runs in the namespace meanwhile.

use std::fmt::Debug;

use bed::Bed;
use k8s_openapi::NamespaceResourceScope;
use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Namespace, ServiceAccount};
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::api::{Api, PostParams};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::support::until_async;

/// Where it runs.
pub const NAMESPACE: &str = "shop";

/// A Deployment of 6 of which its budget lets one be away.
pub const BUDGETED: &str = "checkout";
/// A Deployment of 3 that has no budget.
pub const FREE: &str = "search";
/// A Deployment of one, with a budget that lets none be away.
pub const SINGLE: &str = "ledger";
/// A StatefulSet of 3.
pub const STATEFUL: &str = "queue";
/// A Job of one pod.
pub const JOB: &str = "report";

/// Makes the namespace, and waits until pods can be made in it.
pub async fn namespace(bed: &Bed) {
    let namespaces: Api<Namespace> = Api::all(bed.client());
    let new = serde_json::from_value(json!({ "metadata": { "name": NAMESPACE } })).unwrap();
    // A used control plane has it already.
    let _ = namespaces.create(&PostParams::default(), &new).await;
    let accounts: Api<ServiceAccount> = Api::namespaced(bed.client(), NAMESPACE);
    until_async("pods can be made", async || accounts.get_opt("default").await.unwrap().is_some()).await;
}

/// [`BUDGETED`] and [`FREE`].
pub async fn deployments(bed: &Bed) {
    deployment(bed, BUDGETED, 6, Some(json!({ "maxUnavailable": 1 }))).await;
    deployment(bed, FREE, 3, None).await;
}

/// All of it but [`SINGLE`].
pub async fn movable(bed: &Bed) {
    deployments(bed).await;
    let mut set = scaled(STATEFUL, 3);
    set["spec"]["serviceName"] = json!(STATEFUL);
    set["spec"]["podManagementPolicy"] = json!("Parallel");
    make::<StatefulSet>(bed, set).await;
    let mut template = template(JOB);
    template["spec"]["restartPolicy"] = json!("Never");
    make::<Job>(bed, json!({ "metadata": { "name": JOB }, "spec": { "template": template } })).await;
}

/// The one whose budget holds it.
pub async fn single(bed: &Bed) {
    deployment(bed, SINGLE, 1, Some(json!({ "minAvailable": 1 }))).await;
}

pub async fn deployment(bed: &Bed, name: &str, replicas: u32, budget: Option<Value>) {
    if let Some(mut budget) = budget {
        budget["selector"] = json!({ "matchLabels": { "app": name } });
        make::<PodDisruptionBudget>(bed, json!({ "metadata": { "name": name }, "spec": budget })).await;
    }
    make::<Deployment>(bed, scaled(name, replicas)).await;
}

/// What keeps so many pods.
pub fn scaled(name: &str, replicas: u32) -> Value {
    json!({
        "metadata": { "name": name },
        "spec": { "replicas": replicas, "selector": { "matchLabels": { "app": name } }, "template": template(name) },
    })
}

fn template(name: &str) -> Value {
    json!({
        "metadata": { "labels": { "app": name } },
        "spec": { "containers": [{ "name": "main", "image": "none" }], "automountServiceAccountToken": false },
    })
}

pub async fn make<K>(bed: &Bed, object: Value) -> K
where
    K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + Debug + Serialize + DeserializeOwned,
{
    let object: K = serde_json::from_value(object).unwrap();
    let objects: Api<K> = Api::namespaced(bed.client(), NAMESPACE);
    objects.create(&PostParams::default(), &object).await.unwrap()
}

//! Deployments of a test's namespace.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use serde_json::{Value, json};

use super::namespace::TestNamespace;

/// A Deployment whose pods carry the label `app` with its name.
#[must_use]
pub fn deployment(name: &str, replicas: u32) -> Value {
    json!({
        "metadata": { "name": name },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": name } },
            "template": template(name),
        },
    })
}

/// What its pods are made from.
#[must_use]
pub fn template(name: &str) -> Value {
    json!({
        "metadata": { "labels": { "app": name } },
        "spec": { "containers": [{ "name": "main", "image": "none" }] },
    })
}

impl TestNamespace<'_> {
    /// Makes a Deployment with a budget that lets one pod go.
    pub async fn budgeted(&self, name: &str, replicas: u32) {
        let budget = json!({
            "metadata": { "name": name },
            "spec": { "maxUnavailable": 1, "selector": { "matchLabels": { "app": name } } },
        });
        self.create::<PodDisruptionBudget>(budget).await;
        self.create::<Deployment>(deployment(name, replicas)).await;
    }

    /// Waits until all pods of a Deployment are Ready.
    pub async fn complete(&self, name: &str) {
        self.until(name, "complete", |found: &Deployment| {
            let wanted = found.spec.replicas;
            found.status.as_ref().is_some_and(|status| status.ready_replicas == wanted)
        })
        .await;
    }
}

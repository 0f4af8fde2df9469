//! Pods of a test's namespace.

use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use serde_json::{Value, json};

use super::namespace::TestNamespace;

impl TestNamespace<'_> {
    /// A pod as a user makes it.
    #[must_use]
    pub fn plain(&self, name: &str) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": { "name": name },
            "spec": { "containers": [{ "name": "main", "image": "web:1" }] },
        })
    }

    /// Makes a plain pod with these labels.
    pub async fn pod(&self, name: &str, labels: Value) -> Pod {
        let mut pod = self.plain(name);
        pod["metadata"]["labels"] = labels;
        self.create(pod).await
    }

    /// Waits until a pod is Ready.
    pub async fn ready(&self, pod: &str) -> Pod {
        self.until(pod, "Ready", is_ready).await
    }

    /// Waits until a pod stays Pending for a reason that contains this.
    pub async fn pending(&self, pod: &str, why: &str) -> Pod {
        self.until(pod, &format!("Pending for: {why}"), |pod: &Pod| {
            let (status, _, message) = pod_condition(pod, "PodScheduled").unwrap_or_default();
            status == "False" && message.contains(why)
        })
        .await
    }

    /// All pods that there are.
    pub async fn all_pods(&self) -> Vec<Pod> {
        self.api::<Pod>().list(&ListParams::default()).await.unwrap().items
    }

    /// The pods that are not ending: one whose profile has gone may do so for a while.
    pub async fn pods(&self) -> Vec<Pod> {
        let mut pods = self.all_pods().await;
        pods.retain(|pod| pod.metadata.deletion_timestamp.is_none());
        pods
    }
}

/// Whether a pod is Ready.
#[must_use]
pub fn is_ready(pod: &Pod) -> bool {
    pod_condition(pod, "Ready").is_some_and(|(status, _, _)| status == "True")
}

/// Status, reason and message of a pod's condition.
#[must_use]
pub fn pod_condition(pod: &Pod, kind: &str) -> Option<(String, String, String)> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    let found = conditions.iter().find(|condition| condition.type_ == kind)?;
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    Some((found.status.clone(), text(&found.reason), text(&found.message)))
}

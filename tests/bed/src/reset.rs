//! A used control plane as good as new: nothing is left of what a test made, but for bare namespaces and events.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use futures::StreamExt;
use futures::stream;
use k8s_openapi::api::core::v1::Namespace;
use kube::ResourceExt;
use kube::api::{Api, DeleteParams, DynamicObject, ListParams, ObjectList, Patch, PatchParams};
use kube::core::GroupVersionKind;
use kube::discovery::ApiResource;

use crate::install;

/// Whoever makes others goes before what it makes.
const KINDS: [(&str, &str, &str); 14] = [
    ("fargate-operator.dev", "v1alpha1", "FargateProfile"),
    ("batch", "v1", "CronJob"),
    ("batch", "v1", "Job"),
    ("apps", "v1", "Deployment"),
    ("apps", "v1", "StatefulSet"),
    ("apps", "v1", "DaemonSet"),
    ("apps", "v1", "ReplicaSet"),
    ("policy", "v1", "PodDisruptionBudget"),
    // The API server makes its own of these two again.
    ("coordination.k8s.io", "v1", "Lease"),
    ("", "v1", "Service"),
    ("", "v1", "PersistentVolumeClaim"),
    ("", "v1", "PersistentVolume"),
    ("", "v1", "Node"),
    ("", "v1", "Pod"),
];

/// The API server gives it to every namespace.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// A loaded machine may take long; a healthy one needs no second.
const LIMIT: Duration = Duration::from_secs(120);

/// So many objects are removed at once.
const AT_ONCE: usize = 16;

/// Removes what tests make, finalizers or not. Fargate's webhook goes first, for its endpoint has gone: every pod would
/// be late by it, or refused.
///
/// # Errors
/// If the API server does not tell what there is, or pods come again and again.
pub(crate) async fn reset(client: &kube::Client) -> anyhow::Result<()> {
    let webhooks = resource("admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration");
    let webhooks: Api<DynamicObject> = Api::all_with(client.clone(), &webhooks);
    match webhooks.delete(data_plane::WEBHOOK, &DeleteParams::default()).await {
        Err(kube::Error::Api(answer)) if answer.code == 404 => {}
        result => drop(result.context("removing Fargate's webhook")?),
    }
    bare_namespaces(client).await.context("taking labels off namespaces")?;
    let mut left = 0;
    for (group, version, kind) in KINDS {
        left =
            remove(client, &resource(group, version, kind)).await.with_context(|| format!("removing every {kind}"))?;
    }
    // A controller may make one more pod before it hears that it has nothing to do any more.
    let began = Instant::now();
    while left > 0 {
        ensure!(began.elapsed() < LIMIT, "there are still pods after {LIMIT:?}");
        left = remove(client, &resource("", "v1", "Pod")).await?;
    }
    Ok(())
}

/// A label may have pods of the next test refused. The operator's own namespace is installed with some.
async fn bare_namespaces(client: &kube::Client) -> anyhow::Result<()> {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    for namespace in namespaces.list(&ListParams::default()).await? {
        let name = namespace.name_any();
        let given: BTreeMap<&str, ()> =
            namespace.labels().keys().filter(|key| *key != NAME_LABEL).map(|key| (key.as_str(), ())).collect();
        if name != install::NAME && !given.is_empty() {
            let patch = Patch::Merge(serde_json::json!({ "metadata": { "labels": given } }));
            namespaces.patch(&name, &PatchParams::default(), &patch).await?;
        }
    }
    Ok(())
}

fn resource(group: &str, version: &str, kind: &str) -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind))
}

/// How many there were.
async fn remove(client: &kube::Client, resource: &ApiResource) -> anyhow::Result<usize> {
    let all: Api<DynamicObject> = Api::all_with(client.clone(), resource);
    let found = list(&all).await?.items;
    let removed = stream::iter(&found).map(|object| {
        let name = object.metadata.name.clone().unwrap_or_default();
        let here: Api<DynamicObject> = match &object.metadata.namespace {
            Some(namespace) => Api::namespaced_with(client.clone(), namespace, resource),
            None => all.clone(),
        };
        async move {
            let bare = serde_json::json!({ "metadata": { "finalizers": null, "annotations": null } });
            let _ = here.patch(&name, &PatchParams::default(), &Patch::Merge(bare)).await;
            let _ = here.delete(&name, &DeleteParams::background().grace_period(0)).await;
        }
    });
    removed.buffer_unordered(AT_ONCE).collect::<()>().await;
    Ok(found.len())
}

/// A kind whose CRD has just been established may be answered with 404, or 429 "storage is (re)initializing", for a
/// moment more.
async fn list(all: &Api<DynamicObject>) -> anyhow::Result<ObjectList<DynamicObject>> {
    let began = Instant::now();
    loop {
        match all.list(&ListParams::default()).await {
            Ok(objects) => return Ok(objects),
            Err(kube::Error::Api(answer)) if [404, 429].contains(&answer.code) && began.elapsed() < LIMIT => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(error) => return Err(error).context("listing"),
        }
    }
}

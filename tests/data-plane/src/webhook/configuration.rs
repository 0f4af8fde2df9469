//! Has the API server call the webhook, or not, and waits until it does so.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::Manner;
use crate::names::WEBHOOK;
use crate::plane::Plane;
use crate::settings::{FailurePolicy, Webhook};

/// An API server that works follows within a second.
const LIMIT: Duration = Duration::from_secs(60);

/// Has it be in this state.
///
/// # Errors
/// If the API server does not follow.
pub(crate) async fn set(plane: &Plane, state: Webhook) -> anyhow::Result<()> {
    let Some(manner) = state.manner() else { return remove(plane).await };
    // Probes are answered well, so that they are not refused and do not take long.
    answer(plane, Manner::Well);
    apply(plane).await?;
    answer(plane, manner);
    Ok(())
}

/// Has the API server do this when the webhook fails. Where there is none, it takes effect when there is one.
///
/// # Errors
/// If the API server does not follow.
pub(crate) async fn set_policy(plane: &Plane, policy: FailurePolicy) -> anyhow::Result<()> {
    let before = std::mem::replace(&mut *plane.webhook.policy.lock().unwrap_or_else(PoisonError::into_inner), policy);
    if before == policy || api(plane).get_opt(WEBHOOK).await?.is_none() {
        return Ok(());
    }
    let manner = *plane.webhook.manner.lock().unwrap_or_else(PoisonError::into_inner);
    answer(plane, Manner::Well);
    // One that is gone and comes again is seen to come; one that changes could not be told from what it was.
    remove(plane).await?;
    apply(plane).await?;
    answer(plane, manner);
    Ok(())
}

fn answer(plane: &Plane, manner: Manner) {
    *plane.webhook.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
}

fn api(plane: &Plane) -> Api<MutatingWebhookConfiguration> {
    Api::all(plane.client.clone())
}

async fn apply(plane: &Plane) -> anyhow::Result<()> {
    let manager = PatchParams::apply("data-plane").force();
    api(plane).patch(WEBHOOK, &manager, &Patch::Apply(body(plane)?)).await.context("configuring the webhook")?;
    settle(plane, true).await
}

async fn remove(plane: &Plane) -> anyhow::Result<()> {
    match api(plane).delete(WEBHOOK, &DeleteParams::default()).await {
        Err(kube::Error::Api(answer)) if answer.code == 404 => {}
        result => drop(result.context("removing the webhook")?),
    }
    settle(plane, false).await
}

fn body(plane: &Plane) -> anyhow::Result<Value> {
    let endpoint = &plane.webhook;
    let policy = *endpoint.policy.lock().unwrap_or_else(PoisonError::into_inner);
    let authority = serde_json::to_value(ByteString(endpoint.authority.as_bytes().to_vec()))?;
    Ok(json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": { "name": WEBHOOK },
        "webhooks": [{
            "name": WEBHOOK,
            "clientConfig": { "url": endpoint.url, "caBundle": authority },
            "rules": [{ "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"] }],
            "admissionReviewVersions": ["v1"],
            "failurePolicy": policy.as_str(),
            "matchPolicy": "Equivalent",
            "sideEffects": "None",
            "timeoutSeconds": endpoint.timeout,
        }],
    }))
}

/// Waits until the API server asks the webhook about a pod, or does not. The pod is created for show only.
async fn settle(plane: &Plane, asked: bool) -> anyhow::Result<()> {
    let pods: Api<Pod> = Api::namespaced(plane.client.clone(), "default");
    let for_show = PostParams { dry_run: true, ..PostParams::default() };
    let began = Instant::now();
    for n in 0.. {
        let name = format!("data-plane-probe-{n}");
        let pod = json!({ "metadata": { "name": name }, "spec": { "containers": [{ "name": "a", "image": "none" }] } });
        plane.webhook.probed.send_replace(String::new());
        // Until there is a service account, no pod is created and nobody asked.
        let created = pods.create(&for_show, &serde_json::from_value(pod)?).await.is_ok();
        if created && (*plane.webhook.probed.borrow() == name) == asked {
            return Ok(());
        }
        if began.elapsed() > LIMIT {
            let what = if asked { "does not call" } else { "still calls" };
            bail!("the API server {what} the webhook after {LIMIT:?}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

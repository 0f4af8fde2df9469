//! EKS's webhook on a bed without Fargate: its configuration is there, as on every cluster with profiles, and asks nobody.

use anyhow::Context;
use k8s_openapi::api::admissionregistration::v1::MutatingWebhookConfiguration;
use kube::api::{Api, ObjectMeta, PostParams};

/// Makes it. The next user of the control plane starts without, see [`reset`](crate::reset).
///
/// # Errors
/// If the API server does not take it.
pub(crate) async fn stand_in(client: &kube::Client) -> anyhow::Result<()> {
    let webhooks: Api<MutatingWebhookConfiguration> = Api::all(client.clone());
    let metadata = ObjectMeta { name: Some(data_plane::WEBHOOK.to_owned()), ..ObjectMeta::default() };
    let configuration = MutatingWebhookConfiguration { metadata, webhooks: None };
    webhooks.create(&PostParams::default(), &configuration).await.context("configuring a webhook that asks nobody")?;
    Ok(())
}

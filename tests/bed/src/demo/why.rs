//! The question of a workshop: a Deployment whose pods lack the label that its profile asks for.

use anyhow::Context;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, ListParams};

use super::SHOP;
use super::scene::Scene;
use super::story::never_refused;

const NAME: &str = "shop";

/// The step.
pub(super) async fn is_it_not_on_fargate(scene: &mut Scene<'_>) -> anyhow::Result<()> {
    scene
        .step(
            "9. Why is checkout not on Fargate?",
            "The profile is ACTIVE, the Deployment is in its namespace, and the pod stays Pending: Kubernetes says that there are no \
             nodes, and EKS says nothing. `kubectl fargate explain` names the cause and the command that mends it.",
        )
        .await?;
    scene.kubectl(&["apply", "-f", SHOP])?;
    scene.settled(NAME).await?;
    scene.quiet().await;
    let asked = ["deploy/checkout", "-n", NAME];
    let why = scene.explain(&asked)?;
    scene.claim("it is the label fargate=yes that is missing", why["cause"] == "LabelMissing")?;
    scene.as_printed(why["next"]["command"].as_str().context("the answer has no command")?)?;
    scene.whole(NAME, "checkout").await?;
    scene.quiet().await;
    let now = scene.explain(&asked)?;
    let node = node(scene).await?;
    let is_named = now["headline"].as_str().is_some_and(|headline| headline.contains(&node));
    scene.claim(
        "after that very command it is on Fargate, and the answer names its node",
        now["verdict"] == "OnFargate" && node.starts_with("fargate-") && is_named,
    )?;
    scene.kubectl(&["delete", "deployment", "checkout", "-n", NAME])?;
    scene.kubectl(&["delete", "fp", NAME, "--wait=false"])?;
    scene.gone(NAME).await?;
    scene.quiet().await;
    never_refused(scene)
}

/// The node of the pod that serves.
async fn node(scene: &Scene<'_>) -> anyhow::Result<String> {
    let pods: Api<Pod> = Api::namespaced(scene.bed().client(), NAME);
    let found = pods.list(&ListParams::default().labels("app=checkout")).await?.items;
    found.into_iter().find_map(|pod| pod.spec?.node_name).context("no pod of checkout has a node")
}

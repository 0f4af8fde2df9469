//! CoreDNS as EKS installs it, and what its add-on does in the cluster.
//!
//! An add-on applies its manifests by server-side apply under the field manager `eks` (UG, "Determine fields you can customize
//! for Amazon EKS add-ons"), when it is updated. A field that somebody else has changed is a conflict: `OVERWRITE` takes it
//! back. Under `PRESERVE` and `NONE` nothing is applied here then, while EKS leaves out what is in conflict, or fails. Of the
//! configuration, only `computeType` is played.

use std::sync::Arc;
use std::time::Duration;

use eks_simulator::Addon;
use futures::{StreamExt, stream};
use k8s_openapi::api::apps::v1::Deployment;
use kube::ResourceExt;
use kube::api::{Api, Patch, PatchParams};
use kube::runtime::{WatchStreamExt, watcher};
use serde_json::{Value, json};

use crate::names::{COMPUTE_TYPE, COREDNS, COREDNS_NAMESPACE, EKS_MANAGER};
use crate::plane::Plane;

/// After a failure.
const AGAIN: Duration = Duration::from_millis(50);

/// What has been done to which Deployment: its uid, how often the add-on had been updated, and what runs its pods.
type Done = (Option<String>, u64, Option<String>);

/// The Deployment as EKS makes it (`kubectl get deployment coredns -n kube-system -o yaml` in public issues), as far as
/// anybody looks. `compute_type` is what its pods are meant for.
#[must_use]
pub fn coredns(compute_type: Option<&str>) -> Value {
    let labels = json!({ "eks.amazonaws.com/component": COREDNS, "k8s-app": "kube-dns" });
    let mut template = json!({ "labels": labels });
    if let Some(kind) = compute_type {
        template["annotations"] = json!({ COMPUTE_TYPE: kind });
    }
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": { "name": COREDNS, "namespace": COREDNS_NAMESPACE, "labels": labels },
        "spec": {
            "replicas": 2,
            "selector": { "matchLabels": labels },
            "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxSurge": "25%", "maxUnavailable": 1 } },
            "template": {
                "metadata": template,
                "spec": {
                    "serviceAccountName": COREDNS,
                    "priorityClassName": "system-cluster-critical",
                    "containers": [{
                        "name": COREDNS,
                        "image": "eks/coredns:v1.12.3-eksbuild.1",
                        "ports": [{ "name": "dns", "containerPort": 53, "protocol": "UDP" }],
                    }],
                },
            },
        },
    })
}

/// Does what the add-on does until it is dropped.
pub(crate) async fn run(plane: Arc<Plane>) {
    let named = watcher::Config::default().fields(&format!("metadata.name={COREDNS}"));
    let seen = watcher(api(&plane), named).default_backoff().map(drop);
    let mut stirs = stream::select(seen.boxed(), updates(&plane).boxed());
    let mut done = None;
    while stirs.next().await.is_some() {
        while see_to(&plane, &mut done).await.is_err() {
            tokio::time::sleep(AGAIN).await;
        }
    }
}

fn api(plane: &Plane) -> Api<Deployment> {
    Api::namespaced(plane.client.clone(), COREDNS_NAMESPACE)
}

/// Yields whenever the add-on has changed.
fn updates(plane: &Arc<Plane>) -> impl stream::Stream<Item = ()> + Send + use<> {
    let begin = (Arc::clone(plane), None);
    stream::unfold(begin, async |(plane, before): (Arc<Plane>, Option<Addon>)| {
        let mut now = before.clone();
        plane
            .eks
            .wait_for(|eks| {
                now = eks.addon(&plane.cluster, COREDNS);
                now != before
            })
            .await;
        Some(((), (plane, now)))
    })
}

/// Applies the add-on's configuration to the Deployment, if that has not been done. An add-on that was never configured
/// leaves it as it is.
async fn see_to(plane: &Plane, done: &mut Option<Done>) -> Result<(), kube::Error> {
    // The sender lives as long as the plane.
    let _ = plane.switches.subscribe().wait_for(|switches| !switches.addon_waits).await;
    let Some(addon) = plane.eks.addon(&plane.cluster, COREDNS) else { return Ok(()) };
    let kind = addon.configured("computeType");
    if kind.is_none() && addon.updates == 0 {
        return Ok(());
    }
    let Some(there) = api(plane).get_opt(COREDNS).await? else { return Ok(()) };
    let wanted = Some((there.uid(), addon.updates, kind));
    if *done == wanted {
        return Ok(());
    }
    apply(plane, &addon).await?;
    *done = wanted;
    plane.addon.send_replace(addon.updates);
    Ok(())
}

async fn apply(plane: &Plane, addon: &Addon) -> Result<(), kube::Error> {
    let switches = plane.switches();
    let held = switches.addon_holds_coredns.then(|| "ec2".to_owned());
    let configured = addon.configured("computeType");
    let lowered = configured.map(|kind| if switches.addon_lowers_compute_type { kind.to_lowercase() } else { kind });
    let manifest = coredns(lowered.or(held).as_deref());
    let manager = PatchParams::apply(EKS_MANAGER);
    let params = if addon.resolve_conflicts == "OVERWRITE" { manager.force() } else { manager };
    match api(plane).patch(COREDNS, &params, &Patch::Apply(manifest)).await {
        // A conflict, or a Deployment with another selector: it would be refused again.
        Err(kube::Error::Api(answer)) if matches!(answer.code, 409 | 422) => Ok(()),
        result => result.map(drop),
    }
}

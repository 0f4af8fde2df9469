//! What is read of the cluster: the object, its pods, the FargateProfiles.

use anyhow::{anyhow, bail};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod as Listed;
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, ListParams};
use kube::core::GroupVersionKind;
use serde_json::Value;

use super::object;
use crate::api::FargateProfile;
use crate::explain::{Declared, Kind, Profiles, Question, Subject};
use crate::kubernetes::{CallError, Part, call, list};
use crate::observe::PodManifest;
use crate::placement::Pod;
use crate::plugin::cluster::{Cluster, LIMIT, in_its_words};

/// # Errors
/// If the object is not there, or may not be read.
pub(super) async fn question(cluster: &Cluster, kind: Kind, name: &str) -> anyhow::Result<Question> {
    let namespace = cluster.namespace.clone();
    let profiles = profiles(&cluster.client);
    let (found, profiles) = tokio::join!(found(cluster, kind, name), profiles);
    let found = found?;
    let (template, pods) = if kind == Kind::Pod {
        (None, vec![object::pod(found.clone())?])
    } else {
        (Some(object::template(kind, &namespace, &found)?), pods(cluster, kind, name, &found).await)
    };
    let subject = Subject { kind, namespace, name: name.to_owned(), file: None };
    let makes = object::makes(kind, &found);
    Ok(Question { subject, template, pods, makes, profiles, now: Timestamp::now() })
}

async fn found(cluster: &Cluster, kind: Kind, name: &str) -> anyhow::Result<Value> {
    let (group, version) = kind.api_version().split_once('/').unwrap_or(("", kind.api_version()));
    let (resource, namespace) = (kind.resource(), &cluster.namespace);
    let plural = format!("{resource}s");
    let api_resource = ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind.name()), &plural);
    let api: Api<DynamicObject> = Api::namespaced_with(cluster.client.clone(), namespace, &api_resource);
    match call(format!("reading {resource} {namespace}/{name}"), LIMIT, api.get(name)).await {
        Ok(found) => Ok(serde_json::to_value(found)?),
        Err(error) if error.code() == Some(404) => {
            bail!(
                "{resource} {name} is not in namespace {namespace}: see kubectl -n {namespace} get {plural}, or set -n"
            )
        }
        Err(error) => Err(anyhow!(in_its_words(&error))),
    }
}

/// The pods of a workload. That they may not be listed costs a line on standard error.
async fn pods(cluster: &Cluster, kind: Kind, name: &str, found: &Value) -> Vec<Pod> {
    let mut pods: Vec<Pod> = Vec::new();
    let Some(selector) = object::selector(kind, found) else { return pods };
    let take = |manifest: PodManifest| {
        let pod: Pod = manifest.into();
        if object::is_of(kind, name, &pod) {
            pods.push(pod);
        }
    };
    let params = ListParams::default().labels(&selector);
    let listed = list::<Listed, _>(&cluster.client, Some(&cluster.namespace), Part::Whole, params, LIMIT, take).await;
    if let Err(error) = listed {
        anstream::eprintln!("pods are not shown: {}", in_its_words(&error));
    }
    pods
}

/// The FargateProfiles of the cluster.
pub(super) async fn profiles(client: &Client) -> Profiles {
    let mut declared: Vec<Declared> = Vec::new();
    let take = |object: FargateProfile| declared.push(Declared::of(&object));
    let listed = list::<FargateProfile, _>(client, None, Part::Whole, ListParams::default(), LIMIT, take).await;
    match listed {
        Ok(_) => Profiles::Known(declared),
        Err(error) => Profiles::Unknown(unknown(&error)),
    }
}

fn unknown(error: &CallError) -> String {
    match error.code() {
        Some(404) => "the cluster has no FargateProfiles, for the operator's CRD is not installed".to_owned(),
        _ => in_its_words(error),
    }
}

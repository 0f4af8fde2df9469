//! The FargateProfiles of the cluster.

use kube::api::{Api, ListParams};
use kube::{Client, ResourceExt};
use serde_json::Value;

use super::cluster::{LIMIT, refusal};
use crate::api::FargateProfile;
use crate::kubernetes::{CallError, Part, call, list};

/// Those that this version can read, by name. Of each other one a line on standard error says why it cannot.
///
/// # Errors
/// If they cannot be listed.
pub(super) async fn objects(client: &Client) -> anyhow::Result<Vec<FargateProfile>> {
    let mut found: Vec<Value> = Vec::new();
    let take = |object| found.push(object);
    list::<FargateProfile, _>(client, None, Part::Whole, ListParams::default(), LIMIT, take)
        .await
        .map_err(|error| failed(&error))?;
    let mut objects: Vec<FargateProfile> = found.into_iter().filter_map(readable).collect();
    objects.sort_by_key(ResourceExt::name_any);
    Ok(objects)
}

fn readable(object: Value) -> Option<FargateProfile> {
    let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    serde_json::from_value(object)
        .inspect_err(|error| {
            anstream::eprintln!("FargateProfile {name} is left out: this version cannot read it ({error})")
        })
        .ok()
}

/// The object of this name.
///
/// # Errors
/// If it is not there, or cannot be read.
pub(super) async fn object(client: &Client, name: &str) -> anyhow::Result<FargateProfile> {
    let all: Api<FargateProfile> = Api::all(client.clone());
    match call("reading the FargateProfile", LIMIT, all.get(name)).await {
        Ok(object) => Ok(object),
        Err(error) if error.code() == Some(404) => Err(missing(name)),
        Err(error) => Err(failed(&error)),
    }
}

pub(super) fn missing(name: &str) -> anyhow::Error {
    anyhow::anyhow!("there is no FargateProfile {name:?}: kubectl get fp lists those that there are")
}

/// What it means that FargateProfiles cannot be read or written.
pub(super) fn failed(error: &CallError) -> anyhow::Error {
    match error.code() {
        // So the API server answers for a kind that it does not know.
        Some(404) => anyhow::anyhow!(
            "this cluster has no FargateProfiles: is fargate-operator installed, and is this the context?"
        ),
        _ => anyhow::anyhow!(refusal(error)),
    }
}

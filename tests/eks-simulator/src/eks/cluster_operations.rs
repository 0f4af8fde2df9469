//! CreateCluster and DeleteCluster, as much of them as playing with the CLI asks for.

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{looks::visible, shapes};
use crate::{
    ApiError, ClusterSettings,
    log::Origin,
    world::{World, agenda::Due, cluster::ClusterStatus},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    name: String,
    #[serde(default)]
    role_arn: String,
    version: Option<String>,
    #[serde(default)]
    resources_vpc_config: VpcConfig,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct VpcConfig {
    subnet_ids: Vec<String>,
}

/// Makes a cluster whose given subnets are all private. It is CREATING for a while.
pub(crate) fn create(world: &mut World, body: &Value) -> Result<Value, ApiError> {
    let request: Request = serde_json::from_value(body.clone())
        .map_err(|error| ApiError::new(400, "SerializationException", error.to_string()))?;
    if world.clusters.contains_key(&request.name) {
        // Recorded.
        let message = format!("Cluster already exists with name: {}", request.name);
        return Err(ApiError::in_use(message).about(&request.name, None));
    }
    let mut settings =
        ClusterSettings { role_arn: request.role_arn, tags: request.tags, ..ClusterSettings::named(&request.name) };
    if let Some(version) = request.version {
        settings.version = version;
    }
    if !request.resources_vpc_config.subnet_ids.is_empty() {
        settings.private_subnets = request.resources_vpc_config.subnet_ids;
        settings.public_subnets = Vec::new();
    }
    let takes = settings.durations.cluster_creating;
    world.put_cluster(settings, ClusterStatus::Creating, Origin::Call);
    settle_later(world, &request.name, takes)
}

/// Deletes a cluster that has no profiles left.
pub(crate) fn delete(world: &mut World, name: &str) -> Result<Value, ApiError> {
    let cluster = visible(&world.clusters, &world.identity, name)?;
    if !cluster.profiles.is_empty() {
        // cluster-api-provider-aws 4728. Whether profiles in other states count is not known; here they do.
        return Err(ApiError::in_use("Cluster has Fargate Profiles in ACTIVE/CREATING state").about(name, None));
    }
    let takes = cluster.settings.durations.cluster_deleting;
    world.change_cluster_state(name, Origin::Call, |cluster| {
        cluster.status = ClusterStatus::Deleting;
    });
    settle_later(world, name, takes)
}

fn settle_later(world: &mut World, name: &str, takes: std::time::Duration) -> Result<Value, ApiError> {
    let cluster = Arc::clone(world.cluster(name)?);
    let due = Due::ClusterSettles { cluster: name.to_owned(), id: cluster.id.clone() };
    world.agenda.note(world.now + takes, due);
    Ok(json!({ "cluster": shapes::cluster(&cluster) }))
}

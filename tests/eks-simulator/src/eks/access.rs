//! Access entries.

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;
use serde_json::{Value, json};

use super::looks::visible;
use crate::{
    AccessEntry, ApiError, Entrance,
    access_entry::FARGATE_LINUX,
    http::call::Call,
    rules::{role::is_known, tags},
    world::{World, cluster::Cluster, identity::partition},
};

const CONFIG_MAP: &str = "CONFIG_MAP";

/// EKS makes an entry for the role of a new profile by itself, unless the cluster knows none of them or the role has
/// one (User Guide, "Create access entries": type `FARGATE_LINUX`). It is taken to do so when it begins to create the
/// profile, and to leave the entry when the profile goes.
pub(crate) fn admit(world: &mut World, cluster: &str, role: &str) -> Result<(), ApiError> {
    let settings = &world.cluster(cluster)?.settings;
    if settings.authentication_mode == CONFIG_MAP || settings.access_entries.contains_key(role) {
        return Ok(());
    }
    put(world, cluster, role, FARGATE_LINUX, BTreeMap::new())
}

/// An entry that is made now.
fn put(
    world: &mut World,
    cluster: &str,
    principal: &str,
    kind: &str,
    tags: BTreeMap<String, String>,
) -> Result<(), ApiError> {
    let entry = AccessEntry { kind: kind.to_owned(), created_at: world.clock.wall(world.now), tags };
    world.edit(cluster, |cluster| {
        Arc::make_mut(&mut cluster.settings).access_entries.insert(principal.to_owned(), entry);
    })
}

/// Whether kubelets with this role are let in. Where the ConfigMap `aws-auth` counts too, they are taken to be: EKS writes
/// it as well (User Guide, "Create access entries"), and the simulator does not read it.
pub(crate) fn entrance(world: &World, cluster: &Cluster, role: &str) -> Entrance {
    let settings = &cluster.settings;
    if settings.authentication_mode != "API" {
        return Entrance::Open;
    }
    match settings.access_entries.get(role).filter(|entry| entry.kind == FARGATE_LINUX) {
        None => Entrance::NoEntry,
        Some(entry) if world.role(role).is_some_and(|role| entry.created_at < role.created_at) => {
            Entrance::OfAnotherRole
        }
        Some(_) => Entrance::Open,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    principal_arn: String,
    #[serde(default = "standard", rename = "type")]
    kind: String,
    #[serde(default)]
    kubernetes_groups: Vec<String>,
    username: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

fn standard() -> String {
    AccessEntry::default().kind
}

/// CreateAccessEntry. The text for an entry that is there: terraform-aws-modules/terraform-aws-eks 2977, 3293; the one for
/// a role that does not exist: 2969. That a role of which EKS has not heard yet counts as none is assumed, and what a
/// repeated `clientRequestToken` does is not known.
pub(crate) fn create(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    let request: Request = serde_json::from_value(call.body.clone())
        .map_err(|error| ApiError::new(400, "SerializationException", error.to_string()))?;
    let of = call.cluster.as_deref().unwrap_or_default();
    let found = visible(&world.clusters, &world.identity, of)?;
    check_mode(found)?;
    let principal = &request.principal_arn;
    if found.settings.access_entries.contains_key(principal) {
        let message = "The specified access entry resource is already in use on this cluster.";
        return Err(ApiError::in_use(message).about(of, None));
    }
    check_principal(world, &request).map_err(|error| error.about(of, None))?;
    tags::check_new(&request.tags)?;
    put(world, of, principal, &request.kind, request.tags.clone())?;
    described(world.cluster(of)?, principal)
}

/// Only roles are principals of nodes (model). That groups and user names are refused for them is measured
/// (badmintoncryer/cdk-preflight, `pf-eks-accessentry-*`); the words here are not EKS's.
fn check_principal(world: &World, request: &Request) -> Result<(), ApiError> {
    let is_role = request.principal_arn.contains(":role/");
    let exists = world.role(&request.principal_arn).is_some_and(|role| is_known(&role, world.now));
    if is_role && !exists || !is_role && request.kind != standard() {
        return Err(ApiError::invalid_parameter("The specified principalArn is invalid: invalid principal."));
    }
    let named = !request.kubernetes_groups.is_empty() || request.username.is_some();
    if named && request.kind != standard() {
        let message = format!("Access entries of type {} have groups and user name of their own", request.kind);
        return Err(ApiError::invalid_parameter(message));
    }
    Ok(())
}

/// DeleteAccessEntry.
pub(crate) fn delete(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    let of = call.cluster.as_deref().unwrap_or_default();
    let principal = call.item.as_deref().unwrap_or_default();
    described(visible(&world.clusters, &world.identity, of)?, principal)?;
    world.edit(of, |cluster| {
        Arc::make_mut(&mut cluster.settings).access_entries.remove(principal);
    })?;
    Ok(json!({}))
}

/// The text: badmintoncryer/cdk-preflight, `pf-eks-accessentry-requires-api-auth-mode`.
fn check_mode(cluster: &Cluster) -> Result<(), ApiError> {
    if cluster.settings.authentication_mode != CONFIG_MAP {
        return Ok(());
    }
    let message = "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this \
                   operation.";
    Err(ApiError::new(400, "InvalidRequestException", message).about(&cluster.settings.name, None))
}

/// DescribeAccessEntry.
pub(crate) fn describe(cluster: &Cluster, call: &Call) -> Result<Value, ApiError> {
    described(cluster, call.item.as_deref().unwrap_or_default())
}

/// The text for no entry: terraform-aws-modules/terraform-aws-eks 3024.
fn described(cluster: &Cluster, principal: &str) -> Result<Value, ApiError> {
    check_mode(cluster)?;
    let Some(entry) = cluster.settings.access_entries.get(principal) else {
        let message = "The specified principalArn could not be found. You can view your available access entries \
                       with 'list-access-entries'.";
        return Err(ApiError::new(404, "ResourceNotFoundException", message).about(&cluster.settings.name, None));
    };
    Ok(json!({ "accessEntry": shape(cluster, principal, entry) }))
}

/// User name and groups of nodes: User Guide, "Create access entries".
fn shape(cluster: &Cluster, principal: &str, entry: &AccessEntry) -> Value {
    let Cluster { region, account, .. } = cluster;
    let of = &cluster.settings.name;
    let name = principal.rsplit('/').next().unwrap_or_default();
    let (user, groups) = match entry.kind.as_str() {
        FARGATE_LINUX => (
            "system:node:{{SessionName}}".to_owned(),
            json!(["system:bootstrappers", "system:nodes", "system:node-proxier"]),
        ),
        "EC2_LINUX" => ("system:node:{{EC2PrivateDNSName}}".to_owned(), json!(["system:nodes"])),
        _ => (format!("arn:{}:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}", partition(region)), json!([])),
    };
    json!({
        "clusterName": of,
        "principalArn": principal,
        "kubernetesGroups": groups,
        "accessEntryArn":
            format!("arn:{}:eks:{region}:{account}:access-entry/{of}/role/{account}/{name}/1-2-3", partition(region)),
        "createdAt": entry.created_at,
        "modifiedAt": entry.created_at,
        "tags": entry.tags,
        "username": user,
        "type": entry.kind,
    })
}

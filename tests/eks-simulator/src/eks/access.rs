//! Access entries.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    AccessEntry, ApiError,
    http::call::Call,
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
    let entry = AccessEntry { kind: "FARGATE_LINUX".to_owned(), created_at: world.clock.wall(world.now) };
    world.edit(cluster, |cluster| {
        Arc::make_mut(&mut cluster.settings).access_entries.insert(role.to_owned(), entry);
    })
}

/// DescribeAccessEntry. The text for the wrong mode: badmintoncryer/cdk-preflight,
/// `pf-eks-accessentry-requires-api-auth-mode`; the one for no entry: terraform-aws-modules/terraform-aws-eks 3024.
pub(crate) fn describe(cluster: &Cluster, call: &Call) -> Result<Value, ApiError> {
    let (settings, of) = (&cluster.settings, &cluster.settings.name);
    let principal = call.item.as_deref().unwrap_or_default();
    if settings.authentication_mode == CONFIG_MAP {
        let message = "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] \
                       to perform this operation.";
        return Err(ApiError::new(400, "InvalidRequestException", message).about(of, None));
    }
    let Some(entry) = settings.access_entries.get(principal) else {
        let message = "The specified principalArn could not be found. You can view your available access entries \
                       with 'list-access-entries'.";
        return Err(ApiError::new(404, "ResourceNotFoundException", message).about(of, None));
    };
    Ok(json!({ "accessEntry": shape(cluster, principal, entry) }))
}

/// User name and groups of nodes: User Guide, "Create access entries".
fn shape(cluster: &Cluster, principal: &str, entry: &AccessEntry) -> Value {
    let Cluster { region, account, .. } = cluster;
    let of = &cluster.settings.name;
    let name = principal.rsplit('/').next().unwrap_or_default();
    let (user, groups) = match entry.kind.as_str() {
        "FARGATE_LINUX" => (
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
        "tags": {},
        "username": user,
        "type": entry.kind,
    })
}

//! The operations that only look: Describe and List. They take the clusters as an argument, because a stale look
//! takes those of the past.

use serde_json::{Value, json};

use super::{access, page, shapes, tags};
use crate::{
    ApiError, Operation,
    http::call::Call,
    world::{Clusters, cluster::Cluster, identity::Identity},
};

/// The cluster, if the caller's account and region have it.
pub(crate) fn visible<'a>(clusters: &'a Clusters, identity: &Identity, name: &str) -> Result<&'a Cluster, ApiError> {
    clusters
        .get(name)
        .map(AsRef::as_ref)
        .filter(|cluster| is_of(cluster, identity))
        .ok_or_else(|| ApiError::no_cluster(name))
}

fn is_of(cluster: &Cluster, identity: &Identity) -> bool {
    cluster.account == identity.account && cluster.region == identity.region
}

/// Answers a look.
pub(crate) fn answer(clusters: &Clusters, identity: &Identity, call: &Call) -> Result<Value, ApiError> {
    let name = call.cluster.as_deref().unwrap_or_default();
    match call.operation {
        Operation::DescribeCluster => {
            let cluster = visible(clusters, identity, name)?;
            Ok(json!({ "cluster": shapes::cluster(cluster) }))
        }
        Operation::ListClusters => {
            let names = clusters
                .values()
                .filter(|cluster| is_of(cluster, identity))
                .map(|cluster| cluster.settings.name.clone());
            list("clusters", names.collect(), call)
        }
        Operation::DescribeFargateProfile => {
            let wanted = call.profile.as_deref().unwrap_or_default();
            let profile = visible(clusters, identity, name)?
                .profiles
                .get(wanted)
                .ok_or_else(|| ApiError::no_profile(name, wanted))?;
            Ok(json!({ "fargateProfile": shapes::profile(profile) }))
        }
        Operation::ListFargateProfiles => {
            let cluster = visible(clusters, identity, name)?;
            let names = cluster.profiles.keys().cloned().collect();
            list("fargateProfileNames", names, call)
        }
        Operation::DescribeAccessEntry => access::describe(visible(clusters, identity, name)?, call),
        Operation::DescribeAddon => {
            let cluster = visible(clusters, identity, name)?;
            let wanted = call.item.as_deref().unwrap_or_default();
            let addon = cluster.settings.addons.get(wanted).ok_or_else(|| no_addon(name, wanted))?;
            Ok(json!({ "addon": shapes::addon(cluster, wanted, addon) }))
        }
        _ => {
            let tags = tags::of(clusters, identity, call)?;
            Ok(json!({ "tags": tags }))
        }
    }
}

/// The code is the model's. No public source was found for the wording.
pub(super) fn no_addon(cluster: &str, name: &str) -> ApiError {
    let message = format!("No addon: {name} found in cluster: {cluster}");
    ApiError::new(404, "ResourceNotFoundException", message).about(cluster, None)
}

fn list(field: &str, names: Vec<String>, call: &Call) -> Result<Value, ApiError> {
    let (names, token) = page::page(names, call)?;
    Ok(match token {
        Some(token) => json!({ field: names, "nextToken": token }),
        None => json!({ field: names }),
    })
}

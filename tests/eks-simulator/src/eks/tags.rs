//! TagResource, UntagResource and ListTagsForResource, for ARNs of clusters and profiles.

use std::{collections::BTreeMap, sync::Arc};

use serde::Deserialize;
use serde_json::{Value, json};

use super::looks::visible;
use crate::{
    ApiError,
    http::call::Call,
    log::Origin,
    rules::tags as rule,
    world::{Clusters, World, identity::Identity},
};

type Tags = BTreeMap<String, String>;

#[derive(Deserialize)]
struct Request {
    tags: Tags,
}

/// The tags of what the call's ARN names. An ARN of another incarnation names nothing.
pub(crate) fn of(clusters: &Clusters, identity: &Identity, call: &Call) -> Result<Tags, ApiError> {
    let arn = call.arn.as_deref().unwrap_or_default();
    let Some(cluster) = call.cluster.as_deref().filter(|_| arn.starts_with("arn:")) else {
        // The codes are the model's for tag operations; the wording is not known.
        return Err(ApiError::new(400, "BadRequestException", format!("The ARN {arn} is not valid")));
    };
    let missing = || ApiError::new(404, "NotFoundException", "Resource was not found");
    let cluster = visible(clusters, identity, cluster).map_err(|_| missing())?;
    match call.profile.as_deref() {
        None if cluster.arn == arn => Ok(cluster.settings.tags.clone()),
        None => Err(missing()),
        Some(name) => cluster
            .profiles
            .get(name)
            .filter(|profile| profile.arn == arn)
            .map(|profile| profile.tags.clone())
            .ok_or_else(missing),
    }
}

/// Adds and overwrites tags.
pub(crate) fn tag(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    let request: Request = serde_json::from_value(call.body.clone())
        .map_err(|error| ApiError::new(400, "BadRequestException", error.to_string()))?;
    let mut tags = of(&world.clusters, &world.identity, call)?;
    rule::check_added(&tags, &request.tags)?;
    tags.extend(request.tags);
    set(world, call, tags)
}

/// Takes tags away; keys that are not there do no harm.
pub(crate) fn untag(world: &mut World, call: &Call) -> Result<Value, ApiError> {
    let mut tags = of(&world.clusters, &world.identity, call)?;
    let keys = call.queries("tagKeys");
    if keys.is_empty() {
        return Err(ApiError::new(400, "BadRequestException", "tagKeys is required"));
    }
    tags.retain(|key, _| !keys.contains(&key.as_str()));
    set(world, call, tags)
}

fn set(world: &mut World, call: &Call, tags: Tags) -> Result<Value, ApiError> {
    let cluster = call.cluster.as_deref().unwrap_or_default();
    match call.profile.as_deref() {
        Some(name) => set_profile_tags(world, cluster, name, tags, Origin::Call)?,
        None => world.edit(cluster, |cluster| {
            Arc::make_mut(&mut cluster.settings).tags = tags;
        })?,
    }
    Ok(json!({}))
}

/// Gives a profile these tags and no others.
pub(crate) fn set_profile_tags(
    world: &mut World,
    cluster: &str,
    name: &str,
    tags: Tags,
    cause: Origin,
) -> Result<(), ApiError> {
    let profile = world.cluster(cluster)?.profiles.get(name).ok_or_else(|| ApiError::no_profile(cluster, name))?;
    let mut profile = profile.as_ref().clone();
    profile.tags = tags;
    world.put_profile(cluster, profile, cause);
    Ok(())
}

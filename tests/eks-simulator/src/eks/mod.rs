//! The EKS API: each operation a file, each rule in [`crate::rules`].

pub(crate) mod access;
pub(crate) mod addon;
pub(crate) mod cluster_operations;
pub(crate) mod create_profile;
pub(crate) mod delete_profile;
pub(crate) mod error;
pub(crate) mod looks;
pub(crate) mod page;
pub(crate) mod route;
pub(crate) mod shapes;
pub(crate) mod tags;

use serde_json::{Value, json};

use crate::{
    ApiError, Operation,
    http::call::Call,
    log::Origin,
    world::{World, past::Moment},
};

/// Carries out a call and gives the reply's body. With `as_of`, a look is answered from the past.
pub(crate) fn answer(world: &mut World, call: &Call, origin: Origin, as_of: Option<Moment>) -> Result<Value, ApiError> {
    if call.malformed {
        return Err(ApiError::new(400, "SerializationException", "The body is not JSON"));
    }
    let cluster = call.cluster.as_deref().unwrap_or_default();
    let profile = call.profile.as_deref().unwrap_or_default();
    if call.operation.is_look() {
        let clusters = match as_of {
            Some(moment) => world.past.at(moment),
            None => world.clusters.clone(),
        };
        return looks::answer(&clusters, &world.identity, call);
    }
    match call.operation {
        Operation::CreateCluster => cluster_operations::create(world, &call.body),
        Operation::DeleteCluster => cluster_operations::delete(world, cluster),
        Operation::CreateFargateProfile => {
            let spec = serde_json::from_value(call.body.clone())
                .map_err(|error| ApiError::new(400, "SerializationException", error.to_string()))?;
            let profile = create_profile::create(world, cluster, &spec, origin)?;
            Ok(json!({ "fargateProfile": shapes::profile(&profile) }))
        }
        Operation::DeleteFargateProfile => {
            let profile = delete_profile::delete(world, cluster, profile, origin)?;
            Ok(json!({ "fargateProfile": shapes::profile(&profile) }))
        }
        Operation::TagResource => tags::tag(world, call),
        Operation::UntagResource => tags::untag(world, call),
        Operation::CreateAccessEntry => access::create(world, call),
        Operation::DeleteAccessEntry => access::delete(world, call),
        Operation::UpdateAddon => {
            let update = serde_json::from_value(call.body.clone())
                .map_err(|error| ApiError::new(400, "SerializationException", error.to_string()))?;
            addon::update(world, cluster, call.item.as_deref().unwrap_or_default(), &update, origin)
        }
        Operation::DescribeCluster
        | Operation::ListClusters
        | Operation::DescribeFargateProfile
        | Operation::ListFargateProfiles
        | Operation::ListTagsForResource
        | Operation::DescribeAccessEntry
        | Operation::DescribeAddon
        | Operation::DescribeSubnets
        | Operation::DescribeRouteTables
        | Operation::DescribeVpcAttribute
        | Operation::DescribeVpcEndpoints
        | Operation::DescribeNatGateways
        | Operation::DescribeVpcs
        | Operation::DescribeDhcpOptions
        | Operation::DescribeSecurityGroups
        | Operation::GetRole
        | Operation::ListAttachedRolePolicies
        | Operation::ListRolePolicies
        | Operation::CreateRole
        | Operation::DeleteRole
        | Operation::AttachRolePolicy
        | Operation::DetachRolePolicy
        | Operation::GetServiceQuota
        | Operation::GetCallerIdentity
        | Operation::Unknown => Err(ApiError::new(
            404,
            "UnknownOperationException",
            format!("The simulator does not speak {} {}", call.method, call.path),
        )),
    }
}

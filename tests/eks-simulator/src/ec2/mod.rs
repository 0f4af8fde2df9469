//! EC2, as much as tells where pods run: what describes a network, in EC2's query protocol (botocore `ec2/2016-11-15`).

mod describe;
mod filter;
mod gateways;
mod routes;
mod security_groups;
mod subnets;
mod vpcs;

use std::borrow::Cow;

use crate::{
    ApiError, Network, Operation,
    http::call::Call,
    world::{Clusters, cluster::Cluster, identity::Identity},
    xml::{escape, text},
};

pub(crate) const VERSION: &str = "2016-11-15";

/// The network of one cluster, and where it is.
pub(crate) struct Place<'a> {
    network: Cow<'a, Network>,
    cluster: &'a Cluster,
}

/// Answers a call from the networks of the caller's account and region.
pub(crate) fn answer(
    clusters: &Clusters,
    identity: &Identity,
    call: &Call,
    request_id: &str,
) -> Result<String, ApiError> {
    let places: Vec<Place<'_>> = clusters
        .values()
        .map(AsRef::as_ref)
        .filter(|cluster| cluster.account == identity.account && cluster.region == identity.region)
        .map(|cluster| Place { network: cluster.network(), cluster })
        .collect();
    let inside = match call.operation {
        Operation::DescribeSubnets => describe::answer(&subnets::KIND, subnets::all(&places), call),
        Operation::DescribeRouteTables => describe::answer(&routes::KIND, routes::all(&places), call),
        Operation::DescribeVpcEndpoints => describe::answer(&gateways::ENDPOINTS, gateways::endpoints(&places), call),
        Operation::DescribeNatGateways => describe::answer(&gateways::NATS, gateways::nats(&places), call),
        Operation::DescribeVpcs => describe::answer(&vpcs::VPCS, vpcs::all(&places), call),
        Operation::DescribeDhcpOptions => describe::answer(&vpcs::DHCP_OPTIONS, vpcs::dhcp_options(&places), call),
        Operation::DescribeSecurityGroups => {
            describe::answer(&security_groups::KIND, security_groups::all(&places), call)
        }
        _ => vpcs::attribute(&places, call),
    }?;
    let name = call.operation.as_str();
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{name}Response xmlns=\"http://ec2.amazonaws.com/doc/{VERSION}/\">{}{inside}</{name}Response>",
        text("requestId", request_id),
    ))
}

/// An error in EC2's own form, which is not that of other services (EC2 API Reference, "Error codes").
pub(crate) fn error(error: &ApiError, request_id: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>{}</Code><Message>{}</Message></Error></Errors>\
         <RequestID>{request_id}</RequestID></Response>",
        escape(error.code.as_deref().unwrap_or_default()),
        escape(&error.message),
    )
}

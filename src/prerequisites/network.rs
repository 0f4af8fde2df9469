//! Where the routes of a subnet lead.

use super::evidence::{Evidence, Question};
use crate::ec2::{Route, RouteTable, Target};

/// What the route table of a subnet does with what leaves the VPC.
pub(super) struct Way<'a> {
    pub table: &'a RouteTable,
    /// A live default route leads there, which makes the subnet a public one.
    pub internet_gateway: Option<&'a str>,
    /// Default routes to something that is gone.
    pub dead: Vec<&'a Route>,
    /// Something may lead out. What is behind a transit gateway, a firewall, an instance, a peering or a virtual
    /// private gateway is not known, so all of them count.
    pub leads_out: bool,
    /// It may do so without an internet gateway.
    pub leads_elsewhere: bool,
}

/// The way of a subnet, by its own route table or else the VPC's main one. None if neither is known.
pub(super) fn way<'a>(subnet: &str, evidence: &'a Evidence) -> Option<Way<'a>> {
    let tables = evidence.route_tables.known()?;
    let own = tables.iter().find(|table| table.subnets.contains(subnet));
    let table = own.or_else(|| tables.iter().find(|table| table.is_main))?;
    let live = || table.routes.iter().filter(|route| !is_dead(route, evidence));
    let internet_gateway = live().filter(|route| route.is_default()).find_map(internet_gateway);
    let leading = || live().filter(|route| may_lead_out(route, evidence));
    Some(Way {
        table,
        internet_gateway,
        dead: table.routes.iter().filter(|route| route.is_default() && is_dead(route, evidence)).collect(),
        leads_out: leading().next().is_some(),
        leads_elsewhere: leading()
            .any(|route| !matches!(route.target, Target::InternetGateway(_) | Target::EgressOnlyInternetGateway(_))),
    })
}

/// Whether the target of a route is gone. A NAT gateway that EC2 does not show may be another account's.
fn is_dead(route: &Route, evidence: &Evidence) -> bool {
    let gone = nat_gateway(route).is_some_and(|id| {
        let known = evidence.nat_gateways.known().and_then(|all| all.get(id));
        known.is_some_and(|gateway| ["failed", "deleting", "deleted"].contains(&gateway.state.as_str()))
    });
    !route.is_active || gone
}

/// Whether a gateway endpoint has a route in the table: one for the prefix list of its service.
pub(super) fn has_gateway_endpoint(way: &Way<'_>) -> bool {
    let is_of_one =
        |route: &Route| route.destination.starts_with("pl-") && matches!(route.target, Target::VpcEndpoint(_));
    way.table.routes.iter().any(is_of_one)
}

fn internet_gateway(route: &Route) -> Option<&str> {
    if let Target::InternetGateway(id) = &route.target { Some(id) } else { None }
}

pub(super) fn nat_gateway(route: &Route) -> Option<&str> {
    if let Target::NatGateway(id) = &route.target { Some(id) } else { None }
}

fn may_lead_out(route: &Route, evidence: &Evidence) -> bool {
    match &route.target {
        Target::Local => false,
        // A gateway endpoint leads to one service, by the prefix list of that service. A firewall's leads anywhere.
        Target::VpcEndpoint(id) => {
            let known = evidence.endpoints.known().and_then(|all| all.iter().find(|endpoint| endpoint.id == *id));
            known.map_or(!route.destination.starts_with("pl-"), |endpoint| endpoint.kind != "Gateway")
        }
        Target::InternetGateway(_)
        | Target::EgressOnlyInternetGateway(_)
        | Target::NatGateway(_)
        | Target::TransitGateway(_)
        | Target::NetworkInterface(_)
        | Target::Instance(_)
        | Target::Peering(_)
        | Target::VirtualPrivateGateway(_)
        | Target::Other(_) => true,
    }
}

/// What a message calls the target of a route.
pub(super) fn target(route: &Route) -> &str {
    match &route.target {
        Target::Local => "local",
        Target::InternetGateway(id)
        | Target::EgressOnlyInternetGateway(id)
        | Target::NatGateway(id)
        | Target::TransitGateway(id)
        | Target::NetworkInterface(id)
        | Target::Instance(id)
        | Target::VpcEndpoint(id)
        | Target::Peering(id)
        | Target::VirtualPrivateGateway(id)
        | Target::Other(id) => id,
    }
}

/// The subnets that a profile may use: its own, or the cluster's private ones, which EKS takes if none are given.
pub(super) fn subnets<'a>(question: &'a Question, evidence: &'a Evidence) -> Vec<&'a str> {
    match &question.subnets {
        Some(given) => given.iter().map(String::as_str).collect(),
        None => evidence.cluster.subnets.iter().map(String::as_str).filter(|id| !is_public(id, evidence)).collect(),
    }
}

pub(super) fn is_public(subnet: &str, evidence: &Evidence) -> bool {
    way(subnet, evidence).is_some_and(|way| way.internet_gateway.is_some())
}

/// The private subnets of a profile with nothing but endpoints to the outside, each with its way. Of a subnet that
/// another account shares with ours, not all can be seen.
pub(super) fn closed<'a>(question: &'a Question, evidence: &'a Evidence) -> Vec<(&'a str, Way<'a>)> {
    let with_way = |id: &'a str| Some((id, way(id, evidence)?));
    let ways = subnets(question, evidence).into_iter().filter_map(with_way);
    ways.filter(|(id, way)| !way.leads_out && !is_shared(id, evidence)).collect()
}

/// Whether a subnet is another account's, or may be.
pub(super) fn is_shared(subnet: &str, evidence: &Evidence) -> bool {
    let account = evidence.cluster.region_and_account().map(|(_, account)| account);
    evidence.subnet(subnet).is_none_or(|subnet| Some(subnet.owner.as_str()) != account)
}

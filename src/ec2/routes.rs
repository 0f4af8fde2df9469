//! A route table, from DescribeRouteTables.

use super::{Route, RouteTable, Target};
use crate::aws::{Element, Incomplete};

pub(super) fn route_table(item: &Element) -> Result<RouteTable, Incomplete> {
    // A subnet that moves from one table to another is shown with both for a moment.
    let holds = |association: &&Element| {
        let state = association.child("associationState").and_then(|state| state.text("state"));
        !matches!(state, Some("disassociating" | "disassociated" | "failed"))
    };
    let associations = || item.items("associationSet").iter().filter(holds);
    Ok(RouteTable {
        id: item.required("routeTableId")?.to_owned(),
        is_main: associations().any(|association| association.is_true("main")),
        subnets: associations().filter_map(|each| each.text("subnetId")).map(str::to_owned).collect(),
        routes: item.items("routeSet").iter().map(route).collect::<Result<_, _>>()?,
    })
}

fn route(item: &Element) -> Result<Route, Incomplete> {
    const DESTINATIONS: [&str; 3] = ["destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"];
    let destination = DESTINATIONS.into_iter().find_map(|name| item.text(name));
    Ok(Route {
        destination: destination.ok_or(Incomplete("destinationCidrBlock"))?.to_owned(),
        target: target(item),
        is_active: item.text("state") != Some("blackhole"),
    })
}

/// Every kind of target has an element of its own, but for those under `gatewayId`.
fn target(item: &Element) -> Target {
    type Kind = (&'static str, fn(String) -> Target);
    // The instance comes before the network interface, since EC2 shows both if a route leads to an instance.
    const KINDS: [Kind; 7] = [
        ("gatewayId", gateway),
        ("natGatewayId", Target::NatGateway),
        ("transitGatewayId", Target::TransitGateway),
        ("vpcPeeringConnectionId", Target::Peering),
        ("egressOnlyInternetGatewayId", Target::EgressOnlyInternetGateway),
        ("instanceId", Target::Instance),
        ("networkInterfaceId", Target::NetworkInterface),
    ];
    const OTHERS: [&str; 4] = ["carrierGatewayId", "localGatewayId", "coreNetworkArn", "odbNetworkArn"];
    let known = KINDS.into_iter().find_map(|(name, kind)| item.text(name).map(|id| kind(id.to_owned())));
    let other = || OTHERS.into_iter().find_map(|name| item.text(name)).unwrap_or_default().to_owned();
    known.unwrap_or_else(|| Target::Other(other()))
}

/// By the beginning of the id.
fn gateway(id: String) -> Target {
    match id.split('-').next() {
        Some("local") => Target::Local,
        Some("igw") => Target::InternetGateway(id),
        Some("vgw") => Target::VirtualPrivateGateway(id),
        Some("vpce") => Target::VpcEndpoint(id),
        _ => Target::Other(id),
    }
}

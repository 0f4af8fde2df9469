//! DescribeRouteTables.

use std::collections::BTreeMap;

use super::{
    Place,
    describe::{Item, Items, Kind},
};
use crate::{
    Network, Route, RouteTable,
    xml::{group, list, text},
};

pub(super) const KIND: Kind = Kind {
    set: "routeTableSet",
    id: "RouteTableId",
    filters: &["vpc-id", "route-table-id", "association.subnet-id", "association.main"],
    not_found: "InvalidRouteTableID.NotFound",
    wording: [
        |id| format!("The routeTable ID '{id}' does not exist"),
        |ids| format!("The routeTable IDs '{ids}' do not exist"),
    ],
    page: 100,
};

pub(super) fn all(places: &[Place<'_>]) -> Items {
    let mut all = Items::new();
    for place in places {
        for (id, table) in &place.network.route_tables {
            all.entry(id.clone()).or_insert_with(|| item(place, id, table));
        }
    }
    all
}

fn item(place: &Place<'_>, id: &str, table: &RouteTable) -> Item {
    let network = &place.network;
    let vpc = &network.vpc.id;
    let owner = &place.cluster.account;
    let routes = network.routes_of(id, table);
    let xml = [
        text("routeTableId", id),
        text("vpcId", vpc),
        text("ownerId", owner),
        list("routeSet", "item", routes.iter().map(|route| shape(network, route, owner))),
        list("associationSet", "item", associations(id, table)),
        list("propagatingVgwSet", "item", []),
        list("tagSet", "item", []),
    ];
    let has = BTreeMap::from([
        ("vpc-id", vec![vpc.clone()]),
        ("route-table-id", vec![id.to_owned()]),
        // A table that applies to a subnet only because it is the main one is not associated with it.
        ("association.subnet-id", table.subnets.iter().cloned().collect()),
        ("association.main", vec![table.main.to_string()]),
    ]);
    Item { has, tags: BTreeMap::new(), xml: xml.concat() }
}

/// The main table is associated with the VPC, without a subnet's id.
fn associations(id: &str, table: &RouteTable) -> Vec<String> {
    let association = |of: &str, main: bool, subnet: String| {
        [
            text("routeTableAssociationId", format!("rtbassoc-{}", of.rsplit('-').next().unwrap_or_default())),
            text("routeTableId", id),
            subnet,
            text("main", main),
            group("associationState", text("state", "associated")),
        ]
        .concat()
    };
    let main = table.main.then(|| association(id, true, String::new()));
    let others = table.subnets.iter().map(|subnet| association(subnet, false, text("subnetId", subnet)));
    main.into_iter().chain(others).collect()
}

fn shape(network: &Network, route: &Route, owner: &str) -> String {
    let destination = match route.destination.as_str() {
        list if list.starts_with("pl-") => "destinationPrefixListId",
        ipv6 if ipv6.contains(':') => "destinationIpv6CidrBlock",
        _ => "destinationCidrBlock",
    };
    let target = match route.target.split('-').next().unwrap_or_default() {
        "nat" => "natGatewayId",
        "eigw" => "egressOnlyInternetGatewayId",
        "tgw" => "transitGatewayId",
        "eni" => "networkInterfaceId",
        "i" => "instanceId",
        "pcx" => "vpcPeeringConnectionId",
        "lgw" => "localGatewayId",
        "cagw" => "carrierGatewayId",
        arn if arn.starts_with("arn:") => "coreNetworkArn",
        // `local`, internet gateways, virtual private gateways and endpoints share this one.
        _ => "gatewayId",
    };
    let of_instance = if target == "instanceId" { text("instanceOwnerId", owner) } else { String::new() };
    let made = route.target != "local" && !route.destination.starts_with("pl-");
    [
        text(destination, &route.destination),
        text(target, &route.target),
        of_instance,
        text("state", if network.is_active(route) { "active" } else { "blackhole" }),
        text("origin", if made { "CreateRoute" } else { "CreateRouteTable" }),
    ]
    .concat()
}

//! DescribeNatGateways and DescribeVpcEndpoints.

use std::collections::BTreeMap;

use super::{
    Place,
    describe::{Item, Items, Kind},
};
use crate::{
    NatGateway, VpcEndpoint,
    xml::{list, maybe, text},
};

const MADE: &str = "2023-11-14T22:13:20.000Z";

pub(super) const NATS: Kind = Kind {
    set: "natGatewaySet",
    id: "NatGatewayId",
    filters: &["vpc-id", "subnet-id", "nat-gateway-id", "state"],
    not_found: "NatGatewayNotFound",
    wording: [
        |id| format!("The Nat Gateway {id} was not found"),
        |ids| format!("The Nat Gateways {ids} were not found"),
    ],
    page: 1000,
};

pub(super) const ENDPOINTS: Kind = Kind {
    set: "vpcEndpointSet",
    id: "VpcEndpointId",
    filters: &["vpc-id", "vpc-endpoint-id", "service-name", "vpc-endpoint-type", "vpc-endpoint-state"],
    not_found: "InvalidVpcEndpointId.NotFound",
    wording: [
        |id| format!("The Vpc Endpoint Id '{id}' does not exist"),
        |ids| format!("The Vpc Endpoint Ids '{ids}' do not exist"),
    ],
    page: 1000,
};

pub(super) fn nats(places: &[Place<'_>]) -> Items {
    let mut all = Items::new();
    for place in places {
        for (id, nat) in &place.network.nat_gateways {
            all.entry(id.clone()).or_insert_with(|| nat_item(&place.network.vpc.id, id, nat));
        }
    }
    all
}

pub(super) fn endpoints(places: &[Place<'_>]) -> Items {
    let mut all = Items::new();
    for place in places {
        for (id, endpoint) in &place.network.endpoints {
            all.entry(id.clone()).or_insert_with(|| endpoint_item(place, id, endpoint));
        }
    }
    all
}

fn nat_item(vpc: &str, id: &str, nat: &NatGateway) -> Item {
    let number = id.rsplit('-').next().unwrap_or_default();
    let addresses = nat.public_addresses.iter().map(|address| {
        [
            text("allocationId", format!("eipalloc-{number}")),
            text("networkInterfaceId", format!("eni-{number}")),
            text("privateIp", "10.0.48.10"),
            text("publicIp", address),
        ]
        .concat()
    });
    let xml = [
        text("natGatewayId", id),
        text("vpcId", vpc),
        text("subnetId", &nat.subnet),
        text("state", &nat.state),
        text("connectivityType", &nat.connectivity),
        text("createTime", MADE),
        maybe("failureCode", nat.failure_code.as_ref()),
        maybe("failureMessage", nat.failure.as_ref()),
        list("natGatewayAddressSet", "item", addresses),
        list("tagSet", "item", []),
    ];
    let has = BTreeMap::from([
        ("vpc-id", vec![vpc.to_owned()]),
        ("subnet-id", vec![nat.subnet.clone()]),
        ("nat-gateway-id", vec![id.to_owned()]),
        ("state", vec![nat.state.clone()]),
    ]);
    Item { has, tags: BTreeMap::new(), xml: xml.concat() }
}

fn endpoint_item(place: &Place<'_>, id: &str, endpoint: &VpcEndpoint) -> Item {
    let network = &place.network;
    let groups = endpoint.security_groups.iter().map(|group| {
        let name = network.security_groups.get(group).map(|group| group.name.as_str());
        text("groupId", group) + &text("groupName", name.unwrap_or_default())
    });
    let plain =
        |ids: &std::collections::BTreeSet<String>| ids.iter().map(|id| crate::xml::escape(id)).collect::<Vec<_>>();
    let xml = [
        text("vpcEndpointId", id),
        text("vpcEndpointType", &endpoint.kind),
        text("vpcId", &network.vpc.id),
        text("serviceName", &endpoint.service),
        text("state", &endpoint.state),
        text("policyDocument", &endpoint.policy),
        list("routeTableIdSet", "item", plain(&endpoint.route_tables)),
        list("subnetIdSet", "item", plain(&endpoint.subnets)),
        list("groupSet", "item", groups),
        text("privateDnsEnabled", endpoint.private_dns),
        text("requesterManaged", false),
        text("creationTimestamp", MADE),
        text("ownerId", &place.cluster.account),
        list("tagSet", "item", []),
    ];
    let has = BTreeMap::from([
        ("vpc-id", vec![network.vpc.id.clone()]),
        ("vpc-endpoint-id", vec![id.to_owned()]),
        ("service-name", vec![endpoint.service.clone()]),
        ("vpc-endpoint-type", vec![endpoint.kind.clone()]),
        ("vpc-endpoint-state", vec![endpoint.state.clone()]),
    ]);
    Item { has, tags: BTreeMap::new(), xml: xml.concat() }
}

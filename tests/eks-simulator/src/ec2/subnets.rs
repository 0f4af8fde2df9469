//! DescribeSubnets.

use std::collections::BTreeMap;

use super::{
    Place,
    describe::{Item, Items, Kind},
};
use crate::{
    Subnet,
    world::identity::partition,
    xml::{group, list, maybe, text},
};

pub(super) const KIND: Kind = Kind {
    set: "subnetSet",
    id: "SubnetId",
    filters: &["vpc-id", "subnet-id", "availability-zone", "availability-zone-id", "owner-id", "cidr-block"],
    not_found: "InvalidSubnetID.NotFound",
    wording: [
        |id| format!("The subnet ID '{id}' does not exist"),
        |ids| format!("The subnet IDs '{ids}' do not exist"),
    ],
    page: 1000,
};

pub(super) fn all(places: &[Place<'_>]) -> Items {
    let mut all = Items::new();
    for place in places {
        for (id, subnet) in &place.network.subnets {
            all.entry(id.clone()).or_insert_with(|| item(place, id, subnet));
        }
    }
    all
}

fn item(place: &Place<'_>, id: &str, subnet: &Subnet) -> Item {
    let vpc = place.network.vpc_of(subnet);
    let owner = subnet.owner.as_deref().unwrap_or(&place.cluster.account);
    let region = &place.cluster.region;
    let ipv6 = subnet.ipv6_cidr.iter().map(|cidr| {
        let state = group("ipv6CidrBlockState", text("state", "associated"));
        text("associationId", "subnet-cidr-assoc-0123456789abcdef0") + &text("ipv6CidrBlock", cidr) + &state
    });
    let xml = [
        text("subnetId", id),
        text("subnetArn", format!("arn:{}:ec2:{region}:{owner}:subnet/{id}", partition(region))),
        text("state", "available"),
        text("ownerId", owner),
        text("vpcId", vpc),
        text("cidrBlock", &subnet.cidr),
        list("ipv6CidrBlockAssociationSet", "item", ipv6),
        text("availableIpAddressCount", subnet.free_addresses),
        text("availabilityZone", &subnet.zone),
        text("availabilityZoneId", &subnet.zone_id),
        text("defaultForAz", false),
        text("mapPublicIpOnLaunch", subnet.maps_public_addresses),
        text("assignIpv6AddressOnCreation", false),
        maybe("outpostArn", subnet.outpost.as_ref()),
        group("blockPublicAccessStates", text("internetGatewayBlockMode", &subnet.public_access_block)),
        list("tagSet", "item", subnet.tags.iter().map(|(key, value)| text("key", key) + &text("value", value))),
    ];
    let has = BTreeMap::from([
        ("vpc-id", vec![vpc.to_owned()]),
        ("subnet-id", vec![id.to_owned()]),
        ("availability-zone", vec![subnet.zone.clone()]),
        ("availability-zone-id", vec![subnet.zone_id.clone()]),
        ("owner-id", vec![owner.to_owned()]),
        ("cidr-block", vec![subnet.cidr.clone()]),
    ]);
    Item { has, tags: subnet.tags.clone(), xml: xml.concat() }
}

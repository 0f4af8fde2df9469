//! DescribeSecurityGroups.

use std::collections::BTreeMap;

use super::{
    Place,
    describe::{Item, Items, Kind},
};
use crate::{
    Permission, SecurityGroup,
    world::identity::partition,
    xml::{list, text},
};

pub(super) const KIND: Kind = Kind {
    set: "securityGroupInfo",
    id: "GroupId",
    filters: &["vpc-id", "group-id", "group-name"],
    not_found: "InvalidGroup.NotFound",
    wording: [
        |id| format!("The security group '{id}' does not exist"),
        |ids| format!("The security groups '{ids}' do not exist"),
    ],
    page: 1000,
};

pub(super) fn all(places: &[Place<'_>]) -> Items {
    let mut all = Items::new();
    for place in places {
        for (id, group) in &place.network.security_groups {
            all.entry(id.clone()).or_insert_with(|| item(place, id, group));
        }
    }
    all
}

fn item(place: &Place<'_>, id: &str, group: &SecurityGroup) -> Item {
    let vpc = &place.network.vpc.id;
    let (account, region) = (&place.cluster.account, &place.cluster.region);
    let permissions = |all: &[Permission]| all.iter().map(|one| shape(one, account)).collect::<Vec<_>>();
    let xml = [
        text("ownerId", account),
        text("groupId", id),
        text("groupName", &group.name),
        text("groupDescription", &group.name),
        text("vpcId", vpc),
        text("securityGroupArn", format!("arn:{}:ec2:{region}:{account}:security-group/{id}", partition(region))),
        list("ipPermissions", "item", permissions(&group.ingress)),
        list("ipPermissionsEgress", "item", permissions(&group.egress)),
        list("tagSet", "item", []),
    ];
    let has = BTreeMap::from([
        ("vpc-id", vec![vpc.clone()]),
        ("group-id", vec![id.to_owned()]),
        ("group-name", vec![group.name.clone()]),
    ]);
    Item { has, tags: BTreeMap::new(), xml: xml.concat() }
}

/// Ranges of the two families are in lists of their own. All ports are no ports.
fn shape(permission: &Permission, account: &str) -> String {
    let ports = permission.ports.map(|(from, to)| text("fromPort", from) + &text("toPort", to));
    let (ipv6, ipv4): (Vec<&String>, Vec<&String>) = permission.cidrs.iter().partition(|cidr| cidr.contains(':'));
    let groups = permission.groups.iter().map(|group| text("userId", account) + &text("groupId", group));
    [
        text("ipProtocol", &permission.protocol),
        ports.unwrap_or_default(),
        list("groups", "item", groups),
        list("ipRanges", "item", ipv4.iter().map(|cidr| text("cidrIp", cidr))),
        list("ipv6Ranges", "item", ipv6.iter().map(|cidr| text("cidrIpv6", cidr))),
        list("prefixListIds", "item", []),
    ]
    .concat()
}

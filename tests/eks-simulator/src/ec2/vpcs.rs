//! DescribeVpcs, DescribeVpcAttribute and DescribeDhcpOptions.

use std::collections::BTreeMap;

use super::{
    Place,
    describe::{Item, Items, Kind},
};
use crate::{
    ApiError, Vpc,
    http::call::Call,
    xml::{group, list, text},
};

pub(super) const VPCS: Kind = Kind {
    set: "vpcSet",
    id: "VpcId",
    filters: &["vpc-id", "dhcp-options-id", "owner-id", "cidr"],
    not_found: "InvalidVpcID.NotFound",
    wording: [no_vpc, |ids| format!("The vpc IDs '{ids}' do not exist")],
    page: 1000,
};

pub(super) const DHCP_OPTIONS: Kind = Kind {
    set: "dhcpOptionsSet",
    id: "DhcpOptionsId",
    filters: &["dhcp-options-id", "owner-id"],
    not_found: "InvalidDhcpOptionID.NotFound",
    wording: [
        |id| format!("The dhcpOption ID '{id}' does not exist"),
        |ids| format!("The dhcpOption IDs '{ids}' do not exist"),
    ],
    page: 1000,
};

fn no_vpc(id: &str) -> String {
    format!("The vpc ID '{id}' does not exist")
}

pub(super) fn all(places: &[Place<'_>]) -> Items {
    let mut all = Items::new();
    for place in places {
        let vpc = &place.network.vpc;
        all.entry(vpc.id.clone()).or_insert_with(|| item(vpc, &place.cluster.account));
    }
    all
}

fn item(vpc: &Vpc, owner: &str) -> Item {
    let associated = |range: String, state: &str| {
        text("associationId", "vpc-cidr-assoc-0123456789abcdef0") + &range + &group(state, text("state", "associated"))
    };
    let ipv4 = [&vpc.cidr].into_iter().chain(&vpc.secondary_cidrs);
    let ipv6 = vpc.ipv6_cidr.iter();
    let xml = [
        text("vpcId", &vpc.id),
        text("ownerId", owner),
        text("state", "available"),
        text("cidrBlock", &vpc.cidr),
        list("cidrBlockAssociationSet", "item", ipv4.map(|cidr| associated(text("cidrBlock", cidr), "cidrBlockState"))),
        list(
            "ipv6CidrBlockAssociationSet",
            "item",
            ipv6.map(|cidr| associated(text("ipv6CidrBlock", cidr), "ipv6CidrBlockState")),
        ),
        text("dhcpOptionsId", &vpc.dhcp_options),
        text("instanceTenancy", "default"),
        text("isDefault", false),
        group("blockPublicAccessStates", text("internetGatewayBlockMode", &vpc.public_access_block)),
        list("tagSet", "item", []),
    ];
    let has = BTreeMap::from([
        ("vpc-id", vec![vpc.id.clone()]),
        ("dhcp-options-id", vec![vpc.dhcp_options.clone()]),
        ("owner-id", vec![owner.to_owned()]),
        ("cidr", vec![vpc.cidr.clone()]),
    ]);
    Item { has, tags: BTreeMap::new(), xml: xml.concat() }
}

/// One attribute a call.
pub(super) fn attribute(places: &[Place<'_>], call: &Call) -> Result<String, ApiError> {
    let missing =
        |name: &str| ApiError::new(400, "MissingParameter", format!("The request must contain the parameter {name}"));
    let id = call.form("VpcId").ok_or_else(|| missing("vpcId"))?;
    let attribute = call.form("Attribute").ok_or_else(|| missing("attribute"))?;
    let found = places.iter().map(|place| &place.network.vpc).find(|vpc| vpc.id == id);
    let vpc = found.ok_or_else(|| ApiError::new(400, VPCS.not_found, no_vpc(id)))?;
    let value = match attribute {
        "enableDnsSupport" => vpc.dns_support,
        "enableDnsHostnames" => vpc.dns_hostnames,
        "enableNetworkAddressUsageMetrics" => false,
        _ => {
            let message = format!("Value ({attribute}) for parameter attribute is invalid. Unknown vpc attribute");
            return Err(ApiError::new(400, "InvalidParameterValue", message));
        }
    };
    Ok(text("vpcId", id) + &group(attribute, text("value", value)))
}

pub(super) fn dhcp_options(places: &[Place<'_>]) -> Items {
    let mut all = Items::new();
    for place in places {
        let (vpc, owner) = (&place.network.vpc, &place.cluster.account);
        all.entry(vpc.dhcp_options.clone()).or_insert_with(|| {
            let configuration = |key: &str, values: &[String]| {
                text("key", key) + &list("valueSet", "item", values.iter().map(|value| text("value", value)))
            };
            let domain = format!("{}.compute.internal", place.cluster.region);
            let configurations =
                [configuration("domain-name", &[domain]), configuration("domain-name-servers", &vpc.dns_servers)];
            let xml = [
                text("dhcpOptionsId", &vpc.dhcp_options),
                text("ownerId", owner),
                list("dhcpConfigurationSet", "item", configurations),
                list("tagSet", "item", []),
            ];
            let has = BTreeMap::from([
                ("dhcp-options-id", vec![vpc.dhcp_options.clone()]),
                ("owner-id", vec![owner.clone()]),
            ]);
            Item { has, tags: BTreeMap::new(), xml: xml.concat() }
        });
    }
    all
}

//! What the operator reads of EC2, in our own types: the network that a cluster's pods run in. Nothing here changes anything.

mod client;
mod routes;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::aws::Unread;

#[cfg(test)]
pub(crate) use client::EC2;
pub use client::SdkEc2;

/// The port to EC2.
///
/// # Guarantees
/// - Every call ends within the operation timeout.
/// - What does not exist is left out of an answer; it is no error.
#[async_trait]
pub trait Ec2: Send + Sync {
    /// These subnets, by a filter on their ids (DescribeSubnets).
    async fn subnets(&self, ids: &BTreeSet<String>) -> Result<BTreeMap<String, Subnet>, Unread>;
    /// The subnets of a VPC that have all of these tags, which may be none (DescribeSubnets).
    async fn subnets_of(&self, vpc: &str, tags: &Tags) -> Result<BTreeMap<String, Subnet>, Unread>;
    /// All route tables of a VPC (DescribeRouteTables).
    async fn route_tables(&self, vpc: &str) -> Result<Vec<RouteTable>, Unread>;
    /// What a VPC says of DNS (DescribeVpcAttribute, once for each attribute).
    async fn dns(&self, vpc: &str) -> Result<VpcDns, Unread>;
    /// All endpoints of a VPC (DescribeVpcEndpoints).
    async fn endpoints(&self, vpc: &str) -> Result<Vec<VpcEndpoint>, Unread>;
    /// The NAT gateways of a VPC, deleted ones included for as long as EC2 shows them (DescribeNatGateways).
    async fn nat_gateways(&self, vpc: &str) -> Result<BTreeMap<String, NatGateway>, Unread>;
    /// The DNS servers in a VPC's DHCP options, such as `AmazonProvidedDNS` (DescribeVpcs, DescribeDhcpOptions).
    async fn dns_servers(&self, vpc: &str) -> Result<Vec<String>, Unread>;
    /// These security groups (DescribeSecurityGroups).
    async fn security_groups(&self, ids: &BTreeSet<String>) -> Result<BTreeMap<String, SecurityGroup>, Unread>;
}

/// Tags by their keys, with None for any value. EC2's wildcards `*` and `?` hold in values.
pub type Tags = BTreeMap<String, Option<String>>;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subnet {
    pub vpc: String,
    /// For example `eu-central-1a`.
    pub zone: String,
    /// For example `euc1-az2`.
    pub zone_id: String,
    /// The account that owns it, another one than ours if it is shared.
    pub owner: String,
    /// The ARN of its Outpost.
    pub outpost: Option<String>,
    pub free_addresses: u32,
    pub has_ipv6: bool,
    /// `internetGatewayBlockMode` of VPC Block Public Access, such as `off` or `block-bidirectional`.
    pub public_access_block: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteTable {
    pub id: String,
    /// It applies to each subnet of the VPC that no other table names.
    pub is_main: bool,
    /// The subnets that it is explicitly associated with.
    pub subnets: BTreeSet<String>,
    pub routes: Vec<Route>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Route {
    /// A CIDR block, or the id of a prefix list.
    pub destination: String,
    pub target: Target,
    /// Not `blackhole`, which is what a deleted target leaves.
    pub is_active: bool,
}

impl Route {
    /// Whether it takes everything that no other route does, by IPv4 or IPv6.
    pub fn is_default(&self) -> bool {
        self.destination == "0.0.0.0/0" || self.destination == "::/0"
    }
}

/// Where a route leads, with the id where there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    Local,
    InternetGateway(String),
    EgressOnlyInternetGateway(String),
    NatGateway(String),
    TransitGateway(String),
    NetworkInterface(String),
    Instance(String),
    /// `vpce-…`: a gateway endpoint, or a Gateway Load Balancer's or a firewall's.
    VpcEndpoint(String),
    Peering(String),
    VirtualPrivateGateway(String),
    /// A carrier gateway, a local gateway, a core network, and whatever EC2 brings next.
    Other(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VpcDns {
    /// `enableDnsSupport`.
    pub support: bool,
    /// `enableDnsHostnames`.
    pub hostnames: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VpcEndpoint {
    pub id: String,
    /// For example `com.amazonaws.eu-central-1.ecr.api`.
    pub service: String,
    /// `Gateway`, `Interface`, …
    pub kind: String,
    /// `available`, `pending`, …
    pub state: String,
    pub private_dns: bool,
    /// Of a gateway endpoint.
    pub route_tables: BTreeSet<String>,
    /// Of an interface endpoint.
    pub subnets: BTreeSet<String>,
    /// Of an interface endpoint.
    pub security_groups: BTreeSet<String>,
    /// What it lets through: JSON.
    pub policy: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NatGateway {
    /// `available`, `pending`, `failed`, `deleting`, `deleted`.
    pub state: String,
    /// `public`, or `private`, which has no way to the internet.
    pub connectivity: String,
    pub failure: Option<String>,
    pub subnet: String,
    pub public_addresses: BTreeSet<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityGroup {
    pub ingress: Vec<Rule>,
    pub egress: Vec<Rule>,
}

/// One permission of a security group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// `tcp`, `udp`, …; `-1` for all.
    pub protocol: String,
    /// None for all ports.
    pub ports: Option<(u16, u16)>,
    /// CIDR blocks, IPv4 and IPv6.
    pub cidrs: BTreeSet<String>,
    pub groups: BTreeSet<String>,
    /// The ids of prefix lists. What is in them is not read.
    pub prefix_lists: BTreeSet<String>,
}

#[cfg(test)]
mod tests;

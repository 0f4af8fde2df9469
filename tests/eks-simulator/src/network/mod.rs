//! The network that a cluster's pods run in: one VPC with what EC2 keeps in it. EC2's answers and EKS's own judgement
//! of a profile's subnets both come from here.

mod gateway;
mod harm;
mod route;
mod security_group;
mod sound;
mod subnet;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use gateway::{NatGateway, VpcEndpoint};
pub use route::{Route, RouteTable};
pub use security_group::{Permission, SecurityGroup};
pub use subnet::Subnet;

/// A VPC and all that is in it, each by its id. On the control endpoint the same fields are JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// The VPC.
    pub vpc: Vpc,
    /// Its subnets, and those of other VPCs that somebody might name by mistake.
    #[serde(default)]
    pub subnets: BTreeMap<String, Subnet>,
    /// Its route tables, one of them the main one.
    #[serde(default)]
    pub route_tables: BTreeMap<String, RouteTable>,
    /// Its NAT gateways.
    #[serde(default)]
    pub nat_gateways: BTreeMap<String, NatGateway>,
    /// Its endpoints.
    #[serde(default)]
    pub endpoints: BTreeMap<String, VpcEndpoint>,
    /// Its security groups.
    #[serde(default)]
    pub security_groups: BTreeMap<String, SecurityGroup>,
    /// Zones in which EKS refuses profiles (eksctl-io/eksctl#5677). No API tells which these are.
    #[serde(default)]
    pub zones_without_fargate: BTreeSet<String>,
}

/// A VPC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Vpc {
    /// `vpc-…`.
    pub id: String,
    /// Its first CIDR block.
    pub cidr: String,
    /// More of them.
    pub secondary_cidrs: Vec<String>,
    /// Its IPv6 range.
    pub ipv6_cidr: Option<String>,
    /// `enableDnsSupport`.
    pub dns_support: bool,
    /// `enableDnsHostnames`.
    pub dns_hostnames: bool,
    /// Its set of DHCP options.
    pub dhcp_options: String,
    /// `domain-name-servers` in that set.
    pub dns_servers: Vec<String>,
    /// `internetGatewayBlockMode` of VPC Block Public Access: `off`, `block-ingress` or `block-bidirectional`.
    pub public_access_block: String,
}

impl Default for Vpc {
    fn default() -> Self {
        Self {
            id: "vpc-0123456789abcdef0".to_owned(),
            cidr: "10.0.0.0/16".to_owned(),
            secondary_cidrs: Vec::new(),
            ipv6_cidr: None,
            dns_support: true,
            dns_hostnames: true,
            dhcp_options: "dopt-0123456789abcdef0".to_owned(),
            dns_servers: vec!["AmazonProvidedDNS".to_owned()],
            public_access_block: "off".to_owned(),
        }
    }
}

impl Network {
    /// The VPC that a subnet is in.
    pub(crate) fn vpc_of<'a>(&'a self, subnet: &'a Subnet) -> &'a str {
        subnet.vpc.as_deref().unwrap_or(&self.vpc.id)
    }

    /// The route table that applies to a subnet: the one it is associated with, else the main one (VPC User Guide,
    /// "Route tables").
    pub(crate) fn table_of(&self, subnet: &str) -> Option<&RouteTable> {
        let mut tables = self.route_tables.values();
        tables.clone().find(|table| table.subnets.contains(subnet)).or_else(|| tables.find(|table| table.main))
    }

    /// The routes of a table, those included that gateway endpoints add (VPC User Guide, "Gateway endpoints").
    pub(crate) fn routes_of(&self, id: &str, table: &RouteTable) -> Vec<Route> {
        let endpoints = self.endpoints.iter().filter(|(_, endpoint)| endpoint.route_tables.contains(id));
        let added = endpoints.map(|(endpoint, _)| Route::new(endpoint.replacen("vpce-", "pl-", 1), endpoint));
        table.routes.iter().cloned().chain(added).collect()
    }

    /// Whether EKS takes a subnet for private: no route to an internet gateway takes everything. That EKS judges by the
    /// routes, and not by whether instances get public addresses, was measured (awslabs/eks-perf-tests#195,
    /// badmintoncryer/cdk-preflight `pf-eks-fargate-subnets-private-only`).
    #[must_use]
    pub fn is_private(&self, subnet: &str) -> bool {
        let public = |route: &Route| route.is_default() && route.target.starts_with("igw-") && self.is_active(route);
        !self.table_of(subnet).is_some_and(|table| table.routes.iter().any(public))
    }

    /// Whether a route leads anywhere. Deleting a NAT gateway leaves its routes behind as blackholes (VPC User Guide,
    /// "Work with NAT gateways"). Whether one that failed does the same is not known; here its routes stay active.
    #[must_use]
    pub fn is_active(&self, route: &Route) -> bool {
        let alive = |nat: &NatGateway| nat.state != "deleted" && nat.state != "deleting";
        let target_is_gone =
            route.target.starts_with("nat-") && !self.nat_gateways.get(&route.target).is_some_and(alive);
        !route.blackhole && !target_is_gone
    }
}

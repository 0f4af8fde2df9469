//! The checks, one file for each family. Each finds nothing where the evidence for it is missing.

mod addresses;
mod api_server;
mod aws_auth;
mod blackhole;
mod cluster;
mod coredns;
mod dns;
mod endpoints;
mod entry;
mod ipv6;
mod kubelet_port;
mod nat;
mod permissions;
mod role;
mod security_group;
mod subnets;
mod trust_policy;
mod way_out;

use super::evidence::{Evidence, Question};
use super::finding::Finding;

pub(super) use endpoints::groups as endpoint_groups;
pub(super) use nat::used as nat_gateways;

pub(super) type Judge = fn(&Question, &Evidence) -> Vec<Finding>;

/// All of them.
pub(super) const ALL: &[Judge] = &[
    dns::vpc_dns,
    dns::servers,
    subnets::exist,
    subnets::in_vpc,
    subnets::zone,
    subnets::private,
    way_out::way_out,
    blackhole::blackhole,
    nat::nat_gateway,
    endpoints::endpoints,
    ipv6::ipv6,
    addresses::free,
    api_server::access,
    security_group::security_group,
    role::exists,
    role::path,
    trust_policy::trust_policy,
    permissions::pull_policy,
    entry::node_role,
    entry::access_entry,
    aws_auth::aws_auth,
    cluster::health,
    cluster::local,
    coredns::coredns,
    kubelet_port::kubelet_port,
];

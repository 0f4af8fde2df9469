//! The checks, one file for each family. Each finds nothing where the evidence for it is missing.

mod addresses;
mod api_server;
mod aws_auth;
mod blackhole;
pub(super) mod by_code;
mod cluster;
mod coredns;
mod disruption_budget;
mod dns;
mod endpoint_policy;
mod endpoints;
mod entry;
mod group_policy;
mod ipv6;
mod kubelet_port;
mod logging;
mod nat;
mod permissions;
mod pods;
mod public_access;
mod quotas;
mod refused_zone;
mod role;
mod security_group;
mod service_linked_role;
mod subnets;
mod trust_policy;
mod way_out;
mod webhook;

use super::evidence::{Evidence, Question};
use super::finding::Finding;

pub(crate) use coredns::is_usual as is_usual_coredns;
pub(super) use coredns::{is_down as is_coredns_down, wanted as coredns_wanted};
pub(super) use endpoints::groups as endpoint_groups;
pub use entry::{EntryTrouble, FARGATE as FARGATE_ENTRY, trouble as entry_trouble};
pub(super) use group_policy::groups as policy_groups;
pub(super) use nat::used as nat_gateways;
pub(super) use public_access::subnets_of_nat;
pub(crate) use quotas::PROFILES as PROFILE_QUOTA;
pub(super) use quotas::wanted as quotas_wanted;
pub use refused_zone::zone_in_refusal;
pub(crate) use service_linked_role::NAME as SERVICE_LINKED_ROLE;
pub(super) use service_linked_role::matters as service_linked_role_matters;
pub(crate) use webhook::NAME as WEBHOOK;

pub(super) type Judge = fn(&Question, &Evidence) -> Vec<Finding>;

/// Those that a subnet has to pass to be found for profiles that name none.
pub(super) const OF_SUBNET: &[Judge] =
    &[subnets::zone, refused_zone::refused_zone, subnets::private, way_out::way_out, blackhole::blackhole, ipv6::ipv6];

/// All of them.
pub(super) const ALL: &[Judge] = &[
    dns::vpc_dns,
    dns::servers,
    subnets::exist,
    subnets::in_vpc,
    subnets::zone,
    refused_zone::refused_zone,
    subnets::private,
    way_out::way_out,
    blackhole::blackhole,
    nat::nat_gateway,
    public_access::block,
    endpoints::endpoints,
    endpoint_policy::endpoint_policy,
    ipv6::ipv6,
    addresses::free,
    api_server::access,
    security_group::security_group,
    group_policy::security_group_policy,
    role::exists,
    role::path,
    trust_policy::trust_policy,
    permissions::pull_policy,
    service_linked_role::service_linked_role,
    entry::node_role,
    entry::access_entry,
    aws_auth::aws_auth,
    cluster::health,
    cluster::local,
    webhook::webhook,
    coredns::coredns,
    kubelet_port::kubelet_port,
    disruption_budget::disruption_budget,
    logging::logging,
    quotas::profiles,
    quotas::selectors,
    quotas::vcpu,
    pods::steering,
    pods::limits,
];

//! What has to be asked, so that few calls are made: what no object of the cluster needs is left alone.

use std::collections::BTreeSet;

use super::checks;
use super::evidence::{CoreDns, DeploymentName, Evidence, Question, Read};
use super::inside::{self, InsideReads};
use super::network;
use crate::ec2::Tags;
use crate::placement::{ClusterDns, DnsService};
use crate::quotas::Quota;

/// What to ask next. It says nothing of what has been asked already, with or without an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    pub subnets: BTreeSet<String>,
    /// The subnets of the VPC with these tags.
    pub candidates: Option<Tags>,
    pub route_tables: bool,
    pub dns: bool,
    pub dns_servers: bool,
    pub nat_gateways: bool,
    pub endpoints: bool,
    pub security_groups: BTreeSet<String>,
    /// ARNs of roles.
    pub roles: BTreeSet<String>,
    /// ARNs of roles of which the policies are wanted, attached and inline.
    pub policies: BTreeSet<String>,
    /// ARNs of roles.
    pub access_entries: BTreeSet<String>,
    pub map_roles: bool,
    pub coredns: BTreeSet<DeploymentName>,
    /// All Deployments behind this Service of the cluster's DNS.
    pub coredns_behind: Option<DnsService>,
    pub coredns_addon: bool,
    pub inside: InsideReads,
    pub service_linked_role: bool,
    pub quotas: BTreeSet<Quota>,
}

impl Reads {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What all objects of a cluster need asked next. Answers lead to further questions, so it is asked until it is empty:
/// first the subnets, route tables, DNS and roles; then, if routes lead there, NAT gateways and endpoints.
pub fn reads(questions: &[Question], evidence: &Evidence) -> Reads {
    let mut reads = Reads { coredns: checks::coredns_wanted(evidence), ..Reads::default() };
    reads.coredns.retain(|name| !evidence.coredns.get(name).is_some_and(Read::is_asked));
    of_network(questions, evidence, &mut reads);
    for question in questions {
        of_role(question, evidence, &mut reads);
        inside::reads(question, evidence, &mut reads.inside);
        reads.quotas.extend(checks::quotas_wanted(question, evidence).into_iter().map(|(_, quota)| quota));
    }
    reads.quotas.retain(|quota| !evidence.quotas.get(quota).is_some_and(Read::is_asked));
    reads.service_linked_role =
        checks::service_linked_role_matters(evidence) && !evidence.service_linked_role.is_asked();
    let mode = &evidence.cluster.authentication_mode;
    let any_role = questions.iter().any(|question| question.own_role(evidence).is_some());
    reads.map_roles = mode.contains("CONFIG_MAP") && any_role && !evidence.map_roles.is_asked();
    // What follows for CoreDNS depends on it only while CoreDNS does not run.
    reads.coredns_addon = checks::is_coredns_down(evidence) && !evidence.coredns_addon.is_asked();
    reads
}

/// What has to be asked of a role that the operator made or is to make.
pub fn reads_of_role(role: &str, evidence: &Evidence) -> Reads {
    let mut reads = Reads::default();
    of_role(&Question { role: role.to_owned(), ..Question::default() }, evidence, &mut reads);
    reads
}

/// What has to be asked to move CoreDNS.
pub fn reads_of_coredns(evidence: &Evidence) -> Reads {
    let service = evidence.names.dns.known().and_then(ClusterDns::service);
    let is_listed = evidence.coredns_listed.is_asked();
    let is_usual = |(name, found): (&DeploymentName, &Read<Option<CoreDns>>)| {
        checks::is_usual_coredns(name) && matches!(found, Read::Known(Some(_)))
    };
    Reads {
        coredns_behind: service.filter(|_| !is_listed).cloned(),
        coredns_addon: is_listed && evidence.coredns.iter().any(is_usual) && !evidence.coredns_addon.is_asked(),
        ..Reads::default()
    }
}

fn of_network(questions: &[Question], evidence: &Evidence, reads: &mut Reads) {
    if evidence.cluster.vpc.is_none() {
        return;
    }
    reads.route_tables = !evidence.route_tables.is_asked();
    reads.dns = !evidence.dns.is_asked();
    reads.dns_servers = !evidence.dns_servers.is_asked();
    let is_new = |id: &&String| !evidence.subnets.get(*id).is_some_and(Read::is_asked);
    for question in questions {
        let ids = question.subnets.as_ref().unwrap_or(&evidence.cluster.subnets);
        reads.subnets.extend(ids.iter().filter(is_new).cloned());
        let ways = || network::subnets(question, evidence).into_iter().filter_map(|id| network::way(id, evidence));
        let needs_endpoints =
            ways().any(|way| !way.leads_out || !way.dead.is_empty() || network::has_gateway_endpoint(&way));
        reads.endpoints |= needs_endpoints && !evidence.endpoints.is_asked();
        reads.nat_gateways |=
            checks::nat_gateways(question, evidence).next().is_some() && !evidence.nat_gateways.is_asked();
        reads.subnets.extend(checks::subnets_of_nat(question, evidence).filter(is_new).cloned());
        if !network::closed(question, evidence).is_empty() {
            reads.security_groups.extend(checks::endpoint_groups(evidence).cloned());
        }
        reads.security_groups.extend(checks::policy_groups(question, evidence).cloned());
    }
    reads.security_groups.extend(evidence.cluster.security_group.clone());
    reads.security_groups.retain(|id| !evidence.security_groups.get(id).is_some_and(Read::is_asked));
}

fn of_role(question: &Question, evidence: &Evidence, reads: &mut Reads) {
    if question.own_role(evidence).is_none() {
        return;
    }
    let known = evidence.roles.get(&question.role).cloned().unwrap_or_default();
    let want = |set: &mut BTreeSet<String>| set.insert(question.role.clone());
    if !known.role.is_asked() {
        want(&mut reads.roles);
    }
    let exists = matches!(known.role, Read::Known(Some(_)));
    if exists && !(known.attached_policies.is_asked() && known.inline_policies.is_asked()) {
        want(&mut reads.policies);
    }
    if evidence.cluster.authentication_mode.starts_with("API") && !known.access_entry.is_asked() {
        want(&mut reads.access_entries);
    }
}

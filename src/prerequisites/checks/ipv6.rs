//! Pods of an IPv6 cluster have IPv6 addresses only (EKS user guide, IPv6 for clusters, pods and services).

use crate::message::message;
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding, Severity, group, id};
use crate::prerequisites::network;

pub(super) fn ipv6(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    if !evidence.is_ipv6() {
        return Vec::new();
    }
    let all = network::subnets(question, evidence);
    let is_without = |id: &&str| evidence.subnet(id).is_some_and(|subnet| !subnet.has_ipv6);
    let without: Vec<&str> = all.iter().copied().filter(is_without).collect();
    let mut findings = Vec::new();
    if !without.is_empty() {
        let (severity, subnets) = (Severity::of(without.len(), all.len()), group(&without));
        let message = message!(
            "the cluster is IPv6, but no IPv6 range is in {subnets}, so pods get no address there: add one \
             (aws ec2 associate-subnet-cidr-block), or name other subnets"
        );
        findings.push(Finding { severity, check: Check::Ipv6, message });
    }
    let ways: Vec<_> = all.iter().filter_map(|id| Some((*id, network::way(id, evidence)?))).collect();
    let has_route = |way: &network::Way<'_>| way.table.routes.iter().any(|route| route.destination == "::/0");
    // Subnets with nothing but endpoints are meant to have no such route.
    let closed: Vec<_> = ways.iter().filter(|(_, way)| way.leads_out && !has_route(way)).collect();
    if let Some((_, way)) = closed.first() {
        let (table, ids) = (id(&way.table.id), closed.iter().map(|(id, _)| *id).collect::<Vec<_>>());
        let subnets = group(&ids);
        let message = message!(
            "the cluster is IPv6, but {table} of {subnets} has no route for ::/0, so pods have no way out: add one to \
             an egress-only internet gateway"
        );
        findings.push(Finding::advisory(Check::Ipv6, message));
    }
    findings
}

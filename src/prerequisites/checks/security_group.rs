//! The cluster security group, which EKS gives to the control plane and to Fargate pods (EKS user guide, security group
//! requirements).

use crate::ec2::Rule;
use crate::message::message;
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding, id};

/// What goes between pods, CoreDNS and the control plane: the API server, the kubelet, DNS.
const NEEDED: [(&str, u16); 4] = [("tcp", 443), ("tcp", 10250), ("tcp", 53), ("udp", 53)];

pub(super) fn security_group(_: &Question, evidence: &Evidence) -> Vec<Finding> {
    let Some(own) = evidence.cluster.security_group.as_deref() else { return Vec::new() };
    let Some(group) = evidence.security_group(own) else { return Vec::new() };
    let is_shut = |(protocol, port): &&(&str, u16)| {
        ![&group.ingress, &group.egress]
            .into_iter()
            .all(|rules| rules.iter().any(|rule| takes(rule, protocol, *port) && concerns(rule, own)))
    };
    let shut: Vec<String> =
        NEEDED.iter().filter(is_shut).map(|(protocol, port)| format!("{port}/{protocol}")).collect();
    if shut.is_empty() {
        return Vec::new();
    }
    let (own, ports) = (id(own), shut.join(", "));
    let message = message!(
        "cluster security group {own} stops {ports} between pods, CoreDNS and the control plane: let all traffic in \
         from the group itself, and out"
    );
    vec![Finding::advisory(Check::SecurityGroup, message)]
}

/// Whether a rule is about a port.
pub(super) fn takes(rule: &Rule, protocol: &str, port: u16) -> bool {
    let is_in_range = rule.ports.is_none_or(|(from, to)| (from..=to).contains(&port));
    rule.protocol == "-1" || (rule.protocol == protocol && is_in_range)
}

/// Whether a rule may be about the group's own members. A range may hold their addresses, and so may a prefix list.
pub(super) fn concerns(rule: &Rule, own: &str) -> bool {
    rule.groups.contains(own) || !rule.cidrs.is_empty() || !rule.prefix_lists.is_empty()
}

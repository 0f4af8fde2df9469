//! The VPC's DNS (EKS user guide, AWS Fargate considerations; eksctl-io/eksctl#2984; AWS re:Post, Fargate pods that
//! stay Pending).

use crate::message::{cut, message};
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding, id};

/// What EC2 calls its own DNS server.
const AMAZON: &str = "AmazonProvidedDNS";
/// How much of the list of servers a message has room for.
const SERVERS: usize = 48;

/// Without host names, the node of each Fargate pod is called `fargate-null`, and only one of that name can join.
pub(super) fn vpc_dns(_: &Question, evidence: &Evidence) -> Vec<Finding> {
    let (Some(vpc), Some(dns)) = (&evidence.cluster.vpc, evidence.dns.known()) else { return Vec::new() };
    let vpc = id(vpc);
    let mut findings = Vec::new();
    if !dns.hostnames {
        findings.push(message!(
            "VPC {vpc} has DNS host names off, so every Fargate node is named fargate-null and pods stay Pending: \
             aws ec2 modify-vpc-attribute --vpc-id {vpc} --enable-dns-hostnames"
        ));
    }
    if !dns.support {
        findings.push(message!(
            "VPC {vpc} has DNS support off, so Fargate nodes find no name and pods stay Pending: \
             aws ec2 modify-vpc-attribute --vpc-id {vpc} --enable-dns-support"
        ));
    }
    findings.into_iter().map(|message| Finding::blocking(Check::VpcDns, message)).collect()
}

/// Other servers may well forward what they do not know.
pub(super) fn servers(_: &Question, evidence: &Evidence) -> Vec<Finding> {
    let (Some(vpc), Some(servers)) = (&evidence.cluster.vpc, evidence.dns_servers.known()) else { return Vec::new() };
    if servers.is_empty() || servers.iter().any(|server| server == AMAZON) {
        return Vec::new();
    }
    let (vpc, servers) = (id(vpc), cut(&servers.join(", "), SERVERS));
    let message = message!(
        "VPC {vpc} uses the DNS servers {servers} instead of AmazonProvidedDNS: let them forward AWS's names to it, or \
         Fargate nodes do not join"
    );
    vec![Finding::advisory(Check::DnsServers, message)]
}

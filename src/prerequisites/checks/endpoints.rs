//! Endpoints that stand for a way out: what else pods need of them, and whether they can use them (EKS user guide,
//! private clusters; AWS re:Post, Fargate pods Pending).

use crate::ec2::{Rule, VpcEndpoint};
use crate::message::message;
use crate::prerequisites::checks::security_group::{concerns, takes};
use crate::prerequisites::checks::way_out::{self, serves};
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding, group, id};
use crate::prerequisites::network;

/// Those that each image takes.
const IMAGES: [&str; 2] = ["ecr.api", "ecr.dkr"];
/// Those that only some pods need: for IAM roles for service accounts, and for Fargate's log router.
const SOME: [&str; 2] = ["sts", "logs"];

pub(super) fn endpoints(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let Some(all) = evidence.endpoints.known() else { return Vec::new() };
    // A way out that is gone or was never there is a finding of its own.
    let closed = network::closed(question, evidence).into_iter().filter(|(_, way)| way.dead.is_empty());
    let closed: Vec<&str> = closed.map(|(id, _)| id).collect();
    if closed.is_empty() || !way_out::missing(all).is_empty() {
        return Vec::new();
    }
    let messages = [missing_for_some(&closed, all), without_dns(all), shut(all, evidence)];
    messages.into_iter().flatten().map(|message| Finding::advisory(Check::VpcEndpoints, message)).collect()
}

fn missing_for_some(closed: &[&str], all: &[VpcEndpoint]) -> Option<String> {
    let is_missing = |service: &&str| !all.iter().any(|endpoint| serves(endpoint, service));
    let services: Vec<&str> = SOME.into_iter().filter(is_missing).collect();
    let (subnets, services) = (group(closed), services.join(", "));
    (!services.is_empty()).then(|| {
        message!(
            "nothing but endpoints leads out of {subnets}, and none is for {services}: create it if pods need it \
             (sts: IAM roles, logs: Fargate's log router)"
        )
    })
}

/// The interface endpoints that images or some pods take.
fn used(all: &[VpcEndpoint]) -> impl Iterator<Item = &VpcEndpoint> {
    let is_used = |endpoint: &VpcEndpoint| IMAGES.iter().chain(&SOME).any(|service| serves(endpoint, service));
    all.iter().filter(move |endpoint| endpoint.kind == "Interface" && is_used(endpoint))
}

/// A private hosted zone may stand for private DNS.
fn without_dns(all: &[VpcEndpoint]) -> Option<String> {
    let ids: Vec<&str> =
        used(all).filter(|endpoint| !endpoint.private_dns).map(|endpoint| endpoint.id.as_str()).collect();
    ids.first()?;
    let endpoints = group(&ids);
    Some(message!(
        "private DNS is off for {endpoints}, so the services' own names do not lead there: \
         aws ec2 modify-vpc-endpoint --private-dns-enabled"
    ))
}

/// Whether a range holds the pods' addresses is not known, so each range counts.
fn shut(all: &[VpcEndpoint], evidence: &Evidence) -> Option<String> {
    let own = evidence.cluster.security_group.as_deref()?;
    let lets_in = |rule: &Rule| takes(rule, "tcp", 443) && concerns(rule, own);
    let is_open = |group: &String| evidence.security_group(group).is_none_or(|group| group.ingress.iter().any(lets_in));
    let is_shut = |endpoint: &&VpcEndpoint| !endpoint.security_groups.iter().any(is_open);
    let endpoint = used(all).filter(|endpoint| !endpoint.security_groups.is_empty()).find(is_shut)?;
    let (group, endpoint, own) = (id(endpoint.security_groups.first()?), id(&endpoint.id), id(own));
    Some(message!(
        "endpoint {endpoint} lets no pod in at 443: aws ec2 authorize-security-group-ingress --group-id {group} \
         --protocol tcp --port 443 --source-group {own}"
    ))
}

/// The security groups of the interface endpoints that images or some pods take.
pub(in crate::prerequisites) fn groups(evidence: &Evidence) -> impl Iterator<Item = &String> {
    let all = evidence.endpoints.known().map(Vec::as_slice).unwrap_or_default();
    used(all).flat_map(|endpoint| &endpoint.security_groups)
}

//! The subnets themselves: EKS refuses a profile whose subnets are not private ones of the cluster's VPC, in
//! Availability Zones (EKS user guide, Fargate profile and AWS Fargate considerations; eksctl-io/eksctl#2746).

use crate::ec2::Subnet;
use crate::message::{cut, message};
use crate::prerequisites::evidence::{Evidence, Question, Read};
use crate::prerequisites::finding::{Check, Finding, group, id};
use crate::prerequisites::network;

/// How much of a cluster's name a message has room for.
const NAME: usize = 48;

/// The subnets that the object names. Those that EKS chooses are its own business.
fn given(question: &Question) -> impl Iterator<Item = &str> {
    question.subnets.iter().flatten().map(String::as_str)
}

/// Those of the given subnets that are so.
fn which<'a>(question: &'a Question, evidence: &'a Evidence, is: impl Fn(&Subnet) -> bool) -> Vec<&'a str> {
    given(question).filter(|id| evidence.subnet(id).is_some_and(&is)).collect()
}

pub(super) fn exist(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let is_missing = |id: &&str| matches!(evidence.subnets.get(*id), Some(Read::Known(None)));
    let missing: Vec<&str> = given(question).filter(is_missing).collect();
    if missing.is_empty() {
        return Vec::new();
    }
    let subnets = group(&missing);
    let message = message!(
        "EC2 shows no subnet {subnets}, so EKS refuses the profile: correct spec.subnets or --default-subnets"
    );
    vec![Finding::blocking(Check::SubnetExists, message)]
}

pub(super) fn in_vpc(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let Some(own) = evidence.cluster.vpc.as_deref() else { return Vec::new() };
    let elsewhere = which(question, evidence, |subnet| subnet.vpc != own);
    let Some(first) = elsewhere.first().and_then(|id| evidence.subnet(id)) else { return Vec::new() };
    let (subnets, vpc, own) = (group(&elsewhere), id(&first.vpc), id(own));
    let message = message!(
        "the cluster is in VPC {own}, but in VPC {vpc} there is {subnets}: name subnets of the cluster's VPC in \
         spec.subnets or --default-subnets"
    );
    vec![Finding::blocking(Check::SubnetInVpc, message)]
}

pub(super) fn zone(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let mut findings = Vec::new();
    let outposts = which(question, evidence, |subnet| subnet.outpost.is_some());
    if !outposts.is_empty() {
        let subnets = group(&outposts);
        findings.push(message!(
            "Fargate does not run on Outposts, where there is {subnets}: name subnets of Availability Zones in \
             spec.subnets or --default-subnets"
        ));
    }
    let region = evidence.cluster.region_and_account().map(|(region, _)| region);
    let local = which(question, evidence, |subnet| region.is_some_and(|region| is_local(subnet, region)));
    if let Some(first) = local.first().and_then(|id| evidence.subnet(id)) {
        let (subnets, zone) = (group(&local), id(&first.zone));
        findings.push(message!(
            "Fargate does not run in Local or Wavelength Zones, such as {zone} of {subnets}: name subnets of \
             Availability Zones in spec.subnets or --default-subnets"
        ));
    }
    findings.into_iter().map(|message| Finding::blocking(Check::SubnetZone, message)).collect()
}

/// An Availability Zone is called like its region, with a letter more, and its id has one hyphen. Both have to say
/// otherwise before it counts as a Local or Wavelength Zone.
fn is_local(subnet: &Subnet, region: &str) -> bool {
    let has_letter = |letter: &str| letter.len() == 1 && letter.chars().all(|c| c.is_ascii_lowercase());
    let is_regional = subnet.zone.strip_prefix(region).is_some_and(has_letter);
    !subnet.zone.is_empty() && !is_regional && subnet.zone_id.matches('-').count() > 1
}

/// EKS looks at the route table alone, not at whether instances get public addresses.
pub(super) fn private(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let candidates: Vec<&str> = match &question.subnets {
        Some(_) => given(question).collect(),
        None => evidence.cluster.subnets.iter().map(String::as_str).collect(),
    };
    let public: Vec<&str> = candidates.iter().copied().filter(|id| network::is_public(id, evidence)).collect();
    let Some(way) = public.first().and_then(|id| network::way(id, evidence)) else { return Vec::new() };
    let message = match &question.subnets {
        // EKS takes the private ones.
        None if public.len() < candidates.len() => return Vec::new(),
        None => {
            let name = cut(&evidence.cluster.name, NAME);
            message!(
                "all subnets of cluster {name} are public, and EKS takes private ones only: name private subnets in \
                 spec.subnets or --default-subnets"
            )
        }
        Some(_) => {
            let (subnets, table) = (group(&public), id(&way.table.id));
            let gateway = id(way.internet_gateway.unwrap_or_default());
            message!(
                "EKS takes private subnets only, but {table} leads {subnets} to {gateway}: have its default route lead \
                 to a NAT gateway, or name other subnets"
            )
        }
    };
    vec![Finding::blocking(Check::SubnetPrivate, message)]
}

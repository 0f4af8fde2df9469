//! VPC Block Public Access: in its mode block-bidirectional nothing passes an internet gateway or an egress-only one, which NAT gateways
//! stand behind too. In its mode block-ingress NAT gateways and egress-only ones work (VPC user guide, Block Public Access). EC2 says of
//! each subnet what holds there.

use std::collections::BTreeSet;

use crate::ec2::{Route, Target};
use crate::message::message;
use crate::prerequisites::checks::nat;
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding, group};
use crate::prerequisites::network;

const BIDIRECTIONAL: &str = "block-bidirectional";
const OFF: &str = "off";

pub(super) fn block(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let subnets = network::subnets(question, evidence).into_iter();
    let stopped: BTreeSet<(&str, &str)> = subnets.filter_map(|subnet| stopped(subnet, evidence)).collect();
    let gateways: BTreeSet<&str> = stopped.iter().map(|(gateway, _)| *gateway).collect();
    let subnets: BTreeSet<&str> = stopped.iter().map(|(_, subnet)| *subnet).collect();
    if gateways.is_empty() {
        return Vec::new();
    }
    let (gateways, subnets) = (group(&Vec::from_iter(gateways)), group(&Vec::from_iter(subnets)));
    let message = message!(
        "VPC Block Public Access stops {gateways}, so pods have no way out: exclude {subnets} (aws ec2 \
         create-vpc-block-public-access-exclusion)"
    );
    vec![Finding::advisory(Check::BlockPublicAccess, message)]
}

/// The gateway by which pods of a subnet would leave, and the subnet in which it is stopped.
fn stopped<'a>(subnet: &'a str, evidence: &'a Evidence) -> Option<(&'a str, &'a str)> {
    let way = network::way(subnet, evidence)?;
    let destination = if evidence.is_ipv6() { "::/0" } else { "0.0.0.0/0" };
    let is_used = |route: &&Route| route.destination == destination && !way.dead.contains(route);
    let route = way.table.routes.iter().find(is_used)?;
    let (gateway, subnet) = match &route.target {
        Target::EgressOnlyInternetGateway(id) => (id.as_str(), subnet),
        Target::NatGateway(id) => (id.as_str(), behind_internet_gateway(id, evidence)?),
        Target::Local
        | Target::InternetGateway(_)
        | Target::TransitGateway(_)
        | Target::NetworkInterface(_)
        | Target::Instance(_)
        | Target::VpcEndpoint(_)
        | Target::Peering(_)
        | Target::VirtualPrivateGateway(_)
        | Target::Other(_) => return None,
    };
    (mode(subnet, evidence) == Some(BIDIRECTIONAL)).then_some((gateway, subnet))
}

/// The subnet of a NAT gateway from which an internet gateway leads on. Behind a firewall more is not known.
fn behind_internet_gateway<'a>(gateway: &str, evidence: &'a Evidence) -> Option<&'a str> {
    let subnet = nat::subnet_of(gateway, evidence)?;
    network::way(subnet, evidence)?.internet_gateway.map(|_| subnet)
}

fn mode<'a>(subnet: &str, evidence: &'a Evidence) -> Option<&'a str> {
    evidence.subnet(subnet)?.public_access_block.as_deref()
}

/// The subnets of the NAT gateways that a profile leads to, if any of its own says that something is blocked: the mode is one for the
/// whole region, so that another call would be for nothing where it is off.
pub(in crate::prerequisites) fn subnets_of_nat<'a>(
    question: &'a Question,
    evidence: &'a Evidence,
) -> impl Iterator<Item = &'a String> {
    let mut own = network::subnets(question, evidence).into_iter();
    let is_on = own.any(|subnet| mode(subnet, evidence).is_some_and(|mode| mode != OFF));
    let all = nat::used(question, evidence).filter(move |_| is_on);
    all.filter_map(|gateway| Some(&evidence.nat_gateways.known()?.get(gateway)?.subnet))
        .filter(|subnet| !subnet.is_empty())
}

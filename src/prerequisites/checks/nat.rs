//! A NAT gateway needs a way out itself: a public one stands in a subnet that leads to an internet gateway, if not
//! directly, through a firewall (VPC user guide, NAT gateway basics).

use std::collections::BTreeSet;

use crate::message::message;
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding, group, id};
use crate::prerequisites::network;

pub(super) fn nat_gateway(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let lost: BTreeSet<&str> = used(question, evidence).filter(|gateway| is_lost(gateway, evidence)).collect();
    let gateways: Vec<&str> = lost.into_iter().collect();
    let Some(subnet) = gateways.first().and_then(|gateway| subnet_of(gateway, evidence)) else { return Vec::new() };
    let (gateways, subnet) = (group(&gateways), id(subnet));
    let message = message!(
        "NAT gateway {gateways} is in {subnet}, whose routes do not lead out, so pods have no way out: make one in a \
         public subnet and have the default route lead there"
    );
    vec![Finding::advisory(Check::NatGateway, message)]
}

/// The NAT gateways that the subnets of a profile lead to.
pub(in crate::prerequisites) fn used<'a>(
    question: &'a Question,
    evidence: &'a Evidence,
) -> impl Iterator<Item = &'a str> {
    let ways = network::subnets(question, evidence).into_iter().filter_map(|id| network::way(id, evidence));
    ways.flat_map(|way| way.table.routes.iter().filter(|route| route.is_default() && route.is_active))
        .filter_map(network::nat_gateway)
}

fn subnet_of<'a>(gateway: &str, evidence: &'a Evidence) -> Option<&'a str> {
    evidence.nat_gateways.known()?.get(gateway).map(|gateway| gateway.subnet.as_str())
}

/// Whether nothing leads out of where the gateway is. It is not lost where it is not known where it is.
fn is_lost(gateway: &str, evidence: &Evidence) -> bool {
    let Some(way) = subnet_of(gateway, evidence).and_then(|subnet| network::way(subnet, evidence)) else {
        return false;
    };
    let to_itself =
        way.table.routes.iter().any(|route| route.is_default() && network::nat_gateway(route) == Some(gateway));
    !way.leads_out || to_itself
}

//! A NAT gateway needs a way out itself: a public one stands in a subnet that leads to an internet gateway, if not
//! directly, through a firewall. A private one has no address that an internet gateway could lead on, and needs a transit gateway or the
//! like (VPC user guide, NAT gateway basics).

use std::collections::BTreeSet;

use crate::message::message;
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding, group, id};
use crate::prerequisites::network;

pub(super) fn nat_gateway(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let lost: BTreeSet<&str> = used(question, evidence).filter(|gateway| is_lost(gateway, evidence)).collect();
    let gateways: Vec<&str> = lost.into_iter().collect();
    let Some(subnet) = gateways.first().and_then(|gateway| subnet_of(gateway, evidence)) else { return Vec::new() };
    let leads_out = network::way(subnet, evidence).is_some_and(|way| way.leads_out);
    let is_private_only = leads_out && gateways.iter().all(|gateway| is_private(gateway, evidence));
    let (gateways, subnet) = (group(&gateways), id(subnet));
    let message = if is_private_only {
        message!(
            "NAT gateway {gateways} is private, and {subnet} leads out by an internet gateway only, so pods have no way \
             out: make a public one and have the default route lead there"
        )
    } else {
        message!(
            "NAT gateway {gateways} is in {subnet}, whose routes do not lead out, so pods have no way out: make one in a \
             public subnet and have the default route lead there"
        )
    };
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

pub(super) fn subnet_of<'a>(gateway: &str, evidence: &'a Evidence) -> Option<&'a str> {
    evidence.nat_gateways.known()?.get(gateway).map(|gateway| gateway.subnet.as_str())
}

/// Whether nothing leads out of where the gateway is. It is not lost where it is not known where it is.
fn is_lost(gateway: &str, evidence: &Evidence) -> bool {
    let Some(way) = subnet_of(gateway, evidence).and_then(|subnet| network::way(subnet, evidence)) else {
        return false;
    };
    let to_itself =
        way.table.routes.iter().any(|route| route.is_default() && network::nat_gateway(route) == Some(gateway));
    !way.leads_out || to_itself || is_private(gateway, evidence) && !way.leads_elsewhere
}

fn is_private(gateway: &str, evidence: &Evidence) -> bool {
    let known = evidence.nat_gateways.known().and_then(|all| all.get(gateway));
    known.is_some_and(|gateway| gateway.connectivity == "private")
}

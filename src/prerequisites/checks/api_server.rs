//! Pods join the cluster through its API server. Without private access they come from the internet, as the address of
//! their NAT gateway (EKS user guide, get started with AWS Fargate, and private clusters).

use std::net::Ipv4Addr;

use crate::message::{cut, message};
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding, Severity, group, id};
use crate::prerequisites::network;

/// How much of the list of ranges a message has room for.
const RANGES: usize = 44;

/// What the API server makes of a subnet's pods.
enum Source<'a> {
    Admitted,
    Refused {
        gateway: &'a str,
        address: &'a str,
    },
    /// It is not known by which addresses they come.
    Unclear,
}

pub(super) fn access(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let public = &evidence.cluster.public_access;
    // Neither access: EKS knows no such cluster.
    if evidence.cluster.private_access || public.is_empty() {
        return Vec::new();
    }
    let all = network::subnets(question, evidence);
    let closed: Vec<&str> = network::closed(question, evidence).into_iter().map(|(id, _)| id).collect();
    if !closed.is_empty() && evidence.endpoints.known().is_some() {
        let (severity, subnets) = (Severity::of(closed.len(), all.len()), group(&closed));
        let message = message!(
            "private API server access is off, and no way leads out of {subnets}, so no node joins: \
             aws eks update-cluster-config --resources-vpc-config endpointPrivateAccess=true"
        );
        return vec![Finding { severity, check: Check::ApiServerAccess, message }];
    }
    if public.iter().any(|range| range == "0.0.0.0/0") {
        return Vec::new();
    }
    let sources: Vec<Source<'_>> = all.iter().map(|subnet| source(subnet, evidence)).collect();
    let refused = sources.iter().filter(|source| matches!(source, Source::Refused { .. })).count();
    let first = sources.iter().find_map(|source| match source {
        Source::Refused { gateway, address } => Some((*gateway, *address)),
        Source::Admitted | Source::Unclear => None,
    });
    if let Some((gateway, address)) = first {
        let gateway = id(gateway);
        let message = message!(
            "{address} of NAT gateway {gateway} is not in publicAccessCidrs, so its nodes do not join: \
             aws eks update-cluster-config --resources-vpc-config endpointPrivateAccess=true"
        );
        return vec![Finding { severity: Severity::of(refused, all.len()), check: Check::ApiServerAccess, message }];
    }
    if sources.iter().any(|source| matches!(source, Source::Unclear)) {
        let ranges = cut(&public.iter().map(String::as_str).collect::<Vec<_>>().join(", "), RANGES);
        let message = message!(
            "the API server admits {ranges} only, and nodes join from there or not at all: \
             aws eks update-cluster-config --resources-vpc-config endpointPrivateAccess=true"
        );
        return vec![Finding::advisory(Check::ApiServerAccess, message)];
    }
    Vec::new()
}

fn source<'a>(subnet: &str, evidence: &'a Evidence) -> Source<'a> {
    let known = || {
        let way = network::way(subnet, evidence).filter(|_| !evidence.is_ipv6())?;
        let route = way.table.routes.iter().find(|route| route.destination == "0.0.0.0/0" && route.is_active)?;
        let gateway = network::nat_gateway(route)?;
        Some((gateway, evidence.nat_gateways.known()?.get(gateway)?))
    };
    let Some((gateway, nat)) = known() else { return Source::Unclear };
    let is_admitted = |address: &&String| evidence.cluster.public_access.iter().any(|range| holds(range, address));
    let refused: Vec<&String> = nat.public_addresses.iter().filter(|address| !is_admitted(address)).collect();
    match refused.first() {
        // A private NAT gateway, or one that is not ready.
        None if nat.public_addresses.is_empty() => Source::Unclear,
        None => Source::Admitted,
        Some(address) if refused.len() == nat.public_addresses.len() => Source::Refused { gateway, address },
        Some(_) => Source::Unclear,
    }
}

/// Whether a range of IPv4 holds an address. One that cannot be read holds everything.
fn holds(range: &str, address: &str) -> bool {
    let parse = || {
        let (base, bits) = range.split_once('/')?;
        let (base, address): (Ipv4Addr, Ipv4Addr) = (base.parse().ok()?, address.parse().ok()?);
        let mask = u32::MAX.checked_shl(32_u32.checked_sub(bits.parse().ok()?)?).unwrap_or(0);
        Some(base.to_bits() & mask == address.to_bits() & mask)
    };
    // A range of IPv6 holds no address of a NAT gateway.
    parse().unwrap_or(!range.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_the_addresses_that_share_its_first_bits() {
        assert!(holds("203.0.113.0/24", "203.0.113.7"));
        assert!(!holds("203.0.113.0/24", "203.0.114.7"));
        assert!(holds("203.0.113.7/32", "203.0.113.7") && !holds("203.0.113.7/32", "203.0.113.6"));
        assert!(holds("0.0.0.0/0", "203.0.113.7"));
        assert!(!holds("2001:db8::/32", "203.0.113.7"));
        assert!(holds("what is this", "203.0.113.7"));
    }
}

//! A default route whose target is gone: EC2 keeps it as a blackhole (EC2's API, Route.State), and a NAT gateway that
//! has been deleted or has failed is none.

use crate::ec2::Route;
use crate::message::message;
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding, Severity, group, id};
use crate::prerequisites::network::{self, Way};

pub(super) fn blackhole(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let with_way = |id| Some((id, network::way(id, evidence)?));
    let all: Vec<(&str, Way<'_>)> = network::subnets(question, evidence)
        .into_iter()
        .filter_map(with_way)
        .filter(|(_, way)| dead(way, evidence).is_some())
        .collect();
    let Some((table, route)) = all.first().and_then(|(_, way)| Some((id(&way.table.id), dead(way, evidence)?))) else {
        return Vec::new();
    };
    let ids: Vec<&str> = all.iter().map(|(id, _)| *id).collect();
    let severity = if all.iter().any(|(_, way)| may_get_by(way, evidence)) {
        Severity::Advisory
    } else {
        Severity::of(ids.len(), network::subnets(question, evidence).len())
    };
    let (subnets, destination, target) = (group(&ids), &route.destination, id(network::target(route)));
    let message = message!(
        "{table} leads {destination} of {subnets} to {target}, which is gone, so pods have no way out: lead it to \
         another NAT gateway (aws ec2 replace-route)"
    );
    vec![Finding { severity, check: Check::Blackhole, message }]
}

/// The dead default route that pods would take. A dead route for IPv6 does not matter where pods have IPv4.
fn dead<'a>(way: &Way<'a>, evidence: &Evidence) -> Option<&'a Route> {
    way.dead.iter().copied().find(|route| evidence.is_ipv6() || route.destination == "0.0.0.0/0")
}

/// Whether images may come by another route, or by an endpoint.
fn may_get_by(way: &Way<'_>, evidence: &Evidence) -> bool {
    way.leads_out
        || evidence.endpoints.known().is_none_or(|all| all.iter().any(|endpoint| endpoint.service.contains(".ecr.")))
}

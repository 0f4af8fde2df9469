//! Where pods get their images from. Without a way out they need endpoints for ECR, and S3's gateway endpoint, since
//! ECR keeps layers in S3 (EKS user guide, private clusters; ECS user guide, VPC endpoints for ECR;
//! aws/containers-roadmap#1890).

use crate::ec2::VpcEndpoint;
use crate::message::message;
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding, Severity, group, id};
use crate::prerequisites::network::{Way, closed, subnets};

/// What an image takes.
const ECR: [&str; 2] = ["ecr.api", "ecr.dkr"];
const S3: &str = "s3";

pub(super) fn way_out(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let Some(endpoints) = evidence.endpoints.known() else { return Vec::new() };
    // A dead default route is a finding of its own.
    let closed: Vec<(&str, Way<'_>)> =
        closed(question, evidence).into_iter().filter(|(_, way)| way.dead.is_empty()).collect();
    let Some((_, way)) = closed.first() else { return Vec::new() };
    let table = id(&way.table.id);
    let concerned = |severity: Severity, ids: &[&str], message: String| {
        // Pods get by in the other subnets.
        let severity = severity.max(Severity::of(ids.len(), subnets(question, evidence).len()));
        vec![Finding { severity, check: Check::WayOut, message }]
    };
    let ids: Vec<&str> = closed.iter().map(|(id, _)| *id).collect();
    let missing = missing(endpoints);
    if !missing.is_empty() {
        let (subnets, missing) = (group(&ids), missing.join(", "));
        let message = message!(
            "{table} gives {subnets} no way out, and the VPC lacks endpoints for {missing}, so no image comes: \
             route 0.0.0.0/0 to a NAT gateway, or create them"
        );
        return concerned(Severity::Blocking, &ids, message);
    }
    let is_left_out = |way: &Way<'_>| !s3_gateways(endpoints).any(|s3| s3.route_tables.contains(&way.table.id));
    let left_out: Vec<&str> = closed.iter().filter(|(_, way)| is_left_out(way)).map(|(id, _)| *id).collect();
    if left_out.is_empty() {
        return Vec::new();
    }
    let subnets = group(&left_out);
    let Some(gateway) = s3_gateways(endpoints).next() else {
        // Whether ECR's layers come through it depends on its private DNS.
        let message = message!(
            "no way leads out of {subnets}, and an S3 interface endpoint need not do for the layers of images: \
             create a gateway endpoint for S3 with route table {table}"
        );
        return concerned(Severity::Advisory, &left_out, message);
    };
    // An interface endpoint beside it may do.
    let severity = if s3_interface(endpoints) { Severity::Advisory } else { Severity::Blocking };
    let (endpoint, table) = (id(&gateway.id), table_of(&closed, &left_out));
    let message = message!(
        "no way leads out of {subnets}, and S3's gateway endpoint {endpoint} leaves {table} out, so no image layer \
         comes: add the table to it"
    );
    concerned(severity, &left_out, message)
}

/// The route table of the first of these subnets.
fn table_of(closed: &[(&str, Way<'_>)], ids: &[&str]) -> String {
    let first = closed.iter().find(|(id, _)| ids.first() == Some(id));
    first.map(|(_, way)| id(&way.table.id)).unwrap_or_default()
}

/// The services that an image takes and that have no endpoint at all.
pub(super) fn missing(endpoints: &[VpcEndpoint]) -> Vec<&'static str> {
    let has = |service: &str| endpoints.iter().any(|endpoint| serves(endpoint, service));
    ECR.into_iter().chain([S3]).filter(|service| !has(service)).collect()
}

pub(super) fn s3_gateways(endpoints: &[VpcEndpoint]) -> impl Iterator<Item = &VpcEndpoint> {
    endpoints.iter().filter(|endpoint| serves(endpoint, S3) && endpoint.kind == "Gateway")
}

fn s3_interface(endpoints: &[VpcEndpoint]) -> bool {
    endpoints.iter().any(|endpoint| serves(endpoint, S3) && endpoint.kind == "Interface" && endpoint.private_dns)
}

/// Whether an endpoint leads to a service, such as `ecr.api`: `com.amazonaws.REGION.SERVICE`, or with another beginning
/// in China and elsewhere. One that is not available yet counts: it is being made.
pub(super) fn serves(endpoint: &VpcEndpoint, service: &str) -> bool {
    let is_there =
        !["deleting", "deleted", "failed", "rejected", "expired"].contains(&endpoint.state.to_lowercase().as_str());
    is_there && endpoint.service.strip_suffix(service).is_some_and(|front| front.ends_with('.'))
}

//! ECR keeps the layers of images in a bucket of its own. A gateway endpoint for S3 takes what goes there, also where another way leads
//! out, and its policy has to let it through (ECR user guide, interface VPC endpoints, minimum S3 bucket permissions).

use crate::message::message;
use crate::prerequisites::arn::Arn;
use crate::prerequisites::checks::way_out::s3_gateways;
use crate::prerequisites::evidence::{Evidence, Question};
use crate::prerequisites::finding::{Check, Finding, id};
use crate::prerequisites::network;
use crate::prerequisites::policy::refuses;

pub(super) fn endpoint_policy(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let all = evidence.endpoints.known().map(Vec::as_slice).unwrap_or_default();
    let Some(layers) = layers(evidence) else { return Vec::new() };
    let subnets = network::subnets(question, evidence);
    let tables: Vec<&String> =
        subnets.iter().filter_map(|subnet| network::way(subnet, evidence)).map(|way| &way.table.id).collect();
    let mut taken = s3_gateways(all).filter(|endpoint| tables.iter().any(|id| endpoint.route_tables.contains(*id)));
    let shut = taken.find(|endpoint| endpoint.policy.as_ref().is_some_and(|it| refuses(it, "s3:GetObject", &layers)));
    let Some(endpoint) = shut.map(|endpoint| id(&endpoint.id)) else { return Vec::new() };
    let message = message!(
        "policy of {endpoint} stops image layers: allow s3:GetObject on {layers}* in it (aws ec2 modify-vpc-endpoint \
         --policy-document)"
    );
    vec![Finding::advisory(Check::VpcEndpoints, message)]
}

/// What the ARNs of all layers in the cluster's region begin with.
fn layers(evidence: &Evidence) -> Option<String> {
    let Arn { partition, region, .. } = Arn::parse(&evidence.cluster.arn)?;
    Some(format!("arn:{partition}:s3:::prod-{region}-starport-layer-bucket/"))
}

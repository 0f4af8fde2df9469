//! Subnets of profiles.

use crate::{ApiError, ClusterSettings, OmittedSubnets};

/// The subnets that a profile gets. They have to be private, that is without a direct route to an internet gateway
/// (awslabs/eks-perf-tests 195, with the text), and in the cluster's VPC (User Guide; aws/containers-roadmap 2036),
/// though not necessarily the cluster's own. The texts for unknown and foreign subnets are EC2's and our own.
pub(crate) fn choose(
    wanted: &[String],
    cluster: &ClusterSettings,
    omitted: OmittedSubnets,
) -> Result<Vec<String>, ApiError> {
    if wanted.is_empty() {
        return match omitted {
            OmittedSubnets::ClusterPrivate => Ok(cluster.private_subnets.clone()),
            OmittedSubnets::Empty => Ok(Vec::new()),
            OmittedSubnets::Refused => {
                Err(ApiError::invalid_parameter("Fargate Profile requires at least one subnet."))
            }
        };
    }
    for subnet in wanted {
        let problem = if cluster.private_subnets.contains(subnet) || cluster.other_private_subnets.contains(subnet) {
            continue;
        } else if cluster.public_subnets.contains(subnet) {
            format!("Subnet {subnet} provided in Fargate Profile is not a private subnet")
        } else if cluster.foreign_subnets.contains(subnet) {
            format!("Subnet {subnet} provided in Fargate Profile is not in the cluster's VPC {}", cluster.vpc_id)
        } else {
            format!("The subnet ID '{subnet}' does not exist")
        };
        return Err(ApiError::invalid_parameter(problem));
    }
    Ok(wanted.to_vec())
}

//! Subnets of profiles.

use crate::{ApiError, Network, OmittedSubnets, world::cluster::Cluster};

/// The subnets that a profile gets. They have to be in the cluster's VPC (User Guide; aws/containers-roadmap 2036),
/// though not necessarily the cluster's own, and private ([`Network::is_private`]). The texts: not private,
/// awslabs/eks-perf-tests 195; all public, eksctl-io/eksctl 2746; zone, eksctl-io/eksctl 5677; the text for unknown
/// subnets is EC2's, that for foreign ones our own.
pub(crate) fn choose(wanted: &[String], cluster: &Cluster, omitted: OmittedSubnets) -> Result<Vec<String>, ApiError> {
    let network = cluster.network();
    if wanted.is_empty() {
        return match omitted {
            OmittedSubnets::ClusterPrivate => own_private(cluster, &network),
            OmittedSubnets::Empty => Ok(Vec::new()),
            OmittedSubnets::Refused => {
                Err(ApiError::invalid_parameter("Fargate Profile requires at least one subnet."))
            }
        };
    }
    for id in wanted {
        check(id, &network)?;
    }
    Ok(wanted.to_vec())
}

fn own_private(cluster: &Cluster, network: &Network) -> Result<Vec<String>, ApiError> {
    let private: Vec<String> = cluster.own_subnets().filter(|id| network.is_private(id)).cloned().collect();
    if private.is_empty() {
        return Err(ApiError::invalid_parameter(
            "No subnets were given, and the subnets provided during cluster creation are all public",
        ));
    }
    for id in &private {
        check(id, network)?;
    }
    Ok(private)
}

fn check(id: &str, network: &Network) -> Result<(), ApiError> {
    let refuse = |message: String| Err(ApiError::invalid_parameter(message));
    let Some(subnet) = network.subnets.get(id) else {
        return refuse(format!("The subnet ID '{id}' does not exist"));
    };
    let vpc = &network.vpc.id;
    if network.vpc_of(subnet) != vpc {
        return refuse(format!("Subnet {id} provided in Fargate Profile is not in the cluster's VPC {vpc}"));
    }
    if !network.is_private(id) {
        return refuse(format!("Subnet {id} provided in Fargate Profile is not a private subnet"));
    }
    if network.zones_without_fargate.contains(&subnet.zone) {
        let zone = &subnet.zone;
        let message =
            format!("Fargate Profile creation for the Availability Zone {zone} for Subnet {id} is not supported");
        return Err(ApiError::new(400, "UnsupportedAvailabilityZoneException", message));
    }
    Ok(())
}

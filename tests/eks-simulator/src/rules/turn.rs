//! One mutation at a time in a cluster.

use crate::{
    ApiError,
    world::cluster::{Cluster, ClusterStatus},
};

/// What is being asked for. The texts differ in more than the verb's letters: one has a capital.
#[derive(Clone, Copy)]
pub(crate) enum Verb {
    Create,
    Delete,
}

/// Nothing may be created or deleted while another profile is DELETING (model) or CREATING, or while the cluster is
/// being updated. Texts: terraform-aws-eks pull 866, terraform-provider-aws 13372 and 16272 (create while creating),
/// hashicorp/terraform 25059, cloud-custodian pull 5585 (delete while deleting), terraform-aws-eks 2194 (delete during
/// an update); the create text during an update is formed after it (eksctl 8514 quotes it in part). A cluster that is
/// not ACTIVE: recorded (moto).
pub(crate) fn check(cluster: &Cluster, verb: Verb, name: &str) -> Result<(), ApiError> {
    let of = &cluster.settings.name;
    if cluster.status != ClusterStatus::Active {
        return Err(ApiError::new(400, "InvalidRequestException", format!("Cluster '{of}' is not in ACTIVE status")));
    }
    let changing = cluster.profiles.values().find(|profile| profile.status.is_changing());
    if let Some(other) = changing {
        return Err(conflict(
            verb,
            name,
            of,
            &format!("currently has Fargate profile {} in status {}", other.name, other.status.as_str()),
        ));
    }
    if cluster.updates.is_empty() { Ok(()) } else { Err(updating(verb, name, of)) }
}

/// The answer while an update is in progress.
pub(crate) fn updating(verb: Verb, name: &str, cluster: &str) -> ApiError {
    conflict(verb, name, cluster, "currently has an update in progress")
}

fn conflict(verb: Verb, name: &str, cluster: &str, why: &str) -> ApiError {
    let verb = match verb {
        Verb::Create => "create",
        Verb::Delete => "Delete",
    };
    ApiError::in_use(format!("Cannot {verb} Fargate Profile {name} because cluster {cluster} {why}"))
}

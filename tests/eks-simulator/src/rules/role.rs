//! The pod execution role.

use super::trust::lets_fargate;
use crate::{
    ApiError, Role,
    clock::Time,
    world::{World, identity::partition},
};

/// The role's ARN has the form of one, no path other than `/` (User Guide, getting started with Fargate), may be
/// passed, and trusts Fargate. The text for an ARN of another form is recorded (moto, `utils.py`); the one for a path
/// is not known. Nor is that for a role that does not exist: EKS finds out by assuming it, and so it may well say the
/// same as for one that does not trust it.
pub(crate) fn check(world: &World, arn: &str, cluster: &str, profile: &str) -> Result<(), ApiError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, "iam", "", account, resource] = parts.as_slice() else {
        return Err(malformed(arn));
    };
    let Some(name) = resource.strip_prefix("role/") else {
        return Err(malformed(arn));
    };
    if account.len() != 12 || name.is_empty() {
        return Err(malformed(arn));
    }
    if name.contains('/') {
        return Err(ApiError::invalid_parameter(format!(
            "The pod execution role {arn} has a path, which is not supported"
        )));
    }
    let Some(role) = world.role(arn) else {
        return Err(untrusting());
    };
    if !role.may_be_passed {
        // aws/aws-cdk 8546; the wording is IAM's usual one.
        let caller = &world.identity.arn;
        let message = format!("User: {caller} is not authorized to perform: iam:PassRole on resource: {arn}");
        return Err(ApiError::new(403, "AccessDeniedException", message));
    }
    let place = world.cluster(cluster)?;
    let source = format!(
        "arn:{}:eks:{}:{}:fargateprofile/{cluster}/{profile}/new",
        partition(&place.region),
        place.region,
        place.account
    );
    if is_known(&role, world.now) && lets_fargate(&role.trust_policy, &source, &place.account) {
        Ok(())
    } else {
        Err(untrusting())
    }
}

/// Whether EKS has heard of a role by now.
pub(crate) fn is_known(role: &Role, now: Time) -> bool {
    role.unknown_until.is_none_or(|until| now >= until)
}

/// Full text: terraform-provider-aws.
fn untrusting() -> ApiError {
    ApiError::invalid_parameter(
        "Misconfigured PodExecutionRole Trust Policy; Please add the eks-fargate-pods.amazonaws.com Service Principal",
    )
}

fn malformed(arn: &str) -> ApiError {
    ApiError::invalid_parameter(format!("Invalid Role Arn: '{arn}'"))
}

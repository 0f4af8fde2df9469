//! The pod execution role.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{ApiError, world::World};

/// Whether EKS may use a role. Roles that nothing was said about are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleTrust {
    /// The trust policy names `eks-fargate-pods.amazonaws.com`.
    Trusted,
    /// It does not, and will not.
    Untrusted,
    /// It does, but IAM has not yet spread the news: refused until so long after the order (unscaled seconds in JSON).
    /// Terraform retries on just this (terraform-provider-aws `fargate_profile.go`).
    TrustedAfter(#[serde(with = "crate::seconds")] Duration),
    /// The caller lacks `iam:PassRole` for it.
    MayNotBePassed,
}

/// The role's ARN has the form of one, no path other than `/` (User Guide, getting started with Fargate), and trusts
/// Fargate. The text for an ARN of another form is recorded (moto, `utils.py`); the one for a path is not known.
pub(crate) fn check(world: &World, arn: &str) -> Result<(), ApiError> {
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
    match world.roles.get(arn) {
        None | Some(RoleTrust::Trusted) => Ok(()),
        Some(RoleTrust::TrustedAfter(at)) if world.now >= *at => Ok(()),
        // Full text: terraform-provider-aws.
        Some(RoleTrust::Untrusted | RoleTrust::TrustedAfter(_)) => Err(ApiError::invalid_parameter(
            "Misconfigured PodExecutionRole Trust Policy; Please add the eks-fargate-pods.amazonaws.com Service Principal",
        )),
        // aws/aws-cdk 8546; the wording is IAM's usual one.
        Some(RoleTrust::MayNotBePassed) => Err(ApiError::new(
            403,
            "AccessDeniedException",
            format!("User: {} is not authorized to perform: iam:PassRole on resource: {arn}", world.identity.arn),
        )),
    }
}

fn malformed(arn: &str) -> ApiError {
    ApiError::invalid_parameter(format!("Invalid Role Arn: '{arn}'"))
}

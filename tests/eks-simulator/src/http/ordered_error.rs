//! The errors that can be ordered. Codes and statuses are the model's (botocore `eks/2017-11-01`).

use super::call::Call;
use crate::{
    ApiError, Operation,
    rules::turn::{self, Verb},
    world::identity::{Identity, partition},
};

pub(super) fn throttled() -> ApiError {
    ApiError::new(429, "ThrottlingException", "Rate exceeded")
}

pub(super) fn server_error() -> ApiError {
    ApiError::new(500, "ServerException", "Internal server error")
}

pub(super) fn unavailable() -> ApiError {
    ApiError::new(503, "ServiceUnavailableException", "Service is temporarily unavailable")
}

pub(super) fn propagation_delay() -> ApiError {
    let message = "Required service-linked roles were created and are still propagating. Retry later.";
    ApiError::new(428, "ResourcePropagationDelayException", message)
}

pub(super) fn update_in_progress(call: &Call) -> ApiError {
    let verb = if call.operation == Operation::DeleteFargateProfile { Verb::Delete } else { Verb::Create };
    let profile = call.profile.as_deref().unwrap_or_default();
    turn::updating(verb, profile, call.cluster.as_deref().unwrap_or_default())
}

/// Any error, with `{cluster}` and `{profile}` in its text filled in.
pub(super) fn other(call: &Call, status: u16, code: Option<String>, message: &str) -> ApiError {
    let message = message
        .replace("{cluster}", call.cluster.as_deref().unwrap_or_default())
        .replace("{profile}", call.profile.as_deref().unwrap_or_default());
    ApiError { status, code, message, cluster: None, profile: None }
}

/// IAM's words (IAM User Guide, "access denied error messages"). Creating is an action on the cluster, the other
/// profile operations are on the profile (Service Authorization Reference, EKS).
pub(super) fn access_denied(identity: &Identity, call: &Call) -> ApiError {
    let Identity { account, region, arn } = identity;
    let place = format!("arn:{}:eks:{region}:{account}", partition(region));
    let cluster = call.cluster.as_deref().unwrap_or_default();
    let profile = call.profile.as_deref().unwrap_or_default();
    let resource = match (call.operation, &call.arn) {
        (_, Some(arn)) => arn.clone(),
        (Operation::DescribeFargateProfile | Operation::DeleteFargateProfile, None) => {
            format!("{place}:fargateprofile/{cluster}/{profile}/*")
        }
        (_, None) => format!("{place}:cluster/{cluster}"),
    };
    let service = if call.operation == Operation::GetCallerIdentity { "sts" } else { "eks" };
    let action = format!("{service}:{}", call.operation.as_str());
    let message = format!(
        "User: {arn} is not authorized to perform: {action} on resource: {resource} \
         because no identity-based policy allows the {action} action"
    );
    ApiError::new(403, "AccessDeniedException", message)
}

//! The errors that can be ordered. Codes and statuses of EKS are the model's (botocore `eks/2017-11-01`).

use super::call::Call;
use crate::{
    ApiError, Operation,
    rules::turn::{self, Verb},
    service::Service,
    world::identity::{Identity, partition},
};

pub(super) fn throttled(service: Service) -> ApiError {
    match service {
        Service::Eks => ApiError::new(429, "ThrottlingException", "Rate exceeded"),
        Service::Quotas => ApiError::new(400, "TooManyRequestsException", "Rate exceeded"),
        // EC2 API Reference, "Request throttling"; IAM and STS: common errors of their API References.
        Service::Ec2 => ApiError::new(503, "RequestLimitExceeded", "Request limit exceeded."),
        Service::Iam | Service::Sts => ApiError::new(400, "Throttling", "Rate exceeded"),
    }
}

pub(super) fn server_error(service: Service) -> ApiError {
    match service {
        Service::Eks => ApiError::new(500, "ServerException", "Internal server error"),
        Service::Quotas => ApiError::new(500, "ServiceException", "Something went wrong."),
        Service::Ec2 => ApiError::new(500, "InternalError", "An internal error has occurred"),
        Service::Iam | Service::Sts => ApiError::new(500, "InternalFailure", "Internal failure"),
    }
}

pub(super) fn unavailable(service: Service) -> ApiError {
    let message = "Service is temporarily unavailable";
    match service {
        Service::Eks | Service::Quotas => ApiError::new(503, "ServiceUnavailableException", message),
        Service::Ec2 => ApiError::new(503, "Unavailable", "The service is unavailable. Please try again shortly."),
        Service::Iam | Service::Sts => ApiError::new(503, "ServiceUnavailable", message),
    }
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

/// IAM's words (IAM User Guide, "access denied error messages"), in each service's code. EC2's looks name no resource,
/// since there is none that a policy could name (Service Authorization Reference, EC2); it puts a sentence of its own
/// before them.
pub(super) fn access_denied(identity: &Identity, call: &Call) -> ApiError {
    let caller = &identity.arn;
    let service = call.service;
    let action = format!("{}:{}", service.prefix(), call.operation.as_str());
    let because = format!("because no identity-based policy allows the {action} action");
    let resource = match service {
        Service::Eks | Service::Sts => format!("on resource: {} ", resource(identity, call)),
        // A role that does not exist yet is named by the ARN that it would have (public reports of either).
        Service::Iam if call.operation == Operation::CreateRole => {
            format!("on resource: {} ", identity.role(call.form("RoleName").unwrap_or_default()))
        }
        Service::Iam => format!("on resource: role {} ", call.form("RoleName").unwrap_or_default()),
        Service::Ec2 | Service::Quotas => String::new(),
    };
    let message = format!("User: {caller} is not authorized to perform: {action} {resource}{because}");
    match service {
        Service::Eks | Service::Sts => ApiError::new(403, "AccessDeniedException", message),
        // As all errors of JSON services but those of the server.
        Service::Quotas => ApiError::new(400, "AccessDeniedException", message),
        Service::Iam => ApiError::new(403, "AccessDenied", message),
        Service::Ec2 => {
            let message = format!("You are not authorized to perform this operation. {message}");
            ApiError::new(403, "UnauthorizedOperation", message)
        }
    }
}

/// Creating is an action on the cluster, what is done to a profile, an access entry or an add-on that exists is on that
/// (Service Authorization Reference, EKS).
fn resource(identity: &Identity, call: &Call) -> String {
    let Identity { account, region, .. } = identity;
    let place = format!("arn:{}:eks:{region}:{account}", partition(region));
    let cluster = call.cluster.as_deref().unwrap_or_default();
    let profile = call.profile.as_deref().unwrap_or_default();
    let item = call.item.as_deref().unwrap_or_default();
    match (call.operation, &call.arn) {
        (_, Some(arn)) => arn.clone(),
        (Operation::DescribeFargateProfile | Operation::DeleteFargateProfile, None) => {
            format!("{place}:fargateprofile/{cluster}/{profile}/*")
        }
        (Operation::DescribeAddon | Operation::UpdateAddon, None) => format!("{place}:addon/{cluster}/{item}/*"),
        (Operation::DescribeAccessEntry | Operation::DeleteAccessEntry, None) => {
            let name = item.rsplit('/').next().unwrap_or_default();
            format!("{place}:access-entry/{cluster}/role/{account}/{name}/*")
        }
        (_, None) => format!("{place}:cluster/{cluster}"),
    }
}

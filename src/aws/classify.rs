//! Classifies AWS errors, in this one place. The service's error *code* and the HTTP status decide, never the SDK's
//! enum variant: `ResourceInUseException` is not modelled on the calls that return it, and neither are throttling and
//! access errors.

use aws_sdk_eks::config::http::HttpResponse;
use aws_sdk_eks::error::{ProvideErrorMetadata, SdkError};

use super::advice::{self, advice};
use crate::api::Reason;
use crate::failure::{Class, Failure};
use crate::message::{cut, message};

/// How much of AWS's own text a message has room for; the log has all of it.
const TEXT: usize = 150;

/// The service whose refusals users meet most often.
pub(crate) const EKS: &str = "EKS";

impl Failure {
    /// From an error of a call to this service: `EKS`, `EC2`, `IAM`, `Service Quotas`.
    pub(crate) fn from_sdk<E>(service: &'static str, operation: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        match error {
            SdkError::ServiceError(context) => Self::answered(
                service,
                operation,
                context.raw().status().as_u16(),
                context.err().code(),
                context.err().message(),
            ),
            SdkError::ResponseError(context) => {
                Self::answered(service, operation, context.raw().status().as_u16(), None, None)
            }
            SdkError::ConstructionFailure(_) => Self::unsent(operation, &chain(error)),
            // Other dispatch failures without a sign of a connection mean that the request was never sent, for instance
            // for lack of credentials.
            SdkError::DispatchFailure(dispatch)
                if dispatch.as_connector_error().is_none_or(|e| e.is_other() && e.as_other().is_none()) =>
            {
                Self::unsent(operation, &chain(error))
            }
            unanswered => Self {
                class: Class::Retry,
                reason: Reason::EksUnavailable,
                operation,
                code: None,
                message: message!(
                    "no answer from AWS{}; it is tried again. If it stays so, check the way to AWS (NAT gateway or VPC endpoint)",
                    match unanswered {
                        // Either of the SDK's two time limits may end first. The text must not depend on that, or the
                        // condition would be written again and again.
                        SdkError::TimeoutError(_) => message!(" within --operation-timeout"),
                        other => format!(": {}", cut(&chain(other), TEXT)),
                    }
                ),
                definite: false,
            },
        }
    }

    /// The request never left: there are no credentials, or it cannot be built.
    fn unsent(operation: &'static str, detail: &str) -> Self {
        let credentials = ["credential", "identity"].iter().any(|word| detail.to_lowercase().contains(word));
        let (class, reason, message) = if credentials {
            let message = if detail.contains("no credentials found in chain") {
                message!(
                    "the operator has no AWS credentials: give its service account an IAM role (IRSA, or on EC2 nodes also Pod Identity)"
                )
            } else {
                message!("the operator has no valid AWS credentials ({}): {}", cut(detail, TEXT), advice::credentials())
            };
            // The service that issues them may be unreachable for a moment.
            (Class::Propagation, Reason::NoCredentials, message)
        } else {
            (
                Class::Retry,
                Reason::EksUnavailable,
                message!("the request to AWS could not be sent: {}; it is tried again", cut(detail, TEXT)),
            )
        };
        Self { class, reason, operation, code: None, message, definite: credentials }
    }

    /// AWS answered with an error.
    fn answered(
        service: &'static str,
        operation: &'static str,
        status: u16,
        code: Option<&str>,
        message: Option<&str>,
    ) -> Self {
        let text = message.unwrap_or("no message");
        let (class, reason) = classify(status, code.unwrap_or_default(), text);
        tracing::debug!(operation, status, code, text, "AWS answered with an error");
        let hint = advice(service, class, reason, operation, code.unwrap_or_default(), text);
        Self {
            class,
            reason,
            operation,
            code: code.map(str::to_owned),
            message: match code {
                Some(code) if service == EKS => message!("EKS answered {code}: {}{hint}", cut(text, TEXT)),
                Some(code) => message!("{service} answered {code}: {}{hint}", cut(text, TEXT)),
                None => message!("AWS answered HTTP {status} without an error code{hint}"),
            },
            definite: (400..500).contains(&status) && status != 408,
        }
    }
}

/// The table of codes and statuses, from the EKS service model. The throttling codes are the SDK's, and those of
/// credentials also EC2's (User Guide, "Error codes for the Amazon EC2 API") and IAM's ("Common errors").
fn classify(status: u16, code: &str, message: &str) -> (Class, Reason) {
    match (status, code) {
        (_, "ResourceInUseException") => (Class::Wait, Reason::WaitingForTurn),
        (_, "ResourcePropagationDelayException") | (428, _) => (Class::Propagation, Reason::EksUnavailable),
        (
            _,
            "ThrottlingException" | "TooManyRequestsException" | "Throttling" | "RequestLimitExceeded" | "SlowDown",
        )
        | (429, _) => (Class::Retry, Reason::Throttled),
        (_, "ResourceNotFoundException" | "NotFoundException" | "NoSuchEntity" | "NoSuchResourceException") => {
            (Class::Gone, Reason::ClusterNotFound)
        }
        // Somebody is at work on it.
        (_, "ConcurrentModification" | "EntityTemporarilyUnmodifiable") => (Class::Retry, Reason::Mending),
        // What is read next may tell that somebody else was faster.
        (_, "EntityAlreadyExists" | "DeleteConflict") => (Class::Propagation, Reason::MendingHeld),
        (_, "ResourceLimitExceededException") => (Class::Fix, Reason::NoFreeSlot),
        (
            _,
            "ExpiredTokenException"
            | "ExpiredToken"
            | "UnrecognizedClientException"
            | "InvalidClientTokenId"
            | "InvalidSignatureException"
            | "AuthFailure"
            | "RequestExpired"
            | "SignatureDoesNotMatch",
        ) => (Class::Fix, Reason::NoCredentials),
        (_, "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation") | (401 | 403, _) => {
            (Class::Fix, Reason::AccessDenied)
        }
        (_, "InvalidParameterException") if message.contains("Misconfigured PodExecutionRole Trust Policy") => {
            (Class::Propagation, Reason::TrustPolicy)
        }
        // A role that was made a moment ago.
        (_, "InvalidParameterException") if message.contains("invalid principal") => {
            (Class::Propagation, Reason::MendingHeld)
        }
        (_, "InvalidParameterException" | "UnsupportedAvailabilityZoneException" | "BadRequestException") => {
            (Class::Fix, Reason::InvalidParameter)
        }
        // "Invalid given the state of the cluster", such as a cluster that is still CREATING. It may pass by itself.
        (_, "InvalidRequestException") => (Class::Propagation, Reason::ClusterNotActive),
        (_, "ClientException") => (Class::Fix, Reason::AccessDenied),
        (400..=499, _) => (Class::Fix, Reason::InvalidParameter),
        _ => (Class::Retry, Reason::EksUnavailable),
    }
}

/// An error and its causes in one line, without duplicates and without parts that change each time: a condition whose
/// text changes is written again.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(cause) = next {
        let text = cause.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        if !parts.contains(&text) {
            parts.push(text);
        }
        next = cause.source();
    }
    let text = parts.join(": ");
    let Some((before, (_, after))) =
        text.split_once(", aws_request_id: \"").and_then(|(before, rest)| Some((before, rest.split_once('"')?)))
    else {
        return text;
    };
    format!("{before}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_of_aws_has_one_class() {
        let table = [
            (409, "ResourceInUseException", "", Class::Wait, Reason::WaitingForTurn),
            (428, "ResourcePropagationDelayException", "", Class::Propagation, Reason::EksUnavailable),
            (429, "ThrottlingException", "", Class::Retry, Reason::Throttled),
            (429, "", "", Class::Retry, Reason::Throttled),
            (404, "ResourceNotFoundException", "", Class::Gone, Reason::ClusterNotFound),
            (404, "NotFoundException", "", Class::Gone, Reason::ClusterNotFound),
            (400, "ResourceLimitExceededException", "", Class::Fix, Reason::NoFreeSlot),
            (403, "AccessDeniedException", "", Class::Fix, Reason::AccessDenied),
            (403, "ExpiredTokenException", "", Class::Fix, Reason::NoCredentials),
            (
                400,
                "InvalidParameterException",
                "Subnet subnet-1 is not a private subnet",
                Class::Fix,
                Reason::InvalidParameter,
            ),
            (
                400,
                "InvalidParameterException",
                "Misconfigured PodExecutionRole Trust Policy; …",
                Class::Propagation,
                Reason::TrustPolicy,
            ),
            (
                400,
                "InvalidParameterException",
                "The specified principalArn is invalid: invalid principal.",
                Class::Propagation,
                Reason::MendingHeld,
            ),
            (400, "InvalidRequestException", "", Class::Propagation, Reason::ClusterNotActive),
            (400, "BadRequestException", "", Class::Fix, Reason::InvalidParameter),
            (409, "EntityAlreadyExists", "", Class::Propagation, Reason::MendingHeld),
            (409, "DeleteConflict", "", Class::Propagation, Reason::MendingHeld),
            (409, "ConcurrentModification", "", Class::Retry, Reason::Mending),
            (409, "EntityTemporarilyUnmodifiable", "", Class::Retry, Reason::Mending),
            (409, "LimitExceeded", "", Class::Fix, Reason::InvalidParameter),
            (404, "NoSuchEntity", "", Class::Gone, Reason::ClusterNotFound),
            (400, "NoSuchResourceException", "", Class::Gone, Reason::ClusterNotFound),
            (503, "RequestLimitExceeded", "", Class::Retry, Reason::Throttled),
            (400, "Throttling", "", Class::Retry, Reason::Throttled),
            (403, "UnauthorizedOperation", "", Class::Fix, Reason::AccessDenied),
            (403, "AccessDenied", "", Class::Fix, Reason::AccessDenied),
            (401, "AuthFailure", "", Class::Fix, Reason::NoCredentials),
            (403, "SignatureDoesNotMatch", "", Class::Fix, Reason::NoCredentials),
            (500, "ServerException", "", Class::Retry, Reason::EksUnavailable),
            (503, "ServiceUnavailableException", "", Class::Retry, Reason::EksUnavailable),
            (500, "", "", Class::Retry, Reason::EksUnavailable),
        ];
        for (status, code, message, class, reason) in table {
            assert_eq!(classify(status, code, message), (class, reason), "{status} {code} {message}");
        }
    }

    #[test]
    fn only_a_4xx_is_a_definite_no() {
        let definite = |status| Failure::answered(EKS, "CreateFargateProfile", status, Some("X"), None).definite;
        assert!(definite(400) && definite(409) && definite(429));
        assert!(!definite(500) && !definite(503));
    }
}

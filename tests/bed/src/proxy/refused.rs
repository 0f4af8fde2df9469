//! How each API says no.

use http::{Response, StatusCode, header};
use serde_json::json;

use super::Refusal;

/// Who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefusingApi {
    Kubernetes,
    Eks,
    Iam,
}

/// The answer. Codes and statuses of AWS: botocore's models of EKS and IAM; IAM API Reference, "Common errors".
pub(super) fn refused(api: RefusingApi, refusal: Refusal) -> http::Result<Response<String>> {
    let (status, code) = match (api, refusal) {
        (RefusingApi::Kubernetes, Refusal::ServerError) => (StatusCode::INTERNAL_SERVER_ERROR, "InternalError"),
        (RefusingApi::Kubernetes, Refusal::TurnedAway) => (StatusCode::CONFLICT, "Conflict"),
        (RefusingApi::Kubernetes, Refusal::Denied) => (StatusCode::FORBIDDEN, "Forbidden"),
        (RefusingApi::Eks, Refusal::ServerError) => (StatusCode::INTERNAL_SERVER_ERROR, "ServerException"),
        (RefusingApi::Eks, Refusal::TurnedAway) => (StatusCode::TOO_MANY_REQUESTS, "ThrottlingException"),
        (RefusingApi::Eks, Refusal::Denied) => (StatusCode::FORBIDDEN, "AccessDeniedException"),
        (RefusingApi::Iam, Refusal::ServerError) => (StatusCode::INTERNAL_SERVER_ERROR, "ServiceFailure"),
        (RefusingApi::Iam, Refusal::TurnedAway) => (StatusCode::BAD_REQUEST, "Throttling"),
        (RefusingApi::Iam, Refusal::Denied) => (StatusCode::FORBIDDEN, "AccessDenied"),
    };
    let message = "refused by the test bed";
    let (kind, body) = match api {
        RefusingApi::Kubernetes => {
            let status = json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": code,
                "code": status.as_u16(), "message": message,
            });
            ("application/json", status.to_string())
        }
        RefusingApi::Eks => ("application/json", json!({ "message": message }).to_string()),
        RefusingApi::Iam => {
            let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
            ("text/xml", format!("<ErrorResponse>{error}</ErrorResponse>"))
        }
    };
    let answer = Response::builder().status(status).header(header::CONTENT_TYPE, kind);
    answer.header("x-amzn-ErrorType", code).body(body)
}

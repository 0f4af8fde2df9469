//! A client of a JSON API (AWS JSON 1.1): a header names the operation, and JSON goes and comes.

use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use serde_json::Value;

use super::operation::{Api, Refusal, operation, operation_of, post};
use super::{Incomplete, Session};
use crate::failure::Failure;

/// What distinguishes one JSON API from another.
#[derive(Debug)]
pub(crate) struct JsonApi {
    pub(crate) api: Api,
    /// What stands before the operation in the header.
    pub(crate) target: &'static str,
}

/// An operation and what it is given.
#[derive(Debug)]
struct Call {
    target: String,
    body: String,
}

pub(crate) struct JsonClient {
    api: &'static JsonApi,
    session: Session,
    operation: Operation<Call, Value, Refusal>,
}

impl JsonClient {
    pub(crate) fn new(api: &'static JsonApi, session: &Session) -> Self {
        Self { api, session: session.clone(), operation: operation(&api.api, session.config(), request, answer) }
    }

    /// The answer to an action, which is named as in an IAM policy: `servicequotas:GetServiceQuota`.
    pub(crate) async fn call(&self, action: &'static str, input: &Value) -> Result<Value, Failure> {
        let operation = operation_of(action);
        let call = Call { target: format!("{}.{operation}", self.api.target), body: input.to_string() };
        self.session.call(self.api.api.name, operation, self.operation.invoke(call)).await
    }

    /// An answer without something that it has to have.
    pub(crate) fn incomplete(&self, action: &'static str, missing: &Incomplete) -> Failure {
        self.api.api.incomplete(action, missing)
    }
}

fn request(call: Call) -> Result<HttpRequest, BoxError> {
    let mut request = post("application/x-amz-json-1.1", call.body)?;
    request.headers_mut().insert("x-amz-target", call.target);
    Ok(request)
}

fn answer(response: &HttpResponse) -> Result<Value, OrchestratorError<Refusal>> {
    let parsed = serde_json::from_slice(response.body().bytes().unwrap_or_default());
    if response.status().is_success() {
        return parsed.map_err(|error| OrchestratorError::response(error.into()));
    }
    // Whoever stands in between may refuse a call without JSON.
    Err(OrchestratorError::operation(refusal(response, &parsed.unwrap_or_default())))
}

/// The code is in the body, or in a header. Around it there may be a namespace and an address (Smithy, AWS JSON 1.1
/// protocol, operation error serialization).
fn refusal(response: &HttpResponse, answer: &Value) -> Refusal {
    let text = |name: &str| answer.get(name)?.as_str();
    let code = text("__type").or_else(|| text("code")).or_else(|| response.headers().get("x-amzn-errortype"));
    let plain = code.map(|code| code.rsplit('#').next().unwrap_or(code).split(':').next().unwrap_or(code));
    Refusal::new(plain, text("message").or_else(|| text("Message")))
}

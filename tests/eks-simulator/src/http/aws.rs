//! Calls to AWS: read, decided on, answered.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::Value;

use super::{
    Unsent,
    call::Call,
    delivery::{Delivery, decide},
};
use crate::{ApiError, ErrorFields, world::Shared};

/// No request of the API comes near this size.
const LARGEST_BODY: usize = 1 << 20;

/// What is sent, already in the protocol's form.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) error_code: Option<String>,
    pub(crate) request_id: String,
    pub(crate) body: String,
}

/// Writes a result down in the protocol of the call's service.
pub(crate) fn write(call: &Call, result: &Result<Value, ApiError>, fields: ErrorFields, request_id: String) -> Reply {
    let (content_type, body) = match result {
        Ok(Value::String(text)) => (call.service.content_type(), text.clone()),
        Ok(value) => (call.service.content_type(), value.to_string()),
        Err(error) => call.service.error(error, fields, &request_id),
    };
    let error = result.as_ref().err();
    Reply {
        status: error.map_or(200, |error| error.status),
        content_type,
        error_code: error.and_then(|error| error.code.clone()),
        request_id,
        body,
    }
}

/// Serves a call.
pub(crate) async fn serve(shared: Arc<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return unsent();
    };
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let user_agent =
        parts.headers.get(header::USER_AGENT).map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned());
    let named = |name: &str| parts.headers.get(name)?.to_str().ok();
    let (authorization, target) = (named("authorization"), named("x-amz-target"));
    let call = Call::read(parts.method.as_str(), path, user_agent, authorization, target, &body);
    match shared.with(|world| decide(world, &call)) {
        Delivery::Now(reply) => send(reply),
        Delivery::At(at, reply) => {
            shared.clock.sleep_until(at).await;
            send(reply)
        }
        Delivery::Close => unsent(),
        Delivery::Never => std::future::pending().await,
    }
}

fn send(reply: Reply) -> Response {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    if let Ok(id) = HeaderValue::from_str(&reply.request_id) {
        headers.insert("x-amzn-RequestId", id);
    }
    let code = reply.error_code.map(|code| HeaderValue::from_str(&code));
    if let Some(Ok(code)) = code {
        headers.insert("x-amzn-ErrorType", code);
    }
    response
}

fn unsent() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Unsent);
    response
}

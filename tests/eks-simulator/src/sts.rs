//! STS, as much as a client asks at its start: GetCallerIdentity in the query protocol (botocore `sts/2011-06-15`).

use crate::{ApiError, world::World, xml::escape};

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// GetCallerIdentity.
pub(crate) fn caller_identity(world: &World, request_id: &str) -> String {
    let identity = &world.identity;
    format!(
        "<GetCallerIdentityResponse xmlns=\"{NAMESPACE}\"><GetCallerIdentityResult><Arn>{}</Arn>\
         <UserId>AROAEXAMPLEEXAMPLE00:session</UserId><Account>{}</Account></GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></GetCallerIdentityResponse>",
        escape(&identity.arn),
        escape(&identity.account),
    )
}

/// An error in XML.
pub(crate) fn error(error: &ApiError, request_id: &str) -> String {
    let fault = if error.status < 500 { "Sender" } else { "Receiver" };
    format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{fault}</Type><Code>{}</Code><Message>{}</Message></Error>\
         <RequestId>{request_id}</RequestId></ErrorResponse>",
        escape(error.code.as_deref().unwrap_or_default()),
        escape(&error.message),
    )
}

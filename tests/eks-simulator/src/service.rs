//! The services on the one port: which of them a call is for, who answers it, and in what form.

use serde_json::Value;

use crate::{
    ApiError, ErrorFields, Operation, ec2, eks,
    http::call::Call,
    iam,
    log::Origin,
    quotas, sts,
    world::{World, past::Moment},
};

/// A service of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// REST with JSON.
    Eks,
    /// JSON, with the operation in a header. All others have the query protocol: a form, answered in XML.
    Quotas,
    Sts,
    Iam,
    Ec2,
}

impl Service {
    /// The service of a form: the one in the credential scope of its signature (AWS Signature Version 4), else the one
    /// whose version it names.
    pub(crate) fn of_form(form: &[(String, String)], authorization: Option<&str>) -> Self {
        let scope = authorization.and_then(|header| header.split_once("Credential=")).map(|(_, scope)| scope);
        // Key, day, region, service.
        let named = scope.and_then(|scope| scope.split('/').nth(3));
        let version = form.iter().find(|(key, _)| key == "Version").map(|(_, version)| version.as_str());
        match (named, version) {
            (Some("ec2"), _) | (None, Some(ec2::VERSION)) => Self::Ec2,
            (Some("iam"), _) | (None, Some(iam::VERSION)) => Self::Iam,
            _ => Self::Sts,
        }
    }

    /// The operation that a form names.
    pub(crate) fn operation(self, form: &[(String, String)]) -> Operation {
        self.named(form.iter().find(|(key, _)| key == "Action").map(|(_, action)| action.as_str()))
    }

    /// The operation of this name.
    pub(crate) fn named(self, action: Option<&str>) -> Operation {
        let changes = Operation::MENDING.into_iter().chain([Operation::GetCallerIdentity]);
        let mut all = Operation::PREREQUISITES.into_iter().chain(changes);
        all.find(|known| known.service() == self && Some(known.as_str()) == action).unwrap_or(Operation::Unknown)
    }

    /// The prefix of its actions in IAM policies.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Eks => "eks",
            Self::Quotas => "servicequotas",
            Self::Sts => "sts",
            Self::Iam => "iam",
            Self::Ec2 => "ec2",
        }
    }

    /// An error in the form of the service, with the type of its content.
    pub(crate) fn error(self, error: &ApiError, fields: ErrorFields, request_id: &str) -> (&'static str, String) {
        match self {
            Self::Eks => ("application/json", error.body(fields == ErrorFields::Filled).to_string()),
            Self::Quotas => (quotas::CONTENT_TYPE, quotas::error(error)),
            Self::Sts => ("text/xml", sts::error(error, request_id)),
            Self::Iam => ("text/xml", iam::error(error, request_id)),
            Self::Ec2 => ("text/xml;charset=UTF-8", ec2::error(error, request_id)),
        }
    }

    /// The type of the content of its answers.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Eks => "application/json",
            Self::Quotas => quotas::CONTENT_TYPE,
            Self::Sts | Self::Iam => "text/xml",
            Self::Ec2 => "text/xml;charset=UTF-8",
        }
    }
}

/// Carries out a call and gives the body of the answer: JSON, or a string that is XML.
pub(crate) fn answer(world: &mut World, call: &Call, origin: Origin, as_of: Option<Moment>) -> Result<Value, ApiError> {
    match (call.service, call.operation) {
        (Service::Eks, _) => eks::answer(world, call, origin, as_of),
        (_, Operation::Unknown) => Err(unknown_action(call)),
        (Service::Quotas, _) => {
            let clusters = as_of.map_or_else(|| world.clusters.clone(), |moment| world.past.at(moment));
            quotas::answer(&clusters, &world.identity, call)
        }
        (Service::Sts, _) => {
            let request_id = world.chance.uuid();
            Ok(Value::String(sts::caller_identity(world, &request_id)))
        }
        (Service::Iam, _) => {
            let request_id = world.chance.uuid();
            iam::answer(world, call, &request_id).map(Value::String)
        }
        (Service::Ec2, _) => {
            let request_id = world.chance.uuid();
            let clusters = as_of.map_or_else(|| world.clusters.clone(), |moment| world.past.at(moment));
            ec2::answer(&clusters, &world.identity, call, &request_id).map(Value::String)
        }
    }
}

/// An action that the service does not have, or the simulator does not speak.
fn unknown_action(call: &Call) -> ApiError {
    if call.service == Service::Quotas {
        // What every JSON service answers (Smithy, AWS JSON 1.1 protocol).
        return ApiError::new(400, "UnknownOperationException", "");
    }
    let action = call.form("Action").unwrap_or_default();
    let message = match call.service {
        Service::Ec2 => format!("The action {action} is not valid for this web service."),
        Service::Iam => format!("Could not find operation {action} for version {}", iam::VERSION),
        Service::Sts | Service::Eks | Service::Quotas => {
            "The simulator speaks GetCallerIdentity alone of STS".to_owned()
        }
    };
    ApiError::new(400, "InvalidAction", message)
}

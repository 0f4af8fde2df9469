//! Errors as EKS words and shapes them.
//!
//! Texts marked *recorded* are those that moto's authors recorded from the real API (`moto/eks/models.py`, "obtained
//! through cURL responses from the actual APIs"); the others name their source where they are made.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An error reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiError {
    /// HTTP status.
    pub status: u16,
    /// Error code, sent in `x-amzn-ErrorType`; absent leaves the header out.
    pub code: Option<String>,
    /// The text.
    pub message: String,
    /// The cluster, where the model's shape has a place for it.
    pub cluster: Option<String>,
    /// The profile, likewise.
    pub profile: Option<String>,
}

impl fmt::Display for ApiError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.as_deref().unwrap_or("no code");
        write!(to, "{} {code}: {}", self.status, self.message)
    }
}

impl std::error::Error for ApiError {}

impl ApiError {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: Some(code.to_owned()), message: message.into(), cluster: None, profile: None }
    }

    pub(crate) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidParameterException", message)
    }

    pub(crate) fn in_use(message: impl Into<String>) -> Self {
        Self::new(409, "ResourceInUseException", message)
    }

    /// Recorded.
    pub(crate) fn no_cluster(name: &str) -> Self {
        Self::new(404, "ResourceNotFoundException", format!("No cluster found for name: {name}.")).about(name, None)
    }

    /// Recorded.
    pub(crate) fn no_profile(cluster: &str, name: &str) -> Self {
        Self::new(404, "ResourceNotFoundException", format!("No Fargate Profile found with name: {name}."))
            .about(cluster, Some(name))
    }

    /// Names what it is about, for the shapes that have a place for it.
    pub(crate) fn about(mut self, cluster: &str, profile: Option<&str>) -> Self {
        self.cluster = Some(cluster.to_owned());
        self.profile = profile.map(str::to_owned);
        self
    }

    /// The reply's body: `message` and the fields that the model gives the code (botocore `eks/2017-11-01`),
    /// null where there is nothing to say, or all of them null if `filled` is not wanted.
    pub(crate) fn body(&self, filled: bool) -> Value {
        let fields: &[&str] = match self.code.as_deref() {
            Some("InvalidParameterException" | "ResourceNotFoundException") => {
                &["clusterName", "nodegroupName", "fargateProfileName", "addonName", "subscriptionId"]
            }
            Some("InvalidRequestException" | "ClientException" | "ServerException") => {
                &["clusterName", "nodegroupName", "addonName", "subscriptionId"]
            }
            Some("ResourceLimitExceededException") => &["clusterName", "nodegroupName", "subscriptionId"],
            Some("ResourceInUseException") => &["clusterName", "nodegroupName", "addonName"],
            Some("ThrottlingException") => &["clusterName"],
            _ => &[],
        };
        let mut body = Map::new();
        for field in fields {
            let value = match *field {
                "clusterName" if filled => self.cluster.clone(),
                "fargateProfileName" if filled => self.profile.clone(),
                _ => None,
            };
            body.insert((*field).to_owned(), value.map_or(Value::Null, Value::from));
        }
        body.insert("message".to_owned(), Value::from(self.message.clone()));
        Value::Object(body)
    }
}

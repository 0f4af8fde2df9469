//! A Fargate profile: what a caller asks for and what the service keeps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::log::Origin;

/// The body of CreateFargateProfile, also used to say what an outsider makes. Field names on the wire are EKS's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProfileSpec {
    /// The name.
    #[serde(rename = "fargateProfileName")]
    pub name: String,
    /// The pod execution role.
    pub pod_execution_role_arn: String,
    /// Subnets; `None` and an empty list both count as omitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnets: Option<Vec<String>>,
    /// Selectors.
    #[serde(deserialize_with = "null_is_empty")]
    pub selectors: Vec<Selector>,
    /// The idempotency token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
    /// Tags.
    #[serde(deserialize_with = "null_is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// One selector. Optional throughout, as in the model; the rules demand a namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selector {
    /// Namespace, wildcards allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Labels, wildcards allowed in keys and values.
    #[serde(deserialize_with = "null_is_empty")]
    pub labels: BTreeMap<String, String>,
}

fn null_is_empty<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

impl ProfileSpec {
    /// A valid request: a trusted role, the cluster's private subnets, one selector for the namespace `default`.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            pod_execution_role_arn: "arn:aws:iam::111122223333:role/fargate-pods".to_owned(),
            ..Self::default()
        }
        .selecting("default", &[])
    }

    /// Replaces the selectors by one.
    #[must_use]
    pub fn selecting(mut self, namespace: &str, labels: &[(&str, &str)]) -> Self {
        self.selectors = vec![Selector {
            namespace: Some(namespace.to_owned()),
            labels: labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        }];
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn tagged(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }
}

/// The states of a profile (model).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs)]
pub enum ProfileStatus {
    Creating,
    Active,
    Deleting,
    CreateFailed,
    DeleteFailed,
}

impl ProfileStatus {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "CREATING",
            Self::Active => "ACTIVE",
            Self::Deleting => "DELETING",
            Self::CreateFailed => "CREATE_FAILED",
            Self::DeleteFailed => "DELETE_FAILED",
        }
    }

    /// Whether a profile in this state keeps every other one of its cluster from being created or deleted.
    #[must_use]
    pub fn is_changing(self) -> bool {
        matches!(self, Self::Creating | Self::Deleting)
    }
}

/// An entry of `health.issues`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthIssue {
    /// `PodExecutionRoleAlreadyInUse`, `AccessDenied`, `ClusterUnreachable` or `InternalFailure` (model); any other is let through.
    pub code: String,
    /// The text.
    pub message: String,
    /// What it is about.
    #[serde(default)]
    pub resource_ids: Vec<String>,
}

impl HealthIssue {
    /// An issue without resources.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), resource_ids: Vec::new() }
    }
}

/// A profile as the service keeps it. In JSON its field names are those of DescribeFargateProfile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// The name.
    #[serde(rename = "fargateProfileName")]
    pub name: String,
    /// The ARN. It ends in a uuid of its own for every incarnation.
    #[serde(rename = "fargateProfileArn")]
    pub arn: String,
    /// The cluster's name.
    #[serde(rename = "clusterName")]
    pub cluster: String,
    /// Seconds since the epoch, by the wall clock.
    pub created_at: f64,
    /// The pod execution role.
    pub pod_execution_role_arn: String,
    /// Subnets, filled in where they were omitted.
    pub subnets: Vec<String>,
    /// Selectors as given.
    pub selectors: Vec<Selector>,
    /// The state.
    pub status: ProfileStatus,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// What is wrong with it.
    pub health: Vec<HealthIssue>,
    /// Who made it; not part of the service's replies.
    pub origin: Origin,
}

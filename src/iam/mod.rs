//! The port to IAM, in our own types: roles.

mod client;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::aws::Unread;
use crate::failure::Failure;

#[cfg(test)]
pub(crate) use client::IAM;
pub use client::SdkIam;

/// The port to IAM.
///
/// # Guarantees
/// - Every call ends within the operation timeout.
/// - What does not exist is None; it is no error. Nor is it to delete what is gone.
/// - A change is sent at most once per call.
#[async_trait]
pub trait Iam: Send + Sync {
    /// A role by its name, the last part of its ARN (GetRole).
    async fn role(&self, name: &str) -> Result<Option<Role>, Unread>;
    /// The ARNs of the managed policies attached to a role, all pages (ListAttachedRolePolicies).
    async fn attached_policies(&self, role: &str) -> Result<BTreeSet<String>, Unread>;
    /// The names of the inline policies of a role, all pages (ListRolePolicies).
    async fn inline_policies(&self, role: &str) -> Result<BTreeSet<String>, Unread>;
    async fn create_role(&self, role: &NewRole) -> Result<(), Failure>;
    /// Attaches a managed policy, by its ARN. It may be attached already.
    async fn attach_policy(&self, role: &str, policy: &str) -> Result<(), Failure>;
    async fn detach_policy(&self, role: &str, policy: &str) -> Result<(), Failure>;
    /// Deletes a role that has no policies.
    async fn delete_role(&self, role: &str) -> Result<(), Failure>;
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    pub arn: String,
    pub path: String,
    pub created_at: Option<Timestamp>,
    /// The trust policy, decoded: JSON.
    pub trust_policy: String,
    pub tags: BTreeMap<String, String>,
}

/// A role to create.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewRole {
    pub name: String,
    /// Begins and ends with a slash.
    pub path: String,
    pub description: String,
    /// JSON.
    pub trust_policy: String,
    /// The ARN of a policy.
    pub permissions_boundary: Option<String>,
    pub tags: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests;

//! What the operator reads of IAM, in our own types. Nothing here changes anything.

mod client;

use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::aws::Unread;

#[cfg(test)]
pub(crate) use client::IAM;
pub use client::SdkIam;

/// The port to IAM.
///
/// # Guarantees
/// - Every call ends within the operation timeout.
/// - What does not exist is None; it is no error.
#[async_trait]
pub trait Iam: Send + Sync {
    /// A role by its name, the last part of its ARN (GetRole).
    async fn role(&self, name: &str) -> Result<Option<Role>, Unread>;
    /// The ARNs of the managed policies attached to a role, all pages (ListAttachedRolePolicies).
    async fn attached_policies(&self, role: &str) -> Result<BTreeSet<String>, Unread>;
    /// The names of the inline policies of a role, all pages (ListRolePolicies).
    async fn inline_policies(&self, role: &str) -> Result<BTreeSet<String>, Unread>;
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    pub arn: String,
    pub path: String,
    pub created_at: Option<Timestamp>,
    /// The trust policy, decoded: JSON.
    pub trust_policy: String,
}

#[cfg(test)]
mod tests;

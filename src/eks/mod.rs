//! The port to EKS: a small trait in our own types, and the SDK client behind it.

mod addon;
mod answers;
mod client;
mod cluster;
mod described;
pub(crate) mod pace;
mod profile;

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::aws::Unread;
use crate::failure::Failure;

pub use addon::{Addon, is_fargate};
pub use client::SdkEks;
pub use cluster::{AccessEntry, Cluster, NewAccessEntry};
pub use described::Described;
pub(crate) use profile::UNDESCRIBED;
pub use profile::{HealthIssue, NewProfile, Profile, ProfileStatus, Selector};

/// The port to EKS.
///
/// # Guarantees
/// - Every call ends within the operation timeout. `list` has that for each page.
/// - A change (`create`, `delete`, `tag`, …) is sent at most once per call. After a retry inside the client, an
///   earlier attempt could still land when the later one has been answered and undone.
///
/// # Errors
/// Every call fails with a classified [`Failure`].
#[async_trait]
pub trait Eks: Send + Sync {
    async fn list(&self, cluster: &str) -> Result<Vec<String>, Failure>;
    async fn describe(&self, cluster: &str, name: &str) -> Result<Profile, Failure>;
    async fn describe_cluster(&self, cluster: &str) -> Result<Cluster, Failure>;
    /// What lets this IAM role into the cluster, if anything does.
    async fn access_entry(&self, cluster: &str, role: &str) -> Result<Option<AccessEntry>, Unread>;
    /// An EKS add-on, if the cluster has it.
    async fn addon(&self, cluster: &str, name: &str) -> Result<Option<Addon>, Unread>;
    /// The AWS account of the credentials.
    async fn account(&self) -> Result<String, Failure>;
    /// Starts to create a profile, which is CREATING then.
    async fn create(&self, profile: &NewProfile) -> Result<Profile, Failure>;
    /// Starts to delete a profile, which is DELETING then.
    async fn delete(&self, cluster: &str, name: &str) -> Result<(), Failure>;
    async fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<(), Failure>;
    async fn untag(&self, arn: &str, keys: &[String]) -> Result<(), Failure>;
    async fn create_access_entry(&self, cluster: &str, entry: &NewAccessEntry) -> Result<(), Failure>;
    /// Deletes the access entry of a principal. It may be gone already.
    async fn delete_access_entry(&self, cluster: &str, principal: &str) -> Result<(), Failure>;
    /// Starts to give an add-on another configuration. What somebody else has changed of it in the cluster stays.
    async fn configure_addon(&self, cluster: &str, name: &str, configuration: &str) -> Result<(), Failure>;
    fn region(&self) -> &str;
}

#[cfg(test)]
mod tests;

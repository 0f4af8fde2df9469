//! The port to EKS: a small trait in our own types, the SDK client behind it, one file that classifies errors, and one that knows the way out.

mod advice;
mod classify;
mod client;
mod cluster;
mod profile;

use std::collections::BTreeMap;

use async_trait::async_trait;

use crate::failure::Failure;

pub(crate) use client::{SdkEks, SdkSettings};
pub use cluster::Cluster;
pub(crate) use profile::UNDESCRIBED;
pub use profile::{HealthIssue, NewProfile, Profile, ProfileStatus, Selector};

/// EKS as the operator needs it.
///
/// # Guarantees
/// - Every call ends within the operation timeout; `list` within that for each page.
/// - A mutation (`create`, `delete`, `tag`, `untag`) is sent at most once a call: a retry inside the client could leave
///   an earlier attempt on the wire, to land after the later one has been answered and undone.
///
/// # Errors
/// Every call fails with a classified [`Failure`].
#[async_trait]
pub trait Eks: Send + Sync {
    /// The names of all profiles of a cluster.
    async fn list(&self, cluster: &str) -> Result<Vec<String>, Failure>;
    async fn describe(&self, cluster: &str, name: &str) -> Result<Profile, Failure>;
    async fn describe_cluster(&self, cluster: &str) -> Result<Cluster, Failure>;
    /// The AWS account that the credentials belong to.
    async fn account(&self) -> Result<String, Failure>;
    /// Asks for a profile; it is CREATING then.
    async fn create(&self, profile: &NewProfile) -> Result<Profile, Failure>;
    /// Asks for a profile's deletion; it is DELETING then.
    async fn delete(&self, cluster: &str, name: &str) -> Result<(), Failure>;
    async fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<(), Failure>;
    async fn untag(&self, arn: &str, keys: &[String]) -> Result<(), Failure>;
    /// The region that is asked.
    fn region(&self) -> &str;
}

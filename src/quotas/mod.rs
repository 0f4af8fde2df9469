//! What the operator reads of Service Quotas, in our own types. Nothing here changes anything.

mod client;

use async_trait::async_trait;

use crate::aws::Unread;

#[cfg(test)]
pub(crate) use client::QUOTAS;
pub use client::SdkQuotas;

/// A quota of an account in a region, by the codes of Service Quotas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quota {
    /// Such as `eks`.
    pub service: &'static str,
    /// Such as `L-33415657`.
    pub code: &'static str,
}

/// The port to Service Quotas.
///
/// # Guarantees
/// - Every call ends within the operation timeout.
/// - A quota of which the service knows no applied value is None; it is no error.
#[async_trait]
pub trait Quotas: Send + Sync {
    /// How much the account may have, rounded down (GetServiceQuota).
    async fn value(&self, quota: Quota) -> Result<Option<u64>, Unread>;
}

#[cfg(test)]
mod tests;

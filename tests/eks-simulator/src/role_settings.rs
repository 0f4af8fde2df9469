//! What holds for all roles of an account.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Which roles there are beside those that a test or a call has made, and how fast the news of those spreads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoleSettings {
    /// Whether there are no others, but for the service-linked one. Otherwise each role that nothing was said about exists,
    /// and is as it should be. Default no.
    pub only_known: bool,
    /// How long EKS has not heard of a role that CreateRole has made (Terraform retries on it, terraform-provider-aws
    /// `fargate_profile.go`; for how long it lasts is not known). IAM shows it at once. Default 5 s, unscaled.
    #[serde(with = "crate::seconds")]
    pub new_unknown_for: Duration,
}

impl Default for RoleSettings {
    fn default() -> Self {
        Self { only_known: false, new_unknown_for: Duration::from_secs(5) }
    }
}

//! EKS add-ons.

use serde::{Deserialize, Serialize};

use crate::HealthIssue;

/// An add-on as DescribeAddon shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Addon {
    /// `ACTIVE`, `DEGRADED`, `CREATE_FAILED`, … (model).
    pub status: String,
    /// For example `v1.12.3-eksbuild.1`.
    pub version: String,
    /// JSON or YAML as it was given, such as `{"computeType":"Fargate"}`.
    pub configuration_values: Option<String>,
    /// `health.issues`.
    pub issues: Vec<HealthIssue>,
}

impl Default for Addon {
    fn default() -> Self {
        Self {
            status: "ACTIVE".to_owned(),
            version: "v1.12.3-eksbuild.1".to_owned(),
            configuration_values: None,
            issues: Vec::new(),
        }
    }
}

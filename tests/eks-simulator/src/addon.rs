//! EKS add-ons.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::HealthIssue;

/// An add-on as DescribeAddon shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Addon {
    /// `ACTIVE`, `DEGRADED`, `CREATE_FAILED`, … (model).
    pub status: String,
    /// For example `v1.12.3-eksbuild.1`.
    pub version: String,
    /// JSON or YAML as it was given, such as `{"computeType":"Fargate"}`.
    pub configuration_values: Option<String>,
    /// How the last update was to deal with what others have changed in the cluster: `NONE`, `OVERWRITE` or `PRESERVE`.
    /// DescribeAddon does not show it.
    pub resolve_conflicts: String,
    /// How often UpdateAddon has changed it.
    pub updates: u64,
    /// When that was last, in seconds since the epoch; it is as old as the cluster if never.
    pub modified_at: Option<f64>,
    /// `health.issues`.
    pub issues: Vec<HealthIssue>,
}

impl Default for Addon {
    fn default() -> Self {
        Self {
            status: "ACTIVE".to_owned(),
            version: "v1.12.3-eksbuild.1".to_owned(),
            configuration_values: None,
            resolve_conflicts: "NONE".to_owned(),
            updates: 0,
            modified_at: None,
            issues: Vec::new(),
        }
    }
}

impl Addon {
    /// A value of its configuration that is a text, such as `computeType`.
    #[must_use]
    pub fn configured(&self, key: &str) -> Option<String> {
        let values: Value = serde_saphyr::from_str(self.configuration_values.as_deref()?).ok()?;
        values.get(key)?.as_str().map(str::to_owned)
    }
}

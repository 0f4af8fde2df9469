//! What is checked before a change: `spec.prerequisites` and `status.findings`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What follows from prerequisites in the VPC, in IAM and in the cluster that are not met: see status.findings.
///
/// Enforce (default): no change begins that would surely fail. What is only advised holds up nothing, nor does what the operator
/// may not look at.
///
/// Warn: show what was found, and begin anyway.
///
/// Ignore: do not check.
///
/// --default-prerequisites of the operator sets another default. A change takes effect at once.
#[derive(JsonSchema, Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub enum Prerequisites {
    /// Holds up changes that surely fail.
    #[default]
    Enforce,
    /// Shown only.
    Warn,
    /// Not checked.
    Ignore,
}

/// One prerequisite that is not met, or that cannot be told.
#[derive(JsonSchema, Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct FindingRecord {
    /// What was checked, such as VpcDns or TrustPolicy: docs/prerequisites.md lists them.
    pub check: String,
    /// Blocking, Advisory or Unknown: surely fails, usually hurts, or cannot be looked at.
    pub severity: String,
    /// What was found, what follows from it, and the way out.
    pub message: String,
}

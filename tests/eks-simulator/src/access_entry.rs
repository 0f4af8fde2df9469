//! Access entries: what lets an IAM principal into a cluster.

use serde::{Deserialize, Serialize};

/// An access entry; its principal is the key under which it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessEntry {
    /// `STANDARD`, `FARGATE_LINUX`, `EC2_LINUX`, … (model: a string, its values from the User Guide).
    #[serde(rename = "type")]
    pub kind: String,
    /// Seconds since the epoch.
    pub created_at: f64,
}

impl Default for AccessEntry {
    fn default() -> Self {
        Self { kind: "STANDARD".to_owned(), created_at: 1_700_000_000.0 }
    }
}

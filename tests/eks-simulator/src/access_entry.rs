//! Access entries: what lets an IAM principal into a cluster.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The type of the entries that let kubelets on Fargate in.
pub(crate) const FARGATE_LINUX: &str = "FARGATE_LINUX";

/// An access entry; its principal is the key under which it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessEntry {
    /// `STANDARD`, `FARGATE_LINUX`, `EC2_LINUX`, … (model: a string, its values from the User Guide).
    #[serde(rename = "type")]
    pub kind: String,
    /// Seconds since the epoch. An entry older than its role is that of an earlier role of this ARN.
    pub created_at: f64,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Default for AccessEntry {
    fn default() -> Self {
        Self { kind: "STANDARD".to_owned(), created_at: 1_700_000_000.0, tags: BTreeMap::new() }
    }
}

/// Whether kubelets that have the role of a profile are let into its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrance {
    /// They are.
    Open,
    /// There is no entry of type `FARGATE_LINUX` for the role.
    NoEntry,
    /// The entry is that of an earlier role of this ARN: it goes by the role's unique identifier, which is another one now
    /// (aws/containers-roadmap 2441, terraform-aws-modules/terraform-aws-eks 3329).
    OfAnotherRole,
}

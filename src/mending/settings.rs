//! What the install asks to be mended. By default nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What the operator may mend.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Settings {
    /// The pod execution role of profiles that name none is made, and deleted with its last user.
    pub role: Option<RoleSettings>,
    /// Access entries of pod execution roles that are missing, or older than the role, are made anew.
    pub access_entries: bool,
    /// CoreDNS is moved to Fargate when a profile takes it, and back when none does any more.
    pub coredns: bool,
}

/// How the pod execution role is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RoleSettings {
    /// None leads to a name made of region and cluster.
    pub name: Option<String>,
    /// Begins and ends with a slash.
    pub path: String,
    /// The ARN of a policy.
    pub permissions_boundary: Option<String>,
    /// Beside those that show whose it is.
    pub tags: BTreeMap<String, String>,
}

impl Default for RoleSettings {
    fn default() -> Self {
        Self { name: None, path: "/".to_owned(), permissions_boundary: None, tags: BTreeMap::new() }
    }
}

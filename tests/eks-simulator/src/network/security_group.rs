//! Security groups.

use serde::{Deserialize, Serialize};

/// A security group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecurityGroup {
    /// Its name.
    pub name: String,
    /// What may come in.
    pub ingress: Vec<Permission>,
    /// What may go out.
    pub egress: Vec<Permission>,
}

/// One permission of a security group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Permission {
    /// `tcp`, `udp`, `icmp`, …; `-1` for all.
    pub protocol: String,
    /// First and last port; none for all.
    pub ports: Option<(u16, u16)>,
    /// Ranges, IPv4 and IPv6.
    pub cidrs: Vec<String>,
    /// Other groups, or the group itself.
    pub groups: Vec<String>,
}

impl Default for Permission {
    fn default() -> Self {
        Self { protocol: "-1".to_owned(), ports: None, cidrs: Vec::new(), groups: Vec::new() }
    }
}

impl Permission {
    /// One port of TCP, from these ranges.
    pub fn tcp<S: Into<String>>(port: u16, cidrs: impl IntoIterator<Item = S>) -> Self {
        Self {
            protocol: "tcp".to_owned(),
            ports: Some((port, port)),
            cidrs: cidrs.into_iter().map(Into::into).collect(),
            groups: Vec::new(),
        }
    }
}

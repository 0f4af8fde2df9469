//! Route tables.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// A route table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RouteTable {
    /// It applies to each subnet of the VPC that no other table names.
    pub main: bool,
    /// The subnets that it is associated with.
    pub subnets: BTreeSet<String>,
    /// Its routes, but for those that gateway endpoints add by themselves.
    pub routes: Vec<Route>,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// A CIDR block of IPv4 or IPv6, or the id of a prefix list.
    pub destination: String,
    /// `local`, or the id of what it leads to, whose beginning tells the kind: `igw-…`, `nat-…`, `tgw-…`, `eni-…` and
    /// so on.
    pub target: String,
    /// Its target is gone. A route to a NAT gateway that is gone is a blackhole without being told so.
    #[serde(default)]
    pub blackhole: bool,
}

impl Route {
    /// A route that is alive as long as its target is.
    pub fn new(destination: impl Into<String>, target: impl Into<String>) -> Self {
        Self { destination: destination.into(), target: target.into(), blackhole: false }
    }

    /// Whether it takes everything that no other route does.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.destination == "0.0.0.0/0" || self.destination == "::/0"
    }
}

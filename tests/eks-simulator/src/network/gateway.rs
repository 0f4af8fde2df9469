//! Ways out of a VPC: NAT gateways, and endpoints of AWS's services.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The policy that EC2 gives to an endpoint for which nobody has written one (EC2 API Reference, DescribeVpcEndpoints).
const ANYTHING: &str =
    r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

/// A NAT gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NatGateway {
    /// `pending`, `available`, `failed`, `deleting` or `deleted`. EC2 shows a deleted one for about an hour; here it is
    /// shown for ever.
    pub state: String,
    /// `public`, or `private`, which has no way to the internet.
    pub connectivity: String,
    /// The subnet that it is in.
    pub subnet: String,
    /// Its Elastic IP addresses.
    pub public_addresses: Vec<String>,
    /// Why it failed, such as `Gateway.NotAttached`.
    pub failure_code: Option<String>,
    /// The same in words.
    pub failure: Option<String>,
}

impl Default for NatGateway {
    fn default() -> Self {
        Self {
            state: "available".to_owned(),
            connectivity: "public".to_owned(),
            subnet: String::new(),
            public_addresses: Vec::new(),
            failure_code: None,
            failure: None,
        }
    }
}

/// An endpoint of a service in a VPC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VpcEndpoint {
    /// For example `com.amazonaws.eu-central-1.ecr.api`.
    pub service: String,
    /// `Interface`, `Gateway` or `GatewayLoadBalancer`.
    pub kind: String,
    /// `available`, `pending`, `failed`, …
    pub state: String,
    /// Of an interface endpoint: whether the service's usual name leads to it.
    pub private_dns: bool,
    /// Of a gateway endpoint.
    pub route_tables: BTreeSet<String>,
    /// Of an interface endpoint.
    pub subnets: BTreeSet<String>,
    /// Of an interface endpoint.
    pub security_groups: BTreeSet<String>,
    /// `policyDocument`: JSON. By default it lets everything through.
    pub policy: String,
}

impl Default for VpcEndpoint {
    fn default() -> Self {
        Self {
            service: String::new(),
            kind: "Interface".to_owned(),
            state: "available".to_owned(),
            private_dns: true,
            route_tables: BTreeSet::new(),
            subnets: BTreeSet::new(),
            security_groups: BTreeSet::new(),
            policy: ANYTHING.to_owned(),
        }
    }
}

impl VpcEndpoint {
    /// An interface endpoint in these subnets.
    pub fn interface<S: Into<String>>(
        service: impl Into<String>,
        subnets: impl IntoIterator<Item = S>,
        group: impl Into<String>,
    ) -> Self {
        Self {
            service: service.into(),
            subnets: subnets.into_iter().map(Into::into).collect(),
            security_groups: BTreeSet::from([group.into()]),
            ..Self::default()
        }
    }

    /// A gateway endpoint in these route tables.
    pub fn gateway<S: Into<String>>(service: impl Into<String>, tables: impl IntoIterator<Item = S>) -> Self {
        Self {
            service: service.into(),
            kind: "Gateway".to_owned(),
            // A gateway endpoint has none.
            private_dns: false,
            route_tables: tables.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }
}

//! Subnets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Subnet {
    /// The VPC if it is another one than the network's.
    pub vpc: Option<String>,
    /// For example `eu-central-1a`.
    pub zone: String,
    /// For example `euc1-az2`.
    pub zone_id: String,
    /// Its range.
    pub cidr: String,
    /// Its IPv6 range.
    pub ipv6_cidr: Option<String>,
    /// `availableIpAddressCount`.
    pub free_addresses: u32,
    /// The account that owns it if that is not the cluster's.
    pub owner: Option<String>,
    /// The ARN of its Outpost.
    pub outpost: Option<String>,
    /// `internetGatewayBlockMode` of VPC Block Public Access.
    pub public_access_block: String,
    /// `mapPublicIpOnLaunch`. It makes no subnet public.
    pub maps_public_addresses: bool,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Default for Subnet {
    fn default() -> Self {
        Self {
            vpc: None,
            zone: "eu-central-1a".to_owned(),
            zone_id: "euc1-az2".to_owned(),
            cidr: "10.0.0.0/20".to_owned(),
            ipv6_cidr: None,
            // A /20 less the five addresses that AWS keeps of each subnet (VPC User Guide, "Subnet CIDR blocks").
            free_addresses: 4091,
            owner: None,
            outpost: None,
            public_access_block: "off".to_owned(),
            maps_public_addresses: false,
            tags: BTreeMap::new(),
        }
    }
}

//! An EKS cluster, from DescribeCluster, and what lets roles into it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::HealthIssue;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cluster {
    pub name: String,
    /// `arn:PARTITION:eks:REGION:ACCOUNT:cluster/NAME`.
    pub arn: String,
    /// The certificate authority of its API server, base64 of PEM. It shows whether the operator runs in this cluster.
    pub certificate_authority: Option<String>,
    pub created_at: Option<Timestamp>,
    /// The VPC that its nodes and Fargate pods are in.
    pub vpc: Option<String>,
    /// The subnets given when it was created.
    pub subnets: BTreeSet<String>,
    /// The security group that EKS gives to the control plane and to Fargate pods.
    pub security_group: Option<String>,
    /// Whether its API server can be reached from within the VPC.
    pub private_access: bool,
    /// Who may reach its API server from the internet. Empty if nobody may.
    pub public_access: BTreeSet<String>,
    /// `CONFIG_MAP`, `API` or `API_AND_CONFIG_MAP`.
    pub authentication_mode: String,
    /// `ipv4` or `ipv6`.
    pub ip_family: String,
    /// The range of the addresses of Services, in CIDR notation and of that family.
    pub service_range: Option<String>,
    /// It runs on an Outpost, or is connected to EKS only.
    pub is_local: bool,
    /// `health.issues`, sorted.
    pub issues: Vec<HealthIssue>,
}

/// Lets an IAM role into the cluster, from DescribeAccessEntry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessEntry {
    /// `FARGATE_LINUX`, `EC2_LINUX`, `STANDARD`, …
    pub kind: String,
    pub created_at: Option<Timestamp>,
    pub tags: BTreeMap<String, String>,
}

/// An access entry to create.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewAccessEntry {
    /// The ARN of a role.
    pub principal: String,
    /// As in [`AccessEntry::kind`].
    pub kind: String,
    pub tags: BTreeMap<String, String>,
}

impl Cluster {
    /// Region and account, from the ARN.
    pub fn region_and_account(&self) -> Option<(&str, &str)> {
        let mut parts = self.arn.split(':').skip(3);
        Some((parts.next()?, parts.next()?))
    }

    /// The address that kubelets tell pods to ask for names: the tenth of the range of Services, in both families
    /// (awslabs/amazon-eks-ami, `bootstrap.sh` and nodeadm).
    pub fn dns_address(&self) -> Option<IpAddr> {
        let (first, _) = self.service_range.as_deref()?.split_once('/')?;
        match first.parse().ok()? {
            IpAddr::V4(first) => first.to_bits().checked_add(10).map(|it| Ipv4Addr::from_bits(it).into()),
            IpAddr::V6(first) => first.to_bits().checked_add(10).map(|it| Ipv6Addr::from_bits(it).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_and_account_are_read_from_the_arn() {
        let mut cluster = Cluster {
            name: "prod".into(),
            arn: "arn:aws:eks:us-west-2:111122223333:cluster/prod".into(),
            ..Cluster::default()
        };
        assert_eq!(cluster.region_and_account(), Some(("us-west-2", "111122223333")));
        cluster.arn = "garbage".into();
        assert_eq!(cluster.region_and_account(), None);
    }

    #[test]
    fn pods_ask_the_tenth_address_of_the_range_of_services_for_names() {
        for (range, address) in [
            (Some("172.20.0.0/16"), Some("172.20.0.10")),
            (Some("10.100.4.0/24"), Some("10.100.4.10")),
            (Some("fd12:3456:789a::/108"), Some("fd12:3456:789a::a")),
            (Some("garbage"), None),
            (Some("garbage/16"), None),
            (None, None),
        ] {
            let cluster = Cluster { service_range: range.map(str::to_owned), ..Cluster::default() };
            assert_eq!(cluster.dns_address().map(|it| it.to_string()).as_deref(), address, "{range:?}");
        }
    }
}

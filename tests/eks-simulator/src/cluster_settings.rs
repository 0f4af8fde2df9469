//! What a cluster is made of: network, identity, quotas and how long things take in it.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{AccessEntry, Addon, HealthIssue, Network};

/// A cluster as the simulator is told of it. All of it can be changed while it runs
/// ([`crate::Control::change_cluster`]); on the control endpoint the same fields are JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterSettings {
    /// The name, unique in the simulator.
    pub name: String,
    /// Kubernetes version.
    pub version: String,
    /// EKS platform version.
    pub platform_version: String,
    /// URL of the Kubernetes API server; empty makes one up in EKS's form.
    pub endpoint: String,
    /// `certificateAuthority.data`, base64 of a PEM; empty makes up a text unique to this incarnation of the cluster.
    pub certificate_authority: String,
    /// `identity.oidc.issuer`; empty makes one up in EKS's form.
    pub oidc_issuer: String,
    /// `API`, `API_AND_CONFIG_MAP` or `CONFIG_MAP`.
    pub authentication_mode: String,
    /// Role of the cluster; empty makes one up.
    pub role_arn: String,
    /// The VPC.
    pub vpc_id: String,
    /// The cluster's own subnets that are made without a route to an internet gateway.
    pub private_subnets: Vec<String>,
    /// The cluster's own subnets that are made with such a route.
    pub public_subnets: Vec<String>,
    /// More private subnets of the VPC, not the cluster's own but usable
    /// (User Guide: subnets need not be among those given when the cluster was created).
    pub other_private_subnets: Vec<String>,
    /// Subnets that exist in some other VPC: refused.
    pub foreign_subnets: Vec<String>,
    /// The VPC with all that is in it. None is a sound one, made of the subnets above. Once there is one, its routes
    /// say what is private, and the lists above only which subnets are the cluster's own.
    /// [`crate::Control::change_network`] makes one.
    pub network: Option<Network>,
    /// The security group that EKS made for the cluster.
    pub security_group: String,
    /// Who may reach the Kubernetes API server.
    pub api_server: ApiServer,
    /// `ipv4` or `ipv6`.
    pub ip_family: String,
    /// The range of Services, in CIDR notation. None is one of the family.
    pub service_range: Option<String>,
    /// The Outposts of a local cluster.
    pub outpost_arns: Vec<String>,
    /// `health.issues`.
    pub issues: Vec<HealthIssue>,
    /// EKS add-ons by name.
    pub addons: BTreeMap<String, Addon>,
    /// Access entries by the ARN of the principal. EKS adds those of pod execution roles by itself.
    pub access_entries: BTreeMap<String, AccessEntry>,
    /// Tags of the cluster.
    pub tags: BTreeMap<String, String>,
    /// Adjustable limits.
    pub quotas: Quotas,
    /// How long things take.
    pub durations: Durations,
}

/// The endpoint of the Kubernetes API server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApiServer {
    /// `endpointPublicAccess`.
    pub public: bool,
    /// `publicAccessCidrs`.
    pub public_cidrs: Vec<String>,
    /// `endpointPrivateAccess`.
    pub private: bool,
}

/// The service quotas of profiles and of what runs on them; all are adjustable (EKS and Fargate service quotas pages).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// Profiles in a cluster, whatever their status. Default 10.
    pub profiles: usize,
    /// Selectors in a profile. Default 5.
    pub selectors: usize,
    /// Label pairs in a selector. Default 5.
    pub labels: usize,
    /// Fargate's vCPUs in an account. They are shown, and not kept to. Default 1000; a new account has fewer.
    pub fargate_vcpu: usize,
}

/// How long things take, unscaled. Reported from the real service: creating 26 s to 5:45, deleting 2 to 20 minutes
/// (aws/containers-roadmap 2392, 1211).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Durations {
    /// A profile's CREATING. Default 300 s.
    #[serde(with = "crate::seconds")]
    pub creating: Duration,
    /// A profile's DELETING. Default 120 s.
    #[serde(with = "crate::seconds")]
    pub deleting: Duration,
    /// Each of the two is drawn from within this fraction around it: 0.5 makes 300 s anything from 150 s to 450 s. Default 0.
    pub spread: f64,
    /// How long the cluster has a hidden update after a profile became ACTIVE (apache/airflow 72957, 73219:
    /// deletions answered 409 for more than ten minutes while DescribeCluster said ACTIVE). Default 0.
    #[serde(with = "crate::seconds")]
    pub hidden_update_after_active: Duration,
    /// UPDATING of an add-on. Not documented; CoreDNS's takes as long as its rollout. Default 20 s.
    #[serde(with = "crate::seconds")]
    pub addon_updating: Duration,
    /// CREATING of a cluster made by CreateCluster. Default 600 s.
    #[serde(with = "crate::seconds")]
    pub cluster_creating: Duration,
    /// DELETING of a cluster. Default 300 s.
    #[serde(with = "crate::seconds")]
    pub cluster_deleting: Duration,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { profiles: 10, selectors: 5, labels: 5, fargate_vcpu: 1000 }
    }
}

impl Default for ApiServer {
    fn default() -> Self {
        Self { public: true, public_cidrs: vec!["0.0.0.0/0".to_owned()], private: true }
    }
}

impl Default for Durations {
    fn default() -> Self {
        Self {
            creating: Duration::from_secs(300),
            deleting: Duration::from_secs(120),
            spread: 0.0,
            hidden_update_after_active: Duration::ZERO,
            addon_updating: Duration::from_secs(20),
            cluster_creating: Duration::from_secs(600),
            cluster_deleting: Duration::from_secs(300),
        }
    }
}

impl Default for ClusterSettings {
    fn default() -> Self {
        let ids = |kind: &str, count: u32| (1..=count).map(|n| format!("subnet-{kind}{n:09}")).collect();
        Self {
            name: "cluster".to_owned(),
            version: "1.36".to_owned(),
            platform_version: "eks.4".to_owned(),
            endpoint: String::new(),
            certificate_authority: String::new(),
            oidc_issuer: String::new(),
            authentication_mode: "API_AND_CONFIG_MAP".to_owned(),
            role_arn: String::new(),
            vpc_id: "vpc-0123456789abcdef0".to_owned(),
            private_subnets: ids("0aaaaaaa", 3),
            public_subnets: ids("0bbbbbbb", 3),
            other_private_subnets: ids("0ccccccc", 2),
            foreign_subnets: ids("0ddddddd", 1),
            network: None,
            security_group: "sg-0123456789abcdef0".to_owned(),
            api_server: ApiServer::default(),
            ip_family: "ipv4".to_owned(),
            service_range: None,
            outpost_arns: Vec::new(),
            issues: Vec::new(),
            addons: BTreeMap::new(),
            access_entries: BTreeMap::new(),
            tags: BTreeMap::new(),
            quotas: Quotas::default(),
            durations: Durations::default(),
        }
    }
}

impl ClusterSettings {
    /// The defaults under this name.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Sets how long a profile is CREATING.
    #[must_use]
    pub fn creating(mut self, unscaled: Duration) -> Self {
        self.durations.creating = unscaled;
        self
    }

    /// Sets how long a profile is DELETING.
    #[must_use]
    pub fn deleting(mut self, unscaled: Duration) -> Self {
        self.durations.deleting = unscaled;
        self
    }

    /// Sets how many profiles the cluster may have.
    #[must_use]
    pub fn profile_quota(mut self, profiles: usize) -> Self {
        self.quotas.profiles = profiles;
        self
    }
}

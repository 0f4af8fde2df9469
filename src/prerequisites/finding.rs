//! What a check found.

use serde::{Deserialize, Serialize};

use crate::message::{cut, message};

/// What is checked. The names are an API: status and metrics show them, docs/prerequisites.md lists them.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    strum::EnumIter,
    strum::IntoStaticStr,
    Serialize,
    Deserialize,
)]
pub enum Check {
    /// The VPC has DNS support and DNS host names.
    VpcDns,
    /// EC2 shows the subnets.
    SubnetExists,
    /// The subnets are in the cluster's VPC.
    SubnetInVpc,
    /// The subnets are in Availability Zones, not on Outposts or in Local Zones.
    SubnetZone,
    /// Nobody has said that Fargate is not in the subnets' zones.
    ZoneRefused,
    /// No default route leads to an internet gateway.
    SubnetPrivate,
    /// Pods can pull images: by a route, or by endpoints.
    WayOut,
    /// The default route leads to something that is there.
    Blackhole,
    /// The NAT gateway has itself a way out.
    NatGateway,
    /// VPC Block Public Access lets traffic out.
    BlockPublicAccess,
    /// Endpoints that stand for a way out can be used.
    VpcEndpoints,
    /// In an IPv6 cluster, subnets have addresses and a way out.
    Ipv6,
    /// The subnets have addresses for the pods.
    FreeAddresses,
    /// Pods reach the API server.
    ApiServerAccess,
    /// The cluster security group lets pods talk.
    SecurityGroup,
    /// Groups that policies give to pods are there, and let pods talk.
    SecurityGroupPolicy,
    /// The VPC's own DNS server is used.
    DnsServers,
    /// IAM has the role.
    RoleExists,
    /// The role's ARN has no path.
    RolePath,
    /// Fargate may assume the role, for this cluster.
    TrustPolicy,
    /// The role can pull images from ECR.
    PullPolicy,
    /// IAM has the role with which EKS starts pods.
    ServiceLinkedRole,
    /// No EC2 node uses the role.
    NodeRole,
    /// aws-auth lets the role in.
    AwsAuth,
    /// An access entry lets the role in.
    AccessEntry,
    /// EKS reports nothing of the cluster.
    ClusterHealth,
    /// The cluster runs in AWS's region.
    LocalCluster,
    /// EKS's webhook gives pods to Fargate.
    Webhook,
    /// CoreDNS can run.
    CoreDns,
    /// No pod serves at the port of Fargate's kubelet.
    KubeletPort,
    /// Budgets let pods go.
    DisruptionBudget,
    /// Logs, if they are wanted, can be shipped.
    Logging,
    /// The cluster has a slot for the profile that is to be created.
    ProfileQuota,
    /// The account may have so many selectors, with so many label pairs.
    SelectorQuota,
    /// The account may have so many vCPUs.
    FargateVcpu,
    /// Nothing in a pod makes Fargate skip it.
    PodSteering,
    /// Containers ask for as much CPU as they may use.
    PodLimits,
}

impl Check {
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether AWS has a say in it, or the cluster alone.
    pub fn asks_aws(self) -> bool {
        // A verb of Kubernetes has no colon.
        self.permissions().iter().any(|permission| permission.contains(':'))
    }

    /// What the operator has to be allowed for it: actions of IAM policies, and verbs of Kubernetes.
    pub fn permissions(self) -> &'static [&'static str] {
        match self {
            Self::VpcDns => &["ec2:DescribeVpcAttribute"],
            Self::SubnetExists | Self::SubnetInVpc | Self::SubnetZone | Self::ZoneRefused | Self::FreeAddresses => {
                &["ec2:DescribeSubnets"]
            }
            Self::SubnetPrivate => &["ec2:DescribeRouteTables"],
            Self::WayOut => &["ec2:DescribeSubnets", "ec2:DescribeRouteTables", "ec2:DescribeVpcEndpoints"],
            Self::Blackhole | Self::NatGateway => &["ec2:DescribeRouteTables", "ec2:DescribeNatGateways"],
            Self::BlockPublicAccess => &["ec2:DescribeSubnets", "ec2:DescribeRouteTables", "ec2:DescribeNatGateways"],
            Self::VpcEndpoints => {
                &["ec2:DescribeRouteTables", "ec2:DescribeVpcEndpoints", "ec2:DescribeSecurityGroups"]
            }
            Self::Ipv6 => &["ec2:DescribeSubnets", "ec2:DescribeRouteTables"],
            Self::ApiServerAccess => &["eks:DescribeCluster", "ec2:DescribeRouteTables", "ec2:DescribeNatGateways"],
            Self::SecurityGroup => &["ec2:DescribeSecurityGroups"],
            Self::SecurityGroupPolicy => &["list pods", "list securitygrouppolicies", "ec2:DescribeSecurityGroups"],
            Self::DnsServers => &["ec2:DescribeVpcs", "ec2:DescribeDhcpOptions"],
            Self::RoleExists | Self::TrustPolicy | Self::ServiceLinkedRole => &["iam:GetRole"],
            Self::RolePath => &[],
            Self::PullPolicy => &["iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
            Self::NodeRole => &["eks:DescribeAccessEntry"],
            Self::AwsAuth => &["get configmaps/aws-auth"],
            Self::AccessEntry => &["eks:DescribeAccessEntry", "iam:GetRole"],
            Self::ClusterHealth | Self::LocalCluster => &["eks:DescribeCluster"],
            Self::Webhook => &["get mutatingwebhookconfigurations"],
            Self::KubeletPort | Self::PodSteering | Self::PodLimits => &["list pods"],
            Self::CoreDns => {
                &["get services/kube-dns", "list services", "list pods", "get deployments", "eks:DescribeAddon"]
            }
            Self::DisruptionBudget => &["list pods", "list poddisruptionbudgets"],
            Self::Logging => &[
                "get configmaps/aws-logging",
                "get namespaces/aws-observability",
                "iam:ListAttachedRolePolicies",
                "iam:ListRolePolicies",
            ],
            Self::ProfileQuota | Self::SelectorQuota | Self::FargateVcpu => &["servicequotas:GetServiceQuota"],
        }
    }
}

/// What follows from a finding.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    strum::EnumIter,
    strum::IntoStaticStr,
    Serialize,
    Deserialize,
)]
pub enum Severity {
    /// EKS surely refuses the profile, or each of its pods surely fails. A change does not begin.
    Blocking,
    /// It usually hurts, or the operator's view may be incomplete.
    Advisory,
    /// The operator could not look.
    Unknown,
}

impl Severity {
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Blocking only if all of the subnets that a profile may use are concerned: pods get by in the others.
    pub(super) fn of(concerned: usize, all: usize) -> Self {
        if concerned == all { Self::Blocking } else { Self::Advisory }
    }
}

/// One thing that is wrong, or that cannot be told. What blocks sorts first.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    pub severity: Severity,
    pub check: Check,
    /// What is so, what follows, and the way out. At most 200 characters.
    pub message: String,
}

impl Finding {
    pub(super) fn blocking(check: Check, message: String) -> Self {
        Self { severity: Severity::Blocking, check, message }
    }

    pub(super) fn advisory(check: Check, message: String) -> Self {
        Self { severity: Severity::Advisory, check, message }
    }
}

/// The first finding of this severity, and how many more there are. None if there is none.
pub fn summary(findings: &[Finding], severity: Severity) -> Option<String> {
    let mut found = findings.iter().filter(|finding| finding.severity == severity);
    let first = &found.next()?.message;
    Some(match found.count() {
        0 => first.clone(),
        more => message!("{first} ({more} more in status.findings)"),
    })
}

/// As long as an id of EC2 gets, such as `subnet-0123456789abcdef0`.
const ID: usize = 24;

/// An id as a message has room for it. Users can write anything.
pub(super) fn id(text: &str) -> String {
    cut(text, ID)
}

/// One of them, and how many more there are.
pub(super) fn group(ids: &[&str]) -> String {
    let Some((first, others)) = ids.split_first() else { return String::new() };
    let first = id(first);
    match others.len() {
        0 => first,
        more => message!("{first} and {more} more"),
    }
}

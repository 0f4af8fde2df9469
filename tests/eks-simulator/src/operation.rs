//! The operations that the simulator knows, by AWS's names.

use serde::{Deserialize, Serialize};

use crate::service::Service;

/// An operation of EKS, EC2, IAM, Service Quotas or STS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Operation {
    CreateCluster,
    DescribeCluster,
    ListClusters,
    DeleteCluster,
    CreateFargateProfile,
    DescribeFargateProfile,
    ListFargateProfiles,
    DeleteFargateProfile,
    TagResource,
    UntagResource,
    ListTagsForResource,
    DescribeAccessEntry,
    CreateAccessEntry,
    DeleteAccessEntry,
    DescribeAddon,
    UpdateAddon,
    DescribeSubnets,
    DescribeRouteTables,
    DescribeVpcAttribute,
    DescribeVpcEndpoints,
    DescribeNatGateways,
    DescribeVpcs,
    DescribeDhcpOptions,
    DescribeSecurityGroups,
    GetRole,
    ListAttachedRolePolicies,
    ListRolePolicies,
    CreateRole,
    DeleteRole,
    AttachRolePolicy,
    DetachRolePolicy,
    GetServiceQuota,
    GetCallerIdentity,
    /// Whatever the simulator does not speak.
    Unknown,
}

impl Operation {
    /// What changes profiles: create, delete, tag, untag.
    pub const MUTATIONS: [Self; 4] =
        [Self::CreateFargateProfile, Self::DeleteFargateProfile, Self::TagResource, Self::UntagResource];

    /// What looks at profiles and clusters.
    pub const LOOKS: [Self; 5] = [
        Self::DescribeCluster,
        Self::ListClusters,
        Self::DescribeFargateProfile,
        Self::ListFargateProfiles,
        Self::ListTagsForResource,
    ];

    /// What tells whether pods could start at all, beside [`Self::LOOKS`]: the network, the role, the cluster's door,
    /// its add-ons, and how much the account may have.
    pub const PREREQUISITES: [Self; 14] = [
        Self::DescribeAccessEntry,
        Self::DescribeAddon,
        Self::DescribeSubnets,
        Self::DescribeRouteTables,
        Self::DescribeVpcAttribute,
        Self::DescribeVpcEndpoints,
        Self::DescribeNatGateways,
        Self::DescribeVpcs,
        Self::DescribeDhcpOptions,
        Self::DescribeSecurityGroups,
        Self::GetRole,
        Self::ListAttachedRolePolicies,
        Self::ListRolePolicies,
        Self::GetServiceQuota,
    ];

    /// What changes what pods need beside their profile: the role, its access entry, and the add-on that is CoreDNS.
    pub const MENDING: [Self; 7] = [
        Self::CreateRole,
        Self::AttachRolePolicy,
        Self::DetachRolePolicy,
        Self::DeleteRole,
        Self::CreateAccessEntry,
        Self::DeleteAccessEntry,
        Self::UpdateAddon,
    ];

    /// Whether it only looks at clusters and can therefore be answered from the past. The past of roles is not kept.
    #[must_use]
    pub fn is_look(self) -> bool {
        let of_clusters = Self::PREREQUISITES.contains(&self) && self.service() != Service::Iam;
        Self::LOOKS.contains(&self) || of_clusters
    }

    /// The service that it belongs to.
    pub(crate) fn service(self) -> Service {
        match self {
            Self::DescribeSubnets
            | Self::DescribeRouteTables
            | Self::DescribeVpcAttribute
            | Self::DescribeVpcEndpoints
            | Self::DescribeNatGateways
            | Self::DescribeVpcs
            | Self::DescribeDhcpOptions
            | Self::DescribeSecurityGroups => Service::Ec2,
            Self::GetRole
            | Self::ListAttachedRolePolicies
            | Self::ListRolePolicies
            | Self::CreateRole
            | Self::DeleteRole
            | Self::AttachRolePolicy
            | Self::DetachRolePolicy => Service::Iam,
            Self::GetServiceQuota => Service::Quotas,
            Self::GetCallerIdentity => Service::Sts,
            Self::CreateCluster
            | Self::DescribeCluster
            | Self::ListClusters
            | Self::DeleteCluster
            | Self::CreateFargateProfile
            | Self::DescribeFargateProfile
            | Self::ListFargateProfiles
            | Self::DeleteFargateProfile
            | Self::TagResource
            | Self::UntagResource
            | Self::ListTagsForResource
            | Self::DescribeAccessEntry
            | Self::CreateAccessEntry
            | Self::DeleteAccessEntry
            | Self::DescribeAddon
            | Self::UpdateAddon
            | Self::Unknown => Service::Eks,
        }
    }

    /// AWS's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreateCluster => "CreateCluster",
            Self::DescribeCluster => "DescribeCluster",
            Self::ListClusters => "ListClusters",
            Self::DeleteCluster => "DeleteCluster",
            Self::CreateFargateProfile => "CreateFargateProfile",
            Self::DescribeFargateProfile => "DescribeFargateProfile",
            Self::ListFargateProfiles => "ListFargateProfiles",
            Self::DeleteFargateProfile => "DeleteFargateProfile",
            Self::TagResource => "TagResource",
            Self::UntagResource => "UntagResource",
            Self::ListTagsForResource => "ListTagsForResource",
            Self::DescribeAccessEntry => "DescribeAccessEntry",
            Self::CreateAccessEntry => "CreateAccessEntry",
            Self::DeleteAccessEntry => "DeleteAccessEntry",
            Self::DescribeAddon => "DescribeAddon",
            Self::UpdateAddon => "UpdateAddon",
            Self::DescribeSubnets => "DescribeSubnets",
            Self::DescribeRouteTables => "DescribeRouteTables",
            Self::DescribeVpcAttribute => "DescribeVpcAttribute",
            Self::DescribeVpcEndpoints => "DescribeVpcEndpoints",
            Self::DescribeNatGateways => "DescribeNatGateways",
            Self::DescribeVpcs => "DescribeVpcs",
            Self::DescribeDhcpOptions => "DescribeDhcpOptions",
            Self::DescribeSecurityGroups => "DescribeSecurityGroups",
            Self::GetRole => "GetRole",
            Self::ListAttachedRolePolicies => "ListAttachedRolePolicies",
            Self::ListRolePolicies => "ListRolePolicies",
            Self::CreateRole => "CreateRole",
            Self::DeleteRole => "DeleteRole",
            Self::AttachRolePolicy => "AttachRolePolicy",
            Self::DetachRolePolicy => "DetachRolePolicy",
            Self::GetServiceQuota => "GetServiceQuota",
            Self::GetCallerIdentity => "GetCallerIdentity",
            Self::Unknown => "Unknown",
        }
    }
}

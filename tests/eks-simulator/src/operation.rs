//! The operations that the simulator knows, by AWS's names.

use serde::{Deserialize, Serialize};

/// An operation of EKS or STS.
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

    /// Whether it only looks and can therefore be answered from the past.
    #[must_use]
    pub fn is_look(self) -> bool {
        Self::LOOKS.contains(&self)
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
            Self::GetCallerIdentity => "GetCallerIdentity",
            Self::Unknown => "Unknown",
        }
    }
}

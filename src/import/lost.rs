//! What a source says that a manifest does not.

use serde::Serialize;

/// What a source says that a manifest does not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Lost {
    pub object: String,
    /// Empty for the object as a whole.
    pub field: String,
    pub why: String,
    /// For whoever is to know it without reading the texts.
    #[serde(skip)]
    pub about: Option<About>,
    /// Whether EKS may have something else than the manifest.
    #[serde(skip)]
    pub is_uncertain: bool,
}

/// What a loss leaves open, or that nothing is lost at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// The name in EKS.
    Name,
    Cluster,
    Role,
    Subnets,
    /// The operator has the profile already.
    Owned,
}

impl Lost {
    pub(super) fn of(object: &str, field: impl Into<String>, why: impl Into<String>) -> Self {
        Self { object: object.to_owned(), field: field.into(), why: why.into(), about: None, is_uncertain: false }
    }

    /// Of a profile that the operator has already. Whether the object that the tags name is there, and whether it is of this
    /// installation, only its cluster knows, which doctor asks.
    pub(super) fn owned(object: &str, owner: &str) -> Self {
        let why = format!(
            "no manifest: by its tags FargateProfile {owner} has it; kubectl fargate doctor says if that is not so, and what to do"
        );
        Self::of(object, "", why).about(Some(About::Owned))
    }

    /// Of what a name was given for, in vain.
    pub fn unnamed(object: &str) -> Self {
        Self::of(object, "", "the source has no object of this name (--profile-name)")
    }

    pub(super) fn about(self, about: Option<About>) -> Self {
        Self { about, ..self }
    }

    pub(super) fn uncertain(self, is_uncertain: bool) -> Self {
        Self { is_uncertain, ..self }
    }
}

impl About {
    /// What the tools and EKS have in this field: a value, or references in its place.
    pub(super) fn field(key: &str) -> Option<Self> {
        let reference = ["Refs", "Ref", "Selector"].iter().find_map(|form| key.strip_suffix(form));
        Some(match reference.unwrap_or(key) {
            "name"
            | "profileName"
            | "fargateProfileName"
            | "FargateProfileName"
            | "fargate_profile_name"
            | "crossplane.io/external-name" => Self::Name,
            "cluster" | "clusterName" | "ClusterName" | "cluster_name" => Self::Cluster,
            "podExecutionRole"
            | "podExecutionRoleArn"
            | "podExecutionRoleARN"
            | "PodExecutionRoleArn"
            | "pod_execution_role_arn"
            | "roleName"
            | "rolePath" => Self::Role,
            "subnet" | "subnets" | "Subnets" | "subnetId" | "subnetIds" | "subnetIDs" | "subnet_ids" => Self::Subnets,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_known_by_its_whole_name() {
        for (key, about) in [
            ("clusterName", Some(About::Cluster)),
            ("clusterRef", Some(About::Cluster)),
            ("clusterNameSelector", Some(About::Cluster)),
            ("subnetIdsRefs", Some(About::Subnets)),
            ("podExecutionRoleArnRef", Some(About::Role)),
            ("crossplane.io/external-name", Some(About::Name)),
            ("tags.kubernetes.io/cluster/${CLUSTER}", None),
            ("tags.profileName", None),
            ("selector", None),
        ] {
            assert_eq!(About::field(key), about, "{key}");
        }
    }
}

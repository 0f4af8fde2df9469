//! An EKS Fargate profile in our own types, normalised so that `==` means what it means to EKS: subnets and selectors
//! are sets, labels are maps, and no labels are the same as empty ones.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::{ProfileHealthIssue, ProfileRecord};

/// A Fargate profile as DescribeFargateProfile tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Profile {
    /// Its name, unique in the cluster while it exists.
    pub name: String,
    /// Its ARN, another one for every incarnation of the name.
    pub arn: String,
    pub status: ProfileStatus,
    pub role: String,
    /// Subnets, filled in by EKS where the request named none.
    pub subnets: BTreeSet<String>,
    pub selectors: BTreeSet<Selector>,
    pub tags: BTreeMap<String, String>,
    /// What EKS finds wrong with it.
    pub issues: Vec<HealthIssue>,
    /// When EKS created it.
    pub created_at: Option<Timestamp>,
}

impl Profile {
    /// As status tells of it.
    pub fn record(&self) -> ProfileRecord {
        let issue = |issue: &HealthIssue| ProfileHealthIssue {
            code: issue.code.clone(),
            message: issue.message.clone(),
            resource_ids: issue.resource_ids.clone(),
        };
        ProfileRecord {
            name: self.name.clone(),
            arn: self.arn.clone(),
            status: self.status.name().to_owned(),
            created_at: self.created_at.map(Time),
            active_since: None,
            drain: None,
            health_issues: self.issues.iter().map(issue).collect(),
        }
    }

    /// One of which only the name is known.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            arn: String::new(),
            status: ProfileStatus::Unknown(UNDESCRIBED.to_owned()),
            role: String::new(),
            subnets: BTreeSet::new(),
            selectors: BTreeSet::new(),
            tags: BTreeMap::new(),
            issues: Vec::new(),
            created_at: None,
        }
    }

    /// Name, status and health issues in a sentence, with the way out where we know one.
    pub fn complaint(&self) -> String {
        let issues: Vec<String> = self.issues.iter().map(|issue| format!("{issue}{}", issue.way_out())).collect();
        let detail = if issues.is_empty() { "EKS names no cause".to_owned() } else { issues.join("; ") };
        format!("EKS profile {} is {}: {detail}", self.name, self.status.name())
    }
}

/// In place of a status, if DescribeFargateProfile has failed.
pub(crate) const UNDESCRIBED: &str = "not described";

/// `fargateProfile.status`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ProfileStatus {
    Creating,
    Active,
    /// On its way out.
    Deleting,
    /// Never came up; holds the name until it is deleted.
    CreateFailed,
    /// Could not be deleted.
    DeleteFailed,
    /// A status that this version does not know, or [`UNDESCRIBED`].
    Unknown(String),
}

impl ProfileStatus {
    /// EKS's word for it.
    pub fn name(&self) -> &str {
        match self {
            Self::Creating => "CREATING",
            Self::Active => "ACTIVE",
            Self::Deleting => "DELETING",
            Self::CreateFailed => "CREATE_FAILED",
            Self::DeleteFailed => "DELETE_FAILED",
            Self::Unknown(other) => other,
        }
    }

    pub fn is_live(&self) -> bool {
        matches!(self, Self::Creating | Self::Active)
    }

    /// CREATING or DELETING: EKS carries out no other profile operation of the cluster meanwhile.
    pub fn is_exclusive(&self) -> bool {
        matches!(self, Self::Creating | Self::Deleting)
    }

    /// What becomes of the profile is to be awaited. A status that this version does not know says nothing of others: whether EKS
    /// takes an operation meanwhile is for EKS to say.
    pub fn is_under_way(&self) -> bool {
        self.is_exclusive() || matches!(self, Self::Unknown(_))
    }
}

impl From<&str> for ProfileStatus {
    fn from(word: &str) -> Self {
        match word {
            "CREATING" => Self::Creating,
            "ACTIVE" => Self::Active,
            "DELETING" => Self::Deleting,
            "CREATE_FAILED" => Self::CreateFailed,
            "DELETE_FAILED" => Self::DeleteFailed,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

/// A selector: the pod's namespace matches and it has all the labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selector {
    pub namespace: String,
    pub labels: BTreeMap<String, String>,
}

impl std::fmt::Display for Selector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.namespace)?;
        if self.labels.is_empty() {
            return Ok(());
        }
        let pairs: Vec<String> = self.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        write!(f, "{{{}}}", pairs.join(","))
    }
}

/// One of EKS's `health.issues`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HealthIssue {
    pub code: String,
    pub message: String,
    /// The AWS resources concerned.
    pub resource_ids: Vec<String>,
}

impl HealthIssue {
    /// What to do about it, by EKS's code. EKS documents no more than the codes.
    fn way_out(&self) -> &'static str {
        match self.code.as_str() {
            "PodExecutionRoleAlreadyInUse" => {
                "; name in spec.podExecutionRoleArn a role that no node group of the cluster uses"
            }
            "AccessDenied" => {
                "; check that the pod execution role trusts eks-fargate-pods.amazonaws.com, has the policy AmazonEKSFargatePodExecutionRolePolicy, and stands in the cluster's aws-auth or access entries"
            }
            "ClusterUnreachable" => {
                "; EKS has to reach the cluster's API server: check the cluster's health, security groups and endpoint access"
            }
            "InternalFailure" => "; an error inside EKS: if it stays, ask AWS Support",
            _ => "",
        }
    }
}

impl std::fmt::Display for HealthIssue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        if self.resource_ids.is_empty() { Ok(()) } else { write!(f, " ({})", self.resource_ids.join(", ")) }
    }
}

/// A profile to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProfile {
    pub cluster: String,
    pub name: String,
    pub role: String,
    /// Subnets; `None` leaves the choice to EKS.
    pub subnets: Option<BTreeSet<String>>,
    pub selectors: BTreeSet<Selector>,
    pub tags: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_keeps_the_word_that_eks_used() {
        for word in ["CREATING", "ACTIVE", "DELETING", "CREATE_FAILED", "DELETE_FAILED", "SOMETHING_NEW"] {
            assert_eq!(ProfileStatus::from(word).name(), word);
        }
    }

    #[test]
    fn a_selector_reads_as_namespace_and_labels() {
        let mut selector = Selector { namespace: "dev".into(), labels: BTreeMap::new() };
        assert_eq!(selector.to_string(), "dev");
        selector.labels.insert("env".into(), "dev".into());
        selector.labels.insert("checks".into(), "passed".into());
        assert_eq!(selector.to_string(), "dev{checks=passed,env=dev}");
    }
}

//! An EKS Fargate profile in our own types, normalised so `==` agrees with EKS: subnets and selectors are sets, labels
//! are maps, and missing labels equal empty ones.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde::{Deserialize, Serialize};

use crate::api::{ProfileHealthIssue, ProfileRecord, ProfileSelector};
use crate::message::{cut, message};

/// A Fargate profile, from DescribeFargateProfile.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// It is unique in the cluster while the profile exists.
    pub name: String,
    /// It differs for every incarnation of the name.
    pub arn: String,
    pub status: ProfileStatus,
    pub role: String,
    /// EKS fills them in if the request names none.
    pub subnets: BTreeSet<String>,
    pub selectors: BTreeSet<Selector>,
    pub tags: BTreeMap<String, String>,
    /// What EKS finds wrong with it.
    pub issues: Vec<HealthIssue>,
    pub created_at: Option<Timestamp>,
}

/// How much of a health issue a message has room for.
const ISSUE: usize = 120;

impl Profile {
    /// The record of it in status.
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
            pod_execution_role_arn: Some(self.role.clone()).filter(|role| !role.is_empty()),
            created_at: self.created_at.map(Time),
            active_since: None,
            drain: None,
            health_issues: self.issues.iter().map(issue).collect(),
        }
    }

    /// A profile of which only the name is known.
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

    /// Name, status and health issues in a sentence, with a way out if we know one.
    pub fn complaint(&self) -> String {
        let (name, status) = (&self.name, self.status.name());
        let Some(issue) = self.issues.first() else {
            return message!("EKS profile {name} is {status}, and EKS names no cause");
        };
        let (why, way_out) = (cut(&issue.to_string(), ISSUE), issue.way_out());
        match self.issues.len() - 1 {
            0 => message!("EKS profile {name} is {status}: {why}{way_out}"),
            more => message!("EKS profile {name} is {status}: {why}{way_out}; {more} more in status.profiles"),
        }
    }
}

/// Stands for the status if DescribeFargateProfile failed.
pub(crate) const UNDESCRIBED: &str = "not described";

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum ProfileStatus {
    Creating,
    Active,
    Deleting,
    /// It never became ACTIVE, and holds its name until it is deleted.
    CreateFailed,
    DeleteFailed,
    /// A status that this version does not know, or [`UNDESCRIBED`].
    Unknown(String),
}

impl ProfileStatus {
    /// EKS's word for the status.
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

    /// EKS runs no other profile operation of the cluster meanwhile.
    pub fn is_exclusive(&self) -> bool {
        matches!(self, Self::Creating | Self::Deleting)
    }

    /// Whether the operator waits for what EKS does with the profile. An unknown status does not hold up other
    /// profiles: EKS decides whether it accepts an operation.
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

impl From<String> for ProfileStatus {
    fn from(word: String) -> Self {
        Self::from(word.as_str())
    }
}

impl From<ProfileStatus> for String {
    fn from(status: ProfileStatus) -> Self {
        status.name().to_owned()
    }
}

/// It matches a pod in the namespace that has all the labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Selector {
    /// It may contain wildcards.
    pub namespace: String,
    /// Keys and values may contain wildcards.
    pub labels: BTreeMap<String, String>,
}

impl From<&ProfileSelector> for Selector {
    fn from(selector: &ProfileSelector) -> Self {
        Self { namespace: selector.namespace.clone(), labels: selector.labels.clone().unwrap_or_default() }
    }
}

impl Selector {
    /// What this text shows, as [`Display`](std::fmt::Display) writes it: neither a key nor a value of a label has `{`, `,` or `=`.
    pub(crate) fn shown(text: &str) -> Option<Self> {
        let Some((namespace, labels)) = text.split_once('{') else {
            return Some(Self { namespace: text.to_owned(), labels: BTreeMap::new() });
        };
        let pair = |pair: &str| pair.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
        let labels = labels.strip_suffix('}')?.split(',').map(pair).collect::<Option<_>>()?;
        Some(Self { namespace: namespace.to_owned(), labels })
    }
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

/// An entry of EKS's `health.issues`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthIssue {
    pub code: String,
    pub message: String,
    /// The AWS resources concerned.
    pub resource_ids: Vec<String>,
}

impl HealthIssue {
    /// What to do about it, by code. EKS documents nothing but the codes.
    fn way_out(&self) -> String {
        match self.code.as_str() {
            "PodExecutionRoleAlreadyInUse" => {
                message!("; name a pod execution role that no node group of the cluster uses")
            }
            "AccessDenied" => {
                message!("; check the pod execution role's trust policy, permissions and access entry of the cluster")
            }
            "ClusterUnreachable" => {
                message!("; check the cluster's health, security groups and endpoint access")
            }
            "InternalFailure" => message!("; an error inside EKS: if it stays, ask AWS Support"),
            _ => String::new(),
        }
    }
}

impl std::fmt::Display for HealthIssue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        if self.resource_ids.is_empty() { Ok(()) } else { write!(f, " ({})", self.resource_ids.join(", ")) }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProfile {
    pub cluster: String,
    pub name: String,
    pub role: String,
    /// `None` leaves the choice to EKS.
    pub subnets: Option<BTreeSet<String>>,
    pub selectors: BTreeSet<Selector>,
    /// Those of ownership included.
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
        let plain = Selector { labels: BTreeMap::new(), ..selector.clone() };
        for selector in [selector, plain] {
            assert_eq!(Selector::shown(&selector.to_string()), Some(selector));
        }
        assert_eq!((Selector::shown("dev{env}"), Selector::shown("dev{env=dev")), (None, None));
    }
}

//! The EKS profile that the spec and the operator's defaults ask for.

use std::collections::{BTreeMap, BTreeSet};

use super::Snapshot;
use crate::api::{FargateProfileSpec, PreviousProfile, ProfileSelector};
use crate::eks::Selector;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// Pod execution role; `None` if neither spec nor defaults name one.
    pub role: Option<String>,
    pub subnets: Option<BTreeSet<String>>,
    pub selectors: BTreeSet<Selector>,
    /// Without those of ownership.
    pub tags: BTreeMap<String, String>,
}

/// The stem of the object's EKS names. Under DeleteFirst it is the name itself.
pub(crate) fn stem<'a>(spec: &'a FargateProfileSpec, object_name: &'a str) -> &'a str {
    spec.profile_name.as_deref().unwrap_or(object_name)
}

impl Desired {
    /// The spec with the operator's current defaults.
    pub(crate) fn afresh(snapshot: &Snapshot) -> Self {
        let Snapshot { spec, defaults, .. } = snapshot;
        Self {
            role: spec.pod_execution_role_arn.clone().or_else(|| defaults.pod_execution_role_arn.clone()),
            subnets: spec.subnets.as_ref().map(set).or_else(|| defaults.subnets.clone()),
            selectors: selectors(&spec.selectors),
            tags: spec.tags.clone().unwrap_or_default(),
        }
    }

    /// The spec with the defaults from its last change, while the object owns profiles. A changed default must not
    /// replace all profiles at once.
    pub(crate) fn as_before(snapshot: &Snapshot) -> Self {
        let Snapshot { spec, status, .. } = snapshot;
        let owns = !status.profiles.is_empty() || status.previous.is_some();
        let keep = owns && status.observed_generation == Some(snapshot.object.generation);
        let afresh = Self::afresh(snapshot);
        let Some(kept) = status.resolved.as_ref().filter(|_| keep) else { return afresh };
        Self {
            role: spec.pod_execution_role_arn.clone().or_else(|| kept.pod_execution_role_arn.clone()).or(afresh.role),
            subnets: spec.subnets.as_ref().or(kept.subnets.as_ref()).map(set),
            ..afresh
        }
    }

    /// The previous profile, with the current tags.
    pub(crate) fn back(previous: &PreviousProfile, tags: BTreeMap<String, String>) -> Self {
        Self {
            role: Some(previous.pod_execution_role_arn.clone()),
            subnets: Some(set(&previous.subnets)),
            selectors: previous
                .selectors
                .iter()
                .map(|selector| Selector { namespace: selector.namespace.clone(), labels: selector.labels.clone() })
                .collect(),
            tags,
        }
    }

    /// The fields that the current defaults would change.
    pub(crate) fn differing_from(&self, afresh: &Self) -> Vec<String> {
        let role = (self.role != afresh.role).then(|| "podExecutionRoleArn".to_owned());
        let subnets = (self.subnets != afresh.subnets).then(|| "subnets".to_owned());
        role.into_iter().chain(subnets).collect()
    }
}

fn set<'a>(items: impl IntoIterator<Item = &'a String>) -> BTreeSet<String> {
    items.into_iter().cloned().collect()
}

pub(crate) fn selectors(items: &[ProfileSelector]) -> BTreeSet<Selector> {
    items
        .iter()
        .map(|selector| Selector {
            namespace: selector.namespace.clone(),
            labels: selector.labels.clone().unwrap_or_default(),
        })
        .collect()
}

//! What the spec and the operator's defaults come to.

use std::collections::{BTreeMap, BTreeSet};

use super::Snapshot;
use crate::api::{FargateProfileSpec, PreviousProfile, ProfileSelector};
use crate::eks::Selector;

/// The EKS profile that the spec asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// Pod execution role; `None` if neither spec nor defaults name one.
    pub role: Option<String>,
    /// Subnets; `None` where EKS chooses.
    pub subnets: Option<BTreeSet<String>>,
    pub selectors: BTreeSet<Selector>,
    pub tags: BTreeMap<String, String>,
}

/// Stem of an object's EKS names; under DeleteFirst the name itself.
pub(crate) fn stem<'a>(spec: &'a FargateProfileSpec, object_name: &'a str) -> &'a str {
    spec.profile_name.as_deref().unwrap_or(object_name)
}

impl Desired {
    /// The spec with the defaults that the operator has now.
    pub(crate) fn afresh(snapshot: &Snapshot) -> Self {
        let Snapshot { spec, defaults, .. } = snapshot;
        Self {
            role: spec.pod_execution_role_arn.clone().or_else(|| defaults.pod_execution_role_arn.clone()),
            subnets: spec.subnets.as_ref().map(set).or_else(|| defaults.subnets.clone()),
            selectors: selectors(&spec.selectors),
            tags: spec.tags.clone().unwrap_or_default(),
        }
    }

    /// The spec with what the defaults came to when it was last changed, while the object owns profiles: one changed
    /// setting of the install must not replace a fleet of profiles.
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

    /// A profile that was there before, with the tags of now.
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

    /// The fields in which the defaults of now come to something else.
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

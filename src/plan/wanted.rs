//! What the spec and the operator's defaults come to.

use std::collections::{BTreeMap, BTreeSet};

use super::Snapshot;
use crate::api::FargateProfileSpec;
use crate::eks::Selector;

/// The EKS profile that the spec asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Pod execution role; `None` if neither spec nor defaults name one.
    pub role: Option<String>,
    /// Subnets; `None` where EKS chooses.
    pub subnets: Option<BTreeSet<String>>,
    /// Selectors.
    pub selectors: BTreeSet<Selector>,
    /// The user's tags.
    pub tags: BTreeMap<String, String>,
    /// Fields for which the defaults differ from what is kept.
    pub drifted: Vec<String>,
}

/// Stem of an object's EKS names.
#[must_use]
pub fn stem<'a>(spec: &'a FargateProfileSpec, object_name: &'a str) -> &'a str {
    spec.profile_name.as_deref().unwrap_or(object_name)
}

impl Wanted {
    /// Resolves the spec. What a default came to is kept while the object owns profiles and its spec stays as it is:
    /// one changed setting of the install must not replace a fleet of profiles.
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let Snapshot { spec, status, defaults, .. } = snapshot;
        let keep = status.observed_generation == Some(snapshot.object.generation) && !status.profiles.is_empty();
        let kept = status.resolved.as_ref().filter(|_| keep);
        let mut drifted = Vec::new();

        let kept_role = kept.and_then(|resolved| resolved.pod_execution_role_arn.clone());
        let role = spec.pod_execution_role_arn.clone().or_else(|| {
            if kept_role.is_some() && kept_role != defaults.pod_execution_role_arn {
                drifted.push("podExecutionRoleArn".to_owned());
            }
            kept_role.or_else(|| defaults.pod_execution_role_arn.clone())
        });

        let subnets = match (&spec.subnets, kept) {
            (Some(subnets), _) => Some(subnets.iter().cloned().collect()),
            (None, Some(resolved)) => {
                let subnets = resolved.subnets.as_ref().map(|subnets| subnets.iter().cloned().collect());
                if subnets != defaults.subnets {
                    drifted.push("subnets".to_owned());
                }
                subnets
            }
            (None, None) => defaults.subnets.clone(),
        };

        let selectors = spec
            .selectors
            .iter()
            .map(|selector| Selector {
                namespace: selector.namespace.clone(),
                labels: selector.labels.clone().unwrap_or_default(),
            })
            .collect();
        Self { role, subnets, selectors, tags: spec.tags.clone().unwrap_or_default(), drifted }
    }
}

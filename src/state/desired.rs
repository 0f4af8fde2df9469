//! The EKS profile that the spec and the operator's defaults ask for.

use std::collections::{BTreeMap, BTreeSet};

use super::{DefaultSubnets, Snapshot, name};
use crate::api::{FargateProfileSpec, PreviousProfile, ProfileSelector, ResolvedDefaults, Strategy};
use crate::eks::{Profile, Selector};
use crate::message::message;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// Pod execution role; `None` if neither spec nor defaults name one.
    pub role: Option<String>,
    /// None leaves the choice to EKS, unless there is none to leave.
    pub subnets: Option<BTreeSet<String>>,
    /// Why there are no subnets: the default was looked for in vain. No profile is created without them.
    pub subnets_missing: Option<String>,
    pub selectors: BTreeSet<Selector>,
    /// Without those of ownership.
    pub tags: BTreeMap<String, String>,
}

/// The name that is given for the object's EKS profiles, and that of the profile to adopt.
pub(crate) fn given_name<'a>(spec: &'a FargateProfileSpec, object_name: &'a str) -> &'a str {
    spec.profile_name.as_deref().unwrap_or(object_name)
}

/// The stem of the object's EKS names. Under DeleteFirst it is the name itself.
pub(crate) fn stem(spec: &FargateProfileSpec, object_name: &str) -> String {
    name::stem(given_name(spec, object_name))
}

/// The name of the first EKS profile of an object, if nothing else is in the cluster.
pub(crate) fn first_name(spec: &FargateProfileSpec, object_name: &str) -> String {
    let stem = stem(spec, object_name);
    match spec.strategy() {
        Strategy::CreateFirst => name::next(&stem, &[], |_| false).unwrap_or_default(),
        Strategy::DeleteFirst => stem,
    }
}

impl Desired {
    /// The spec with the operator's current defaults.
    pub(crate) fn afresh(snapshot: &Snapshot) -> Self {
        let Snapshot { spec, defaults, .. } = snapshot;
        let (default, missing) = match &defaults.subnets {
            DefaultSubnets::OfEks => (None, None),
            DefaultSubnets::Named(subnets) | DefaultSubnets::Found(subnets) => (Some(subnets.clone()), None),
            DefaultSubnets::Missing(why) => (None, Some(why.clone())),
            DefaultSubnets::Sought(_) => {
                (None, Some(message!("--default-subnets were not looked for: set spec.subnets")))
            }
        };
        Self {
            role: spec.pod_execution_role_arn.clone().or_else(|| defaults.pod_execution_role_arn.clone()),
            subnets: spec.subnets.as_ref().map(set).or(default),
            subnets_missing: missing.filter(|_| spec.subnets.is_none()),
            selectors: selectors(&spec.selectors),
            tags: spec.tags.clone().unwrap_or_default(),
        }
    }

    /// The spec with the defaults from its last change, while the object owns profiles. A changed default must not
    /// replace all profiles at once.
    pub(crate) fn as_before(snapshot: &Snapshot, foremost: Option<&Profile>) -> Self {
        let Snapshot { spec, status, .. } = snapshot;
        let owns = !status.profiles.is_empty() || status.previous.is_some();
        let is_same = status.observed_generation == Some(snapshot.object.generation);
        let afresh = Self::afresh(snapshot);
        let recorded = status.resolved.as_ref().filter(|_| owns);
        let Some(kept) = recorded.filter(|_| is_same) else {
            return afresh.with_subnets_at_hand(snapshot, recorded, foremost);
        };
        Self {
            role: spec.pod_execution_role_arn.clone().or_else(|| kept.pod_execution_role_arn.clone()).or(afresh.role),
            subnets: spec.subnets.as_ref().or(kept.subnets.as_ref()).map(set),
            subnets_missing: None,
            ..afresh
        }
    }

    /// What is found may be another thing every day, and nothing at times. So it replaces no profile that the status does
    /// not know yet, such as an adopted one; and while nothing is found, an edit goes on with what was found before.
    fn with_subnets_at_hand(
        self,
        snapshot: &Snapshot,
        recorded: Option<&ResolvedDefaults>,
        foremost: Option<&Profile>,
    ) -> Self {
        let is_missing = self.subnets_missing.is_some();
        let is_found = matches!(snapshot.defaults.subnets, DefaultSubnets::Found(_)) && snapshot.spec.subnets.is_none();
        let before = recorded.and_then(|recorded| recorded.subnets.as_ref()).map(set);
        let serving = foremost.map(|foremost| foremost.subnets.clone());
        let kept = if is_missing { before.or(serving) } else { serving.filter(|_| is_found && recorded.is_none()) };
        match kept {
            Some(subnets) => Self { subnets: Some(subnets), subnets_missing: None, ..self },
            None => self,
        }
    }

    /// The same, but for subnets that were looked for in vain: nothing changes for that.
    pub(crate) fn or_subnets_of(self, before: &Self) -> Self {
        if self.subnets_missing.is_none() {
            return self;
        }
        Self { subnets: before.subnets.clone(), subnets_missing: before.subnets_missing.clone(), ..self }
    }

    /// The previous profile, with the current tags.
    pub(crate) fn back(previous: &PreviousProfile, tags: BTreeMap<String, String>) -> Self {
        Self {
            role: Some(previous.pod_execution_role_arn.clone()),
            subnets: Some(set(&previous.subnets)),
            subnets_missing: None,
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
    items.iter().map(Selector::from).collect()
}

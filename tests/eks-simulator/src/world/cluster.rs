//! A cluster as the service keeps it.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{ClusterSettings, HealthIssue, Network, PlannedOutcome, Profile};

/// Whether DescribeCluster shows an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// The status is UPDATING.
    Visible,
    /// The status stays ACTIVE, yet profiles cannot be created or deleted (apache/airflow 72957, 73219).
    Hidden,
}

/// The state of a cluster but for updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClusterStatus {
    Creating,
    Active,
    Deleting,
}

/// An update in progress.
#[derive(Clone, Debug)]
pub(crate) struct Update {
    pub(crate) id: u64,
    pub(crate) visibility: Visibility,
}

/// A cluster and its profiles.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub(crate) settings: Arc<ClusterSettings>,
    /// The account and region it lives in.
    pub(crate) account: String,
    pub(crate) region: String,
    /// Tells one incarnation of a name from the next.
    pub(crate) id: String,
    pub(crate) arn: String,
    /// Seconds since the epoch.
    pub(crate) created_at: f64,
    pub(crate) status: ClusterStatus,
    pub(crate) updates: Vec<Update>,
    pub(crate) profiles: BTreeMap<String, Arc<Profile>>,
    /// How the operations now running will fail, by the profile's ARN.
    pub(crate) failures: BTreeMap<String, HealthIssue>,
    pub(crate) planned_creations: Vec<PlannedOutcome>,
    pub(crate) planned_deletions: Vec<PlannedOutcome>,
}

impl Cluster {
    /// The network: the one it was given, or a sound one.
    pub(crate) fn network(&self) -> Cow<'_, Network> {
        match &self.settings.network {
            Some(network) => Cow::Borrowed(network),
            None => Cow::Owned(Network::sound(&self.settings, &self.region)),
        }
    }

    /// The subnets given when it was created.
    pub(crate) fn own_subnets(&self) -> impl Iterator<Item = &String> {
        self.settings.private_subnets.iter().chain(&self.settings.public_subnets)
    }

    /// What DescribeCluster shows.
    pub(crate) fn shown_status(&self) -> &'static str {
        let visible = |update: &Update| update.visibility == Visibility::Visible;
        match self.status {
            ClusterStatus::Creating => "CREATING",
            ClusterStatus::Deleting => "DELETING",
            ClusterStatus::Active if self.updates.iter().any(visible) => "UPDATING",
            ClusterStatus::Active => "ACTIVE",
        }
    }
}

/// Takes the first planned outcome meant for this profile.
pub(crate) fn take_planned(planned: &mut Vec<PlannedOutcome>, profile: &str) -> Option<crate::Outcome> {
    let index = planned.iter().position(|plan| plan.times != Some(0) && plan.profile.matches(Some(profile)))?;
    let plan = planned.get_mut(index)?;
    let outcome = plan.outcome.clone();
    if let Some(times) = &mut plan.times {
        *times -= 1;
        if *times == 0 {
            planned.remove(index);
        }
    }
    Some(outcome)
}

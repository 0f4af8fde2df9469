//! FargateProfiles, as far as they matter to pods.

use jiff::Timestamp;

use crate::api::{ConditionType, FargateProfile, PendingPods, Phase, ProfileRecord, ReplacementStatus, added, removed};
use crate::eks::{Profile, ProfileStatus, Selector};
use crate::placement::{is_like, sorts_before};

/// A FargateProfile, or an EKS profile that none has.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    /// Empty for a profile that no FargateProfile has.
    pub(crate) name: String,
    /// Those of the spec, in its order. Empty for a profile that no FargateProfile has: its selectors cannot be changed there.
    pub(crate) selectors: Vec<Selector>,
    /// Its EKS profile that takes new pods, with the selectors that it has now.
    pub(crate) serving: Option<Profile>,
    pub(crate) active_since: Option<Timestamp>,
    /// Why no profile serves it, where none does.
    pub(crate) lack: Lack,
    /// All its EKS profiles.
    pub(crate) profiles: Vec<String>,
    /// Whether the operator evicts pods that are older than the profile.
    pub(crate) recreates: bool,
    /// A change is carried out: its present profile may have other selectors.
    pub(crate) is_changing: bool,
    /// Its profile is assumed, since the manifest has no status.
    pub(crate) is_assumed: bool,
}

/// Why a FargateProfile has no EKS profile that takes pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    Deleting,
    Suspended,
    /// Created, or waiting to be: what is said of it.
    Creating(String),
    /// A person has to approve it: what is said of it.
    Unapproved(String),
    /// A person has to do something: what is said of it.
    Failed(String),
    /// Nobody has looked at it.
    Unseen,
    /// It is for the EKS cluster of this name, and the pods run in another one.
    OtherCluster(String),
}

impl Declared {
    /// One of the cluster, by its status.
    pub(crate) fn of(object: &FargateProfile) -> Self {
        let status = object.status.clone().unwrap_or_default();
        let selectors: Vec<Selector> = object.spec.selectors.iter().map(Selector::from).collect();
        let active = status.profiles.iter().filter(|record| record.status == ProfileStatus::Active.name());
        let first = active.reduce(|a, b| if sorts_before(&b.name, &a.name) { b } else { a });
        Self {
            name: object.metadata.name.clone().unwrap_or_default(),
            serving: first.map(|record| serving(record, &present(record, &selectors, status.replacement.as_ref()))),
            active_since: first
                .and_then(|record| record.active_since.as_ref().or(record.created_at.as_ref()).map(|at| at.0)),
            lack: lack(object),
            profiles: status.profiles.iter().chain(&status.profile).map(|record| record.name.clone()).collect(),
            recreates: object.spec.pending_pods() == PendingPods::Recreate,
            is_changing: status.replacement.is_some(),
            is_assumed: false,
            selectors,
        }
    }

    /// One for another EKS cluster than that of the pods.
    pub(crate) fn elsewhere(object: &FargateProfile, cluster: &str) -> Self {
        Self {
            serving: None,
            active_since: None,
            lack: Lack::OtherCluster(cluster.to_owned()),
            profiles: Vec::new(),
            is_changing: false,
            ..Self::of(object)
        }
    }

    /// One of a file. Without a status it is taken for served, by the first profile that the operator would make for it: `first`.
    pub(crate) fn of_file(object: &FargateProfile, first: &str) -> Self {
        let declared = Self::of(object);
        if object.status.is_some() || declared.lack == Lack::Deleting {
            return declared;
        }
        let record = ProfileRecord { name: first.to_owned(), ..ProfileRecord::default() };
        Self {
            serving: Some(serving(&record, &declared.selectors)),
            profiles: vec![record.name],
            is_assumed: true,
            ..declared
        }
    }

    /// An EKS profile that no FargateProfile has.
    pub(super) fn foreign(profile: &Profile) -> Self {
        Self {
            name: String::new(),
            selectors: Vec::new(),
            serving: Some(profile.clone()).filter(|profile| profile.status == ProfileStatus::Active),
            active_since: profile.created_at,
            lack: Lack::Unseen,
            profiles: vec![profile.name.clone()],
            recreates: false,
            is_changing: false,
            is_assumed: false,
        }
    }

    /// The FargateProfile, if it is one.
    pub(super) fn object(&self) -> Option<&str> {
        Some(self.name.as_str()).filter(|name| !name.is_empty())
    }

    /// The EKS profile of this name, if it is of this object.
    pub(crate) fn has(&self, profile: &str) -> bool {
        self.profiles.iter().any(|name| name == profile)
    }

    /// Whether one of its selectors is for the namespace.
    pub(crate) fn selects_namespace(&self, namespace: &str) -> bool {
        self.selectors.iter().any(|selector| is_like(&selector.namespace, namespace))
    }
}

/// The selectors that the profile has: until the next one is there, those of before a change.
fn present(record: &ProfileRecord, selectors: &[Selector], change: Option<&ReplacementStatus>) -> Vec<Selector> {
    let change = change.filter(|change| change.to.as_ref() != Some(&record.name));
    let removed = change
        .into_iter()
        .flat_map(|change| &change.changes)
        .filter_map(|line| Selector::shown(removed("selectors", line)?));
    let is_present =
        |selector: &&Selector| !change.is_some_and(|change| change.changes.contains(&added("selectors", selector)));
    selectors.iter().filter(is_present).cloned().chain(removed).collect()
}

fn serving(record: &ProfileRecord, selectors: &[Selector]) -> Profile {
    Profile {
        status: ProfileStatus::Active,
        selectors: selectors.iter().cloned().collect(),
        created_at: record.created_at.as_ref().map(|at| at.0),
        ..Profile::named(&record.name)
    }
}

fn lack(object: &FargateProfile) -> Lack {
    let Some(status) = object.status.as_ref().filter(|status| !status.conditions.is_empty()) else {
        return if object.metadata.deletion_timestamp.is_some() { Lack::Deleting } else { Lack::Unseen };
    };
    let said =
        |kind: ConditionType| kind.find(&status.conditions).map(|found| found.message.clone()).unwrap_or_default();
    let profile = status.profile.as_ref();
    let is = |state: ProfileStatus| profile.is_some_and(|record| record.status == state.name());
    if object.metadata.deletion_timestamp.is_some() {
        Lack::Deleting
    } else if is(ProfileStatus::Creating) {
        let name = profile.map(|record| record.name.as_str()).unwrap_or_default();
        Lack::Creating(format!("EKS profile {name} is CREATING"))
    } else if object.spec.suspend == Some(true) {
        Lack::Suspended
    } else if ConditionType::Stalled.is_true(&status.conditions) || is(ProfileStatus::CreateFailed) {
        Lack::Failed(said(ConditionType::Stalled))
    } else {
        // `Reconciling` says what goes on; if nothing does, `Ready` says who holds it back.
        let reconciles = ConditionType::Reconciling.is_true(&status.conditions);
        let said = said(if reconciles { ConditionType::Reconciling } else { ConditionType::Ready });
        let awaits = status.replacement.as_ref().is_some_and(|change| change.phase == Phase::AwaitingApproval);
        if awaits { Lack::Unapproved(said) } else { Lack::Creating(said) }
    }
}

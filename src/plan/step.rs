//! What a pass may do. Every effect is one variant. Everything else is a [`Wait`].

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Wait;
use crate::api::{DrainRecord, FargateProfileStatus, PreviousProfile};
use crate::eks::{NewProfile, Profile};
use crate::mending::Mend;
use crate::placement::Controller;
use crate::state::{ActionKey, Snapshot};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Add our finalizer. This comes before the first create.
    AddFinalizer,
    /// Remove our finalizer, after which Kubernetes deletes the object.
    DropFinalizer(DropCause),
    Create {
        profile: NewProfile,
        cause: CreateCause,
        action: ActionKey,
    },
    Delete {
        name: String,
        /// It identifies the incarnation. A later profile of the same name has another ARN.
        arn: String,
        cause: DeleteCause,
    },
    Tag {
        name: String,
        arn: String,
        /// A step either sets or removes tags.
        set: BTreeMap<String, String>,
        remove: Vec<String>,
        cause: TagCause,
    },
    /// Mend what a profile needs, or put back what was mended.
    Mend(Mend),
    /// Check by dry run whether a pod may be evicted now, and if so, record the eviction in status. A pod that its
    /// budget holds up causes no write.
    Ask {
        eviction: Box<Eviction>,
        record: Checkpoint,
    },
    /// Evict a pod, so its controller recreates it under another profile.
    Evict(Eviction),
    /// Write something that EKS cannot show into status, and read it back before going on. The report writes it.
    Checkpoint(Checkpoint),
    Wait(Wait),
}

impl Step {
    /// Waits for what EKS does with a profile.
    pub(super) fn under_way(profile: &Profile) -> Self {
        Self::Wait(Wait::UnderWay { name: profile.name.clone(), arn: profile.arn.clone() })
    }

    /// Deletes a profile, unless that is in back-off.
    pub(super) fn delete(snapshot: &Snapshot, profile: &Profile, cause: DeleteCause) -> Self {
        let action = ActionKey::Delete(profile.arn.clone());
        if let Some(until) = snapshot.back_off(&action) {
            return Self::Wait(Wait::BackOff { action, until });
        }
        Self::Delete { name: profile.name.clone(), arn: profile.arn.clone(), cause }
    }

    /// Mends something, unless that is in back-off.
    pub(super) fn mend(snapshot: &Snapshot, mend: Mend) -> Self {
        let action = ActionKey::Mend(mend.key());
        match snapshot.back_off(&action) {
            Some(until) => Self::Wait(Wait::BackOff { action, until }),
            None => Self::Mend(mend),
        }
    }

    /// Changes tags of a profile, unless that is in back-off.
    pub(super) fn tag(
        snapshot: &Snapshot,
        profile: &Profile,
        set: BTreeMap<String, String>,
        remove: Vec<String>,
        cause: TagCause,
    ) -> Self {
        let action = ActionKey::Tag { arn: profile.arn.clone(), set: set.clone(), remove: remove.clone() };
        if let Some(until) = snapshot.back_off(&action) {
            return Self::Wait(Wait::BackOff { action, until });
        }
        Self::Tag { name: profile.name.clone(), arn: profile.arn.clone(), set, remove, cause }
    }

    pub fn profile(&self) -> Option<&str> {
        match self {
            Self::Create { profile, .. } => Some(&profile.name),
            Self::Delete { name, .. } | Self::Tag { name, .. } => Some(name),
            Self::AddFinalizer
            | Self::DropFinalizer(_)
            | Self::Mend(_)
            | Self::Ask { .. }
            | Self::Evict(_)
            | Self::Checkpoint(_)
            | Self::Wait(_) => None,
        }
    }

    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        if let Self::Checkpoint(record) = self { Some(record) } else { None }
    }

    /// The profile that is to be put back if need be, after this step.
    pub(crate) fn previous<'a>(&'a self, status: &'a FargateProfileStatus) -> Option<&'a PreviousProfile> {
        match self.checkpoint() {
            Some(Checkpoint::Previous(previous)) => Some(previous),
            Some(Checkpoint::Closed) => None,
            Some(
                Checkpoint::Cluster
                | Checkpoint::Failed(_)
                | Checkpoint::Drain { .. }
                | Checkpoint::Unhealthy(_)
                | Checkpoint::Recovered,
            )
            | None => status.previous.as_ref(),
        }
    }

    /// Whether the step cannot be taken back, so it must not rest on an old look.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Create { .. }
            | Self::Delete { .. }
            | Self::Tag { .. }
            | Self::Mend(_)
            | Self::Ask { .. }
            | Self::Evict(_)
            | Self::DropFinalizer(_)
            | Self::Checkpoint(_) => true,
            Self::AddFinalizer | Self::Wait(_) => false,
        }
    }

    /// Whether the step ends pods or concerns all pods of a profile, so it must not rest on a watch, which may lag. An
    /// eviction of a single pod is safe: it names the observed version and checks with the controller.
    pub fn is_about_all_pods(&self) -> bool {
        let is_about_one_or_none = matches!(
            self,
            Self::Ask { .. }
                | Self::Evict(_)
                | Self::Tag { .. }
                | Self::Mend(_)
                | Self::Checkpoint(Checkpoint::Drain { .. })
        );
        self.is_final() && !is_about_one_or_none
    }

    /// Whether the step rests on what may have to be mended, so that must not be an old answer.
    pub fn rests_on_mending(&self) -> bool {
        matches!(self, Self::Mend(_) | Self::DropFinalizer(_) | Self::Create { .. } | Self::Delete { .. })
    }

    pub fn action(&self) -> Option<ActionKey> {
        match self {
            Self::Create { action, .. } => Some(action.clone()),
            Self::Delete { arn, .. } => Some(ActionKey::Delete(arn.clone())),
            Self::Tag { arn, set, remove, .. } => {
                Some(ActionKey::Tag { arn: arn.clone(), set: set.clone(), remove: remove.clone() })
            }
            Self::Mend(mend) => Some(ActionKey::Mend(mend.key())),
            Self::Ask { eviction, .. } => Some(ActionKey::Evict(eviction.controller.uid.clone())),
            Self::Evict(eviction) => Some(ActionKey::Evict(eviction.controller.uid.clone())),
            Self::AddFinalizer | Self::DropFinalizer(_) | Self::Checkpoint(_) | Self::Wait(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checkpoint {
    /// The cluster that the object lives in.
    Cluster,
    /// The profile to restore if the next one fails. It opens the gap of a DeleteFirst replacement.
    Previous(PreviousProfile),
    /// EKS refused this generation inside the gap, for this reason.
    Failed(String),
    /// A profile is ACTIVE, so the gap is closed.
    Closed,
    /// How far the drain of the profile of this ARN has come. Before a pod is evicted, so that its replacement is known for
    /// what it is wherever it turns up, by any process.
    Drain {
        /// The superseded profile.
        arn: String,
        /// What goes on record.
        drain: DrainRecord,
    },
    /// Pods did not become Ready on the profile of this generation, for this reason.
    Unhealthy(String),
    /// Pods became Ready after all, or there is nothing to go back to.
    Recovered,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eviction {
    pub namespace: String,
    pub name: String,
    /// A precondition of the eviction.
    pub uid: String,
    /// A precondition of the eviction.
    pub resource_version: String,
    /// It recreates the pod.
    pub controller: Controller,
    /// The profile that is to take the replacement.
    pub to: String,
    pub cause: EvictCause,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EvictCause {
    /// It is moved off a superseded profile.
    Move {
        from: String,
        /// How many other pods of its controller are on that profile.
        left: u32,
        /// None of those was created later than this. A watch may lag, but the record must be true.
        newest: Timestamp,
    },
    /// It has been pending since before its profile existed. Whatever the plan waits for goes on.
    Pending(Option<Box<Wait>>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateCause {
    First,
    /// It replaces this one, which serves until the new one is ACTIVE.
    Replace(String),
    /// It closes the gap that deleting this one opened.
    CloseGap(String),
    /// The new one failed inside the gap, so the previous one comes back.
    PutBack,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropCause {
    ProfilesGone,
    /// The EKS cluster no longer exists in the account and region where the object lived.
    ClusterGone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteCause {
    /// It is CREATE_FAILED or DELETE_FAILED.
    Leftover,
    /// Another profile takes every new pod, and this one has none left.
    Superseded,
    /// Another profile takes every new pod, and a person has approved the end of this one.
    Approved,
    /// Another profile takes every new pod, and the time limit has passed (`onTimeout: Proceed`).
    TimedOut,
    /// Pods did not become Ready on it, and the earlier profile serves.
    Unhealthy,
    /// It has no pods, and its slot is needed for a profile that sorts before one that goes.
    GivesWay,
    /// DeleteFirst: it is restored if the next one fails.
    Gap,
    ObjectDeleted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagCause {
    /// They differ from the spec.
    Drift,
    Adopt,
    /// `deletionPolicy: Retain`.
    Release,
}

//! What a pass may do. Every effect is one variant; everything else is a [`Wait`].

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Wait;
use crate::api::{DrainRecord, FargateProfileStatus, PreviousProfile};
use crate::eks::{NewProfile, Profile};
use crate::placement::Controller;
use crate::state::{ActionKey, Snapshot};

/// The one thing that a pass does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Put our finalizer on the object. Comes before the first create.
    AddFinalizer,
    /// Take our finalizer off the object; Kubernetes deletes it then.
    DropFinalizer(DropCause),
    /// Create an EKS profile.
    Create {
        /// What to create.
        profile: NewProfile,
        /// Why.
        cause: CreateCause,
        /// For the back-off.
        action: ActionKey,
    },
    /// Delete an EKS profile.
    Delete {
        /// Its name.
        name: String,
        /// The incarnation that is meant.
        arn: String,
        /// Why.
        cause: DeleteCause,
    },
    /// Change tags of an EKS profile in place.
    Tag {
        /// Its name.
        name: String,
        /// The incarnation that is meant.
        arn: String,
        /// Tags to set. A step has only one of the two.
        set: BTreeMap<String, String>,
        /// Keys to remove.
        remove: Vec<String>,
        /// Why.
        cause: TagCause,
    },
    /// Ask, as a dry run, whether a pod may be evicted now; if so, put on record that it is about to be. What is held up by a
    /// budget writes nothing.
    Ask {
        /// The eviction that is to follow.
        eviction: Box<Eviction>,
        /// What goes on record before it.
        record: Checkpoint,
    },
    /// Evict a pod, so that its controller makes it again under another profile.
    Evict(Eviction),
    /// Write something into status that EKS cannot show, and see it back before going on. The report writes it.
    Checkpoint(Checkpoint),
    /// Nothing, for this reason.
    Wait(Wait),
}

impl Step {
    /// Awaits what EKS does with a profile.
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

    /// The EKS profile that the step is about.
    pub fn profile(&self) -> Option<&str> {
        match self {
            Self::Create { profile, .. } => Some(&profile.name),
            Self::Delete { name, .. } | Self::Tag { name, .. } => Some(name),
            Self::AddFinalizer
            | Self::DropFinalizer(_)
            | Self::Ask { .. }
            | Self::Evict(_)
            | Self::Checkpoint(_)
            | Self::Wait(_) => None,
        }
    }

    /// What the step puts on record.
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

    /// Whether what the step does cannot be taken back: it must not rest on an old look.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Create { .. }
            | Self::Delete { .. }
            | Self::Tag { .. }
            | Self::Ask { .. }
            | Self::Evict(_)
            | Self::DropFinalizer(_)
            | Self::Checkpoint(_) => true,
            Self::AddFinalizer | Self::Wait(_) => false,
        }
    }

    /// Whether the step ends pods, or is about all pods of a profile: it must not rest on a watch, which may lag. An
    /// eviction of a single pod names the version that was observed, and asks its controller.
    pub fn is_about_all_pods(&self) -> bool {
        let is_about_one_or_none = matches!(
            self,
            Self::Ask { .. } | Self::Evict(_) | Self::Tag { .. } | Self::Checkpoint(Checkpoint::Drain { .. })
        );
        self.is_final() && !is_about_one_or_none
    }

    /// The effect that the step is, for the back-off.
    pub fn action(&self) -> Option<ActionKey> {
        match self {
            Self::Create { action, .. } => Some(action.clone()),
            Self::Delete { arn, .. } => Some(ActionKey::Delete(arn.clone())),
            Self::Tag { arn, set, remove, .. } => {
                Some(ActionKey::Tag { arn: arn.clone(), set: set.clone(), remove: remove.clone() })
            }
            Self::Ask { eviction, .. } => Some(ActionKey::Evict(eviction.controller.uid.clone())),
            Self::Evict(eviction) => Some(ActionKey::Evict(eviction.controller.uid.clone())),
            Self::AddFinalizer | Self::DropFinalizer(_) | Self::Checkpoint(_) | Self::Wait(_) => None,
        }
    }
}

/// What is written into status before the next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checkpoint {
    /// The cluster that the object lives in.
    Cluster,
    /// The profile to put back if need be. From now on the gap of a DeleteFirst replacement is open.
    Previous(PreviousProfile),
    /// EKS refused this generation inside the gap, for this reason.
    Failed(String),
    /// A profile is ACTIVE: the gap is closed.
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
    /// After all, they did, or there is nothing to go back to.
    Recovered,
}

/// A pod to be evicted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eviction {
    /// metadata.namespace.
    pub namespace: String,
    /// metadata.name.
    pub name: String,
    /// metadata.uid, a precondition.
    pub uid: String,
    /// metadata.resourceVersion, a precondition.
    pub resource_version: String,
    /// The controller that makes it again.
    pub controller: Controller,
    /// The profile that is to take its replacement.
    pub to: String,
    /// Why.
    pub cause: EvictCause,
}

/// Why a pod is evicted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EvictCause {
    /// It is moved from a superseded profile, which is to go.
    Move {
        /// That profile.
        from: String,
        /// So many other pods of its controller are on it,
        left: u32,
        /// none of which was created later than this one. A watch may lag, and what goes on record has to be true.
        newest: Timestamp,
    },
    /// It has waited unscheduled since before its profile was there. Whatever the plan waits for meanwhile goes on.
    Pending(Option<Box<Wait>>),
}

/// Why a profile is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CreateCause {
    /// There is none.
    First,
    /// It is to replace this one, which serves until it is ACTIVE.
    Replace(String),
    /// It is to close the gap that was opened by deleting this one.
    CloseGap(String),
    /// The new one failed inside the gap, and the one from before comes back.
    PutBack,
}

/// Why the finalizer may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropCause {
    /// No owned EKS profile is left.
    ProfilesGone,
    /// The EKS cluster no longer exists, in the account and region that the object lived in.
    ClusterGone,
}

/// Why a profile is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteCause {
    /// It is CREATE_FAILED or DELETE_FAILED.
    Leftover,
    /// Another one takes every new pod and nothing runs on this one.
    Superseded,
    /// Another one takes every new pod, and a person has approved the end of this one.
    Approved,
    /// Another one takes every new pod, and the time for moving those on this one is over (`onTimeout: Proceed`).
    TimedOut,
    /// Pods did not become Ready on it, and the one from before serves.
    Unhealthy,
    /// Nothing runs on it, and its slot is needed for the one that sorts before a profile of another object which goes.
    GivesWay,
    /// DeleteFirst: it is put back should the next one fail.
    Gap,
    /// The object is being deleted.
    ObjectDeleted,
}

/// Why tags are changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagCause {
    /// They differ from the spec.
    Drift,
    /// The profile is taken over.
    Adopt,
    /// The profile is released (`deletionPolicy: Retain`).
    Release,
}

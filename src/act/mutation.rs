//! A mutation on its way: from sending it until a look shows its effect. As long, nothing may be derived from what EKS
//! shows of the cluster.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::eks::{Profile, ProfileStatus};

/// A mutation that was sent.
#[derive(Clone, Debug)]
pub struct InFlight {
    mutation: Mutation,
    sent: Duration,
    answered: Option<Duration>,
}

/// Which kind of turn is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnKind {
    /// A create or delete: EKS must be idle.
    Exclusive,
    /// A tag change: EKS does it at any time.
    InPlace,
}

#[derive(Clone, Debug)]
pub enum Mutation {
    Create {
        /// Name of the new profile.
        name: String,
        /// Its ARN, once EKS has told it.
        arn: Option<String>,
    },
    Delete {
        /// Name of the profile.
        name: String,
        /// ARN of the profile.
        arn: String,
        /// Its status when the call was sent: DELETE_FAILED after a second try must not be taken for the first one's.
        before: ProfileStatus,
    },
    Tag {
        /// Name of the profile.
        name: String,
        /// ARN of the profile.
        arn: String,
        /// Tags that are set.
        set: BTreeMap<String, String>,
        /// Keys that are removed.
        remove: Vec<String>,
    },
}

impl InFlight {
    /// A mutation that is about to be sent.
    #[must_use]
    pub fn new(mutation: Mutation, sent: Duration) -> Self {
        Self { mutation, sent, answered: None }
    }

    /// The kind of turn that it needs.
    #[must_use]
    pub fn kind(&self) -> TurnKind {
        match self.mutation {
            Mutation::Create { .. } | Mutation::Delete { .. } => TurnKind::Exclusive,
            Mutation::Tag { .. } => TurnKind::InPlace,
        }
    }

    /// Name of the profile that it is about.
    #[must_use]
    pub fn profile(&self) -> &str {
        match &self.mutation {
            Mutation::Create { name, .. } | Mutation::Delete { name, .. } | Mutation::Tag { name, .. } => name,
        }
    }

    /// When it was sent or, later, answered.
    #[must_use]
    pub fn latest(&self) -> Duration {
        self.answered.unwrap_or(self.sent)
    }

    pub(super) fn answered(&mut self, now: Duration, new_arn: Option<String>) {
        self.answered = Some(now);
        if let Mutation::Create { arn, .. } = &mut self.mutation {
            *arn = new_arn;
        }
    }

    /// There was no definite answer.
    pub(super) fn unanswered(&mut self, now: Duration) {
        self.answered = Some(now);
    }

    /// Whether a look that began at `began` shows the effect.
    pub(super) fn is_seen(&self, profiles: &[Profile], began: Duration) -> bool {
        if self.answered.is_none_or(|answered| began < answered) {
            return false;
        }
        match &self.mutation {
            Mutation::Create { name, arn } => profiles.iter().any(|profile| match arn {
                Some(arn) => profile.arn == *arn,
                None => profile.name == *name,
            }),
            Mutation::Delete { arn, before, .. } => match profiles.iter().find(|profile| profile.arn == *arn) {
                None => true,
                Some(profile) => match profile.status {
                    ProfileStatus::Deleting => true,
                    ProfileStatus::DeleteFailed => *before != ProfileStatus::DeleteFailed,
                    ProfileStatus::Creating
                    | ProfileStatus::Active
                    | ProfileStatus::CreateFailed
                    | ProfileStatus::Unknown(_) => false,
                },
            },
            Mutation::Tag { arn, set, remove, .. } => match profiles.iter().find(|profile| profile.arn == *arn) {
                None => true,
                Some(profile) => {
                    set.iter().all(|(key, value)| profile.tags.get(key) == Some(value))
                        && remove.iter().all(|key| !profile.tags.contains_key(key))
                }
            },
        }
    }

    /// Whether quiet time has passed for a look that began at `began`. A call whose end was never reported (its pass was
    /// cut short) has ended after `quiet`, which is longer than the operation timeout.
    pub(super) fn is_over(&self, quiet: Duration, began: Duration) -> bool {
        began >= self.answered.unwrap_or(self.sent + quiet) + quiet
    }
}

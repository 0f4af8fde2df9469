//! A mutation in flight: from the call until a look shows its effect. During that time nothing may be derived from what
//! EKS shows of the cluster.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::eks::{Profile, ProfileStatus};

#[derive(Clone, Debug)]
pub struct InFlight {
    mutation: Mutation,
    sent: Duration,
    answered: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnKind {
    /// A create or delete, for which EKS must be idle.
    Exclusive,
    /// A tag change, which EKS accepts at any time.
    InPlace,
}

#[derive(Clone, Debug)]
pub enum Mutation {
    Create {
        name: String,
        /// Known once EKS has answered.
        arn: Option<String>,
    },
    Delete {
        name: String,
        arn: String,
        /// Its status when the call was sent. The DELETE_FAILED of an earlier try must not count as an answer to this
        /// one.
        before: ProfileStatus,
    },
    Tag {
        name: String,
        arn: String,
        set: BTreeMap<String, String>,
        remove: Vec<String>,
    },
}

impl InFlight {
    /// A mutation that is about to be sent.
    #[must_use]
    pub fn new(mutation: Mutation, sent: Duration) -> Self {
        Self { mutation, sent, answered: None }
    }

    #[must_use]
    pub fn kind(&self) -> TurnKind {
        match self.mutation {
            Mutation::Create { .. } | Mutation::Delete { .. } => TurnKind::Exclusive,
            Mutation::Tag { .. } => TurnKind::InPlace,
        }
    }

    #[must_use]
    pub fn profile(&self) -> &str {
        match &self.mutation {
            Mutation::Create { name, .. } | Mutation::Delete { name, .. } | Mutation::Tag { name, .. } => name,
        }
    }

    /// When it was answered or, before that, sent.
    #[must_use]
    pub fn latest(&self) -> Duration {
        self.answered.unwrap_or(self.sent)
    }

    /// EKS accepted it.
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

    /// Whether quiet time had passed when a look began at `began`. A call whose end was never reported (its pass was
    /// cut short) has ended after `quiet`, which is longer than the operation timeout.
    pub(super) fn is_over(&self, quiet: Duration, began: Duration) -> bool {
        began >= self.answered.unwrap_or(self.sent + quiet) + quiet
    }
}

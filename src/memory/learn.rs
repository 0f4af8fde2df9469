//! What EKS shows of earlier tries.

use super::Memory;
use crate::api::Reason;
use crate::eks::{Profile, ProfileStatus};
use crate::failure::{Class, Failure};
use crate::intervals::Intervals;
use crate::plan::mends_due;
use crate::state::{ActionKey, Facts, Pods, RetryState, tag_drift};

impl Memory {
    /// Learns from what EKS shows. A CREATE_FAILED profile is a failed try. An ACTIVE target ends all tries. One
    /// profile fewer means a free slot.
    pub fn learn(&mut self, facts: &Facts<'_>, intervals: &Intervals, jitter: f64) {
        let snapshot = facts.snapshot;
        self.blind = RetryState::default();
        if facts.is_complete() {
            self.attempts.remove(&ActionKey::Create(self.generation));
        }
        if snapshot.status.previous.is_none() {
            self.attempts.remove(&ActionKey::PutBack);
        }
        if !snapshot.quiet && !snapshot.object.deleting {
            self.forget_unwanted(facts);
        }
        if self.full_at.take_if(|full_at| snapshot.profiles.len() < *full_at).is_some() {
            self.attempts.retain(|_, attempt| {
                attempt.failure.as_ref().is_none_or(|failure| failure.reason != Reason::NoFreeSlot)
            });
        }
        if let Pods::Known(pods) = &snapshot.pods {
            let is_there = |uid: &String| pods.iter().any(|pod| pod.controller.as_ref().is_some_and(|c| c.uid == *uid));
            self.attempts.retain(|action, _| !matches!(action, ActionKey::Evict(uid) if !is_there(uid)));
        }
        if !snapshot.quiet {
            let due = mends_due(facts);
            self.attempts.retain(|action, _| !matches!(action, ActionKey::Mend(key) if !due.contains(key)));
        }
        for profile in &facts.owned {
            let (action, class, reason) = match profile.status {
                ProfileStatus::CreateFailed => (facts.attempt_behind(profile), Class::Fix, Reason::CreateFailed),
                ProfileStatus::DeleteFailed => {
                    (Some(ActionKey::Delete(profile.arn.clone())), Class::Propagation, Reason::DeleteFailed)
                }
                ProfileStatus::Creating
                | ProfileStatus::Active
                | ProfileStatus::Deleting
                | ProfileStatus::Unknown(_) => continue,
            };
            let Some(action) = action else { continue };
            let tries = self.attempts.get(&action).map_or(0, |attempt| attempt.count);
            if self.counted.insert((profile.arn.clone(), if reason == Reason::CreateFailed { 0 } else { tries })) {
                self.fail(action, refused(profile, class, reason), tries.max(1), snapshot.now, intervals, jitter);
            }
        }
        self.counted.retain(|(arn, _)| facts.owned.iter().any(|profile| profile.arn == *arn));
    }

    /// Forgets a failed delete of the profile that serves again, and failed tag changes that are no longer due. In
    /// quiet time they may still take effect, so they are kept.
    fn forget_unwanted(&mut self, facts: &Facts<'_>) {
        let Some(serving) = facts.serving() else { return };
        let (set, remove) = tag_drift(&facts.tags(), &facts.snapshot.status.applied_tag_keys, serving);
        let due = ActionKey::Tag { arn: serving.arn.clone(), set, remove };
        self.attempts.retain(|action, attempt| {
            let unwanted = match action {
                ActionKey::Create(_) | ActionKey::PutBack | ActionKey::Evict(_) | ActionKey::Mend(_) => false,
                ActionKey::Delete(arn) => *arn == serving.arn,
                ActionKey::Tag { .. } => *action != due,
            };
            !unwanted || attempt.failure.is_none()
        });
    }
}

/// A failure that EKS shows in the profile's status instead of an error.
pub(super) fn refused(profile: &Profile, class: Class, reason: Reason) -> Failure {
    Failure {
        class,
        reason,
        operation: "DescribeFargateProfile",
        code: None,
        message: profile.complaint(),
        definite: true,
    }
}

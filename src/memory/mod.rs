//! What the process remembers of an object between passes: what was tried and how it failed. Losing it costs nothing but
//! a try that comes early. Pure: time and jitter are arguments.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

mod ability;
mod back_off;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use self::ability::Ability;
use self::back_off::back_off;
use crate::act::Outcome;
use crate::api::{ProfileRecord, Reason};
use crate::eks::{Profile, ProfileStatus};
use crate::failure::{Class, Failure};
use crate::intervals::Intervals;
use crate::plan::Step;
use crate::state::{ActionKey, Facts, Pods, RetryState, Snapshot, tag_drift};

/// The memory of one object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Memory {
    generation: i64,
    attempts: BTreeMap<ActionKey, RetryState>,
    /// Failed profiles that have been counted: ARN, and for how many tries.
    counted: BTreeSet<(String, u32)>,
    /// Since when a profile on record has not been seen, by ARN.
    absent_since: BTreeMap<String, Duration>,
    /// A profile that was created, until it stands in status.
    created: Option<Profile>,
    /// EKS refused a create for want of a free slot when the cluster had so many profiles.
    full_at: Option<usize>,
    /// Looks at EKS that failed, in a row.
    blind: RetryState,
    /// Writes of the status that failed, in a row.
    unwritten: u32,
    /// When something could be done for the object.
    pub ability: Ability,
    /// Pods are not counted anew before then.
    count_again: Duration,
    /// How old the look of the next pass may be.
    pub look_age: Duration,
}

impl Memory {
    /// The count of pods has gone into status.
    pub fn counted(&mut self, again: Duration) {
        self.count_again = again;
    }

    /// A new generation is a new start.
    pub fn meet(&mut self, generation: i64) {
        if generation != self.generation {
            self.generation = generation;
            self.blind.until = Duration::ZERO;
            self.attempts.retain(|action, _| matches!(action, ActionKey::Delete(_)));
        }
    }

    /// What was tried and has not come to its end.
    pub fn attempts(&self) -> &BTreeMap<ActionKey, RetryState> {
        &self.attempts
    }

    /// Learns from what EKS shows: a CREATE_FAILED profile is a failed try, an ACTIVE target the end of all tries, and a
    /// profile less than there were a free slot.
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

    /// A failed delete of what serves the spec again, and a failed change of tags that is not due any more, are nobody's
    /// trouble. Not in quiet time, in which they may still take effect.
    fn forget_unwanted(&mut self, facts: &Facts<'_>) {
        let Some(serving) = facts.serving() else { return };
        let (set, remove) = tag_drift(&facts.tags(), &facts.snapshot.status.applied_tag_keys, serving);
        let due = ActionKey::Tag { arn: serving.arn.clone(), set, remove };
        self.attempts.retain(|action, attempt| {
            let unwanted = match action {
                ActionKey::Create(_) | ActionKey::PutBack | ActionKey::Evict(_) => false,
                ActionKey::Delete(arn) => *arn == serving.arn,
                ActionKey::Tag { .. } => *action != due,
            };
            !unwanted || attempt.failure.is_none()
        });
    }

    /// Adds to the records of a status the profile that was created and did not get there: a write that was in conflict must
    /// not make it a stranger.
    pub fn recall(&mut self, snapshot: &mut Snapshot) {
        let records = &mut snapshot.status.profiles;
        let missing = self.created.iter().filter(|created| !records.iter().any(|record| record.arn == created.arn));
        let missing: Vec<ProfileRecord> = missing.map(Profile::record).collect();
        records.extend(missing);
        self.miss(snapshot);
        snapshot.absent_since.clone_from(&self.absent_since);
        snapshot.counts_due = snapshot.now >= self.count_again;
        self.tell(snapshot);
    }

    /// Tells a snapshot what was tried and has not come to its end.
    pub fn tell(&self, snapshot: &mut Snapshot) {
        snapshot.attempts.clone_from(&self.attempts);
        snapshot.full_at = self.full_at;
    }

    /// Notes which profiles on record EKS does not show.
    fn miss(&mut self, snapshot: &Snapshot) {
        let is_there = |arn: &String| snapshot.profiles.iter().any(|profile| profile.arn == *arn);
        let absent = snapshot.status.profiles.iter().map(|record| &record.arn).filter(|arn| !is_there(arn));
        let since = |arn: &String| self.absent_since.get(arn).copied().unwrap_or(snapshot.now);
        self.absent_since = absent.map(|arn| (arn.clone(), since(arn))).collect();
    }

    /// Notes what came of a step in a cluster of so many profiles.
    pub fn note(
        &mut self,
        step: &Step,
        outcome: &Outcome,
        profiles: usize,
        now: Duration,
        intervals: &Intervals,
        jitter: f64,
    ) {
        if matches!(outcome, Outcome::NotLeading | Outcome::KubernetesFailed(_)) {
            self.ability.hindered();
        }
        let Some(action) = step.action() else { return };
        if let Outcome::Created(profile) = outcome {
            self.created = Some(profile.clone());
        }
        match (outcome, action) {
            (Outcome::Done | Outcome::Created(_), action @ ActionKey::Evict(_)) => {
                self.attempts.remove(&action);
            }
            // Whether it succeeds is seen later. Until then it counts as a try, so that an effect which is undone again
            // and again, by whomever, is not repeated without pause.
            (Outcome::Done | Outcome::Created(_), action) => {
                let attempt = self.attempts.entry(action).or_default();
                attempt.count += 1;
                // EKS has taken it this time. What only the profile's status can tell stays until that tells otherwise.
                attempt.failure.take_if(|f| !matches!(f.reason, Reason::CreateFailed | Reason::DeleteFailed));
                attempt.until =
                    now + back_off(attempt.count, intervals.back_off_first, intervals.back_off_most, jitter);
            }
            (Outcome::Failed(failure), action) => {
                if failure.reason == Reason::NoFreeSlot {
                    self.full_at = Some(profiles);
                }
                let tries = self.attempts.get(&action).map_or(0, |attempt| attempt.count);
                self.fail(action, failure.clone(), tries + 1, now, intervals, jitter);
            }
            (
                Outcome::NotOurTurn(_)
                | Outcome::Rested
                | Outcome::Outdated
                | Outcome::NotLeading
                | Outcome::KubernetesFailed(_),
                _,
            ) => {}
        }
    }

    /// A look failed. Returns when to try again, and whether nothing will come of that without a person. One refusal says
    /// nothing yet: credentials run out and are renewed, and IAM does not know everywhere at once what it has been told.
    pub fn blind(&mut self, failure: &Failure, now: Duration, intervals: &Intervals, jitter: f64) -> (Duration, bool) {
        self.ability.hindered();
        let count = self.blind.count + 1;
        let retry = back_off(count, intervals.back_off_first, longest(failure, intervals), jitter);
        self.blind = RetryState { count, until: now + retry, failure: Some(failure.clone()) };
        (retry, count > 1 && self.blind.is_stalled())
    }

    /// How long EKS is not to be looked at again, after looks that failed.
    pub fn blind_for(&self, now: Duration) -> Option<Duration> {
        self.blind.until.checked_sub(now).filter(|rest| !rest.is_zero())
    }

    /// The status could not be written. Returns when to try again.
    pub fn unwritten(&mut self, intervals: &Intervals, jitter: f64) -> Duration {
        self.unwritten += 1;
        back_off(self.unwritten, intervals.back_off_first, intervals.poll_most, jitter)
    }

    /// The status has been written that a pass over this snapshot has left. What was created stands in it now, and what was
    /// tried on profiles that are gone need not be remembered.
    pub fn written(&mut self, snapshot: &Snapshot) {
        self.unwritten = 0;
        self.ability.given_back();
        if snapshot.quiet {
            return;
        }
        self.created = None;
        self.attempts.retain(|action, _| match action {
            ActionKey::Create(_) | ActionKey::PutBack | ActionKey::Evict(_) => true,
            ActionKey::Delete(arn) | ActionKey::Tag { arn, .. } => {
                snapshot.profiles.iter().any(|profile| profile.arn == *arn)
            }
        });
    }

    /// Since when a profile on record has not been seen, by ARN.
    pub fn absent_since(&self) -> &BTreeMap<String, Duration> {
        &self.absent_since
    }

    /// Whether anything is remembered of the profile of this ARN.
    pub fn knows(&self, arn: &str) -> bool {
        let is_it =
            |action: &ActionKey| matches!(action, ActionKey::Delete(of) | ActionKey::Tag { arn: of, .. } if of == arn);
        self.attempts.keys().any(is_it)
            || self.absent_since.contains_key(arn)
            || self.created.iter().any(|created| created.arn == arn)
            || self.counted.iter().any(|(of, _)| of == arn)
    }

    /// The same memory at other times: `until` gives the end of each back-off, `since` the beginning of each absence. How
    /// often something was tried is forgotten. For a search through all situations, which cannot tell any two moments apart.
    pub fn coarse(mut self, until: impl Fn(Duration) -> Duration, since: impl Fn(Duration) -> Duration) -> Self {
        for attempt in self.attempts.values_mut() {
            (attempt.count, attempt.until) = (1, until(attempt.until));
        }
        self.counted = self.counted.into_iter().map(|(arn, tries)| (arn, tries.min(1))).collect();
        for at in self.absent_since.values_mut() {
            *at = since(*at);
        }
        self
    }

    /// Whether an effect that has failed is in back-off.
    pub fn is_in_back_off(&self, now: Duration) -> bool {
        self.attempts.values().any(|attempt| attempt.failure.is_some() && attempt.until > now)
    }

    fn fail(
        &mut self,
        action: ActionKey,
        failure: Failure,
        count: u32,
        now: Duration,
        intervals: &Intervals,
        jitter: f64,
    ) {
        let until = now + back_off(count, intervals.back_off_first, longest(&failure, intervals), jitter);
        self.attempts.insert(action, RetryState { count, until, failure: Some(failure) });
    }
}

/// The longest back-off after this failure.
fn longest(failure: &Failure, intervals: &Intervals) -> Duration {
    match failure.class {
        Class::Fix => intervals.back_off_stalled,
        // A budget that lets a pod go does not say so.
        Class::Wait => intervals.poll_most,
        Class::Retry | Class::Propagation | Class::Gone => intervals.back_off_most,
    }
}

/// A failure that EKS tells by the profile's status instead of by an error.
fn refused(profile: &Profile, class: Class, reason: Reason) -> Failure {
    let at_once = if reason == Reason::CreateFailed { ", and at once when the spec changes" } else { "" };
    Failure {
        class,
        reason,
        operation: "DescribeFargateProfile",
        code: None,
        message: format!("the last try failed: {}. It is tried again ever more rarely{at_once}", profile.complaint()),
        definite: true,
    }
}

#[cfg(test)]
mod tests;

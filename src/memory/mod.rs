//! What the process remembers of an object between passes: what was tried and how it failed. Losing it only costs a try
//! that comes early. Pure: time and jitter are arguments.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

mod ability;
mod back_off;
mod learn;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use self::ability::Ability;
use self::back_off::back_off;
use crate::act::Outcome;
use crate::api::{ProfileRecord, Reason};
use crate::eks::Profile;
use crate::failure::{Class, Failure};
use crate::intervals::Intervals;
use crate::plan::Step;
use crate::state::{ActionKey, RetryState, Snapshot};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Memory {
    generation: i64,
    /// What the annotation for another try said.
    retry: Option<String>,
    attempts: BTreeMap<ActionKey, RetryState>,
    /// Failed profiles that have been counted, by ARN, and for how many tries.
    counted: BTreeSet<(String, u32)>,
    /// By ARN, since when a recorded profile has been missing.
    absent_since: BTreeMap<String, Duration>,
    /// A created profile that status does not record yet.
    created: Option<Profile>,
    /// The number of profiles at which EKS refused a create for lack of a slot.
    full_at: Option<usize>,
    /// Looks at EKS that failed in a row.
    blind: RetryState,
    /// Status writes that failed in a row.
    unwritten: u32,
    pub ability: Ability,
    /// The next time to count pods.
    count_again: Duration,
    /// The greatest age of the look for the next pass.
    pub look_age: Duration,
}

impl Memory {
    /// Status has the new pod counts.
    pub fn counted(&mut self, again: Duration) {
        self.count_again = again;
    }

    /// Forgets earlier tries when the generation changes, and all of them when somebody asks for another one.
    pub fn meet(&mut self, generation: i64, retry: Option<String>) {
        if generation != self.generation {
            self.generation = generation;
            self.blind.until = Duration::ZERO;
            self.attempts.retain(|action, _| matches!(action, ActionKey::Delete(_)));
        }
        if retry != self.retry {
            self.retry = retry;
            self.blind = RetryState::default();
            self.attempts.clear();
            self.full_at = None;
        }
    }

    /// The number of profiles at which EKS refused a create for lack of a slot.
    pub fn full_at(&self) -> Option<usize> {
        self.full_at
    }

    /// Tries that have not succeeded yet.
    pub fn attempts(&self) -> &BTreeMap<ActionKey, RetryState> {
        &self.attempts
    }

    /// Adds what only memory knows. The records get the created profile that status lacks, so a conflict on the write does
    /// not make that profile a stranger.
    pub fn recall(&mut self, snapshot: &mut Snapshot) {
        let records = &mut snapshot.status.profiles;
        let missing = self.created.iter().filter(|created| !records.iter().any(|record| record.arn == created.arn));
        let missing: Vec<ProfileRecord> = missing.map(Profile::record).collect();
        records.extend(missing);
        self.miss(snapshot);
        snapshot.absent_since.clone_from(&self.absent_since);
        snapshot.counts_due = snapshot.now >= self.count_again;
        snapshot.full_at = self.full_at;
        self.tell_attempts(snapshot);
    }

    /// Tells a snapshot which tries have not succeeded yet.
    pub fn tell_attempts(&self, snapshot: &mut Snapshot) {
        snapshot.attempts.clone_from(&self.attempts);
    }

    /// Notes which recorded profiles EKS does not show.
    fn miss(&mut self, snapshot: &Snapshot) {
        let is_there = |arn: &String| snapshot.profiles.iter().any(|profile| profile.arn == *arn);
        let absent = snapshot.status.profiles.iter().map(|record| &record.arn).filter(|arn| !is_there(arn));
        let since = |arn: &String| self.absent_since.get(arn).copied().unwrap_or(snapshot.now);
        self.absent_since = absent.map(|arn| (arn.clone(), since(arn))).collect();
    }

    /// Notes the outcome of a step in a cluster with `profiles` profiles.
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
            // Its success shows later. Until then it counts as a try, so an effect that somebody keeps undoing is not
            // repeated without pause.
            (Outcome::Done | Outcome::Created(_), action) => {
                let attempt = self.attempts.entry(action).or_default();
                attempt.count += 1;
                // EKS accepted it this time. A failure that shows only in the profile's status stays until the status
                // changes.
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

    /// A look failed. Returns when to try again, and whether a person has to act. One refusal proves nothing:
    /// credentials expire and are renewed, and IAM changes take a while to spread.
    pub fn blind(&mut self, failure: &Failure, now: Duration, intervals: &Intervals, jitter: f64) -> (Duration, bool) {
        self.ability.hindered();
        let count = self.blind.count + 1;
        let retry = back_off(count, intervals.back_off_first, longest(failure, intervals), jitter);
        self.blind = RetryState { count, until: now + retry, failure: Some(failure.clone()) };
        (retry, count > 1 && self.blind.is_stalled())
    }

    /// How long to wait before the next look at EKS, after failed looks.
    pub fn blind_for(&self, now: Duration) -> Option<Duration> {
        self.blind.until.checked_sub(now).filter(|rest| !rest.is_zero())
    }

    /// A status write failed. Returns when to try again.
    pub fn unwritten(&mut self, intervals: &Intervals, jitter: f64) -> Duration {
        self.unwritten += 1;
        back_off(self.unwritten, intervals.back_off_first, intervals.poll_most, jitter)
    }

    /// The status of a pass over this snapshot was written. It records created profiles, and tries on profiles that are
    /// gone are forgotten.
    pub fn written(&mut self, snapshot: &Snapshot) {
        self.unwritten = 0;
        self.ability.given_back();
        if snapshot.quiet {
            return;
        }
        self.created = None;
        self.attempts.retain(|action, _| match action {
            ActionKey::Create(_) | ActionKey::PutBack | ActionKey::Evict(_) | ActionKey::Mend(_) => true,
            ActionKey::Delete(arn) | ActionKey::Tag { arn, .. } => {
                snapshot.profiles.iter().any(|profile| profile.arn == *arn)
            }
        });
    }

    /// By ARN, since when a recorded profile has been missing.
    pub fn absent_since(&self) -> &BTreeMap<String, Duration> {
        &self.absent_since
    }

    pub fn knows(&self, arn: &str) -> bool {
        let is_it =
            |action: &ActionKey| matches!(action, ActionKey::Delete(of) | ActionKey::Tag { arn: of, .. } if of == arn);
        self.attempts.keys().any(is_it)
            || self.absent_since.contains_key(arn)
            || self.created.iter().any(|created| created.arn == arn)
            || self.counted.iter().any(|(of, _)| of == arn)
    }

    /// The same memory at other times, for a state search that cannot tell moments apart. `until` maps the end of each
    /// back-off, `since` the start of each absence. The number of tries is forgotten.
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

    /// Whether a failed effect is in back-off.
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

fn longest(failure: &Failure, intervals: &Intervals) -> Duration {
    match failure.class {
        Class::Fix => intervals.back_off_stalled,
        // A disruption budget gives no notice when it allows an eviction.
        Class::Wait => intervals.poll_most,
        Class::Retry | Class::Propagation | Class::Gone => intervals.back_off_most,
    }
}

#[cfg(test)]
mod tests;

//! What the process remembers of an object between passes: what was tried and how it failed. Losing it costs nothing but
//! a try that comes early.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Pace;
use super::backoff::back_off;
use crate::act::Outcome;
use crate::api::{ProfileRecord, Reason};
use crate::eks::{Class, Failure, Profile, ProfileStatus};
use crate::plan::{Attempt, Effect, Picture, Snapshot, Step, tag_drift};
use crate::report::record;

/// The memory of one object.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    generation: i64,
    attempts: BTreeMap<Effect, Attempt>,
    /// Failed profiles that have been counted: ARN, and for how many tries.
    counted: BTreeSet<(String, u32)>,
    /// Since when a profile on record has not been seen, by ARN.
    absent_since: BTreeMap<String, Duration>,
    /// A profile that was created, until it stands in status.
    created: Option<ProfileRecord>,
    /// EKS refused a create for want of a free slot when the cluster had so many profiles.
    full_at: Option<usize>,
    /// Looks at EKS that failed, in a row.
    blind: Attempt,
    /// How old the look of the next pass may be.
    pub(super) look_age: Duration,
}

impl Memory {
    pub(super) fn new(generation: i64) -> Self {
        Self {
            generation,
            attempts: BTreeMap::new(),
            counted: BTreeSet::new(),
            absent_since: BTreeMap::new(),
            created: None,
            full_at: None,
            blind: Attempt::default(),
            look_age: Duration::ZERO,
        }
    }

    /// A new generation is a new start.
    pub(super) fn meet(&mut self, generation: i64) {
        if generation != self.generation {
            self.generation = generation;
            self.blind.until = Duration::ZERO;
            self.attempts.retain(|effect, _| matches!(effect, Effect::Delete(_)));
        }
    }

    pub(super) fn attempts(&self) -> &BTreeMap<Effect, Attempt> {
        &self.attempts
    }

    pub(super) fn full_at(&self) -> Option<usize> {
        self.full_at
    }

    /// Learns from what EKS shows: a CREATE_FAILED profile is a failed try, an ACTIVE target the end of all tries, and a
    /// profile less than there were a free slot.
    pub(super) fn learn(&mut self, snapshot: &Snapshot, picture: &Picture<'_>, pace: &Pace, jitter: f64) {
        self.blind = Attempt::default();
        if picture.serving().is_some() {
            self.attempts.remove(&Effect::Create(self.generation));
        }
        if snapshot.status.previous.is_none() {
            self.attempts.remove(&Effect::PutBack);
        }
        if !snapshot.quiet && !snapshot.object.deleting {
            self.forget_unwanted(snapshot, picture);
        }
        if self.full_at.take_if(|full_at| snapshot.profiles.len() < *full_at).is_some() {
            self.attempts.retain(|_, attempt| {
                attempt.failure.as_ref().is_none_or(|failure| failure.reason != Reason::NoFreeSlot)
            });
        }
        for profile in &picture.owned {
            let (effect, class, reason) = match profile.status {
                ProfileStatus::CreateFailed => {
                    (picture.attempt_behind(snapshot, profile), Class::Fix, Reason::CreateFailed)
                }
                ProfileStatus::DeleteFailed => {
                    (Some(Effect::Delete(profile.arn.clone())), Class::Propagation, Reason::DeleteFailed)
                }
                ProfileStatus::Creating
                | ProfileStatus::Active
                | ProfileStatus::Deleting
                | ProfileStatus::Unknown(_) => continue,
            };
            let Some(effect) = effect else { continue };
            let tries = self.attempts.get(&effect).map_or(0, |attempt| attempt.count);
            if self.counted.insert((profile.arn.clone(), if reason == Reason::CreateFailed { 0 } else { tries })) {
                self.fail(effect, refused(profile, class, reason), tries.max(1), snapshot.now, pace, jitter);
            }
        }
        self.counted.retain(|(arn, _)| picture.owned.iter().any(|profile| profile.arn == *arn));
    }

    /// A failed delete of what serves the spec again, and a failed change of tags that are as they should be, are nobody's
    /// trouble any more. Not in quiet time, in which they may still take effect.
    fn forget_unwanted(&mut self, snapshot: &Snapshot, picture: &Picture<'_>) {
        let Some(serving) = picture.serving() else { return };
        let (set, remove) = tag_drift(&picture.tags(snapshot), &snapshot.status.applied_tag_keys, serving);
        let tagged = set.is_empty() && remove.is_empty();
        self.attempts.retain(|effect, attempt| {
            let unwanted = match effect {
                Effect::Create(_) | Effect::PutBack => false,
                Effect::Delete(arn) => *arn == serving.arn,
                Effect::Tag(arn) => *arn != serving.arn || tagged,
            };
            !unwanted || attempt.failure.is_none()
        });
    }

    /// Adds to the records of a status the profile that was created and did not get there: a write that was in conflict must
    /// not make it a stranger.
    pub(super) fn recall(&self, records: &mut Vec<ProfileRecord>) {
        let missing = self.created.iter().filter(|created| !records.iter().any(|record| record.arn == created.arn));
        let missing: Vec<ProfileRecord> = missing.cloned().collect();
        records.extend(missing);
    }

    /// Notes which profiles on record a look does not show.
    pub(super) fn miss(
        &mut self,
        records: &[ProfileRecord],
        profiles: &[Profile],
        now: Duration,
    ) -> BTreeMap<String, Duration> {
        let absent = records.iter().filter(|record| !profiles.iter().any(|profile| profile.arn == record.arn));
        let since = |arn: &String| self.absent_since.get(arn).copied().unwrap_or(now);
        self.absent_since = absent.map(|record| (record.arn.clone(), since(&record.arn))).collect();
        self.absent_since.clone()
    }

    /// What was created is in status, and deletes and tags of profiles that are gone need not be remembered, once that has
    /// been reported.
    pub(super) fn forget_gone(&mut self, profiles: &[Profile]) {
        self.created = None;
        self.attempts.retain(|effect, _| match effect {
            Effect::Create(_) | Effect::PutBack => true,
            Effect::Delete(arn) | Effect::Tag(arn) => profiles.iter().any(|profile| profile.arn == *arn),
        });
    }

    /// Notes what came of a step in a cluster of so many profiles.
    pub(super) fn note(
        &mut self,
        step: &Step,
        outcome: &Outcome,
        profiles: usize,
        now: Duration,
        pace: &Pace,
        jitter: f64,
    ) {
        let Some(effect) = step.effect() else { return };
        if let Outcome::Created(profile) = outcome {
            self.created = Some(record(profile));
        }
        match (outcome, effect) {
            (Outcome::Done | Outcome::Created(_), Effect::Tag(arn)) => drop(self.attempts.remove(&Effect::Tag(arn))),
            // Whether it succeeds is seen later. Until then it counts as a try, so that an effect which is undone again
            // and again, by whomever, is not repeated without pause.
            (Outcome::Done | Outcome::Created(_), effect) => {
                let attempt = self.attempts.entry(effect).or_default();
                attempt.count += 1;
                // EKS has taken it this time. What only the profile's status can tell stays until that tells otherwise.
                attempt.failure.take_if(|f| !matches!(f.reason, Reason::CreateFailed | Reason::DeleteFailed));
                attempt.until = now + back_off(attempt.count, pace.back_off_first, pace.back_off_most, jitter);
            }
            (Outcome::Failed(failure), effect) => {
                if failure.reason == Reason::NoFreeSlot {
                    self.full_at = Some(profiles);
                }
                let tries = self.attempts.get(&effect).map_or(0, |attempt| attempt.count);
                self.fail(effect, failure.clone(), tries + 1, now, pace, jitter);
            }
            (Outcome::NotOurTurn(_) | Outcome::Rested | Outcome::Outdated | Outcome::KubernetesFailed(_), _) => {}
        }
    }

    /// A look failed. Returns when to try again, and whether nothing will come of that without a person.
    pub(super) fn blind(&mut self, failure: &Failure, now: Duration, pace: &Pace, jitter: f64) -> (Duration, bool) {
        let count = self.blind.count + 1;
        let retry = back_off(count, pace.back_off_first, pace.longest(failure), jitter);
        self.blind = Attempt { count, until: now + retry, failure: Some(failure.clone()) };
        (retry, self.blind.is_stalled())
    }

    /// How long EKS is not to be looked at again, after looks that failed.
    pub(super) fn blind_for(&self, now: Duration) -> Option<Duration> {
        self.blind.until.checked_sub(now).filter(|rest| !rest.is_zero())
    }

    pub(super) fn is_in_back_off(&self, now: Duration) -> bool {
        self.attempts.values().any(|attempt| attempt.failure.is_some() && attempt.until > now)
    }

    fn fail(&mut self, effect: Effect, failure: Failure, count: u32, now: Duration, pace: &Pace, jitter: f64) {
        let until = now + back_off(count, pace.back_off_first, pace.longest(&failure), jitter);
        self.attempts.insert(effect, Attempt { count, until, failure: Some(failure) });
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
mod tests {
    use super::*;
    use crate::plan::fixture::{decide, foreign, outdated, owned, prepared, with};

    const PACE: fn() -> Pace = Pace::default;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn count(memory: &Memory, effect: &Effect) -> (u32, u64) {
        memory.attempts().get(effect).map_or((0, 0), |attempt| (attempt.count, attempt.until.as_secs()))
    }

    fn learn(memory: &mut Memory, profile: &Profile, now: Duration) {
        let mut snapshot = with(std::slice::from_ref(profile));
        snapshot.now = now;
        memory.learn(&snapshot, &Picture::of(&snapshot), &PACE(), 0.0);
    }

    #[test]
    fn a_create_that_fails_over_and_over_is_tried_ever_more_rarely_and_a_success_ends_that() {
        let mut memory = Memory::new(1);
        let (create, step) = (Effect::Create(1), decide(&prepared()));
        let mut failed = owned("web-9999", ProfileStatus::CreateFailed);
        let mut waits = Vec::new();
        for round in 1..=6_u64 {
            let now = at(round * 10_000);
            memory.note(&step, &Outcome::Done, 1, now, &PACE(), 0.0);
            failed.arn = format!("arn:{round}");
            learn(&mut memory, &failed, now + at(300));
            learn(&mut memory, &failed, now + at(305));
            waits.push(count(&memory, &create).1 - round * 10_000 - 300);
        }
        assert_eq!(waits, [5, 10, 20, 40, 80, 160]);
        assert_eq!(count(&memory, &create).0, 6, "each failed profile counts once");
        assert!(memory.attempts()[&create].is_stalled());
        learn(&mut memory, &owned("web-9999", ProfileStatus::Active), at(0));
        assert_eq!(count(&memory, &create), (0, 0));
    }

    #[test]
    fn a_new_generation_is_a_new_start_for_all_but_deletes() {
        let mut memory = Memory::new(1);
        memory.note(&decide(&prepared()), &Outcome::Done, 1, at(0), &PACE(), 0.0);
        let delete = Step::Delete { name: "a".into(), arn: "arn:a".into(), cause: crate::plan::DeleteCause::Leftover };
        memory.note(&delete, &Outcome::Done, 1, at(0), &PACE(), 0.0);
        let tag = Step::Tag {
            name: "a".into(),
            arn: "arn:a".into(),
            set: BTreeMap::new(),
            remove: vec!["team".into()],
            cause: crate::plan::TagCause::Drift,
        };
        let refused = refused(&owned("a", ProfileStatus::Active), Class::Fix, Reason::InvalidParameter);
        memory.note(&tag, &Outcome::Failed(refused), 1, at(0), &PACE(), 0.0);
        assert_eq!(memory.attempts().len(), 3);
        memory.meet(2);
        assert_eq!(memory.attempts().keys().collect::<Vec<_>>(), [&Effect::Delete("arn:a".into())]);
        memory.forget_gone(&[]);
        assert!(memory.attempts().is_empty());
    }

    #[test]
    fn a_delete_that_fails_again_backs_off_from_when_that_is_seen() {
        let mut memory = Memory::new(1);
        let stuck = owned("a", ProfileStatus::DeleteFailed);
        let effect = Effect::Delete(stuck.arn.clone());
        let delete =
            Step::Delete { name: "a".into(), arn: stuck.arn.clone(), cause: crate::plan::DeleteCause::ObjectDeleted };
        for (round, wait) in [(1, 5), (2, 10), (3, 20)] {
            let now = at(round * 1000);
            memory.note(&delete, &Outcome::Done, 1, now, &PACE(), 0.0);
            learn(&mut memory, &stuck, now + at(120));
            learn(&mut memory, &stuck, now + at(121));
            assert_eq!(count(&memory, &effect), (u32::try_from(round).unwrap(), round * 1000 + 120 + wait));
        }
    }

    #[test]
    fn a_profile_on_record_is_missed_from_the_first_look_that_does_not_show_it() {
        let mut memory = Memory::new(1);
        let profile = owned("a", ProfileStatus::Active);
        let records = [crate::plan::fixture::record(&profile)];
        assert!(memory.miss(&records, std::slice::from_ref(&profile), at(0)).is_empty());
        assert_eq!(memory.miss(&records, &[], at(10))[&profile.arn], at(10));
        assert_eq!(memory.miss(&records, &[], at(20))[&profile.arn], at(10));
        assert!(memory.miss(&records, &[profile], at(30)).is_empty());
    }

    #[test]
    fn a_profile_that_failed_for_an_earlier_spec_says_nothing_of_this_one() {
        let mut memory = Memory::new(2);
        learn(&mut memory, &outdated("web-9999", ProfileStatus::CreateFailed), at(0));
        assert!(memory.attempts().is_empty());
    }

    #[test]
    fn a_refusal_for_want_of_a_slot_counts_until_there_is_a_profile_less() {
        let mut memory = Memory::new(1);
        let failure = Failure { class: Class::Fix, reason: Reason::NoFreeSlot, ..refused_by_eks() };
        memory.note(&decide(&prepared()), &Outcome::Failed(failure), 1, at(0), &PACE(), 0.0);
        learn(&mut memory, &foreign("another", ProfileStatus::Active), at(1));
        assert_eq!((memory.full_at(), count(&memory, &Effect::Create(1)).0), (Some(1), 1));
        let empty = prepared();
        memory.learn(&empty, &Picture::of(&empty), &PACE(), 0.0);
        assert_eq!((memory.full_at(), count(&memory, &Effect::Create(1)).0), (None, 0));
    }

    #[test]
    fn what_failed_and_is_not_wanted_any_more_is_forgotten_but_not_in_quiet_time() {
        let profile = owned("web-9999", ProfileStatus::Active);
        let arn = profile.arn.clone();
        let trouble = |failed: Step| {
            let mut memory = Memory::new(1);
            memory.note(&failed, &Outcome::Failed(refused_by_eks()), 1, at(0), &PACE(), 0.0);
            let mut seen = with(std::slice::from_ref(&profile));
            seen.quiet = true;
            memory.learn(&seen, &Picture::of(&seen), &PACE(), 0.0);
            let in_quiet_time = memory.attempts().len();
            seen.quiet = false;
            memory.learn(&seen, &Picture::of(&seen), &PACE(), 0.0);
            (in_quiet_time, memory.attempts().len())
        };
        let cause = crate::plan::DeleteCause::Superseded;
        assert_eq!(trouble(Step::Delete { name: "web-9999".into(), arn: arn.clone(), cause }), (1, 0));
        let tag = |arn: String| Step::Tag {
            name: "web-9999".into(),
            arn,
            set: BTreeMap::new(),
            remove: Vec::new(),
            cause: crate::plan::TagCause::Drift,
        };
        assert_eq!(trouble(tag(arn)), (1, 0));
        let other = Step::Delete {
            name: "web-9998".into(),
            arn: "arn:other".into(),
            cause: crate::plan::DeleteCause::Superseded,
        };
        assert_eq!(trouble(other), (1, 1));
    }

    fn refused_by_eks() -> Failure {
        refused(&owned("web-9999", ProfileStatus::CreateFailed), Class::Fix, Reason::CreateFailed)
    }
}

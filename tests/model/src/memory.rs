//! What the process remembers of an object: `controller::memory` with times and counts reduced to what decisions read.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use fargate_operator::act::Outcome;
use fargate_operator::api::ProfileRecord;
use fargate_operator::eks::ProfileStatus;
use fargate_operator::plan::{Effect, Picture, Pods, Snapshot, Step, tag_drift};
use fargate_operator::report::record;

use crate::world;
use crate::{eks, real};

/// What `controller::memory` keeps, with times and counts reduced to what decisions read of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Memory {
    pub tries: BTreeMap<Effect, Try>,
    /// Failed profiles that have been counted.
    pub counted: BTreeSet<(String, bool)>,
    /// Profiles on record that are out of sight, and whether for longer than quiet time.
    pub absent: BTreeMap<String, bool>,
    /// A profile that was created, until it stands in status: its name, incarnation and spec.
    pub created: Option<(Rc<str>, u8, u8)>,
    /// EKS had no room when the cluster had so many profiles.
    pub full_at: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Try {
    pub waits: bool,
    pub failed: Option<Fail>,
}

/// How a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fail {
    /// 409.
    Busy,
    /// 404.
    Gone,
    /// EKS has no room for it.
    Quota,
    /// EKS refuses the spec.
    Refused,
    /// Nobody knows.
    NoAnswer,
    /// An eviction is not possible now.
    Blocked,
    /// An eviction is not allowed.
    EvictionRefused,
    /// Told by the profile's status.
    CreateFailed,
    DeleteFailed,
}

impl Memory {
    /// Learns from what a look shows.
    pub fn learn(&mut self, snapshot: &Snapshot, picture: &Picture<'_>) {
        if picture.is_complete() {
            self.tries.remove(&Effect::Create(snapshot.object.generation));
        }
        if snapshot.status.previous.is_none() {
            self.tries.remove(&Effect::PutBack);
        }
        if !snapshot.quiet && !snapshot.object.deleting {
            self.forget_unwanted(snapshot, picture);
        }
        if self.full_at.take_if(|full_at| snapshot.profiles.len() < *full_at).is_some() {
            self.tries.retain(|_, it| it.failed != Some(Fail::Quota));
        }
        if let Pods::Known(pods) = &snapshot.pods {
            let is_there = |uid: &String| pods.iter().any(|pod| pod.controller.as_ref().is_some_and(|c| c.uid == *uid));
            self.tries.retain(|effect, _| !matches!(effect, Effect::Evict(uid) if !is_there(uid)));
        }
        for profile in &picture.owned {
            let (effect, failed, is_delete) = match profile.status {
                ProfileStatus::CreateFailed => (picture.attempt_behind(snapshot, profile), Fail::CreateFailed, false),
                ProfileStatus::DeleteFailed => (Some(Effect::Delete(profile.arn.clone())), Fail::DeleteFailed, true),
                ProfileStatus::Creating
                | ProfileStatus::Active
                | ProfileStatus::Deleting
                | ProfileStatus::Unknown(_) => continue,
            };
            let Some(effect) = effect else { continue };
            if self.counted.insert((profile.arn.clone(), is_delete)) {
                self.tries.insert(effect, Try { waits: true, failed: Some(failed) });
            }
        }
        self.counted.retain(|(arn, _)| picture.owned.iter().any(|profile| profile.arn == *arn));
    }

    /// A failed delete of what serves the spec again, and a failed change of tags that is not due any more.
    fn forget_unwanted(&mut self, snapshot: &Snapshot, picture: &Picture<'_>) {
        let Some(serving) = picture.serving() else { return };
        let (set, remove) = tag_drift(&picture.tags(snapshot), &snapshot.status.applied_tag_keys, serving);
        let due = Effect::Tag { arn: serving.arn.clone(), set, remove };
        self.tries.retain(|effect, it| {
            let unwanted = match effect {
                Effect::Create(_) | Effect::PutBack | Effect::Evict(_) => false,
                Effect::Delete(arn) => *arn == serving.arn,
                Effect::Tag { .. } => *effect != due,
            };
            !unwanted || it.failed.is_none()
        });
    }

    /// Adds to the records of a status the profile that was created and did not get there.
    pub fn recall(&self, records: &mut Vec<ProfileRecord>) {
        let Some((name, life, spec)) = &self.created else { return };
        let created = record(&real::profile(&eks::profile(name, *life, *spec)));
        if records.iter().all(|record| record.arn != created.arn) {
            records.push(created);
        }
    }

    /// Notes which profiles on record a look does not show.
    pub fn miss<'a>(&mut self, records: impl Iterator<Item = &'a String>, seen: &[String]) {
        let absent = records.filter(|arn| !seen.contains(arn));
        self.absent = absent.map(|arn| (arn.clone(), self.absent.get(arn).copied().unwrap_or_default())).collect();
    }

    /// Notes what came of a step.
    pub fn note(&mut self, step: &Step, outcome: &Outcome, fail: Option<Fail>, profiles: usize) {
        let Some(effect) = step.effect() else { return };
        match (outcome, effect) {
            (Outcome::Done | Outcome::Created(_), effect @ Effect::Evict(_)) => {
                self.tries.remove(&effect);
            }
            (Outcome::Done | Outcome::Created(_), effect) => {
                if let Effect::Delete(arn) = &effect {
                    self.counted.remove(&(arn.clone(), true));
                }
                let it = self.tries.entry(effect).or_default();
                it.failed.take_if(|fail| !matches!(fail, Fail::CreateFailed | Fail::DeleteFailed));
                it.waits = true;
            }
            (Outcome::Failed(_), effect) => {
                if fail == Some(Fail::Quota) {
                    self.full_at = Some(profiles);
                }
                self.tries.insert(effect, Try { waits: true, failed: fail });
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

    /// Nothing was tried that has not come to its end.
    pub fn is_blank(&self) -> bool {
        self.tries.is_empty() && self.created.is_none()
    }

    /// Forgets what was tried on profiles that are gone.
    pub fn forget_gone(&mut self, seen: &[String]) {
        self.created = None;
        self.tries.retain(|effect, _| match effect {
            Effect::Create(_) | Effect::PutBack | Effect::Evict(_) => true,
            Effect::Delete(arn) | Effect::Tag { arn, .. } => seen.contains(arn),
        });
    }

    /// Whether the profile is remembered for anything.
    pub fn knows(&self, arn: &str) -> bool {
        let is_it = |effect: &Effect| matches!(effect, Effect::Delete(of) | Effect::Tag { arn: of, .. } if of == arn);
        self.tries.keys().any(is_it)
            || self.absent.contains_key(arn)
            || self.created.iter().any(|(name, life, _)| world::arn(name, *life) == arn)
            || self.counted.iter().any(|(of, _)| of == arn)
    }

    /// All back-offs are over. What was done to tags counts for nothing more than that.
    pub fn rested(&mut self) {
        self.tries.values_mut().for_each(|it| it.waits = false);
        self.tries.retain(|effect, it| it.failed.is_some() || !matches!(effect, Effect::Tag { .. }));
    }

    /// A new generation is a new start.
    pub fn meet(&mut self) {
        self.tries.retain(|effect, _| matches!(effect, Effect::Delete(_)));
    }
}

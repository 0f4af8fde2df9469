//! What the process remembers of an object: `controller::memory` with times and counts reduced to what decisions read.

use fargate_operator::act::Outcome;
use fargate_operator::eks::ProfileStatus;
use fargate_operator::plan::{Effect, Picture, Snapshot, Step};

use crate::world::{Fail, Memory, Try};

impl Memory {
    /// Learns from what a look shows.
    pub fn learn(&mut self, snapshot: &Snapshot, picture: &Picture<'_>) {
        if picture.serving().is_some() {
            self.tries.remove(&Effect::Create(snapshot.object.generation));
        }
        if snapshot.status.previous.is_none() {
            self.tries.remove(&Effect::PutBack);
        }
        if self.full_at.take_if(|full_at| snapshot.profiles.len() < *full_at).is_some() {
            self.tries.retain(|_, it| it.failed != Some(Fail::Quota));
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

    /// Notes which profiles on record a look does not show.
    pub fn miss<'a>(&mut self, records: impl Iterator<Item = &'a String>, seen: &[String]) {
        let absent = records.filter(|arn| !seen.contains(arn));
        self.absent = absent.map(|arn| (arn.clone(), self.absent.get(arn).copied().unwrap_or_default())).collect();
    }

    /// Notes what came of a step.
    pub fn note(&mut self, step: &Step, outcome: &Outcome, fail: Option<Fail>, profiles: usize) {
        let Some(effect) = step.effect() else { return };
        match (outcome, effect) {
            (Outcome::Done | Outcome::Created(_), effect @ Effect::Tag(_)) => drop(self.tries.remove(&effect)),
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
            (Outcome::NotOurTurn(_) | Outcome::Rested | Outcome::Outdated | Outcome::KubernetesFailed(_), _) => {}
        }
    }

    /// Forgets what was tried on profiles that are gone.
    pub fn forget_gone(&mut self, seen: &[String]) {
        self.tries.retain(|effect, _| match effect {
            Effect::Create(_) | Effect::PutBack => true,
            Effect::Delete(arn) | Effect::Tag(arn) => seen.contains(arn),
        });
    }

    /// Whether the profile is remembered for anything.
    pub fn knows(&self, arn: &str) -> bool {
        let is_it = |effect: &Effect| matches!(effect, Effect::Delete(of) | Effect::Tag(of) if of == arn);
        self.tries.keys().any(is_it) || self.absent.contains_key(arn) || self.counted.iter().any(|(of, _)| of == arn)
    }

    /// A new generation is a new start.
    pub fn meet(&mut self) {
        self.tries.retain(|effect, _| !matches!(effect, Effect::Create(_)));
    }
}

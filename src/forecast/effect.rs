//! What a step changes in the imitated world, and why it may not.

use kube::ResourceExt;

use super::eks::tag;
use super::mend::carry_out;
use super::run::Run;
use super::{Mended, Mutation, Operation};
use crate::act::{EksView, InFlight, Mutation as Call, Outcome, pinned};
use crate::api::{FINALIZER, Reason, TAG_OWNER};
use crate::eks::Profile;
use crate::failure::{Class, Failure};
use crate::plan::{Eviction, Step};
use crate::state::Snapshot;

impl Run {
    /// Takes the step, and notes what it changes.
    pub(super) fn act(&mut self, step: &Step, snapshot: &Snapshot) -> Outcome {
        let object = snapshot.object.name.as_str();
        match step {
            Step::AddFinalizer => {
                if let Some(found) = self.world.objects.iter_mut().find(|it| it.name_any() == object) {
                    found.finalizers_mut().push(FINALIZER.to_owned());
                }
                Outcome::Done
            }
            Step::DropFinalizer(_) => {
                self.world.objects.retain(|it| it.name_any() != object);
                Outcome::Done
            }
            Step::Create { profile, .. } => {
                let call = Call::Create { name: profile.name.clone(), arn: None };
                let send = |run: &mut Self| run.eks.create(&mut run.world, profile, run.now).map(Some);
                self.mutate(snapshot, Operation::CreateFargateProfile, &profile.name, call, send)
            }
            Step::Delete { name, arn, .. } => {
                let status = snapshot.profiles.iter().find(|it| it.arn == *arn).map(|it| it.status.clone());
                let Some(before) = status else { return Outcome::Done };
                let call = Call::Delete { name: name.clone(), arn: arn.clone(), before };
                self.mutate(snapshot, Operation::DeleteFargateProfile, name, call, |run| {
                    run.eks.delete(&mut run.world, arn, run.now);
                    run.fargate.end_all_on(arn, &run.world.profiles, run.now, run.world.wall);
                    Ok(None)
                })
            }
            Step::Tag { name, arn, set, remove, .. } => {
                let operation = if set.is_empty() { Operation::UntagResource } else { Operation::TagResource };
                let call = Call::Tag { name: name.clone(), arn: arn.clone(), set: set.clone(), remove: remove.clone() };
                self.mutate(snapshot, operation, name, call, |run| {
                    tag(&mut run.world, arn, set, remove);
                    Ok(None)
                })
            }
            Step::Mend(mend) => {
                let (object, at) = (object.to_owned(), (self.now - self.began).as_secs());
                self.forecast.mends.push(Mended { object, call: mend.key(), at });
                if let Some(restarted) = carry_out(mend, &mut self.world.evidence, self.world.wall) {
                    self.fargate.restart(&restarted, &self.world.profiles, self.now, self.world.wall);
                }
                Outcome::Done
            }
            Step::Ask { eviction, .. } => self.held(eviction).map_or(Outcome::Rested, Outcome::Failed),
            Step::Evict(eviction) => match self.held(eviction) {
                Some(failure) => Outcome::Failed(failure),
                None => {
                    self.fargate.replace(&eviction.uid, &self.world.profiles, self.now, self.world.wall);
                    self.note_eviction(object, eviction);
                    Outcome::Done
                }
            },
            Step::Checkpoint(_) | Step::Wait(_) => Outcome::Rested,
        }
    }

    fn note_eviction(&mut self, object: &str, eviction: &Eviction) {
        *self.forecast.evicted.entry(object.to_owned()).or_default() += 1;
        let taker = self.world.profiles.iter().find(|profile| profile.name == eviction.to);
        let owner = taker.and_then(|profile| profile.tags.get(TAG_OWNER)).filter(|owner| *owner != object);
        if let Some(owner) = owner {
            *self.forecast.handovers.entry((object.to_owned(), owner.clone())).or_default() += 1;
        }
    }

    /// Why a pod cannot be evicted.
    fn held(&self, eviction: &Eviction) -> Option<Failure> {
        let pin = self.world.pinned.get(&eviction.controller.uid).filter(|pin| **pin != eviction.to);
        if let Some(pin) = pin {
            let Eviction { namespace, controller, .. } = eviction;
            return Some(pinned(&format!("{} {namespace}/{}", controller.kind, controller.name), pin));
        }
        let budget = self.world.held.get(&eviction.uid)?;
        let message = format!("the disruption budget {budget} allows no eviction");
        Some(Failure::of_eviction(Class::Wait, Reason::EvictionBlocked, message))
    }

    /// Takes the turn, changes EKS and tells the turn the answer.
    fn mutate(
        &mut self,
        snapshot: &Snapshot,
        operation: Operation,
        profile: &str,
        call: Call,
        send: impl FnOnce(&mut Self) -> Result<Option<Profile>, Failure>,
    ) -> Outcome {
        let (object, now, wall) = (snapshot.object.name.as_str(), self.now, self.world.wall);
        let seen = EksView { profiles: &snapshot.profiles, began: now, installation: &snapshot.installation };
        if let Err(blocked) = self.turn.take(object, InFlight::new(call, now), &seen, now, wall) {
            return Outcome::NotOurTurn(blocked);
        }
        let answer = send(self);
        let next_try = self.intervals.poll_most;
        // Nobody else is at work, so there is no conflict.
        self.turn.answered(object, answer.as_ref().map(Option::as_ref), now, wall, |_| next_try);
        match answer {
            Ok(made) => {
                self.forecast.mutations.push(Mutation {
                    object: object.to_owned(),
                    operation,
                    profile: profile.to_owned(),
                    at: (now - self.began).as_secs(),
                });
                made.map_or(Outcome::Done, Outcome::Created)
            }
            Err(failure) => Outcome::Failed(failure),
        }
    }
}

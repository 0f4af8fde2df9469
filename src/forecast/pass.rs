//! One pass over one object, as [`controller`](crate::controller) makes it, with imitated effects.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kube::ResourceExt;

use super::eks::tag;
use super::mend::carry_out;
use super::run::{Rest, Run};
use super::{Mended, Mutation, Operation};
use crate::act::{EksView, InFlight, Mutation as Call, Outcome, pinned};
use crate::api::{FINALIZER, FargateProfile, Reason, TAG_OWNER};
use crate::eks::Profile;
use crate::failure::{Class, Failure};
use crate::observe::{self, EksSnapshot, Found, retry_of};
use crate::plan::{Eviction, Step, Wait, needs_the_next_turn, plan};
use crate::report::{Report, report};
use crate::state::{Facts, Pods, Snapshot};

/// What came of a pass.
pub(super) struct Passed {
    /// Something was done, or others may see a difference.
    pub(super) is_news: bool,
    /// Set if nothing more comes of it unless something else happens.
    pub(super) rests: Option<Rest>,
    /// When the next pass is due.
    pub(super) after: Duration,
    /// Objects to pass at once.
    pub(super) woken: Vec<String>,
}

impl Run {
    /// What a pass over this object rests on.
    pub(super) fn look(&mut self, object: &FargateProfile) -> Snapshot {
        let name = object.name_any();
        let objects: Vec<Arc<FargateProfile>> = self.world.objects.iter().cloned().map(Arc::new).collect();
        let look = self.eks_snapshot();
        let (installation, intervals) = (&self.installation, &self.intervals);
        let mut snapshot =
            observe::snapshot(object, &objects, &look, installation, intervals, self.now, self.world.wall);
        snapshot.quiet = self.turn.is_quiet();
        (snapshot.pods, snapshot.dns) = (self.pods(&name), self.world.dns.clone());
        snapshot.able_since = self.began;
        let memory = self.memories.entry(name).or_default();
        memory.meet(snapshot.object.generation, retry_of(object));
        memory.ability.able(self.now);
        memory.recall(&mut snapshot);
        observe::known(&mut snapshot, &look, &mut self.world.evidence);
        memory.learn(&Facts::of(&snapshot), intervals, 0.0);
        snapshot.full_at = memory.full_at();
        memory.tell_attempts(&mut snapshot);
        snapshot
    }

    /// The pods, as a pass over this object sees them.
    fn pods(&self, object: &str) -> Pods {
        let of_object = |pods: &Vec<_>| self.reach.pods(object, &self.world.profiles, pods);
        self.world.seen(self.fargate.pods.as_ref().map(of_object))
    }

    fn eks_snapshot(&self) -> EksSnapshot {
        EksSnapshot {
            began: self.now,
            cluster: match &self.world.cluster {
                Some(cluster) => Found::Cluster(Box::new(cluster.clone())),
                None => Found::Missing { account: self.world.account.clone() },
            },
            profiles: self.world.profiles.clone(),
            undescribed: BTreeMap::new(),
            status_since: self.eks.since.clone(),
        }
    }

    /// Plans, acts and reports.
    pub(super) fn pass(&mut self, object: &FargateProfile) -> Passed {
        let name = object.name_any();
        let (profiles, now) = (self.world.profiles.clone(), self.now);
        let mut woken: Vec<String> = self.turn.learn(&profiles, now, now).into_iter().collect();
        let mut snapshot = self.look(object);
        let step = plan(&Facts::of(&snapshot));
        if !snapshot.quiet {
            woken.extend(self.turn.reserve(&name, needs_the_next_turn(&snapshot, &step), now));
        }
        let outcome = self.act(&step, &snapshot);
        let gives_way = !matches!(outcome, Outcome::NotOurTurn(_))
            && !matches!(step, Step::Wait(Wait::Quiet | Wait::Doubtful { .. }));
        if gives_way {
            woken.extend(self.turn.leave(&name, now));
        }
        if let Some(memory) = self.memories.get_mut(&name) {
            memory.note(&step, &outcome, profiles.len(), now, &self.intervals, 0.0);
            memory.tell_attempts(&mut snapshot);
        }
        let told = report(&Facts::of(&snapshot), &step, &outcome, &self.intervals);
        let said = self.write(&name, &snapshot, &told);
        woken.extend(told.concerns);
        Passed {
            is_news: said || outcome.is_done() || matches!(step, Step::Checkpoint(_)),
            rests: rests(&step),
            after: told.requeue.after,
            woken,
        }
    }

    /// Keeps the status. Whether it says anything else than before.
    fn write(&mut self, name: &str, snapshot: &Snapshot, told: &Report) -> bool {
        let objects = &mut self.world.objects;
        let Some(object) = objects.iter_mut().find(|it| it.name_any() == name).filter(|_| told.writes) else {
            return false;
        };
        if let Some(memory) = self.memories.get_mut(name) {
            memory.written(snapshot);
        }
        let claims = |status: &crate::api::FargateProfileStatus| {
            status
                .conditions
                .iter()
                .map(|it| (it.type_.clone(), it.status.clone(), it.reason.clone()))
                .collect::<Vec<_>>()
        };
        let before = object.status.replace(told.status.clone());
        before.as_ref().map(claims) != object.status.as_ref().map(claims)
    }

    fn act(&mut self, step: &Step, snapshot: &Snapshot) -> Outcome {
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

/// Set if time alone changes nothing any more.
fn rests(step: &Step) -> Option<Rest> {
    let Step::Wait(wait) = step else { return None };
    match wait {
        Wait::Settled => Some(Rest::Settled),
        Wait::AwaitingApproval { .. } | Wait::Suspended { .. } | Wait::Stalled { .. } | Wait::NoFreeSlot { .. } => {
            Some(Rest::Held)
        }
        Wait::Quiet
        | Wait::Doubtful { .. }
        | Wait::UnderWay { .. }
        | Wait::Settling { .. }
        | Wait::Draining(_)
        | Wait::Notice { .. }
        | Wait::Unread { .. }
        | Wait::DnsLeaves { .. }
        | Wait::OutOfSight { .. }
        | Wait::PodsUnknown { .. }
        | Wait::BackOff { .. } => None,
    }
}

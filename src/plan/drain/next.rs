//! The next step for the pods on a profile that is to go.

use std::sync::Arc;
use std::time::Duration;

use super::blocker::{Blocker, Drain, Stage};
use super::deadline::{begin, counted, is_overdue, may_proceed, on_record, put};
use super::pods::{Disposition, DrainingPod, DrainingPods};
use super::probe::{self, ProbeResult};
use crate::api::{DrainRecord, OnUnhealthy};
use crate::eks::ProfileStatus;
use crate::placement::Pod;
use crate::plan::{Checkpoint, DeleteCause, Step, Wait, settle};
use crate::state::Facts;
use crate::state::approval::{Extra, is_approved, with_extra};
use crate::state::handover::Handovers;

/// Everything that decides about the pods of one profile.
pub(super) struct DrainStep<'a> {
    pub(super) facts: &'a Facts<'a>,
    pub(super) plan: &'a str,
    pub(super) pods: &'a [Arc<Pod>],
    pub(super) draining: DrainingPods<'a>,
    pub(super) leaving: bool,
}

impl DrainStep<'_> {
    pub(super) fn next(&self) -> Step {
        let Self { facts: Facts { snapshot, .. }, draining, .. } = self;
        let old = draining.old;
        let done = if self.leaving { DeleteCause::ObjectDeleted } else { DeleteCause::Superseded };
        let nothing_left = draining.is_empty() || self.leaving && draining.is_left_to_end();
        if let Some(wait) = self.notice(nothing_left) {
            return Step::Wait(wait);
        }
        let Some(drain) = on_record(snapshot, old) else {
            let begins = || begin(snapshot, old, draining.to_move());
            return (!nothing_left).then(begins).flatten().unwrap_or_else(|| Step::delete(snapshot, old, done));
        };
        if let Some(begins) = begin(snapshot, old, draining.to_move()) {
            return begins;
        }
        let counted = counted(snapshot, drain, draining.to_move());
        let has_moved = counted.since != drain.since;
        let overdue = is_overdue(snapshot, drain) && !has_moved && !self.is_moving(drain);
        let proven = match self.proven(drain, &counted, nothing_left, overdue) {
            Ok(proven) => proven,
            Err(step) => return *step,
        };
        if is_overdue(snapshot, drain) && has_moved {
            return put(old, counted);
        }
        if overdue && may_proceed(snapshot, drain) {
            return Step::delete(snapshot, old, if self.leaving { done } else { DeleteCause::TimedOut });
        }
        if let Some(back) = self.bounced(drain) {
            return self.wait(back, overdue);
        }
        if nothing_left {
            return Step::delete(snapshot, old, done);
        }
        if let Some((pod, to)) = self.candidate(drain, &proven) {
            return self.evict(pod.pod, to, drain);
        }
        if let Some(until) = self.evictable().filter_map(|(_, to)| self.unsettled(to)).min() {
            return Step::Wait(Wait::Settling { until });
        }
        let is_losing = draining.losing() == draining.pods.len();
        if is_losing || draining.is_awaiting() {
            let plan = with_extra(self.plan, Extra::LosePods(old, "no other profile takes them"));
            return if is_approved(snapshot, &plan) {
                Step::delete(snapshot, old, if self.leaving { done } else { DeleteCause::Approved })
            } else {
                self.wait(if is_losing { Stage::Losing(plan) } else { Stage::HandingOver(plan) }, overdue)
            };
        }
        self.wait(Stage::Pods, overdue)
    }

    /// The profiles that have shown that pods start on them, or what the others keep waiting.
    fn proven<'b>(
        &'b self,
        drain: &'b DrainRecord,
        counted: &DrainRecord,
        nothing_left: bool,
        overdue: bool,
    ) -> Result<Vec<&'b str>, Box<Step>> {
        let mut proven = Vec::new();
        for to in self.takers(drain) {
            match probe::of(self.facts.snapshot, self.pods, &self.draining, to) {
                ProbeResult::Proven => proven.push(to),
                ProbeResult::Seen => return Err(Box::new(put(self.draining.old, with_proof(counted, to)))),
                ProbeResult::None => {}
                ProbeResult::Awaited | ProbeResult::Missing if self.bounced(drain).is_some() => {}
                ProbeResult::Awaited => return Err(Box::new(self.wait(Stage::Probing(to.to_owned()), overdue))),
                ProbeResult::Missing if nothing_left => {}
                ProbeResult::Missing => return Err(Box::new(self.wait(Stage::Unanswered(to.to_owned()), overdue))),
                ProbeResult::Unhealthy(why) => return Err(Box::new(self.unhealthy(to, why, overdue))),
            }
        }
        Ok(proven)
    }

    /// A profile goes with its object although no profile takes the remaining pods. They are reported for a while
    /// first.
    fn notice(&self, nothing_left: bool) -> Option<Wait> {
        let rest = self.facts.snapshot.is_news_for().filter(|_| self.leaving && nothing_left)?;
        let left = self.draining.pods.iter().filter(|pod| matches!(pod.disposition, Disposition::NoProfile(_)));
        let pods: Vec<String> = left.map(|pod| pod.pod.path()).collect();
        let (name, until) = (self.draining.old.name.clone(), self.facts.snapshot.now + rest);
        (!pods.is_empty()).then_some(Wait::Notice { name, pods, until })
    }

    /// Until when the profile of this name has time to settle.
    pub(super) fn unsettled(&self, name: &str) -> Option<Duration> {
        let profile = self.facts.snapshot.profiles.iter().find(|profile| profile.name == name)?;
        settle::settled_at(self.facts.snapshot, profile).filter(|until| self.facts.snapshot.now < *until)
    }

    /// Whether a moved pod may still be starting.
    fn is_moving(&self, drain: &DrainRecord) -> bool {
        let has_moved = drain.left.is_some_and(|left| left < drain.total);
        let is_recent =
            drain.since.as_ref().is_some_and(|since| self.facts.snapshot.since(since.0) < self.facts.snapshot.progress);
        let waits = |(pod, to): (&DrainingPod<'_>, &str)| self.blocker(pod.pod, to, true) == Some(Blocker::Moving);
        has_moved && is_recent && self.evictable().any(waits)
    }

    fn bounced(&self, drain: &DrainRecord) -> Option<Stage> {
        let to = drain.evicting.as_ref().map(|evicted| evicted.to.as_str())?;
        // A profile that takes no new pods any more is not to blame.
        let takes = self.takers(drain).contains(&to);
        let back = probe::bounced(self.facts.snapshot, self.pods, &self.draining, drain).filter(|_| takes)?;
        Some(Stage::Bounced(back.path(), to.to_owned()))
    }

    /// The profiles that take the remaining pods, and the target of the last eviction if it still takes new pods.
    fn takers<'b>(&'b self, drain: &'b DrainRecord) -> Vec<&'b str> {
        let evictable = self.evictable().map(|(_, to)| to);
        let evicted = drain.evicting.as_ref().map(|evicted| evicted.to.as_str());
        let foremost = self.facts.foremost.map(|profile| profile.name.as_str());
        let takes = |to: &&str| if self.leaving { self.stays(to) } else { Some(*to) == foremost };
        let mut takers: Vec<&str> = evictable.chain(evicted.filter(takes)).collect();
        takers.sort_unstable();
        takers.dedup();
        takers
    }

    /// Whether the profile is ACTIVE and stays.
    fn stays(&self, name: &str) -> bool {
        let active = self.facts.snapshot.profiles.iter().filter(|profile| profile.status == ProfileStatus::Active);
        let handovers = Handovers::of(self.facts.snapshot);
        active.filter(|profile| profile.name == name).any(|profile| !handovers.is_going(profile))
    }

    fn unhealthy(&self, to: &str, why: String, overdue: bool) -> Step {
        let is_target = self.facts.serving().is_some_and(|target| target.name == to);
        let is_to_blame = !probe::starts_pods(self.facts.snapshot, self.pods, to);
        match self.facts.snapshot.spec.on_unhealthy() {
            OnUnhealthy::RollBack if is_target && is_to_blame && !self.leaving => {
                Step::Checkpoint(Checkpoint::Unhealthy(why))
            }
            OnUnhealthy::RollBack | OnUnhealthy::Hold => self.wait(Stage::Unhealthy(why), overdue),
        }
    }

    pub(super) fn wait(&self, stage: Stage, overdue: bool) -> Step {
        let drains = || self.facts.snapshot.status.profiles.iter().filter_map(|record| record.drain.as_ref());
        let is_proven = |to: &String| drains().any(|drain| drain.proven.contains(to));
        let held = self.draining.pods.iter().map(|pod| {
            let blocker = match &pod.disposition {
                Disposition::Terminating => Blocker::Ending,
                Disposition::Blocked(blocker) | Disposition::NoProfile(blocker) => blocker.clone(),
                Disposition::Awaiting(successor) => Blocker::Awaiting(successor.clone()),
                Disposition::Evictable(to) => self.blocker(pod.pod, to, is_proven(to)).unwrap_or(Blocker::Probe),
            };
            (pod.pod.path(), blocker)
        });
        let mut held: Vec<(String, Blocker)> = held.collect();
        held.sort_by(|(a, _), (b, _)| a.cmp(b));
        Step::Wait(Wait::Draining(Drain { name: self.draining.old.name.clone(), stage, held, overdue }))
    }
}

fn with_proof(drain: &DrainRecord, to: &str) -> DrainRecord {
    let mut drain = drain.clone();
    drain.proven.push(to.to_owned());
    drain
}

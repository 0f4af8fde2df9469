//! The next thing to do about the pods on a profile that is to go.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::evidence::{self, Evidence};
use super::hold::{Drain, Hold, Stage};
use super::timer::{begin, count, counted, is_overdue, may_proceed, on_record, put, record};
use super::ward::{Inmate, Standing, Ward};
use crate::api::{DrainRecord, EvictedPod, OnUnhealthy};
use crate::eks::ProfileStatus;
use crate::failure::Class;
use crate::placement::Pod;
use crate::plan::approval::{Extra, is_approved, with_extra};
use crate::plan::handover::Handovers;
use crate::plan::{DeleteCause, Effect, EvictCause, Eviction, Picture, Record, Rest, Snapshot, Step, settle};

/// All that a decision on the pods of one profile rests on.
pub(super) struct Move<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) picture: &'a Picture<'a>,
    pub(super) plan: &'a str,
    pub(super) pods: &'a [Arc<Pod>],
    pub(super) ward: Ward<'a>,
    /// The object is being deleted.
    pub(super) leaving: bool,
}

impl Move<'_> {
    pub(super) fn next(&self) -> Step {
        let Self { snapshot, ward, .. } = self;
        let old = ward.old;
        let done = if self.leaving { DeleteCause::ObjectDeleted } else { DeleteCause::Superseded };
        let nothing_left = ward.is_empty() || self.leaving && ward.is_left_to_end();
        if let Some(rest) = self.notice(nothing_left) {
            return Step::Rest(rest);
        }
        let Some(drain) = on_record(snapshot, old) else {
            let begins = || begin(snapshot, old, ward.to_move());
            return (!nothing_left).then(begins).flatten().unwrap_or_else(|| Step::delete(snapshot, old, done));
        };
        if let Some(begins) = begin(snapshot, old, ward.to_move()) {
            return begins;
        }
        let counted = counted(snapshot, drain, ward.to_move());
        let has_moved = counted.since != drain.since;
        let overdue = is_overdue(snapshot, drain) && !has_moved && !self.is_moving(drain);
        let mut proven = Vec::new();
        for to in self.takers(drain) {
            match evidence::of(snapshot, self.pods, ward, to) {
                Evidence::Proven => proven.push(to),
                Evidence::Seen => return put(old, with_proof(&counted, to)),
                Evidence::None => {}
                Evidence::Awaited | Evidence::Missing if self.bounced(drain).is_some() => {}
                Evidence::Awaited => return self.rest(Stage::Probing(to.to_owned()), overdue),
                Evidence::Missing if nothing_left => {}
                Evidence::Missing => return self.rest(Stage::Unanswered(to.to_owned()), overdue),
                Evidence::Unhealthy(why) => return self.unhealthy(to, why, overdue),
            }
        }
        if is_overdue(snapshot, drain) && has_moved {
            return put(old, counted);
        }
        if overdue && may_proceed(snapshot, drain) {
            return Step::delete(snapshot, old, if self.leaving { done } else { DeleteCause::TimedOut });
        }
        if let Some(back) = self.bounced(drain) {
            return self.rest(back, overdue);
        }
        if nothing_left {
            return Step::delete(snapshot, old, done);
        }
        if let Some((inmate, to)) = self.candidate(drain, &proven) {
            // What was moved goes on record whether or not the next one may go.
            return if has_moved { put(old, counted) } else { self.evict(inmate.pod, to, drain) };
        }
        if let Some(until) = self.movable().filter_map(|(_, to)| self.unsettled(to)).min() {
            return Step::Rest(Rest::Settling { until });
        }
        let is_losing = ward.losing() == ward.inmates.len();
        if is_losing || ward.is_awaiting() {
            let plan = with_extra(self.plan, Extra::LosePods(old, "no other profile takes them"));
            return if is_approved(snapshot, &plan) {
                Step::delete(snapshot, old, if self.leaving { done } else { DeleteCause::Approved })
            } else {
                self.rest(if is_losing { Stage::Losing(plan) } else { Stage::HandingOver(plan) }, overdue)
            };
        }
        self.rest(Stage::Pods, overdue)
    }

    /// With its object, a profile goes although nobody takes the pods that are left. They are named for a while before.
    fn notice(&self, nothing_left: bool) -> Option<Rest> {
        let rest = self.snapshot.is_news_for().filter(|_| self.leaving && nothing_left)?;
        let left = self.ward.inmates.iter().filter(|inmate| matches!(inmate.standing, Standing::Losing(_)));
        let pods: Vec<String> = left.map(|inmate| inmate.pod.path()).collect();
        let (name, until) = (self.ward.old.name.clone(), self.snapshot.now + rest);
        (!pods.is_empty()).then_some(Rest::Notice { name, pods, until })
    }

    /// Until when the profile of this name is given time before pods are expected to land on it.
    fn unsettled(&self, name: &str) -> Option<Duration> {
        let profile = self.snapshot.profiles.iter().find(|profile| profile.name == name)?;
        settle::settled_at(self.snapshot, profile).filter(|until| self.snapshot.now < *until)
    }

    /// Whether a pod has been moved that is still within the time that it may take to become Ready.
    fn is_moving(&self, drain: &DrainRecord) -> bool {
        let has_moved = drain.left.is_some_and(|left| left < drain.total);
        let is_recent = drain.since.as_ref().is_some_and(|since| self.snapshot.since(since.0) < self.snapshot.progress);
        let waits = |(inmate, to): (&Inmate<'_>, &str)| self.hold(inmate.pod, to, true) == Some(Hold::Moving);
        has_moved && is_recent && self.movable().any(waits)
    }

    fn bounced(&self, drain: &DrainRecord) -> Option<Stage> {
        let to = drain.evicting.as_ref().map(|evicted| evicted.to.as_str())?;
        // What takes no pods any more has nothing to be blamed for.
        let takes = self.takers(drain).contains(&to);
        let back = evidence::bounced(self.snapshot, self.pods, &self.ward, drain).filter(|_| takes)?;
        Some(Stage::Bounced(back.path(), to.to_owned()))
    }

    /// The profiles that take the pods that are left, and the last one evicted if new pods still go to it.
    fn takers<'b>(&'b self, drain: &'b DrainRecord) -> Vec<&'b str> {
        let movable = self.movable().map(|(_, to)| to);
        let evicted = drain.evicting.as_ref().map(|evicted| evicted.to.as_str());
        let foremost = self.picture.foremost.map(|profile| profile.name.as_str());
        let takes = |to: &&str| if self.leaving { self.stays(to) } else { Some(*to) == foremost };
        let mut takers: Vec<&str> = movable.chain(evicted.filter(takes)).collect();
        takers.sort_unstable();
        takers.dedup();
        takers
    }

    /// Whether a profile of somebody else takes pods and does not go itself.
    fn stays(&self, name: &str) -> bool {
        let active = self.snapshot.profiles.iter().filter(|profile| profile.status == ProfileStatus::Active);
        let handovers = Handovers::of(self.snapshot);
        active.filter(|profile| profile.name == name).any(|profile| !handovers.is_going(profile))
    }

    fn movable(&self) -> impl Iterator<Item = (&Inmate<'_>, &str)> {
        self.ward.inmates.iter().filter_map(|inmate| match &inmate.standing {
            Standing::Movable(to) => Some((inmate, to.as_str())),
            Standing::Ending | Standing::Kept(_) | Standing::Awaiting(_) | Standing::Losing(_) => None,
        })
    }

    /// The pod to be evicted next, and who takes it. To a profile that has yet to show that it works goes one that is Ready, of
    /// the controller with the most of them; else those first that serve nobody anyway. DNS goes last.
    fn candidate(&self, drain: &DrainRecord, proven: &[&str]) -> Option<(&Inmate<'_>, &str)> {
        let only_dns = self.movable().all(|(inmate, _)| inmate.pod.serves_dns());
        let begun = drain.evicting.as_ref().map(|evicted| evicted.uid.as_str());
        self.movable()
            .filter(|(inmate, _)| only_dns || !inmate.pod.serves_dns())
            .filter(|(inmate, to)| self.hold(inmate.pod, to, proven.contains(to)).is_none())
            .min_by_key(|(inmate, to)| {
                let pod = inmate.pod;
                let is_probe = !proven.contains(to);
                let siblings = if is_probe { self.ready_siblings(pod) } else { 0 };
                let is_begun = begun == Some(pod.uid.as_str());
                // One that was refused keeps no other waiting.
                (self.was_refused(pod), !is_begun, is_probe, pod.ready != is_probe, Reverse(siblings), pod.path())
            })
    }

    fn evict(&self, pod: &Pod, to: &str, drain: &DrainRecord) -> Step {
        let Some(controller) = pod.controller.clone() else { return self.rest(Stage::Pods, false) };
        let left = count(self.ward.staying_of(&controller.uid).count()).saturating_sub(1);
        // One that was blocked for long is put on record anew: its replacement is to have all of its time, among the pods of
        // now.
        let is_current = |evicted: &EvictedPod| {
            let is_fresh = self.snapshot.since(evicted.at.0) < self.snapshot.progress / 2;
            evicted.uid == pod.uid && evicted.to == to && evicted.left == left && is_fresh
        };
        let newest = self.ward.staying_of(&controller.uid).map(|pod| pod.created).max().unwrap_or(pod.created);
        let eviction = Eviction {
            namespace: pod.namespace.clone(),
            name: pod.name.clone(),
            uid: pod.uid.clone(),
            resource_version: pod.resource_version.clone(),
            controller,
            to: to.to_owned(),
            cause: EvictCause::Move { from: self.ward.old.name.clone(), left, newest },
        };
        if drain.evicting.as_ref().is_some_and(is_current) {
            return Step::Evict(eviction);
        }
        let evicting = EvictedPod {
            pod: pod.path(),
            uid: pod.uid.clone(),
            controller_uid: eviction.controller.uid.clone(),
            to: to.to_owned(),
            at: Time(self.snapshot.wall),
            was_ready: pod.ready,
            left,
            newest: Time(newest),
        };
        let drain = counted(self.snapshot, drain, self.ward.to_move());
        Step::Ask {
            eviction: Box::new(eviction),
            record: record(self.ward.old, DrainRecord { evicting: Some(evicting), ..drain }),
        }
    }

    fn unhealthy(&self, to: &str, why: String, overdue: bool) -> Step {
        let is_target = self.picture.serving().is_some_and(|target| target.name == to);
        let is_to_blame = !evidence::starts_pods(self.snapshot, self.pods, to);
        match self.snapshot.spec.on_unhealthy() {
            OnUnhealthy::RollBack if is_target && is_to_blame && !self.leaving => Step::Record(Record::Unhealthy(why)),
            OnUnhealthy::RollBack | OnUnhealthy::Hold => self.rest(Stage::Unhealthy(why), overdue),
        }
    }

    /// What keeps a pod that can move from being evicted now, for a profile that has shown that it works or not.
    fn hold(&self, pod: &Pod, to: &str, is_proven: bool) -> Option<Hold> {
        let uid = pod.controller.as_ref().map(|controller| controller.uid.as_str())?;
        let effect = Effect::Evict(uid.to_owned());
        if self.snapshot.back_off(&effect).is_some() {
            let attempt = self.snapshot.attempts.get(&effect);
            return Some(match attempt.and_then(|attempt| attempt.failure.as_ref()) {
                Some(failure) if failure.class == Class::Fix => Hold::Refused(failure.message.clone()),
                Some(failure) => Hold::Blocked(failure.message.clone()),
                None => Hold::Moving,
            });
        }
        if self.unsettled(to).is_some() {
            return Some(Hold::Settling);
        }
        // Nobody would be left to notice that it does not start there.
        if !is_proven && self.snapshot.own_pod.as_deref() == Some(pod.path().as_str()) {
            return Some(Hold::Operator);
        }
        let of_the_same = |other: &&Arc<Pod>| other.controller.as_ref().is_some_and(|other| other.uid == uid);
        // An unready one is no reason to take a Ready one as well; on the old profile it is itself to go.
        let is_missing =
            |other: &Arc<Pod>| other.terminating || !other.ready && (pod.ready || !other.is_taken_for(self.ward.old));
        let mut siblings = self.pods.iter().filter(of_the_same).filter(|other| other.is_live() && other.uid != pod.uid);
        siblings.any(is_missing).then_some(Hold::Moving)
    }

    fn was_refused(&self, pod: &Pod) -> bool {
        let effect = pod.controller.as_ref().map(|controller| Effect::Evict(controller.uid.clone()));
        let attempt = effect.and_then(|effect| self.snapshot.attempts.get(&effect));
        attempt.is_some_and(|attempt| attempt.failure.is_some())
    }

    fn ready_siblings(&self, pod: &Pod) -> usize {
        let same = |inmate: &&Inmate<'_>| inmate.pod.controller == pod.controller && inmate.pod.ready;
        self.ward.inmates.iter().filter(same).count()
    }

    fn rest(&self, stage: Stage, overdue: bool) -> Step {
        let drains = || self.snapshot.status.profiles.iter().filter_map(|record| record.drain.as_ref());
        let is_proven = |to: &String| drains().any(|drain| drain.proven.contains(to));
        let held = self.ward.inmates.iter().map(|inmate| {
            let hold = match &inmate.standing {
                Standing::Ending => Hold::Ending,
                Standing::Kept(hold) | Standing::Losing(hold) => hold.clone(),
                Standing::Awaiting(successor) => Hold::Awaiting(successor.clone()),
                Standing::Movable(to) => self.hold(inmate.pod, to, is_proven(to)).unwrap_or(Hold::Probe),
            };
            (inmate.pod.path(), hold)
        });
        let mut held: Vec<(String, Hold)> = held.collect();
        held.sort_by(|(a, _), (b, _)| a.cmp(b));
        Step::Rest(Rest::Draining(Drain { name: self.ward.old.name.clone(), stage, held, overdue }))
    }
}

fn with_proof(drain: &DrainRecord, to: &str) -> DrainRecord {
    let mut drain = drain.clone();
    drain.proven.push(to.to_owned());
    drain
}

//! Moving pods off a profile that is to go, before it goes: EKS would end them all at once, whatever their disruption
//! budgets say.
//!
//! # Guarantees
//! - Only a pod is evicted that another ACTIVE profile takes before this one, and whose controller makes it again.
//! - The first one is a probe: no other follows until a pod is Ready on the profile that takes them.
//! - What an eviction has to be known by afterwards is on record before it: a process that comes later knows a pod that has
//!   come back for what it is.

mod evidence;
mod forecast;
mod hold;
mod ward;

use std::cmp::Reverse;
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use self::evidence::Evidence;
use self::ward::{Inmate, Standing, Ward, others_active};
use super::approval::{Extra, is_approved, with_extra};
use super::{DeleteCause, Effect, EvictCause, Eviction, Picture, Pods, Record, Rest, Snapshot, Step};
use crate::api::{DrainRecord, EvictedPod, OnTimeout, OnUnhealthy, Reason};
use crate::eks::{Class, Profile, ProfileStatus};
use crate::placement::Pod;

pub use forecast::{Forecast, forecast};
pub use hold::{Drain, Hold, Stage};

/// A superseded profile goes when nothing runs on it. `plan` is what a person approves who gives up its pods.
pub(super) fn retire(snapshot: &Snapshot, picture: &Picture<'_>, plan: &str, old: &Profile) -> Step {
    match &snapshot.pods {
        Pods::Known(pods) => {
            let others = others_active(snapshot, old);
            Move { snapshot, picture, plan, pods, ward: Ward::of(snapshot, pods, old, &others), leaving: false }.next()
        }
        Pods::Unknown(why) => unseen(snapshot, plan, old, why),
    }
}

/// A profile whose object is being deleted goes when the pods have left that a profile of somebody else takes. Those that
/// nobody takes go with it.
pub(super) fn leave(snapshot: &Snapshot, picture: &Picture<'_>, plan: &str, old: &Profile) -> Step {
    match &snapshot.pods {
        Pods::Known(pods) => {
            let mut others = others_active(snapshot, old);
            others.retain(|profile| !picture.owned.iter().any(|owned| owned.arn == profile.arn));
            Move { snapshot, picture, plan, pods, ward: Ward::of(snapshot, pods, old, &others), leaving: true }.next()
        }
        Pods::Unknown(_) => Step::delete(snapshot, old, DeleteCause::ObjectDeleted),
    }
}

/// Pods did not become Ready on the target: it goes, as long as another one serves and nothing has become Ready after all.
pub(super) fn roll_back(snapshot: &Snapshot, picture: &Picture<'_>, target: &Profile) -> Step {
    let serves = picture.superseded().any(|profile| profile.status == ProfileStatus::Active);
    let ready = |pod: &Arc<Pod>| pod.profile() == Some(target.name.as_str()) && pod.ready && pod.is_live();
    match &snapshot.pods {
        Pods::Known(pods) if serves && !pods.iter().any(ready) => {
            Step::delete(snapshot, target, DeleteCause::Unhealthy)
        }
        Pods::Unknown(_) if serves => Step::Rest(refused(snapshot, &target.name)),
        Pods::Known(_) | Pods::Unknown(_) => Step::Record(Record::Recovered),
    }
}

/// This generation was refused by pods, and `serving` serves.
pub(super) fn refused(snapshot: &Snapshot, serving: &str) -> Rest {
    Rest::Stalled {
        reason: Reason::ReplacementUnhealthy,
        message: format!(
            "generation {} was taken back, and EKS profile {serving} serves: {}. It is not tried again: change the spec (if the cause lay elsewhere and is mended, set spec.suspend to true and take it away again)",
            snapshot.object.generation,
            snapshot.status.failure.as_deref().unwrap_or("the reason was not recorded")
        ),
    }
}

/// Pods that cannot be seen are not "none": then a person decides, beforehand by `onTimeout` or by approval.
fn unseen(snapshot: &Snapshot, plan: &str, old: &Profile, why: &str) -> Step {
    let plan = with_extra(plan, Extra::LosePods(old, why));
    if is_approved(snapshot, &plan) {
        return Step::delete(snapshot, old, DeleteCause::Approved);
    }
    match on_record(snapshot, old) {
        None => begin(snapshot, old, 0),
        Some(drain) if is_overdue(snapshot, drain) && snapshot.spec.on_timeout() == OnTimeout::Proceed => {
            Step::delete(snapshot, old, DeleteCause::TimedOut)
        }
        Some(_) => Step::Rest(Rest::PodsUnknown { name: old.name.clone(), why: why.to_owned(), plan }),
    }
}

fn on_record<'a>(snapshot: &'a Snapshot, old: &Profile) -> Option<&'a DrainRecord> {
    snapshot.record_of(&old.arn)?.drain.as_ref()
}

fn begin(snapshot: &Snapshot, old: &Profile, pods: usize) -> Step {
    let drain = DrainRecord { since: Time(snapshot.wall), total: count(pods), evicting: None };
    Step::Record(Record::Drain { arn: old.arn.clone(), drain })
}

fn is_overdue(snapshot: &Snapshot, drain: &DrainRecord) -> bool {
    snapshot.since(drain.since.0) >= snapshot.drain_timeout
}

/// All that a decision on the pods of one profile rests on.
struct Move<'a> {
    snapshot: &'a Snapshot,
    picture: &'a Picture<'a>,
    plan: &'a str,
    pods: &'a [Arc<Pod>],
    ward: Ward<'a>,
    leaving: bool,
}

impl Move<'_> {
    fn next(&self) -> Step {
        let Self { snapshot, ward, .. } = self;
        let old = ward.old;
        let done = if self.leaving { DeleteCause::ObjectDeleted } else { DeleteCause::Superseded };
        let Some(drain) = on_record(snapshot, old) else {
            let nothing_to_do = ward.is_empty() || self.leaving && ward.to_move() == 0;
            return if nothing_to_do {
                Step::delete(snapshot, old, done)
            } else {
                begin(snapshot, old, ward.to_move())
            };
        };
        let overdue = is_overdue(snapshot, drain);
        if overdue && snapshot.spec.on_timeout() == OnTimeout::Proceed {
            return Step::delete(snapshot, old, if self.leaving { done } else { DeleteCause::TimedOut });
        }
        if let Some(back) = evidence::bounced(self.pods, ward, drain) {
            let to = drain.evicting.as_ref().map(|evicted| evicted.to.clone()).unwrap_or_default();
            return self.rest(Stage::Bounced(back.path(), to), overdue);
        }
        let mut proven = Vec::new();
        for to in self.takers(drain) {
            match evidence::of(snapshot, self.pods, drain, to) {
                Evidence::Proven => proven.push(to),
                Evidence::None => {}
                Evidence::Awaited => return self.rest(Stage::Probing(to.to_owned()), overdue),
                Evidence::Unhealthy(why) => return self.unhealthy(to, why, overdue),
            }
        }
        if ward.is_empty() || self.leaving && ward.to_move() == 0 {
            return Step::delete(snapshot, old, done);
        }
        if let Some((inmate, to)) = self.candidate(drain, &proven) {
            return self.evict(inmate.pod, to, drain);
        }
        if ward.losing() == ward.inmates.len() {
            let plan = with_extra(self.plan, Extra::LosePods(old, "no other profile takes them"));
            return if is_approved(snapshot, &plan) {
                Step::delete(snapshot, old, DeleteCause::Approved)
            } else {
                self.rest(Stage::Losing(plan), overdue)
            };
        }
        self.rest(Stage::Pods, overdue)
    }

    /// The profiles that take the pods that are left, and the last one evicted.
    fn takers<'b>(&'b self, drain: &'b DrainRecord) -> Vec<&'b str> {
        let movable = self.ward.inmates.iter().filter_map(|inmate| match &inmate.standing {
            Standing::Movable(to) => Some(to.as_str()),
            Standing::Ending | Standing::Kept(_) | Standing::Losing(_) => None,
        });
        let mut takers: Vec<&str> = movable.chain(drain.evicting.as_ref().map(|evicted| evicted.to.as_str())).collect();
        takers.sort_unstable();
        takers.dedup();
        takers
    }

    /// The pod to be evicted next, and who takes it. To a profile that has yet to show that it works goes one that is Ready, of
    /// the controller with the most of them; else those first that serve nobody anyway. DNS goes last.
    fn candidate(&self, drain: &DrainRecord, proven: &[&str]) -> Option<(&Inmate<'_>, &str)> {
        let movable = self.ward.inmates.iter().filter_map(|inmate| match &inmate.standing {
            Standing::Movable(to) => Some((inmate, to.as_str())),
            Standing::Ending | Standing::Kept(_) | Standing::Losing(_) => None,
        });
        let movable: Vec<(&Inmate<'_>, &str)> = movable.collect();
        let only_dns = movable.iter().all(|(inmate, _)| inmate.pod.serves_dns());
        let begun = drain.evicting.as_ref().map(|evicted| evicted.uid.as_str());
        movable
            .into_iter()
            .filter(|(inmate, _)| only_dns || !inmate.pod.serves_dns())
            .filter(|(inmate, _)| self.hold(inmate.pod).is_none())
            .min_by_key(|(inmate, to)| {
                let pod = inmate.pod;
                let is_probe = !proven.contains(to);
                let siblings = if is_probe { self.ready_siblings(pod) } else { 0 };
                let is_begun = begun == Some(pod.uid.as_str());
                (!is_begun, is_probe, pod.ready != is_probe, Reverse(siblings), pod.path())
            })
    }

    fn evict(&self, pod: &Pod, to: &str, drain: &DrainRecord) -> Step {
        let Some(controller) = pod.controller.clone() else { return self.rest(Stage::Pods, false) };
        if drain.evicting.as_ref().is_some_and(|evicted| evicted.uid == pod.uid && evicted.to == to) {
            return Step::Evict(Eviction {
                namespace: pod.namespace.clone(),
                name: pod.name.clone(),
                uid: pod.uid.clone(),
                resource_version: pod.resource_version.clone(),
                controller,
                to: to.to_owned(),
                cause: EvictCause::Move(self.ward.old.name.clone()),
            });
        }
        let evicting = EvictedPod {
            pod: pod.path(),
            uid: pod.uid.clone(),
            controller_uid: controller.uid,
            to: to.to_owned(),
            at: Time(self.snapshot.wall),
            left: count(self.ward.to_move()).saturating_sub(1),
        };
        let drain = DrainRecord { evicting: Some(evicting), ..drain.clone() };
        Step::Record(Record::Drain { arn: self.ward.old.arn.clone(), drain })
    }

    fn unhealthy(&self, to: &str, why: String, overdue: bool) -> Step {
        let is_target = self.picture.serving().is_some_and(|target| target.name == to);
        match self.snapshot.spec.on_unhealthy() {
            OnUnhealthy::RollBack if is_target && !self.leaving => Step::Record(Record::Unhealthy(why)),
            OnUnhealthy::RollBack | OnUnhealthy::Hold => self.rest(Stage::Unhealthy(why), overdue),
        }
    }

    /// What keeps a pod that can move from being evicted now.
    fn hold(&self, pod: &Pod) -> Option<Hold> {
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
        let of_the_same = |other: &&Arc<Pod>| other.controller.as_ref().is_some_and(|other| other.uid == uid);
        let old = Some(self.ward.old.name.as_str());
        let is_on_its_way = |other: &Arc<Pod>| other.terminating || !other.ready && other.profile() != old;
        let siblings = self.pods.iter().filter(of_the_same);
        siblings.filter(|pod| pod.is_live()).any(is_on_its_way).then_some(Hold::Moving)
    }

    fn ready_siblings(&self, pod: &Pod) -> usize {
        let same = |inmate: &&Inmate<'_>| inmate.pod.controller == pod.controller && inmate.pod.ready;
        self.ward.inmates.iter().filter(same).count()
    }

    fn rest(&self, stage: Stage, overdue: bool) -> Step {
        let held = self.ward.inmates.iter().map(|inmate| {
            let hold = match &inmate.standing {
                Standing::Ending => Hold::Ending,
                Standing::Kept(hold) | Standing::Losing(hold) => hold.clone(),
                Standing::Movable(_) => self.hold(inmate.pod).unwrap_or(Hold::Probe),
            };
            (inmate.pod.path(), hold)
        });
        let mut held: Vec<(String, Hold)> = held.collect();
        held.sort_by(|(a, _), (b, _)| a.cmp(b));
        Step::Rest(Rest::Draining(Drain { name: self.ward.old.name.clone(), stage, held, overdue }))
    }
}

fn count(pods: usize) -> u32 {
    u32::try_from(pods).unwrap_or(u32::MAX)
}

//! Which pod goes next, and what blocks the others.

use std::cmp::Reverse;
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::blocker::{Blocker, Stage};
use super::deadline::{count, counted, record};
use super::next::DrainStep;
use super::pods::{Disposition, DrainingPod};
use crate::api::{DrainRecord, EvictedPod};
use crate::failure::Class;
use crate::placement::Pod;
use crate::plan::{EvictCause, Eviction, Step};
use crate::state::ActionKey;

impl DrainStep<'_> {
    pub(super) fn evictable(&self) -> impl Iterator<Item = (&DrainingPod<'_>, &str)> {
        self.draining.pods.iter().filter_map(|pod| match &pod.disposition {
            Disposition::Evictable(to) => Some((pod, to.as_str())),
            Disposition::Terminating
            | Disposition::Blocked(_)
            | Disposition::Awaiting(_)
            | Disposition::NoProfile(_) => None,
        })
    }

    /// The next pod to evict, and the profile that takes it. As the probe for an unproven profile: a Ready pod of the
    /// controller with the most Ready pods. Otherwise unready pods go first. DNS pods go last.
    pub(super) fn candidate(&self, drain: &DrainRecord, proven: &[&str]) -> Option<(&DrainingPod<'_>, &str)> {
        let serves_dns = |pod: &DrainingPod<'_>| self.facts.snapshot.serves_dns(pod.pod);
        let only_dns = self.evictable().all(|(pod, _)| serves_dns(pod));
        let begun = drain.evicting.as_ref().map(|evicted| evicted.uid.as_str());
        self.evictable()
            .filter(|(pod, _)| only_dns || !serves_dns(pod))
            .filter(|(pod, to)| self.blocker(pod.pod, to, proven.contains(to)).is_none())
            .min_by_key(|(pod, to)| {
                let pod = pod.pod;
                let is_probe = !proven.contains(to);
                let siblings = if is_probe { self.ready_siblings(pod) } else { 0 };
                let is_begun = begun == Some(pod.uid.as_str());
                // A refused eviction does not hold up other pods.
                (self.was_refused(pod), !is_begun, is_probe, pod.ready != is_probe, Reverse(siblings), pod.path())
            })
    }

    pub(super) fn evict(&self, pod: &Pod, to: &str, drain: &DrainRecord) -> Step {
        let Some(controller) = pod.controller.clone() else { return self.wait(Stage::Pods, false) };
        let left = count(self.draining.staying_of(&controller.uid).count()).saturating_sub(1);
        // A pod that was blocked for long is recorded again: its replacement gets the full time, and is compared with
        // the current pods.
        let is_current = |evicted: &EvictedPod| {
            let is_fresh = self.facts.snapshot.since(evicted.at.0) < self.facts.snapshot.progress / 2;
            evicted.uid == pod.uid && evicted.to == to && evicted.left == left && is_fresh
        };
        let newest = self.draining.staying_of(&controller.uid).map(|pod| pod.created).max().unwrap_or(pod.created);
        let eviction = Eviction {
            namespace: pod.namespace.clone(),
            name: pod.name.clone(),
            uid: pod.uid.clone(),
            resource_version: pod.resource_version.clone(),
            controller,
            to: to.to_owned(),
            cause: EvictCause::Move { from: self.draining.old.name.clone(), left, newest },
        };
        if drain.evicting.as_ref().is_some_and(is_current) {
            return Step::Evict(eviction);
        }
        let evicting = EvictedPod {
            pod: pod.path(),
            uid: pod.uid.clone(),
            controller_uid: eviction.controller.uid.clone(),
            to: to.to_owned(),
            at: Time(self.facts.snapshot.wall),
            was_ready: pod.ready,
            left,
            newest: Time(newest),
        };
        let drain = counted(self.facts.snapshot, drain, self.draining.to_move());
        Step::Ask {
            eviction: Box::new(eviction),
            record: record(self.draining.old, DrainRecord { evicting: Some(evicting), ..drain }),
        }
    }

    /// Why a pod that can move is not evicted now. `is_proven`: a pod has been Ready on `to`.
    pub(super) fn blocker(&self, pod: &Pod, to: &str, is_proven: bool) -> Option<Blocker> {
        let uid = pod.controller.as_ref().map(|controller| controller.uid.as_str())?;
        let action = ActionKey::Evict(uid.to_owned());
        if self.facts.snapshot.back_off(&action).is_some() {
            let attempt = self.facts.snapshot.attempts.get(&action);
            return Some(match attempt.and_then(|attempt| attempt.failure.as_ref()) {
                Some(failure) if failure.class == Class::Fix => Blocker::Refused(failure.message.clone()),
                Some(failure) => Blocker::Blocked(failure.message.clone()),
                None => Blocker::Moving,
            });
        }
        if self.unsettled(to).is_some() {
            return Some(Blocker::Settling);
        }
        // If the operator did not start there, nothing would notice.
        if !is_proven && self.facts.snapshot.own_pod.as_deref() == Some(pod.path().as_str()) {
            return Some(Blocker::Operator);
        }
        let of_the_same = |other: &&Arc<Pod>| other.controller.as_ref().is_some_and(|other| other.uid == uid);
        // An unready pod is no reason to take a Ready one as well. On the old profile it has to go itself.
        let is_missing = |other: &Arc<Pod>| {
            other.terminating || !other.ready && (pod.ready || !other.is_taken_for(self.draining.old))
        };
        let mut siblings = self.pods.iter().filter(of_the_same).filter(|other| other.is_live() && other.uid != pod.uid);
        siblings.any(is_missing).then_some(Blocker::Moving)
    }

    fn was_refused(&self, pod: &Pod) -> bool {
        let action = pod.controller.as_ref().map(|controller| ActionKey::Evict(controller.uid.clone()));
        let attempt = action.and_then(|action| self.facts.snapshot.attempts.get(&action));
        attempt.is_some_and(|attempt| attempt.failure.is_some())
    }

    fn ready_siblings(&self, pod: &Pod) -> usize {
        let same = |other: &&DrainingPod<'_>| other.pod.controller == pod.controller && other.pod.ready;
        self.draining.pods.iter().filter(same).count()
    }
}

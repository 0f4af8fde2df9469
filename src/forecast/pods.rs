//! Pods when nothing goes wrong: whoever is evicted is made again at once, and runs on Fargate after a minute if a profile takes it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::World;
use crate::api::POD_PROFILE_LABEL;
use crate::eks::ProfileStatus;
use crate::placement::{FARGATE_SCHEDULER, Pod, PodPhase, Remakes, Taker, taker};

/// How long a pod takes to become Ready on Fargate: one to two minutes, as people report it.
const START: Duration = Duration::from_secs(75);

/// When pods start to be Ready, by uid.
#[derive(Debug, Default)]
pub(super) struct Starts {
    due: BTreeMap<String, Duration>,
    made: usize,
}

impl Starts {
    /// The pods as they are found: those that end are gone, and those that Fargate has taken start.
    pub(super) fn of(world: &mut World, now: Duration) -> Self {
        let pods = world.pods.iter_mut();
        pods.for_each(|pods| pods.retain(|pod| !pod.terminating));
        let starts = |pod: &&Pod| pod.scheduler == FARGATE_SCHEDULER && pod.node.is_none() && pod.issue.is_none();
        let due = world.pods.iter().flatten().filter(starts).map(|pod| (pod.uid.clone(), now + START));
        Self { due: due.collect(), made: 0 }
    }

    /// When the next pod is Ready.
    pub(super) fn next(&self) -> Option<Duration> {
        self.due.values().min().copied()
    }

    /// Has those be Ready whose time has come. Whether there were any.
    pub(super) fn end(&mut self, world: &mut World, now: Duration) -> bool {
        let before = self.due.len();
        let wall = world.wall;
        for pod in world.pods.iter_mut().flatten() {
            if self.due.get(&pod.uid).is_some_and(|due| *due <= now) {
                (pod.phase, pod.ready, pod.ready_since) = (PodPhase::Running, true, Some(wall));
                (pod.node, pod.unscheduled_since) = (Some(format!("fargate-{}", pod.uid)), None);
            }
        }
        self.due.retain(|_, due| *due > now);
        before != self.due.len()
    }

    /// The pod of this uid ends, and its controller makes another one.
    pub(super) fn replace(&mut self, world: &mut World, uid: &str, now: Duration) {
        let Some(pods) = &mut world.pods else { return };
        let Some(at) = pods.iter().position(|pod| pod.uid == uid) else { return };
        let old = pods.remove(at);
        self.due.remove(uid);
        let remakes = old.controller.as_ref().map(crate::placement::Controller::remakes);
        if !matches!(remakes, Some(Remakes::Always | Remakes::AsFailed)) || !old.is_live() {
            return;
        }
        self.made += 1;
        let mut pod = Pod {
            uid: format!("{uid}+{}", self.made),
            name: name(&old, self.made),
            created: world.wall,
            terminating: false,
            phase: PodPhase::Pending,
            ready: false,
            ready_since: None,
            node: None,
            unscheduled_since: Some(world.wall),
            issue: None,
            ..old
        };
        pod.labels.remove(POD_PROFILE_LABEL);
        "default-scheduler".clone_into(&mut pod.scheduler);
        let active = world.profiles.iter().filter(|profile| profile.status == ProfileStatus::Active);
        if let Taker::Profile(profile) = taker(active, &pod) {
            pod.labels.insert(POD_PROFILE_LABEL.to_owned(), profile.name.clone());
            FARGATE_SCHEDULER.clone_into(&mut pod.scheduler);
            if pod.unfit.is_empty() {
                self.due.insert(pod.uid.clone(), now + START);
            }
        }
        pods.push(pod);
    }

    /// The profile of this ARN goes, and EKS ends its pods.
    pub(super) fn end_all_on(&mut self, world: &mut World, arn: &str, now: Duration) {
        let Some(profile) = world.profiles.iter().find(|profile| profile.arn == arn) else { return };
        let on = |pod: &&Pod| pod.is_taken_for(profile);
        let ending: Vec<String> = world.pods.iter().flatten().filter(on).map(|pod| pod.uid.clone()).collect();
        for uid in ending {
            self.replace(world, &uid, now);
        }
    }
}

/// The name of the pod that is made again. That of a StatefulSet keeps its own.
fn name(old: &Pod, made: usize) -> String {
    match &old.controller {
        Some(controller) if controller.kind != "StatefulSet" => format!("{}-{made}", controller.name),
        Some(_) | None => old.name.clone(),
    }
}

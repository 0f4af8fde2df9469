//! Pods when nothing goes wrong: an evicted pod is recreated at once, and runs on Fargate after a minute if a profile selects it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::mend::Restarted;
use crate::api::POD_PROFILE_LABEL;
use crate::eks::pace::POD_START;
use crate::eks::{Profile, ProfileStatus};
use crate::placement::{FARGATE_SCHEDULER, Pod, PodPhase, Remakes, Taker, taker};

/// The pods, and when those that start are Ready, by uid.
#[derive(Debug, Default)]
pub(super) struct Fargate {
    /// None if they cannot be seen.
    pub(super) pods: Option<Vec<Arc<Pod>>>,
    due: BTreeMap<String, Duration>,
    made: usize,
}

impl Fargate {
    /// The pods as they are found: those that end are gone, and those that Fargate has taken start.
    pub(super) fn of(found: Option<Vec<Pod>>, now: Duration) -> Self {
        let live = |pods: Vec<Pod>| pods.into_iter().filter(|pod| !pod.terminating).map(Arc::new).collect();
        let pods: Option<Vec<Arc<Pod>>> = found.map(live);
        let starts = |pod: &&Arc<Pod>| pod.scheduler == FARGATE_SCHEDULER && pod.node.is_none() && pod.issue.is_none();
        let due = pods.iter().flatten().filter(starts).map(|pod| (pod.uid.clone(), now + POD_START.usual)).collect();
        Self { pods, due, made: 0 }
    }

    /// When the next pod is Ready.
    pub(super) fn next(&self) -> Option<Duration> {
        self.due.values().min().copied()
    }

    /// Makes the pods Ready that are due. Returns the EKS profiles that have taken them.
    pub(super) fn end(&mut self, now: Duration, wall: Timestamp) -> Vec<String> {
        let Self { pods, due, .. } = self;
        if due.values().all(|due| *due > now) {
            return Vec::new();
        }
        let mut takers = Vec::new();
        for pod in pods.iter_mut().flatten() {
            if due.get(&pod.uid).is_some_and(|due| *due <= now) {
                let pod = Arc::make_mut(pod);
                (pod.phase, pod.ready, pod.ready_since) = (PodPhase::Running, true, Some(wall));
                (pod.node, pod.unscheduled_since) = (Some(format!("fargate-{}", pod.uid)), None);
                takers.extend(pod.profile().map(str::to_owned));
            }
        }
        due.retain(|_, due| *due > now);
        takers
    }

    /// The pod of this uid ends, and its controller makes another one.
    pub(super) fn replace(&mut self, uid: &str, profiles: &[Profile], now: Duration, wall: Timestamp) {
        let Some(pods) = &mut self.pods else { return };
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
            created: wall,
            terminating: false,
            phase: PodPhase::Pending,
            ready: false,
            ready_since: None,
            node: None,
            unscheduled_since: Some(wall),
            issue: None,
            ..Pod::clone(&old)
        };
        pod.labels.remove(POD_PROFILE_LABEL);
        "default-scheduler".clone_into(&mut pod.scheduler);
        let active = profiles.iter().filter(|profile| profile.status == ProfileStatus::Active);
        if let Taker::Profile(profile) = taker(active, &pod) {
            pod.labels.insert(POD_PROFILE_LABEL.to_owned(), profile.name.clone());
            FARGATE_SCHEDULER.clone_into(&mut pod.scheduler);
            if pod.unfit.is_empty() {
                self.due.insert(pod.uid.clone(), now + POD_START.usual);
            }
        }
        pods.push(Arc::new(pod));
    }

    /// Recreates the pods of a Deployment. Those for EC2 nodes are dropped, since a forecast has no use for them.
    pub(super) fn restart(&mut self, restarted: &Restarted, profiles: &[Profile], now: Duration, wall: Timestamp) {
        let (namespace, name) = &restarted.name;
        let is_of_it = |pod: &Pod| pod.namespace == *namespace && pod.deployment() == Some(name.as_str());
        let mut ending = Vec::new();
        for pod in self.pods.iter_mut().flatten().filter(|pod| is_of_it(pod)) {
            Arc::make_mut(pod).wants_ec2 = restarted.wants_ec2;
            ending.push(pod.uid.clone());
        }
        if restarted.wants_ec2 {
            self.pods.iter_mut().for_each(|pods| pods.retain(|pod| !is_of_it(pod)));
            self.due.retain(|uid, _| !ending.contains(uid));
            return;
        }
        for uid in ending {
            self.replace(&uid, profiles, now, wall);
        }
    }

    /// The profile of this ARN goes, and EKS ends its pods.
    pub(super) fn end_all_on(&mut self, arn: &str, profiles: &[Profile], now: Duration, wall: Timestamp) {
        let Some(profile) = profiles.iter().find(|profile| profile.arn == arn) else { return };
        let on = |pod: &&Arc<Pod>| pod.is_taken_for(profile);
        let ending: Vec<String> = self.pods.iter().flatten().filter(on).map(|pod| pod.uid.clone()).collect();
        for uid in ending {
            self.replace(&uid, profiles, now, wall);
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

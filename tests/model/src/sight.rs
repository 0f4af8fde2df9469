//! The model's pods as the operator sees them.

use std::collections::BTreeMap;
use std::sync::Arc;

use fargate_operator::api::{APPROVE_ANNOTATION, FargateProfileStatus, POD_PROFILE_LABEL};
use fargate_operator::placement::{Controller, Pod as ObservedPod, PodPhase};
use fargate_operator::state::{Pods, PodsUnavailable};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::clock::{before, wall};
use crate::pods::{Pod, PodHistory};
use crate::real::SETTLE;
use crate::world::{ModelProfile, Object, World};

/// The pods that a pass knows: those from the watches, which may lag, and those on these profiles from a list.
pub fn seen(world: &World, blurred: bool, listed: Option<&[&str]>) -> Vec<Pod> {
    let watched = world.seen_pods.as_ref().filter(|_| blurred).unwrap_or(&world.pods);
    let mut pods = watched.clone();
    if let Some(listed) = listed {
        let is_listed = |pod: &Pod| label(pod).is_some_and(|profile| listed.contains(&profile));
        let fresh: Vec<Pod> = world.pods.iter().filter(|pod| is_listed(pod)).cloned().collect();
        pods.retain(|pod| !is_listed(pod) && !fresh.iter().any(|fresh| fresh.id == pod.id));
        pods.extend(fresh);
    }
    for pod in &mut pods {
        pod.past = PodHistory::default();
    }
    pods.sort_by_key(|pod| pod.id);
    pods
}

pub fn uid(pod: u8) -> String {
    format!("pod-{pod}")
}

/// The controller of foreign pods.
pub const FOREIGN: &str = "foreign";

pub fn controller_uid(set: u8) -> String {
    format!("set-{set}")
}

/// It changes whenever the pod does.
pub fn version(pod: &Pod) -> String {
    format!("{}{}", u8::from(pod.ready), u8::from(pod.ending))
}

pub fn pods(pods: &[Pod], namespace: impl Fn(&Pod) -> &'static str, blind: bool) -> Pods {
    if blind {
        return Pods::Unknown(PodsUnavailable::lasting("nobody sees them"));
    }
    Pods::Known(pods.iter().map(|pod| Arc::new(one(pod, namespace(pod)))).collect())
}

fn label(pod: &Pod) -> Option<&str> {
    pod.profile.as_deref().or(pod.forged.as_ref().map(|forged| &*forged.label))
}

fn one(pod: &Pod, namespace: &str) -> ObservedPod {
    let controller =
        |uid: String| Controller { api_version: "apps/v1".into(), kind: "ReplicaSet".into(), name: uid.clone(), uid };
    let uid_of_controller = pod.set.map(controller_uid).or(pod.forged.as_ref().map(|_| FOREIGN.to_owned()));
    let on_ec2 = pod.forged.as_ref().is_some_and(|forged| forged.on_ec2);
    // Whoever writes the label can write the scheduler too, but cannot make the pod run there on an EC2 node.
    let on_fargate = label(pod).is_some() && !on_ec2;
    let waits = !pod.ready;
    ObservedPod {
        namespace: namespace.into(),
        name: uid(pod.id),
        uid: uid(pod.id),
        resource_version: version(pod),
        labels: label(pod).map(|it| (POD_PROFILE_LABEL.to_owned(), it.to_owned())).into_iter().collect(),
        created: pod.born.time(),
        terminating: pod.ending,
        controller: uid_of_controller.map(controller),
        phase: if waits { PodPhase::Pending } else { PodPhase::Running },
        ready: pod.ready,
        scheduler: if on_fargate { "fargate-scheduler" } else { "default-scheduler" }.into(),
        node: (!waits).then(|| if on_ec2 { "ip-10-0-0-1" } else { "fargate-node" }.to_owned()),
        unscheduled_since: waits.then(|| pod.born.time()),
        ..ObservedPod::default()
    }
}

/// Adds the times to a status. The model keeps them apart, so there are fewer statuses.
pub fn with_times(status: &FargateProfileStatus, object: &Object, look: &[ModelProfile]) -> FargateProfileStatus {
    let mut status = status.clone();
    let settle = i64::try_from(SETTLE.as_secs()).unwrap_or_default();
    let times: &BTreeMap<_, _> = &object.times;
    for record in &mut status.profiles {
        let times = times.get(&record.arn).copied().unwrap_or_default();
        if let Some(drain) = &mut record.drain {
            drain.since = drain.since.as_ref().map(|_| Time(before(if times.overdue { 100_000 } else { 0 })));
            if let Some(evicting) = &mut drain.evicting {
                evicting.at = Time(times.asked.unwrap_or_default().time());
                evicting.newest = Time(times.newest.unwrap_or_default().time());
            }
        }
        let settled = look.iter().find(|profile| profile.arn() == record.arn && profile.settled);
        if let (Some(since), Some(profile)) = (&mut record.active_since, settled) {
            *since = Time(
                profile.settled_at.time().saturating_sub(jiff::SignedDuration::from_secs(settle)).unwrap_or(wall()),
            );
        }
    }
    status
}

/// The plan that a message says how to approve.
pub fn plan_in(message: &str) -> Option<&str> {
    let (_, plan) = message.split_once(APPROVE_ANNOTATION)?;
    plan.strip_prefix('=')?.split_whitespace().next()
}

/// A status without times, without messages except for the plan in them, and without counts that follow the pods.
pub fn plain(mut status: FargateProfileStatus) -> FargateProfileStatus {
    for record in &mut status.profiles {
        if let Some(drain) = &mut record.drain {
            (drain.since, drain.total) = (drain.since.as_ref().map(|_| Time(wall())), 0);
            if let Some(evicting) = &mut drain.evicting {
                (evicting.at, evicting.newest, evicting.pod) = (Time(wall()), Time(wall()), String::new());
            }
        }
        if let Some(since) = &mut record.active_since {
            *since = Time(wall());
        }
    }
    for condition in &mut status.conditions {
        condition.message =
            plan_in(&condition.message).map_or_else(String::new, |plan| format!("{APPROVE_ANNOTATION}={plan}"));
    }
    // What only people read.
    (status.reason, status.waiting) = (None, None);
    status.held_pods.clear();
    status.warnings.clear();
    status.pods = None;
    if let Some(replacement) = &mut status.replacement {
        replacement.pods = None;
        replacement.effects.clear();
        replacement.ignored_approval = None;
    }
    if let Some(why) = &mut status.failure {
        *why = String::new();
    }
    status
}

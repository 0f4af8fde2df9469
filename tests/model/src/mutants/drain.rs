//! Mutants of the drain and of recreated pods.

use std::time::Duration;

use fargate_operator::api::FailedBy;
use fargate_operator::placement::Pod;
use fargate_operator::plan::{Blocker, Checkpoint, DeleteCause, EvictCause, Eviction, Stage, Step, Wait, next_to_go};
use fargate_operator::state::{Facts, Pods, Snapshot};
use jiff::Timestamp;

use super::{Flaw, Mutant, delete};
use crate::config::{Config, Sick};
use crate::event_budget::Event;
use crate::real::{APART, WEB};
use crate::webhook::Webhook;

pub(super) fn all() -> Vec<Mutant> {
    use Event::{Delete, Edit, PodLag, Restart, Slow, Timeout};
    const TWO: &[(u8, &str)] = &[(2, WEB), (1, WEB)];
    const PAIR: &[(u8, &str)] = &[(2, WEB)];
    const ONE: &[(u8, &str)] = &[(1, WEB)];
    const ONE_APART: &[(u8, &str)] = &[(1, APART)];
    let of = |name, breaks, sets, left: &[(Event, u8)]| {
        Mutant::new(name, breaks, left).in_config(|config| Config { sets, running: true, ..config })
    };
    let late = |config| Config { webhook: Webhook::Late, ..config };
    let sick = |config| Config { sick: Some(Sick { spec: Some(1), set: None }), ..config };
    vec![
        of("no probe", 15, TWO, &[(Edit, 1)]).saying(hasty),
        of("the probe is not waited for", 15, TWO, &[(Edit, 1)])
            .telling(|snapshot| each_pod(snapshot, |pod| pod.ready = true)),
        of("several of one controller at once", 13, TWO, &[(Edit, 1)]).with(&[Flaw::OwnerCheck]).saying(hasty).alone(),
        of("what a watch that lags shows goes on record", 6, PAIR, &[(Edit, 1), (PodLag, 1), (Restart, 1)])
            .with(&[Flaw::NotCompared]),
        of("evicts although the other profile sorts after", 10, ONE_APART, &[(Edit, 1)])
            .in_config(|config| Config { narrowing: true, there: Some("zoo"), ..config })
            .saying(|snapshot, step| match &step {
                Step::Wait(Wait::Draining(drain)) => match drain.held.first() {
                    Some((_, Blocker::Behind(to))) => evict(snapshot, &drain.name, to).unwrap_or(step),
                    _ => step,
                },
                _ => step,
            }),
        of("evictions are not put on record", 10, ONE, &[(Edit, 1)])
            .in_config(late)
            .telling(|snapshot| {
                snapshot
                    .status
                    .profiles
                    .iter_mut()
                    .filter_map(|it| it.drain.as_mut())
                    .for_each(|drain| drain.evicting = None)
            })
            .saying(|snapshot, step| match &step {
                Step::Ask { record: Checkpoint::Drain { drain, .. }, .. } => {
                    let old = next_to_go(&Facts::of(snapshot)).map(|old| old.name.clone());
                    let evicting = drain.evicting.as_ref().zip(old);
                    evicting.and_then(|(it, old)| evict(snapshot, &old, &it.to)).unwrap_or(step)
                }
                _ => step,
            }),
        of("a pod that comes back is not noticed", 10, ONE, &[(Edit, 1)]).in_config(late).saying(|snapshot, step| {
            match &step {
                Step::Wait(Wait::Draining(drain)) => match &drain.stage {
                    Stage::Bounced(_, to) => evict(snapshot, &drain.name, to).unwrap_or(step),
                    _ => step,
                },
                _ => step,
            }
        }),
        of("the end of the time is taken for Proceed", 3, ONE, &[(Edit, 1), (Timeout, 1), (Event::Budget, 1)]).saying(
            |snapshot, step| match &step {
                Step::Wait(Wait::Draining(drain)) if drain.overdue => {
                    remove(snapshot, &drain.name, DeleteCause::TimedOut)
                }
                _ => step,
            },
        ),
        of("the end of the time is not told", 14, ONE, &[(Edit, 1), (Timeout, 1), (Event::Budget, 1)]).saying(
            |_, step| match step {
                Step::Wait(Wait::Draining(mut drain)) => {
                    drain.overdue = false;
                    Step::Wait(Wait::Draining(drain))
                }
                other => other,
            },
        ),
        of("a drain is called settled", 14, ONE, &[(Edit, 1)]).saying(|_, step| match step {
            Step::Wait(Wait::Draining(_)) => Step::Wait(Wait::Settled),
            other => other,
        }),
        of("the roll-back deletes what has become Ready", 3, ONE, &[(Edit, 1), (Slow, 1)]).saying(|snapshot, step| {
            match (&step, Facts::of(snapshot).target) {
                (Step::Checkpoint(Checkpoint::Recovered), Some(target)) => delete(target, DeleteCause::Unhealthy),
                _ => step,
            }
        }),
        of("the roll-back is forgotten", 6, PAIR, &[(Edit, 1)]).alone().in_config(sick).telling(|snapshot| {
            if snapshot.profiles.len() == 1 && snapshot.status.failed_by == Some(FailedBy::Pods) {
                snapshot.status.failed_generation = None;
            }
        }),
        of("pods that do not start are waited for", 6, ONE, &[(Edit, 1)])
            .in_config(sick)
            .telling(|snapshot| snapshot.progress = Duration::MAX),
        of("with Ready pods unknown there are none", 3, ONE, &[(Edit, 1), (Event::Blind, 1)]).telling(|snapshot| {
            if matches!(snapshot.pods, Pods::Unknown(_)) {
                snapshot.pods = Pods::Known(Vec::new());
            }
        }),
        of("pods of a deleted object move to a profile that goes as well", 10, ONE, &[(Edit, 1), (Delete, 1)]).saying(
            |snapshot, step| match (&step, snapshot.profiles.first()) {
                (Step::Delete { name, cause: DeleteCause::ObjectDeleted, .. }, Some(other)) if other.name != *name => {
                    evict(snapshot, name, &other.name).unwrap_or(step)
                }
                _ => step,
            },
        ),
        of("pods of a deleted object are not moved", 3, ONE, &[(Delete, 1)])
            .in_config(|config| Config { there: Some("0-else"), ..config })
            .telling(|snapshot| {
                if snapshot.object.deleting {
                    snapshot.pods = Pods::Known(Vec::new());
                }
            }),
        of("pods are made again and again", 9, ONE, &[])
            .in_config(|config| Config { webhook: Webhook::Late, running: false, ..config })
            .telling(|snapshot| each_pod(snapshot, |pod| pod.created = Timestamp::MIN)),
    ]
}

/// While a drain waits, this goes on with whatever is left.
fn hasty(snapshot: &Snapshot, step: Step) -> Step {
    let Step::Wait(Wait::Draining(drain)) = &step else { return step };
    let to = Facts::of(snapshot).serving().map(|target| target.name.clone());
    to.and_then(|to| evict(snapshot, &drain.name, &to)).unwrap_or(step)
}

/// Evicts a Ready pod on the profile, or else any other.
fn evict(snapshot: &Snapshot, from: &str, to: &str) -> Option<Step> {
    let Pods::Known(pods) = &snapshot.pods else { return None };
    let there = pods.iter().filter(|pod| pod.profile() == Some(from) && !pod.terminating);
    let pod = there.max_by_key(|pod| pod.ready)?;
    Some(Step::Evict(Eviction {
        namespace: pod.namespace.clone(),
        name: pod.name.clone(),
        uid: pod.uid.clone(),
        resource_version: pod.resource_version.clone(),
        controller: pod.controller.clone()?,
        to: to.to_owned(),
        cause: EvictCause::Move { from: from.to_owned(), left: seen(snapshot, from, pod), newest: snapshot.wall },
    }))
}

/// How many other pods of its controller are visible on a profile.
fn seen(snapshot: &Snapshot, from: &str, pod: &Pod) -> u32 {
    let Pods::Known(pods) = &snapshot.pods else { return 0 };
    let is_other = |other: &&std::sync::Arc<Pod>| other.controller == pod.controller && other.uid != pod.uid;
    let stays = |other: &&std::sync::Arc<Pod>| !other.terminating && other.profile() == Some(from);
    u32::try_from(pods.iter().filter(is_other).filter(stays).count()).unwrap_or(u32::MAX)
}

fn remove(snapshot: &Snapshot, name: &str, cause: DeleteCause) -> Step {
    let old = snapshot.profiles.iter().find(|profile| profile.name == name);
    old.map_or(Step::Wait(Wait::Settled), |old| delete(old, cause))
}

pub(super) fn each_pod(snapshot: &mut Snapshot, change: impl Fn(&mut Pod)) {
    if let Pods::Known(pods) = &mut snapshot.pods {
        pods.iter_mut().for_each(|pod| change(std::sync::Arc::make_mut(pod)));
    }
}

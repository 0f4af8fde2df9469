//! Mutants that forget pods, trust labels, take back their own records, or ask for a person without need.

use fargate_operator::api::Reason;
use fargate_operator::eks::Profile;
use fargate_operator::placement::Pod;
use fargate_operator::plan::{Checkpoint, DeleteCause, Drain, EvictCause, Eviction, Stage, Step, Wait, plan};
use fargate_operator::state::{Facts, Pods, Snapshot};

use super::drain::each_pod;
use super::{Flaw, Mutant};
use crate::config::{Config, Sick};
use crate::eks::Rules;
use crate::event_budget::Event;
use crate::real::{APART, NARROW, WEB};
use crate::sight::FOREIGN;

pub(super) fn all() -> Vec<Mutant> {
    use Event::{Busy, Edit, Forge, Pod, Rollout, Suspend};
    let of = |name, breaks, sets, left: &[(Event, u8)]| {
        Mutant::new(name, breaks, left).in_config(|config| Config { sets, running: true, ..config })
    };
    let wait = |name, left: &[(Event, u8)]| {
        of(name, 16, &[(1, WEB)], left).in_config(|config| Config { running: false, ..config })
    };
    let refusing = |config| Config { rules: Rules { quota: 100, refused: Some(1) }, ..config };
    let full = |config| Config { rules: Rules { quota: 1, refused: None }, ..config };
    vec![
        wait("pods wait while a plan awaits approval", &[(Edit, 1)])
            .manual()
            .saying(|_, step| unless(step, |rest| matches!(rest, Wait::AwaitingApproval { .. }))),
        wait("pods wait while it is suspended", &[(Suspend, 1)])
            .saying(|_, step| unless(step, |rest| matches!(rest, Wait::Suspended { .. }))),
        wait("pods wait while EKS refuses the next profile", &[(Edit, 1)])
            .in_config(refusing)
            .saying(forgetful_after_a_failure),
        wait("pods wait while there is no free slot", &[(Edit, 1)]).in_config(full).saying(forgetful_after_a_failure),
        of("pods wait after the profile was put back", 16, &[(1, WEB)], &[(Edit, 1)])
            .delete_first()
            .in_config(refusing)
            .saying(|_, step| {
                unless(step, |rest| matches!(rest, Wait::Stalled { reason: Reason::ReplacementFailed, .. }))
            }),
        wait("pods wait while it waits for its turn", &[(Edit, 1), (Busy, 1)]).saying(|snapshot, step| match step {
            Step::Evict(Eviction { cause: EvictCause::Pending(None), .. }) => without_waiting(snapshot),
            step => step,
        }),
        of("what some pods show is taken back for others", 17, &[(2, WEB), (1, APART)], &[(Edit, 1)])
            .in_config(|config| Config {
                narrowing: true,
                first: NARROW,
                sick: Some(Sick { spec: Some(0), set: Some(0) }),
                ..config
            })
            .saying(|_, step| match step {
                Step::Wait(Wait::Draining(Drain { stage: Stage::Unhealthy(why), .. })) => {
                    Step::Checkpoint(Checkpoint::Unhealthy(why))
                }
                step => step,
            }),
        of("a person is called while room is made", 18, &[(1, WEB)], &[(Edit, 2)])
            .in_config(|config| Config { rules: Rules { quota: 2, refused: None }, specs: 3, ..config })
            .saying(|snapshot, step| match step {
                Step::Wait(Wait::Settling { .. }) if snapshot.full_at.is_some() => {
                    Step::Wait(Wait::NoFreeSlot { message: "no free slot".into(), plan: None })
                }
                step => step,
            }),
        Mutant::new("one that drains goes before an empty one", 19, &[(Edit, 2), (Pod, 1)])
            .in_config(|config| Config { specs: 3, ..config })
            .saying(|snapshot, step| match &step {
                Step::Delete { cause: DeleteCause::Superseded, .. } => with_pods(snapshot).map_or(step, |old| {
                    let name = old.name.clone();
                    Step::Wait(Wait::Draining(Drain { name, stage: Stage::Pods, held: Vec::new(), overdue: false }))
                }),
                _ => step,
            }),
        of("a label holds", 6, &[(1, WEB)], &[(Edit, 1), (Forge, 1)])
            .telling(|snapshot| believe_labels(snapshot, false)),
        of("a label proves", 15, &[(1, WEB), (1, WEB)], &[(Edit, 1), (Forge, 1)])
            .telling(|snapshot| believe_labels(snapshot, true)),
        of("whoever has the label is evicted", 1, &[(1, WEB)], &[(Edit, 1), (Forge, 1)]).saying(|snapshot, step| {
            let Step::Evict(eviction) = &step else { return step };
            foreign(snapshot).map_or(step.clone(), |pod| {
                Step::Evict(Eviction {
                    namespace: pod.namespace.clone(),
                    name: pod.name.clone(),
                    uid: pod.uid.clone(),
                    resource_version: pod.resource_version.clone(),
                    controller: pod.controller.clone().unwrap_or_default(),
                    ..eviction.clone()
                })
            })
        }),
        of("a rollout is no concern of a ReplicaSet", 13, &[(2, WEB), (0, WEB)], &[(Edit, 1), (Rollout, 1)])
            .in_config(|config| Config { deployment: true, sick: Some(Sick { spec: None, set: Some(1) }), ..config })
            .with(&[Flaw::ReplicaSetAlone]),
    ]
}

/// What the plan waits for, instead of the eviction of a pending pod.
fn unless(step: Step, is_it: impl Fn(&Wait) -> bool) -> Step {
    match step {
        Step::Evict(Eviction { cause: EvictCause::Pending(Some(rest)), .. }) if is_it(&rest) => Step::Wait(*rest),
        step => step,
    }
}

/// Pending pods are forgotten once a create has failed.
fn forgetful_after_a_failure(snapshot: &Snapshot, step: Step) -> Step {
    let failed = snapshot.attempts.values().any(|attempt| attempt.failure.is_some());
    match step {
        Step::Evict(Eviction { cause: EvictCause::Pending(_), .. }) if failed => without_waiting(snapshot),
        step => step,
    }
}

/// The plan without pending pods.
fn without_waiting(snapshot: &Snapshot) -> Step {
    let mut snapshot = snapshot.clone();
    if let Pods::Known(pods) = &mut snapshot.pods {
        pods.retain(|pod| pod.profile().is_some());
    }
    plan(&Facts::of(&snapshot))
}

/// A superseded profile with pods on it.
fn with_pods(snapshot: &Snapshot) -> Option<&Profile> {
    let Pods::Known(pods) = &snapshot.pods else { return None };
    Facts::of(snapshot).superseded().find(|profile| pods.iter().any(|pod| pod.is_taken_for(profile)))
}

fn foreign(snapshot: &Snapshot) -> Option<&Pod> {
    let Pods::Known(pods) = &snapshot.pods else { return None };
    pods.iter().map(AsRef::as_ref).find(|pod| pod.controller.as_ref().is_some_and(|its| its.uid == FOREIGN))
}

/// Pods that only have the label, Ready or not, count as bare pods that EKS has taken.
fn believe_labels(snapshot: &mut Snapshot, ready: bool) {
    each_pod(snapshot, |pod| {
        if pod.controller.as_ref().is_some_and(|its| its.uid == FOREIGN) && pod.ready == ready {
            pod.namespace = WEB.to_owned();
            pod.scheduler = "fargate-scheduler".to_owned();
            pod.node = ready.then(|| "fargate-node".to_owned());
            pod.controller = None;
        }
    });
}

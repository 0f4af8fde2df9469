//! The pods that hold a drain, and by what.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::bounds;
use crate::api::POD_PROFILE_LABEL;
use crate::message::message;
use crate::plan::{Blocker, Drain};
use crate::state::{Obstacle, Snapshot, Successor};

/// The pods of a drain that are held, each with its cause.
pub(super) fn lines(snapshot: &Snapshot, drain: &Drain) -> Vec<String> {
    let is_recent = has_moved_lately(snapshot, drain);
    let is_held = |(_, blocker): &&(String, Blocker)| !passes(blocker, is_recent);
    drain.held.iter().filter(is_held).map(|(pod, blocker)| format!("{pod}: {}", words(blocker))).collect()
}

/// Whether all that is left goes on by itself.
pub(super) fn is_moving(snapshot: &Snapshot, drain: &Drain) -> bool {
    let is_recent = has_moved_lately(snapshot, drain);
    drain.held.iter().all(|(_, blocker)| passes(blocker, is_recent))
}

/// A refusal for now, by a budget or an unavailable pod, is what each moved pod causes until its replacement is Ready.
fn passes(blocker: &Blocker, is_recent: bool) -> bool {
    blocker.is_passing() || is_recent && matches!(blocker, Blocker::Blocked(_))
}

/// Whether a pod has moved, or the drain has begun, within the time that most pods take to start, and there is time left.
fn has_moved_lately(snapshot: &Snapshot, drain: &Drain) -> bool {
    let mut records = snapshot.status.profiles.iter().filter(|record| record.name == drain.name);
    let since = records.find_map(|record| record.drain.as_ref()?.since.as_ref());
    !drain.overdue && since.is_some_and(|since| snapshot.since(since.0) < snapshot.progress / 5)
}

/// What holds most of the pods, with one of them as an example. `status.heldPods` has them all.
pub(super) fn causes(held: &[(String, Blocker)]) -> String {
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (pod, blocker) in held {
        groups.entry(words(blocker)).or_default().push(pod);
    }
    let mut groups: Vec<(String, Vec<&str>)> = groups.into_iter().collect();
    groups.sort_by_key(|(_, pods)| (Reverse(pods.len()), pods.first().copied()));
    let Some((why, first)) = groups.first() else { return String::new() };
    let (example, others) = (first.first().copied().unwrap_or_default(), held.len() - first.len());
    let like = first.len() - 1;
    let group = if like == 0 { message!("{example}: {why}") } else { message!("{example} and {like} more: {why}") };
    if others == 0 { group } else { message!("{group}; {} for other causes", pods(others)) }
}

pub(super) fn pods(count: usize) -> String {
    if count == 1 { message!("1 pod") } else { message!("{count} pods") }
}

fn words(blocker: &Blocker) -> String {
    match blocker {
        Blocker::Ending => message!("terminating"),
        Blocker::Operator => {
            message!("the operator's own pod, which only moves where another pod is Ready: restart it")
        }
        Blocker::Moving => message!("another pod of the workload is not available"),
        Blocker::Probe => message!("the first pod that was moved is not Ready yet"),
        Blocker::Blocked(why) | Blocker::Refused(why) => why.clone(),
        Blocker::Bare => message!("no controller would recreate it; delete it when you can spare it"),
        Blocker::Job => message!("pods of Jobs end by themselves"),
        Blocker::Controller(kind) => message!("a {kind} may not recreate it; restart it there"),
        Blocker::DoNotDisrupt => message!("the annotation do-not-disrupt"),
        Blocker::Pinned => message!("the pod template names this EKS profile in the label {POD_PROFILE_LABEL}"),
        Blocker::NoProfile => message!("no other EKS profile matches"),
        Blocker::Settling => message!("the cluster is learning of the new EKS profile"),
        Blocker::Awaiting(Successor { object, obstacle }) => match obstacle {
            None => message!("FargateProfile {object} is about to take over"),
            Some(Obstacle::KeepsItsName) => {
                message!("FargateProfile {object} keeps its exact EKS name, which does not sort before this one")
            }
            Some(Obstacle::WouldTakeFrom(other)) => {
                message!("FargateProfile {object} would also take pods from {other}")
            }
            Some(Obstacle::Held(why)) => message!("FargateProfile {object} cannot take over: {}", bounds::clause(why)),
        },
        Blocker::Unsure(profile) => {
            message!("EKS profile {profile} may take it, but cannot be understood: see the operator's log")
        }
        Blocker::Behind(profile) => message!("EKS profile {profile} matches, but does not sort before this one"),
    }
}

//! The Eviction API, and the checks with a pod's controller before an eviction. Both belong to the world here.

use std::rc::Rc;

use fargate_operator::act::Outcome;
use fargate_operator::plan::{EvictCause, Eviction};
use jiff::Timestamp;

use crate::config::Config;
use crate::drains::{is_proven, judge_eviction};
use crate::fail::Fail;
use crate::invariants::Breach;
use crate::memo::{Memo, OutcomeKey};
use crate::moves::Delivery;
use crate::mutants::Flaw;
use crate::pods::{Pod, PodHistory};
use crate::sight::{FOREIGN, controller_uid, uid, version};
use crate::world::{World, number};
use crate::{real, rollout};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LateEviction {
    pub pod: u8,
    pub version: String,
    /// `None` if the pod is on no profile.
    pub from: Option<Rc<str>>,
    pub to: Rc<str>,
    /// A pod was Ready on the new profile when it was sent.
    pub proven: bool,
    /// It was sent so long ago that nothing waits for it any more.
    pub old: bool,
}

enum No {
    Outdated,
    Blocked,
}

/// Checks by dry run whether an eviction would have an effect. `None` if this delivery leads to nothing new.
pub fn ask(world: &World, it: &Eviction, delivery: Delivery, memo: &Memo<'_>) -> Option<(Outcome, OutcomeKey)> {
    let failed = |fail| (Outcome::Failed(real::failure(fail)), OutcomeKey::Failed(fail));
    match delivery {
        Delivery::Fine | Delivery::Unwritten | Delivery::Dies => {}
        Delivery::Lost => return Some((Outcome::KubernetesFailed("no answer".into()), OutcomeKey::NoAnswer)),
        Delivery::Refused => return Some(failed(Fail::EvictionRefused)),
        // A dry run cannot arrive late.
        Delivery::Late | Delivery::DiesLate | Delivery::ReplyLost => return None,
    }
    let can_spare = |from: &str| memo.has(Flaw::OwnerCheck) || is_whole(world, it, from, memo);
    let pod = world.pods.iter().find(|pod| uid(pod.id) == it.uid);
    Some(match (&it.cause, pod) {
        (EvictCause::Move { from, left, newest }, _)
            if !can_spare(from) || !is_as_seen(world, it, from, (*left, *newest), memo) =>
        {
            failed(Fail::Blocked)
        }
        (_, Some(pod)) if version(pod) == it.resource_version => {
            if world.budget && pod.ready {
                failed(Fail::Blocked)
            } else {
                (Outcome::Rested, OutcomeKey::Rested)
            }
        }
        (_, _) => (Outcome::Outdated, OutcomeKey::Outdated),
    })
}

pub fn send(
    next: &mut World,
    it: &Eviction,
    delivery: Delivery,
    memo: &Memo<'_>,
    breach: &mut Option<Breach>,
) -> (Outcome, OutcomeKey) {
    let no_answer = || (Outcome::KubernetesFailed("no answer".into()), OutcomeKey::NoAnswer);
    let failed = |fail| (Outcome::Failed(real::failure(fail)), OutcomeKey::Failed(fail));
    let found = next.pods.iter().find(|pod| uid(pod.id) == it.uid).cloned();
    if !memo.has(Flaw::OwnerCheck)
        && let EvictCause::Move { from, left, newest } = &it.cause
        && (!is_whole(next, it, from, memo) || !is_as_seen(next, it, from, (*left, *newest), memo))
    {
        return failed(Fail::Blocked);
    }
    let Some(pod) = found else { return (Outcome::Done, OutcomeKey::Done) };
    let name = |name: &str| next.find(name).map_or_else(|| Rc::from(name), |at| Rc::clone(&next.profiles[at].name));
    let from = if let EvictCause::Move { from, .. } = &it.cause { Some(name(from)) } else { None };
    let to = name(&it.to);
    let proven = is_proven(next, &to);
    let letter = LateEviction { pod: pod.id, version: it.resource_version.clone(), from, to, proven, old: false };
    match delivery {
        Delivery::Lost => no_answer(),
        Delivery::Refused => failed(Fail::EvictionRefused),
        Delivery::Late | Delivery::DiesLate => {
            next.letter = Some(letter);
            no_answer()
        }
        Delivery::ReplyLost => {
            arrive(next, &letter, memo.config, breach).ok();
            no_answer()
        }
        Delivery::Fine | Delivery::Unwritten | Delivery::Dies => match arrive(next, &letter, memo.config, breach) {
            Ok(()) => (Outcome::Done, OutcomeKey::Done),
            Err(No::Outdated) => (Outcome::Outdated, OutcomeKey::Outdated),
            Err(No::Blocked) => failed(Fail::Blocked),
        },
    }
}

/// A late eviction arrives, and nobody hears the answer.
pub fn land(next: &mut World, config: &Config, breach: &mut Option<Breach>) {
    if let Some(letter) = next.letter.take() {
        // The sender could not know what has happened to the profiles since, nor to a pod that had shown that others
        // start there.
        let mut broken = None;
        arrive(next, &letter, config, &mut broken).ok();
        *breach = breach
            .take()
            .or(broken.filter(|broken| broken.invariant != 10 && !(broken.invariant == 15 && letter.proven)));
    }
}

pub fn is_going(world: &World, profile: usize) -> bool {
    world.profiles[profile].owner.is_some_and(|owner| world.objects[usize::from(owner)].deleting)
}

/// `act::preflight`: whether the workload can spare the pod. A Ready pod goes only when no rollout is in progress and
/// no other pod is missing. An unready pod goes when all others are Ready or have to leave as well.
fn is_whole(world: &World, it: &Eviction, from: &str, memo: &Memo<'_>) -> bool {
    if it.controller.uid == FOREIGN {
        return true;
    }
    let Some(set) = (0..number(world.sets.len())).find(|set| controller_uid(*set) == it.controller.uid) else {
        return false;
    };
    let together = memo.config.deployment && !memo.has(Flaw::ReplicaSetAlone);
    let desired = if together { rollout::desired(memo.config) } else { world.sets[usize::from(set)].desired };
    let is_its = |pod: &&Pod| if together { pod.set.is_some() } else { pod.set == Some(set) };
    let pods: Vec<&Pod> = world.pods.iter().filter(is_its).collect();
    let serves = pods.iter().any(|pod| uid(pod.id) == it.uid && pod.ready);
    let is_well = |pod: &Pod| pod.ready || uid(pod.id) == it.uid || !serves && pod.profile.as_deref() == Some(from);
    !(serves && together && rollout::is_rolling(world))
        && pods.iter().all(|pod| !pod.ending && is_well(pod))
        && pods.len() >= usize::from(desired)
}

/// `act::preflight`: whether the controller's pods on the profile are still those that were seen.
fn is_as_seen(world: &World, it: &Eviction, from: &str, (left, newest): (u32, Timestamp), memo: &Memo<'_>) -> bool {
    if memo.has(Flaw::NotCompared) {
        return true;
    }
    let is_its = |pod: &&Pod| pod.set.is_some_and(|set| controller_uid(set) == it.controller.uid);
    let stays = |pod: &&Pod| !pod.ending && pod.profile.as_deref() == Some(from) && uid(pod.id) != it.uid;
    let others: Vec<&Pod> = world.pods.iter().filter(is_its).filter(stays).collect();
    others.len() == left as usize && others.iter().all(|pod| pod.born.time() <= newest)
}

fn arrive(next: &mut World, letter: &LateEviction, config: &Config, breach: &mut Option<Breach>) -> Result<(), No> {
    let Some(at) = next.pods.iter().position(|pod| pod.id == letter.pod) else { return Ok(()) };
    let pod = next.pods[at].clone();
    if version(&pod) != letter.version {
        return Err(No::Outdated);
    }
    if next.budget && pod.ready {
        return Err(No::Blocked);
    }
    if let Some(broken) = judge_eviction(next, &pod, letter, config) {
        breach.get_or_insert(broken);
    }
    let moved = letter.from.clone().map(|from| (from, Rc::clone(&letter.to)));
    let remade = letter.from.is_none().then(|| incarnation(next, &letter.to));
    // An eviction that nothing waits for counts as somebody else's.
    let by = evictor(next, letter).filter(|_| !letter.old);
    let down = |pod: &Pod| if pod.ready { by } else { pod.past.down };
    next.end_pod(at, |pod| PodHistory { moved, remade, down: down(pod), ..pod.past.clone() });
    Ok(())
}

/// The object that evicts: the owner of the profile that the pod leaves or, if it is on none, gets.
pub fn evictor(world: &World, letter: &LateEviction) -> Option<u8> {
    let profile = letter.from.as_ref().unwrap_or(&letter.to);
    world.find(profile).and_then(|at| world.profiles[at].owner)
}

/// The current ARN of a profile name.
pub fn incarnation(world: &World, name: &Rc<str>) -> Rc<str> {
    world.find(name).map_or_else(|| Rc::clone(name), |at| world.profiles[at].arn().into())
}

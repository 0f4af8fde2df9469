//! The invariants of pods: none is lost or moved in vain, and only one per controller moves at a time.

use std::rc::Rc;

use fargate_operator::api::{ConditionType, FargateProfileStatus};
use fargate_operator::plan::{Drain, Stage, Step, Wait};

use crate::config::Config;
use crate::event_budget::Event;
use crate::eviction::{LateEviction, evictor, incarnation, is_going};
use crate::invariants::{Breach, condition};
use crate::memo::Memo;
use crate::pods::{Pod, PodHistory, Set};
use crate::webhook::matching;
use crate::world::{Meaning, ModelProfile, Status, Why, World};
use crate::{handover, real, rollout};

/// 3: pods that end with their profile.
pub fn judge_kill(world: &World, object: usize, victim: &ModelProfile, why: Why, config: &Config) -> Option<Breach> {
    let name = &victim.name;
    let overdue = world.objects[object].times.get(&victim.arn()).is_some_and(|times| times.overdue);
    let is_lost = |pod: &&Pod| match why {
        _ if pod.ending => false,
        Why::Unhealthy => pod.ready,
        Why::TimedOut => !(overdue && config.proceed),
        Why::Approved => !world.pasts[object].accepted.contains(&Meaning::Loss(victim.arn())),
        Why::Plain | Why::Gap(_) | Why::GivesWay => true,
    };
    let lost = world.on(victim).filter(is_lost).count();
    (lost > 0).then(|| Breach::new(3, format!("{name} deleted with {lost} pods on it")))
}

/// 10 and 13: an eviction, at the moment when it takes effect.
pub fn judge_eviction(world: &World, pod: &Pod, letter: &LateEviction, config: &Config) -> Option<Breach> {
    if let Some(forged) = &pod.forged {
        return Some(Breach::new(1, format!("a pod is evicted that only has the label of {}", forged.label)));
    }
    let matching = matching(world, world.namespace(pod));
    let first = matching.first().map(|(_, profile)| &profile.name);
    let profile = pod.profile.as_deref().unwrap_or("no profile");
    if config.webhook.is_sound() && (first.is_none() || first == pod.profile.as_ref()) {
        return Some(Breach::new(10, format!("a pod on {profile} is evicted, and no other profile takes it before")));
    }
    if world.find(&letter.to).is_some_and(|to| is_going(world, to)) {
        return Some(Breach::new(10, format!("a pod is evicted for {}, which is to go as well", letter.to)));
    }
    let Some(set) = pod.set else { return Some(Breach::new(3, "a pod is evicted that nobody makes again")) };
    if letter.from.is_none() {
        return (pod.past.remade == Some(incarnation(world, &letter.to)))
            .then(|| Breach::new(9, format!("a pod is made again and again for {}", letter.to)));
    }
    let debts = &world.sets[usize::from(set)].debts;
    let down = debts.iter().filter(|debt| debt.down.is_some()).count();
    let down = down
        + world.staying(set).filter(|other| other.id != pod.id && other.past.down.is_some() && !other.ready).count();
    if pod.ready && down > 0 {
        return Some(Breach::new(
            13,
            "a pod is evicted while another one of its controller is down from the one before",
        ));
    }
    let ready = world.pods.iter().filter(|other| other.set.is_some() && other.ready && !other.ending).count();
    if config.deployment && pod.ready && ready < usize::from(rollout::desired(config)) {
        return Some(Breach::new(13, "a pod is evicted while another one of its Deployment is missing"));
    }
    if config.webhook.is_sound() && pod.ready && is_unproven(world, &letter.to, evictor(world, letter)) {
        return Some(Breach::new(15, format!("a pod is evicted before the first one is Ready on {}", letter.to)));
    }
    None
}

/// The same object has evicted a pod for the profile before, and no pod is Ready on it yet. If several objects hand
/// over to one, each has its own probe.
fn is_unproven(world: &World, to: &Rc<str>, by: Option<u8>) -> bool {
    let on_it = || world.pods.iter().filter(|pod| pod.profile.as_ref() == Some(to));
    let is_its = |past: &PodHistory| past.down.is_some() && past.down == by;
    let is_due = |debt: &PodHistory| is_its(debt) && debt.moved.as_ref().is_some_and(|(_, moved_to)| moved_to == to);
    let probed = on_it().any(|pod| is_its(&pod.past)) || world.sets.iter().flat_map(|set| &set.debts).any(is_due);
    probed && !is_proven(world, to)
}

pub fn is_proven(world: &World, profile: &Rc<str>) -> bool {
    world.pods.iter().any(|pod| pod.profile.as_ref() == Some(profile) && pod.ready && !pod.ending)
}

/// 14: a waiting drain is reported, and as Stalled when its time limit has passed or a person has to act.
pub fn no_secret(world: &World, object: usize, step: &Step, status: &FargateProfileStatus) -> Option<Breach> {
    let it = &world.objects[object];
    let Step::Wait(rest) = step else { return None };
    let drained = status.profiles.iter().find(|record| record.drain.is_some())?;
    let is_on = |kind| condition(status, kind).is_some();
    let drain = drained.drain.as_ref()?;
    let staying = world.pods.iter().filter(|pod| pod.profile.as_deref() == Some(&drained.name) && !pod.ending).count();
    let has_moved = drain.left.is_some_and(|left| staying < left as usize);
    let overdue = !has_moved && it.times.get(&drained.arn).is_some_and(|times| times.overdue);
    let needs_a_person = match rest {
        Wait::Suspended { .. } if it.suspended => return None,
        Wait::AwaitingApproval { .. } | Wait::Quiet | Wait::Settling { .. } | Wait::BackOff { .. } => return None,
        Wait::Draining(drain) => {
            overdue || matches!(drain.stage, Stage::Bounced(..) | Stage::Losing(_) | Stage::Unhealthy(_))
        }
        _ => false,
    };
    let told = is_on(ConditionType::Stalled) || !needs_a_person && is_on(ConditionType::Reconciling);
    (!told).then(|| Breach::new(14, format!("the drain of {} waits ({rest:?}), and nobody is told", drained.name)))
}

/// 6: each controller has its pods, Ready where they belong, and no drain is recorded.
pub fn is_at_home(world: &World, object: usize, memo: &Memo<'_>) -> bool {
    let status = memo.status(world.objects[object].status);
    if status.profiles.iter().any(|record| record.drain.is_some()) {
        return false;
    }
    let selected = real::selected(object, world.objects[object].spec);
    let shared = !memo.config.second.is_empty();
    let is_its = |set: &Set| if shared { selected.contains(&set.namespace) } else { object == 0 };
    let sets = (0..).zip(&world.sets).filter(|(_, set)| is_its(set));
    let is_well = |pod: &Pod| {
        let takers: Vec<&ModelProfile> =
            matching(world, world.namespace(pod)).into_iter().map(|(_, profile)| profile).collect();
        // If several objects select the namespace, a pod may stay where it is.
        let among = if shared { takers.len() } else { takers.len().min(1) };
        let on = takers[..among].iter().find(|taker| pod.profile.as_ref() == Some(&taker.name));
        let nowhere = pod.profile.is_none() && (takers.is_empty() || !memo.config.webhook.is_sound());
        let starts = on.is_some_and(|profile| memo.config.starts(pod.set, profile.spec));
        !pod.ending && pod.ready == starts && (on.is_some() || nowhere)
    };
    sets.into_iter().all(|(n, _)| !world.lacks(n) && world.pods.iter().filter(|pod| pod.set == Some(n)).all(is_well))
}

/// 6: whether a drain that only a person or an outside event can continue is held for a good reason.
pub fn is_rightly_held(world: &World, object: usize, drain: &Drain, memo: &Memo<'_>) -> bool {
    let config = memo.config;
    let is_there =
        |name: &str| world.profiles.iter().any(|profile| &*profile.name == name && profile.status == Status::Active);
    match &drain.stage {
        Stage::Losing(_) | Stage::HandingOver(_) if !config.second.is_empty() => {
            handover::is_rightly_held(world, object, &drain.name, memo)
        }
        Stage::HandingOver(_) => false,
        Stage::Losing(_) => config.narrowing,
        // The message must be true: new pods are expected on that profile.
        Stage::Bounced(_, to) => {
            (!config.webhook.is_sound() || config.left.has(Event::Astray))
                && is_there(to)
                && world.owned(object).next().is_some_and(|profile| *profile.name == **to)
        }
        // If some pods start and others do not, the profile is not to blame.
        Stage::Unhealthy(_) => {
            config.sick.is_some_and(|sick| config.holds || sick.set.is_some() || world.objects[object].deleting)
        }
        Stage::Unanswered(_) | Stage::Probing(_) | Stage::Pods => false,
    }
}

//! Invariants of handing over: pods move to the object that takes them before their profile goes, and to no other.

use fargate_operator::api::{ConditionType, Phase, Reason};

use crate::config::Config;
use crate::invariants::{Breach, condition};
use crate::memo::Memo;
use crate::real::{namespaces, selected};
use crate::webhook::matching;
use crate::world::{Meaning, ModelProfile, Status, World, number};

/// 3: pods of a deleted object that another object selects, or that a foreign profile takes.
pub fn judge_leaving(world: &World, object: usize, victim: &ModelProfile, config: &Config) -> Option<Breach> {
    let overdue = world.objects[object].times.get(&victim.arn()).is_some_and(|times| times.overdue);
    let accepted = world.pasts[object].accepted.contains(&Meaning::Loss(victim.arn()));
    if world.blind || accepted || overdue && config.proceed {
        return None;
    }
    let taken = |namespace: &str| {
        heirs(world, object, namespace).next().is_some()
            || matching(world, namespace).iter().any(|(_, profile)| profile.maker.is_none() && profile.owner.is_none())
    };
    let on_it = || world.on(victim).filter(|pod| !pod.ending && pod.set.is_some());
    let lost = on_it().filter(|pod| taken(world.namespace(pod))).count();
    if lost > 0 {
        return Some(Breach::new(3, format!("{} deleted, and somebody else takes {lost} of its pods", victim.name)));
    }
    (on_it().count() > 0 && !world.objects[object].noticed)
        .then(|| Breach::new(14, format!("{} deleted, and its pods have not been named before", victim.name)))
}

/// 2: a profile that gives way to the next one of its object leaves no gap, since profiles before it take its pods.
pub fn judge_giving_way(world: &World, victim: &ModelProfile) -> Option<Breach> {
    let is_taken =
        |namespace: &&str| matching(world, namespace).first().is_some_and(|(_, first)| first.name != victim.name);
    let left = world.on(victim).count();
    (left > 0 || !namespaces(victim).iter().all(is_taken))
        .then(|| Breach::new(2, format!("{} gives way, and something is left to it", victim.name)))
}

/// 20: a profile that is created to take over takes nothing from a profile that stays.
pub fn judge_stepping(world: &World, by: u8, name: &str, spec: u8, config: &Config) -> Option<Breach> {
    if config.second.is_empty() {
        return None;
    }
    let selected = selected(usize::from(by), spec);
    let live = |profile: &&ModelProfile| profile.status.is_live();
    let own = world.profiles.iter().filter(live).find(|profile| profile.owner == Some(by));
    let usual =
        own.map_or_else(|| format!("{}-9999", crate::real::object_name(usize::from(by))), |own| own.name.to_string());
    let loses = |profile: &&ModelProfile| {
        let between = *name < *profile.name && *profile.name < *usual;
        profile.owner != Some(by)
            && between
            && !goes(world, profile)
            && namespaces(profile).iter().any(|namespace| selected.contains(namespace))
    };
    world.profiles.iter().filter(live).find(loses).map(|loser| {
        Breach::new(20, format!("{name} is made before {}, which stays and takes the same pods", loser.name))
    })
}

/// Whether a profile goes: its object is being deleted, or another one of its object has superseded it.
pub fn goes(world: &World, profile: &ModelProfile) -> bool {
    profile.owner.is_some_and(|owner| {
        let owner = usize::from(owner);
        let supersedes = |other: &ModelProfile| other.serves(owner) && other.name < profile.name;
        world.objects[owner].deleting || world.owned(owner).any(supersedes)
    })
}

/// Other objects that stay and select a namespace.
fn heirs<'a>(world: &'a World, object: usize, namespace: &'a str) -> impl Iterator<Item = usize> + 'a {
    let selects = move |other: &usize| {
        let it = &world.objects[*other];
        *other != object && !it.gone && !it.deleting && selected(*other, it.spec).contains(&namespace)
    };
    (0..world.objects.len()).filter(selects)
}

/// 6: pods on a profile that goes wait for another object that needs a person. Or no object takes them, or only a
/// profile that sorts after it. `Stalled` says so.
pub fn is_rightly_held(world: &World, object: usize, victim: &str, memo: &Memo<'_>) -> bool {
    let status = memo.status(world.objects[object].status);
    let Some((reason, _)) = condition(&status, ConditionType::Stalled) else { return false };
    let pods = world.pods.iter().filter(|pod| pod.profile.as_deref() == Some(victim));
    let mut namespaces: Vec<&str> = pods.map(|pod| world.namespace(pod)).collect();
    namespaces.dedup();
    let is_held = |namespace: &&str| {
        let mut heirs = heirs(world, object, namespace).peekable();
        if heirs.peek().is_none() {
            let has_taker = matching(world, namespace).iter().any(|(_, it)| &*it.name != victim && !goes(world, it));
            return reason == Reason::PodsWithoutProfile.name() && (has_taker || !world.objects[object].deleting);
        }
        heirs.any(|heir| reason == Reason::HandoverHeld.name() && is_kept(world, heir, victim, memo))
    };
    namespaces.iter().any(is_held)
}

/// Whether something keeps an object from taking over until a person acts.
fn is_kept(world: &World, heir: usize, victim: &str, memo: &Memo<'_>) -> bool {
    let it = &world.objects[heir];
    let status = memo.status(it.status);
    let phase = status.replacement.as_ref().map(|replacement| replacement.phase);
    let selected = selected(heir, it.spec);
    let foremost = world.owned(heir).find(|profile| profile.status == Status::Active);
    let is_behind = foremost.is_none_or(|profile| *profile.name > *victim);
    let others = world.profiles.iter().filter(|profile| profile.owner != Some(number(heir)) && !goes(world, profile));
    let mut other_objects = others.filter(|profile| namespaces(profile).iter().any(|it| selected.contains(it)));
    let told =
        |reason: Reason| condition(&status, ConditionType::Stalled).is_some_and(|(shown, _)| shown == reason.name());
    it.suspended
        || phase == Some(Phase::AwaitingApproval)
        || it.delete_first && is_behind
        || other_objects.next().is_some() && is_behind
        || told(Reason::NoFreeSlot)
        || told(Reason::ReplacementUnhealthy)
        || told(Reason::NamesUsedUp)
        || told(Reason::InvalidParameter)
}

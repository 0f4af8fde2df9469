//! The effect of a move.

use std::rc::Rc;

use crate::calls::{free_life, next_life};
use crate::config::Config;
use crate::event_budget::Event;
use crate::invariants::Breach;
use crate::memo::Memo;
use crate::moves::{Move, shown_plan};
use crate::mutants::Flaw;
use crate::pass::pass;
use crate::pods::Pod;
use crate::webhook::matching;
use crate::world::{Call, ModelProfile, Object, Status, World};
use crate::{clock, eks, pod_moves, real};

/// The state after a move, and the invariant that it breaks, if any.
pub fn apply(world: &World, mv: Move, memo: &mut Memo<'_>) -> Option<(World, Option<Breach>)> {
    if let Move::Pass { object, stale, blurred, delivery } = mv {
        let mut passed = pass(world, usize::from(object), (stale, blurred), delivery, memo)?;
        delivery.costs().iter().for_each(|event_budget| passed.world.left.spend(*event_budget));
        clock::compress(&mut passed.world);
        return Some((passed.world, passed.breach));
    }
    let mut next = world.clone();
    let mut breach = None;
    match mv {
        Move::Pass { .. } => {}
        Move::Land => {
            let call = next.wire.take()?;
            let life = next_life(world, memo, &call);
            // The process never hears EKS's answer.
            let status = memo.status(world.objects[usize::from(call.by)].status);
            let rules = (memo.config, status.previous.as_ref().map(|previous| previous.arn.as_str()));
            // The call is judged by what could be known when it was sent.
            let mut known = next.clone();
            known.pods.retain(|pod| !is_news(world, &call, pod));
            eks::carry_out(&mut known, &call, life, rules, &mut breach).ok();
            eks::carry_out(&mut next, &call, life, rules, &mut None).ok();
        }
        Move::Lag => {
            next.lag = Some(world.profiles.clone());
            next.left.spend(Event::Lag);
        }
        Move::QuietPasses => {
            next.lag = None;
            next.quiet_passed = next.air.is_some() || next.started;
            if memo.has(Flaw::Absence) {
                return Some((next, None));
            }
            let misses = next.objects.iter_mut().filter(|object| real::has_just_missed(&object.memory));
            misses.for_each(|object| object.memory = real::has_missed_long(&object.memory));
        }
        Move::SettlePasses => {
            let now = clock::next(&next);
            let young = next.profiles.iter_mut().filter(|it| it.status == Status::Active && !it.settled);
            young.for_each(|it| (it.settled, it.settled_at) = (true, now));
        }
        Move::BackOffPasses { object } => {
            let it = &mut next.objects[usize::from(object)];
            it.memory = real::rested(&it.memory);
        }
        Move::Ends { profile, well } => {
            if !well {
                let creates = world.profiles[usize::from(profile)].status == Status::Creating;
                next.left.spend(if creates { Event::CreateFails } else { Event::DeleteFails });
            }
            // EKS's operations take longer than its view lags: an operation that began after the look has not ended
            // yet.
            let it = &world.profiles[usize::from(profile)];
            let is_in =
                |lag: &Vec<ModelProfile>| lag.iter().any(|seen| seen.arn() == it.arn() && seen.status == it.status);
            if memo.config.looks_go_back && !world.lag.as_ref().is_some_and(is_in) {
                next.lag = None;
            }
            eks::end(&mut next, usize::from(profile), well);
        }
        Move::NoticePasses { object } => next.objects[usize::from(object)].noticed = true,
        Move::Applied { object } => {
            next.left.spend(Event::Apply);
            next.objects[usize::from(object)] = memo.config.fresh(usize::from(object));
        }
        Move::Approve { object } => approve(&mut next, usize::from(object), memo)?,
        Move::Edit { .. } | Move::Suspend { .. } | Move::Switch { .. } | Move::Delete { .. } => {
            edit(&mut next, mv, memo.config)
        }
        Move::Crash => {
            next.left.spend(Event::Crash);
            next.crash(memo);
        }
        Move::OutsiderDeletes { .. }
        | Move::OutsiderCreates { .. }
        | Move::TagsStripped { .. }
        | Move::TagsChanged { .. } => {
            outsider(&mut next, mv, memo);
        }
        Move::Busy { on } => {
            next.busy = on;
            if on {
                next.left.spend(Event::Busy);
            }
        }
        Move::Pod(mv) => breach = pod_moves::apply(&mut next, mv, memo),
        Move::Blind { on } => {
            next.blind = on;
            if on {
                next.left.spend(Event::Blind);
            }
        }
    }
    clock::compress(&mut next);
    Some((next, breach))
}

/// Whether a call could not know about a pod when it was sent. Either its profile goes with its object, and the pod had
/// somebody else to take it. Or the pod did not exist yet, and no other profile comes before this one to wait for.
fn is_news(world: &World, call: &Call, pod: &Pod) -> bool {
    let leaves = world.objects[usize::from(call.by)].deleting;
    let is_first = || matching(world, world.namespace(pod)).first().is_some_and(|(_, first)| first.name == call.name);
    pod.profile.as_ref() == Some(&call.name) && (leaves || !call.there.contains(&pod.id) && is_first())
}

fn edit(next: &mut World, mv: Move, config: &Config) {
    let mut change = |object: u8, event_budget: Option<Event>, change: &dyn Fn(&mut Object)| {
        let it = &mut next.objects[usize::from(object)];
        change(it);
        it.generation += 1;
        Rc::make_mut(&mut it.memory).meet(i64::from(it.generation), None);
        if !it.finalizer && it.deleting {
            *it = Object { gone: true, ..Object::default() };
        }
        if let Some(event_budget) = event_budget {
            next.left.spend(event_budget);
        }
    };
    match mv {
        Move::Edit { object, spec } => change(object, Some(Event::Edit), &|it| it.spec = spec),
        Move::Suspend { object, on } => change(object, on.then_some(Event::Suspend), &|it| it.suspended = on),
        Move::Switch { object } => change(object, Some(Event::Switch), &|it| it.delete_first = !it.delete_first),
        Move::Delete { object } => {
            change(object, Some(Event::Delete), &|it| (it.deleting, it.noticed) = (true, !config.notices));
        }
        _ => {}
    }
}

fn approve(next: &mut World, object: usize, memo: &Memo<'_>) -> Option<()> {
    next.left.spend(Event::Approve);
    let plan = shown_plan(next, object, memo)?;
    next.pasts[object].accepted = memo.meanings(&plan);
    next.objects[object].approval = Some(plan);
    Some(())
}

/// Somebody else changes something in EKS.
fn outsider(next: &mut World, mv: Move, memo: &Memo<'_>) {
    match mv {
        Move::OutsiderDeletes { profile } => {
            next.left.spend(Event::Outsider);
            let it = &mut next.profiles[usize::from(profile)];
            it.status = Status::Deleting;
            let name = Rc::clone(&it.name);
            next.kill(&name);
        }
        // Under the name of the object's next profile.
        Move::OutsiderCreates { object } => {
            next.left.spend(Event::Squatter);
            let taken = |name: &str| next.find(name).is_some();
            let stem = real::object_name(usize::from(object));
            let exact = next.objects[usize::from(object)].delete_first.then(|| stem.to_owned());
            let counted = (0..=9999).rev().map(|n| format!("{stem}-{n:04}"));
            let name = exact.into_iter().chain(counted).find(|name| !taken(name)).unwrap_or_default();
            let life = free_life(next, memo, &name);
            let it = eks::profile(&name.into(), life, 0);
            eks::add(next, ModelProfile { status: Status::Active, settled: true, ..it });
        }
        Move::TagsChanged { profile } => {
            next.left.spend(Event::Retag);
            next.profiles[usize::from(profile)].untidy = true;
        }
        Move::TagsStripped { profile } => {
            next.left.spend(Event::Strip);
            next.profiles[usize::from(profile)].owner = None;
        }
        _ => {}
    }
}

//! One pass over one object, as in `controller::pass`: look, plan, act in turn, report.

use std::rc::Rc;

use fargate_operator::act::{EksView, Outcome};
use fargate_operator::memory::Memory;
use fargate_operator::plan::{Checkpoint, Step, Wait, needs_the_next_turn};
use fargate_operator::report::came_to;
use fargate_operator::state::Facts;

use crate::calls::{call, next_life, send, spec_of};
use crate::clock::Stamp;
use crate::drains::no_secret;
use crate::invariants::{
    Breach, is_as_specified, no_bad_record, no_liberty, no_lie, no_lingering, no_other_plan, one_at_a_time,
};
use crate::memo::{Memo, Observation, OutcomeKey, Planned, Waits};
use crate::moves::Delivery;
use crate::mutants::Flaw;
use crate::pods::Pod;
use crate::world::{Call, InFlightCall, Kind, ModelProfile, Object, World, number};
use crate::{clock, eks, eviction, other_objects, real, sight};

pub struct Passed {
    pub world: World,
    pub planned: Rc<Planned>,
    pub sent: Option<Call>,
    pub breach: Option<Breach>,
}

/// Runs a pass on what EKS shows now or, if `stale`, on the lagging look. `None` if there is no mutation to which
/// `delivery` could apply.
pub fn pass(
    world: &World,
    index: usize,
    (stale, blurred): (bool, bool),
    delivery: Delivery,
    memo: &mut Memo<'_>,
) -> Option<Passed> {
    let look = look(world, stale)?;
    let (waits, planned) = decide(world, index, (stale, blurred), memo)?;
    let call = call(&planned.step, index, world, look);
    let evicts = matches!(planned.step, Step::Ask { .. } | Step::Evict(_));
    if call.is_none() && !evicts && !matches!(delivery, Delivery::Fine | Delivery::Unwritten) {
        return None;
    }
    let mut next = world.clone();
    if !stale && !memo.config.looks_go_back {
        // The looks of a process do not go back in time: a later look knows what an earlier one has shown.
        next.lag = None;
    }
    if !blurred {
        next.seen_pods = None;
    }
    if !waits.awaits {
        next.air = None;
    }
    let told_quiet = waits.quiet;
    if !told_quiet {
        (next.started, next.quiet_passed) = (false, false);
    }
    let quiet = planned.snapshot.quiet;
    let mut breach = None;
    let mut memory = Rc::clone(&planned.memory);
    // In quiet time nothing is known about the gap.
    if !quiet {
        next.objects[index].reserved = needs_the_next_turn(&planned.snapshot, &planned.step);
    }
    let mut sent = None;
    let (outcome, came) = match (&planned.step, call) {
        (_, Some(call)) => {
            let shown = memo.look(look);
            let as_told =
                if memo.has(Flaw::Turn) { &World { air: None, started: false, ..world.clone() } } else { world };
            let (mut turn, began) = real::turn(as_told, !memo.has(Flaw::Reservation));
            turn.reserve(real::object_name(index), next.objects[index].reserved, began);
            turn.learn(&shown, began, began);
            let seen = EksView { profiles: &shown, began, installation: real::INSTALLATION };
            let object = real::object_name(index);
            let air = InFlightCall { call: call.clone(), answered: false, life: None };
            match turn.take(object, real::flight(&air, began), &seen, began, real::wall()) {
                Err(_) if delivery != Delivery::Fine => return None,
                Err(blocked) => (Outcome::NotOurTurn(blocked.clone()), OutcomeKey::Blocked(blocked.by)),
                Ok(()) => {
                    breach = one_at_a_time(world)
                        .or_else(|| no_lingering(world, index, &planned.step, Some(&call)))
                        .or_else(|| no_liberty(world, index, &planned, memo.config.manual));
                    sent = Some(call.clone());
                    next.started = false;
                    let life = next_life(world, memo, &call);
                    let result = send(&mut next, &call, life, delivery, memo, &mut breach);
                    let made = matches!(call.kind, Kind::Create { .. })
                        .then(|| real::profile(&eks::profile(&call.name, life, spec_of(&call))));
                    let failure = result.err().map(real::failure);
                    let answer = failure.as_ref().map_or(Ok(made.as_ref()), Err);
                    let blocked = turn.answered(object, answer, began, real::wall(), |_| real::QUIET);
                    let made_life = (result.is_ok() && made.is_some()).then_some(life);
                    next.air =
                        turn.awaited().map(|_| InFlightCall { answered: result.is_ok(), life: made_life, ..air });
                    match (blocked, failure, made) {
                        (Some(blocked), _, _) => {
                            (Outcome::NotOurTurn(blocked.clone()), OutcomeKey::Blocked(blocked.by))
                        }
                        (None, Some(failure), _) => (Outcome::Failed(failure), OutcomeKey::Failed(result.unwrap_err())),
                        (None, None, Some(made)) => (Outcome::Created(made), OutcomeKey::Created(call.name, life)),
                        (None, None, None) => (Outcome::Done, OutcomeKey::Done),
                    }
                }
            }
        }
        (Step::Evict(eviction), None) => eviction::send(&mut next, eviction, delivery, memo, &mut breach),
        (Step::Ask { eviction, .. }, None) => eviction::ask(&next, eviction, delivery, memo)?,
        (Step::Wait(_) | Step::Checkpoint(_), None) => (Outcome::Rested, OutcomeKey::Rested),
        (_, None) => (Outcome::Done, OutcomeKey::Done),
    };
    if planned.step.action().is_some() {
        let mut noted = Memory::clone(&memory);
        noted.note(&planned.step, &outcome, look.len(), real::NOW, &real::INTERVALS, 0.0);
        memory = Rc::new(real::coarse(noted));
    }
    let written = memo.report(&planned, &memory, &outcome, came);
    let status = written.unwrap_or(world.objects[index].status);
    if delivery == Delivery::Unwritten && status == world.objects[index].status {
        return None;
    }
    if written.is_some() && delivery != Delivery::Unwritten {
        Rc::make_mut(&mut memory).written(&planned.snapshot);
    }
    let it = &mut next.objects[index];
    match &planned.step {
        Step::AddFinalizer => it.finalizer = true,
        Step::DropFinalizer(_) => *it = Object { gone: true, ..Object::default() },
        _ => {}
    }
    if !it.gone {
        it.memory = memory;
        if delivery != Delivery::Unwritten && !delivery.dies() {
            it.status = status;
            keep_time(&mut next, index, &came_to(&planned.step, &outcome), memo);
        }
    }
    if delivery.dies() {
        next.crash(memo);
    }
    let (old, new) = (memo.status(world.objects[index].status), memo.status(status));
    let breach = breach
        .or_else(|| no_liberty(world, index, &planned, memo.config.manual))
        .or_else(|| no_lingering(world, index, &planned.step, None))
        .or_else(|| no_bad_record(look, &planned.step))
        .or_else(|| no_lie(world, index, look, told_quiet, (&old, &new)))
        .or_else(|| no_other_plan(status, memo))
        .or_else(|| no_secret(world, index, &planned.step, &new).filter(|_| !told_quiet))
        .or_else(|| wrongly_settled(world, index, stale, &planned.step));
    Some(Passed { world: next, planned, sent, breach })
}

fn look(world: &World, stale: bool) -> Option<&Vec<ModelProfile>> {
    if stale { world.lag.as_ref() } else { Some(&world.profiles) }
}

/// What a pass decides, before it does anything.
pub fn decide(
    world: &World,
    index: usize,
    (stale, blurred): (bool, bool),
    memo: &mut Memo<'_>,
) -> Option<(Waits, Rc<Planned>)> {
    let look = look(world, stale)?;
    let waits = memo.wait(world, look);
    let glance = told(world, index, look, waits.quiet, sight::seen(world, blurred, None), memo);
    let mut planned = memo.plan(glance);
    if blurred && planned.step.is_about_all_pods() {
        // Before an effect, the pods on the object's profiles are listed afresh.
        let facts = Facts::of(&planned.snapshot);
        let owned: Vec<&str> = facts.owned.iter().map(|profile| profile.name.as_str()).collect();
        let listed = told(world, index, look, waits.quiet, sight::seen(world, true, Some(&owned)), memo);
        planned = memo.plan(listed);
    }
    Some((waits, planned))
}

/// Gives the record of a drain the current time.
fn keep_time(next: &mut World, index: usize, step: &Step, memo: &Memo<'_>) {
    if next.objects[index].times.is_empty() && !matches!(step, Step::Checkpoint(_)) {
        return;
    }
    let now = clock::next(next);
    let made: Vec<Stamp> = next.pods.iter().map(|pod| pod.born).collect();
    let it = &mut next.objects[index];
    let status = memo.status(it.status);
    let drain = |arn: &String| status.profiles.iter().find(|record| record.arn == *arn)?.drain.as_ref();
    let all = Rc::make_mut(&mut it.times);
    all.retain(|arn, _| drain(arn).is_some());
    if let Step::Checkpoint(Checkpoint::Drain { arn, drain }) = step {
        let times = all.entry(arn.clone()).or_default();
        // Its clock restarts when a pod has moved.
        times.overdue &= drain.since.as_ref().is_some_and(|since| since.0 != clock::wall());
        times.asked = drain.evicting.as_ref().map(|_| now);
        let newest = |born: &Stamp| drain.evicting.as_ref().is_some_and(|evicting| evicting.newest.0 == born.time());
        times.newest = made.into_iter().find(newest);
    }
}

/// 7, as the planner sees it: a state that it calls settled equals the last spec.
fn wrongly_settled(world: &World, index: usize, stale: bool, step: &Step) -> Option<Breach> {
    let claims = matches!(step, Step::Wait(Wait::Settled)) && !stale && !world.objects[index].gone;
    (claims && !world.objects[index].deleting && !is_as_specified(world, index))
        .then(|| Breach::new(7, "called settled, and is not as the last spec says"))
}

fn told(
    world: &World,
    index: usize,
    look: &[ModelProfile],
    quiet: bool,
    pods: Vec<Pod>,
    memo: &mut Memo<'_>,
) -> Observation {
    let pods = if world.blind { Vec::new() } else { pods };
    Observation {
        index: number(index),
        object: world.objects[index].clone(),
        look: look.iter().map(|profile| ModelProfile { known: false, ..profile.clone() }).collect(),
        quiet,
        namespaces: pods.iter().map(|pod| world.namespace(pod)).collect(),
        pods,
        blind: world.blind,
        other_objects: (0..world.objects.len())
            .map(|other| (other != index).then(|| other_objects::other(world, other, memo))?)
            .collect(),
    }
}

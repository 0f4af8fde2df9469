//! One pass over one object, as `controller::reconcile` makes it: look, plan, act in turn, report.

use std::rc::Rc;

use fargate_operator::act::{Outcome, Seen};
use fargate_operator::api::TAG_OWNER;
use fargate_operator::plan::{DeleteCause, Picture, Record, Rest, Step, needs_the_next_turn};

use crate::book::{Book, Came, Planned, Told};
use crate::drains::no_secret;
use crate::invariants::{Breach, is_as_specified, no_bad_record, no_liberty, no_lie, no_lingering, one_at_a_time};
use crate::moves::Fate;
use crate::mutants::Flaw;
use crate::pods::Pod;
use crate::real;
use crate::world::{Air, Call, Fail, Kind, Meaning, Object, Prof, Why, World, arn, number};
use crate::{clock, eks, eviction, sight};

/// What a pass comes to.
pub struct Passed {
    pub world: World,
    pub planned: Rc<Planned>,
    pub sent: Option<Call>,
    pub breach: Option<Breach>,
}

/// Makes a pass on what EKS shows now or, `stale`, on the look that lags. `None` if there is no mutation that `fate` could
/// befall.
pub fn pass(
    world: &World,
    index: usize,
    (stale, blurred): (bool, bool),
    fate: Fate,
    book: &mut Book<'_>,
) -> Option<Passed> {
    let look = if stale { world.lag.as_ref()? } else { &world.profiles };
    let mut next = world.clone();
    if !stale && !book.config.looks_go_back {
        // The looks of a process do not go back: what one has shown, later ones know of.
        next.lag = None;
    }
    if !blurred {
        next.seen_pods = None;
    }
    let waits = book.wait(world, look);
    if !waits.awaits {
        next.air = None;
    }
    let told_quiet = waits.quiet;
    if !told_quiet {
        (next.started, next.quiet_passed) = (false, false);
    }
    let glance = told(world, index, look, told_quiet, sight::seen(world, blurred, None), book);
    let mut planned = book.plan(glance);
    if blurred && planned.step.is_final() {
        // Before an effect the pods on profiles of the object are listed afresh.
        let picture = Picture::of(&planned.snapshot);
        let owned: Vec<&str> = picture.owned.iter().map(|profile| profile.name.as_str()).collect();
        planned = book.plan(told(world, index, look, told_quiet, sight::seen(world, true, Some(&owned)), book));
    }
    let quiet = planned.snapshot.quiet;
    let mut breach = None;
    let mut memory = planned.memory.clone();
    let call = call(&planned.step, index, world, look);
    let evicts = matches!(planned.step, Step::Evict(_));
    if call.is_none() && !evicts && !matches!(fate, Fate::Fine | Fate::Unwritten) {
        return None;
    }
    // In quiet time nothing is known of the gap.
    if !quiet {
        next.objects[index].reserved = needs_the_next_turn(&planned.snapshot, &planned.step);
    }
    let mut fail = None;
    let mut sent = None;
    let (outcome, came) = match (&planned.step, call) {
        (_, Some(call)) => {
            let shown: Vec<_> = look.iter().map(real::profile).collect();
            let as_told =
                if book.has(Flaw::Turn) { &World { air: None, started: false, ..world.clone() } } else { world };
            let (mut turn, began) = real::turn(as_told, !book.has(Flaw::Reservation));
            turn.reserve(real::object_name(index), next.objects[index].reserved, began);
            turn.learn(&shown, began, began);
            let seen = Seen { profiles: &shown, began, installation: real::INSTALLATION };
            let object = real::object_name(index);
            let air = Air { call: call.clone(), answered: false, life: None };
            match turn.take(object, real::flight(&air, began), &seen, began, real::wall()) {
                Err(_) if fate != Fate::Fine => return None,
                Err(blocked) => (Outcome::NotOurTurn(blocked.clone()), Came::Blocked(blocked.by)),
                Ok(()) => {
                    breach = one_at_a_time(world)
                        .or_else(|| no_lingering(world, index, &planned.step, Some(&call)))
                        .or_else(|| no_liberty(world, index, &planned, book.config.manual));
                    sent = Some(call.clone());
                    next.started = false;
                    let life = free_life(world, book, &call.name);
                    let result = send(&mut next, &call, life, fate, book, &mut breach);
                    let made = matches!(call.kind, Kind::Create { .. })
                        .then(|| real::profile(&eks::profile(&call.name, life, spec_of(&call))));
                    let failure = result.err().map(real::failure);
                    let answer = failure.as_ref().map_or(Ok(made.as_ref()), Err);
                    let blocked = turn.answered(object, answer, began, real::wall(), |_| real::QUIET);
                    let made_life = (result.is_ok() && made.is_some()).then_some(life);
                    next.air = turn.awaited().map(|_| Air { answered: result.is_ok(), life: made_life, ..air });
                    fail = result.err();
                    match (blocked, failure, made) {
                        (Some(blocked), _, _) => (Outcome::NotOurTurn(blocked.clone()), Came::Blocked(blocked.by)),
                        (None, Some(failure), _) => (Outcome::Failed(failure), Came::Failed(result.unwrap_err())),
                        (None, None, Some(made)) => (Outcome::Created(made), Came::Created(call.name, life)),
                        (None, None, None) => (Outcome::Done, Came::Done),
                    }
                }
            }
        }
        (Step::Evict(eviction), None) => {
            let (outcome, came) = eviction::send(&mut next, eviction, fate, book, &mut breach);
            if let Came::Failed(failed) = &came {
                fail = Some(*failed);
            }
            (outcome, came)
        }
        (Step::Rest(_) | Step::Record(_), None) => (Outcome::Rested, Came::Rested),
        (_, None) => (Outcome::Done, Came::Done),
    };
    memory.note(&planned.step, &outcome, fail, look.len());
    if let (Outcome::Created(_), Some(call)) = (&outcome, &sent) {
        memory.created = next.find(&call.name).map(|at| (Rc::clone(&call.name), next.profiles[at].life, spec_of(call)));
    }
    // Nothing is reported of what has changed since it was observed.
    let status = if matches!(outcome, Outcome::Outdated) {
        world.objects[index].status
    } else {
        book.report(&planned, &memory, &outcome, came)
    };
    if fate == Fate::Unwritten && status == world.objects[index].status {
        return None;
    }
    if !quiet && fate != Fate::Unwritten {
        memory.forget_gone(&look.iter().map(Prof::arn).collect::<Vec<_>>());
    }
    let it = &mut next.objects[index];
    match &planned.step {
        Step::AddFinalizer => it.finalizer = true,
        Step::DropFinalizer(_) => *it = Object { gone: true, ..Object::default() },
        _ => {}
    }
    if !it.gone {
        it.memory = memory;
        if fate != Fate::Unwritten && !fate.dies() {
            it.status = status;
            keep_time(&mut next, index, &planned.step, book);
        }
    }
    if fate.dies() {
        next.crash(book);
    }
    let (old, new) = (book.status(world.objects[index].status), book.status(status));
    let breach = breach
        .or_else(|| no_liberty(world, index, &planned, book.config.manual))
        .or_else(|| no_lingering(world, index, &planned.step, None))
        .or_else(|| no_bad_record(look, &planned.step))
        .or_else(|| no_lie(world, index, look, told_quiet, (&old, &new)))
        .or_else(|| no_secret(&planned.step, &new).filter(|_| !told_quiet))
        .or_else(|| wrongly_settled(world, index, stale, &planned.step));
    Some(Passed { world: next, planned, sent, breach })
}

/// What goes on record of a drain goes on record at this moment.
fn keep_time(next: &mut World, index: usize, step: &Step, book: &Book<'_>) {
    let now = clock::next(next);
    let it = &mut next.objects[index];
    let status = book.status(it.status);
    let drain = |arn: &String| status.profiles.iter().find(|record| record.arn == *arn)?.drain.as_ref();
    it.times.retain(|arn, _| drain(arn).is_some());
    if let Step::Record(Record::Drain { arn, drain }) = step {
        it.times.entry(arn.clone()).or_default().asked = drain.evicting.as_ref().map(|_| now);
    }
}

/// 7, as seen by the planner: what it calls settled is what the last spec says.
fn wrongly_settled(world: &World, index: usize, stale: bool, step: &Step) -> Option<Breach> {
    let claims = matches!(step, Step::Rest(Rest::Settled)) && !stale && !world.objects[index].gone;
    (claims && !world.objects[index].deleting && !is_as_specified(world, index))
        .then(|| Breach::new(7, "called settled, and is not as the last spec says"))
}

fn told(world: &World, index: usize, look: &[Prof], quiet: bool, pods: Vec<Pod>, book: &Book<'_>) -> Told {
    let in_gap = |object: &Object| book.status(object.status).previous.is_some() && !object.deleting;
    let pods = if world.blind { Vec::new() } else { pods };
    Told {
        index: number(index),
        object: world.objects[index].clone(),
        look: look.iter().map(|profile| Prof { known: false, ..profile.clone() }).collect(),
        quiet,
        namespaces: pods.iter().map(|pod| world.namespace(pod)).collect(),
        pods,
        blind: world.blind,
        rivals: world.objects.iter().map(|object| (!object.gone).then(|| in_gap(object))).collect(),
    }
}

/// The call that a step is.
fn call(step: &Step, index: usize, world: &World, look: &[Prof]) -> Option<Call> {
    let by = number(index);
    let seen = |arn: &str| look.iter().find(|profile| profile.arn() == arn);
    match step {
        Step::Create { profile, .. } => {
            let name = world.find(&profile.name).map(|at| Rc::clone(&world.profiles[at].name));
            let name = name.unwrap_or_else(|| Rc::from(profile.name.as_str()));
            Some(Call { by, name, kind: Kind::Create { spec: real::spec_of(&profile.role) } })
        }
        Step::Delete { arn, cause, .. } => {
            let profile = seen(arn)?;
            let why = match cause {
                DeleteCause::Leftover | DeleteCause::Superseded | DeleteCause::ObjectDeleted => Why::Plain,
                DeleteCause::Approved => Why::Approved,
                DeleteCause::TimedOut => Why::TimedOut,
                DeleteCause::Unhealthy => Why::Unhealthy,
                DeleteCause::Gap => Why::Gap(world.objects[index].generation),
            };
            let kind = Kind::Delete { life: profile.life, before: profile.status, why };
            Some(Call { by, name: Rc::clone(&profile.name), kind })
        }
        Step::Tag { arn, set, .. } => {
            let profile = seen(arn)?;
            let life = profile.life;
            let kind = match (set.contains_key(TAG_OWNER), set.is_empty()) {
                (true, _) => Kind::Own { life },
                (false, false) => Kind::Tidy { life },
                (false, true) => Kind::Release { life },
            };
            Some(Call { by, name: Rc::clone(&profile.name), kind })
        }
        Step::AddFinalizer | Step::DropFinalizer(_) | Step::Evict(_) | Step::Record(_) | Step::Rest(_) => None,
    }
}

fn spec_of(call: &Call) -> u8 {
    if let Kind::Create { spec } = call.kind { spec } else { 0 }
}

fn send(
    next: &mut World,
    call: &Call,
    life: u8,
    fate: Fate,
    book: &Book<'_>,
    breach: &mut Option<Breach>,
) -> Result<(), Fail> {
    let status = book.status(next.objects[usize::from(call.by)].status);
    let rules = (book.config, status.previous.as_ref().map(|previous| previous.arn.as_str()));
    match fate {
        Fate::Fine | Fate::Unwritten | Fate::Dies => eks::carry_out(next, call, life, rules, breach),
        Fate::ReplyLost => {
            // Whatever EKS said to it, nobody heard.
            eks::carry_out(next, call, life, rules, breach).ok();
            Err(Fail::NoAnswer)
        }
        Fate::Lost => Err(Fail::NoAnswer),
        Fate::Late | Fate::DiesLate => {
            next.wire = Some(call.clone());
            Err(Fail::NoAnswer)
        }
        Fate::Refused => Err(Fail::Refused),
    }
}

/// An incarnation of a name that nobody can take for another one.
pub fn free_life(world: &World, book: &Book<'_>, name: &str) -> u8 {
    let is_known = |life: &u8| {
        let arn = arn(name, *life);
        let look = world.lag.iter().flatten().chain(&world.profiles);
        look.into_iter().any(|profile| &*profile.name == name && profile.life == *life)
            || world.objects.iter().any(|object| {
                book.status(object.status).profiles.iter().any(|record| record.arn == arn) || object.memory.knows(&arn)
            })
            || world.pasts.iter().flat_map(|past| &past.accepted).any(|accepted| match accepted {
                Meaning::Loss(of) | Meaning::Change(of, _) => *of == arn,
            })
            || world.air.iter().any(|air| &*air.call.name == name && (air.life.or(air.call.kind.life()) == Some(*life)))
            || world.wire.iter().any(|call| &*call.name == name && call.kind.life() == Some(*life))
    };
    (0..).find(|life| !is_known(life)).unwrap_or_default()
}

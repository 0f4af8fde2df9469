//! What may happen next.

use std::rc::Rc;

use crate::book::Book;
use crate::eks;
use crate::invariants::Breach;
use crate::mutants::Flaw;
use crate::pass::{free_life, pass};
use crate::real;
use crate::world::{Luck, Object, Prof, Status, World, number};

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// The operator makes a pass over an object.
    Pass {
        object: u8,
        stale: bool,
        fate: Fate,
    },
    /// The call on the wire reaches EKS.
    Land,
    /// A look begins that will be slow, or EKS's view of itself lags.
    Lag,
    QuietPasses,
    SettlePasses,
    BackOffPasses {
        object: u8,
    },
    Ends {
        profile: u8,
        well: bool,
    },
    Edit {
        object: u8,
        spec: u8,
    },
    Suspend {
        object: u8,
        on: bool,
    },
    /// Of the strategy.
    Switch {
        object: u8,
    },
    /// Of the plan that status shows.
    Approve {
        object: u8,
    },
    Delete {
        object: u8,
    },
    Crash,
    OutsiderDeletes {
        profile: u8,
    },
    OutsiderCreates {
        object: u8,
    },
    TagsStripped {
        profile: u8,
    },
    TagsChanged {
        profile: u8,
    },
    Busy {
        on: bool,
    },
    PodLands {
        object: u8,
        profile: u8,
    },
    PodLeaves {
        profile: u8,
    },
    Blind {
        on: bool,
    },
}

/// What becomes of the mutation that a pass sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Fine,
    /// It never arrives.
    Lost,
    /// It arrives, the answer does not.
    ReplyLost,
    /// It arrives later, long after it was given up.
    Late,
    /// EKS says no.
    Refused,
    /// All is well, but for the status, which is not written.
    Unwritten,
    /// It arrives, and the process is killed.
    Dies,
    /// It arrives later, and the process is killed.
    DiesLate,
}

impl Fate {
    pub fn dies(self) -> bool {
        matches!(self, Self::Dies | Self::DiesLate)
    }

    fn costs(self) -> &'static [Luck] {
        match self {
            Self::Fine => &[],
            Self::Lost => &[Luck::Lost],
            Self::ReplyLost => &[Luck::ReplyLost],
            Self::Late => &[Luck::Late],
            Self::Refused => &[Luck::Refused],
            Self::Unwritten => &[Luck::Unwritten],
            Self::Dies => &[Luck::Crash],
            Self::DiesLate => &[Luck::Crash, Luck::Late],
        }
    }
}

const FATES: [Fate; 7] =
    [Fate::Lost, Fate::ReplyLost, Fate::Late, Fate::Refused, Fate::Unwritten, Fate::Dies, Fate::DiesLate];

/// Everything that may happen in a state.
pub fn moves(world: &World, book: &Book<'_>) -> Vec<Move> {
    let mut moves = Vec::new();
    let has = |luck| world.left.has(luck);
    for (index, object) in world.objects.iter().enumerate().filter(|(_, object)| !object.gone) {
        let o = number(index);
        passes(world, o, &mut moves);
        if object.memory.tries.values().any(|it| it.waits) {
            moves.push(Move::BackOffPasses { object: o });
        }
        if !object.deleting {
            let specs = (0..book.config.specs).filter(|spec| *spec != object.spec && has(Luck::Edit));
            moves.extend(specs.map(|spec| Move::Edit { object: o, spec }));
            if object.suspended || has(Luck::Suspend) {
                moves.push(Move::Suspend { object: o, on: !object.suspended });
            }
            if has(Luck::Switch) {
                moves.push(Move::Switch { object: o });
            }
            if has(Luck::Approve) && shown_plan(world, index, book).is_some() {
                moves.push(Move::Approve { object: o });
            }
            if has(Luck::Delete) {
                moves.push(Move::Delete { object: o });
            }
        }
        if has(Luck::Pod) {
            moves.extend(
                eks::landings(world, index).into_iter().map(|p| Move::PodLands { object: o, profile: number(p) }),
            );
        }
    }
    let waits = world.air.is_some() || world.started || world.lag.is_some() || is_any_absent(world);
    if world.wire.is_some() {
        moves.push(Move::Land);
    } else if waits {
        moves.push(Move::QuietPasses);
    }
    if world.lag.is_none() && has(Luck::Lag) {
        moves.push(Move::Lag);
    }
    if world.profiles.iter().any(|profile| profile.status == Status::Active && !profile.settled) {
        moves.push(Move::SettlePasses);
    }
    if has(Luck::Crash) {
        moves.push(Move::Crash);
    }
    profile_moves(world, &mut moves);
    if world.busy || has(Luck::Busy) {
        moves.push(Move::Busy { on: !world.busy });
    }
    if world.blind || has(Luck::Blind) {
        moves.push(Move::Blind { on: !world.blind });
    }
    moves
}

fn passes(world: &World, object: u8, moves: &mut Vec<Move>) {
    for stale in [false, true] {
        if stale && world.lag.as_ref().is_none_or(|lag| *lag == world.profiles) {
            continue;
        }
        moves.push(Move::Pass { object, stale, fate: Fate::Fine });
        let affordable = |fate: &Fate| fate.costs().iter().all(|luck| world.left.has(*luck));
        // One late call at a time.
        let possible = |fate: &Fate| world.wire.is_none() || !matches!(fate, Fate::Late | Fate::DiesLate);
        let fates = FATES.into_iter().filter(|fate| affordable(fate) && possible(fate));
        moves.extend(fates.map(|fate| Move::Pass { object, stale, fate }));
    }
}

fn profile_moves(world: &World, moves: &mut Vec<Move>) {
    let has = |luck| world.left.has(luck);
    // Outsiders do not race with a look or call that is under way: nothing could be done about that.
    let is_calm = world.wire.is_none() && world.lag.is_none();
    for (index, it) in world.profiles.iter().enumerate() {
        let profile = number(index);
        if it.status.is_under_way() {
            moves.push(Move::Ends { profile, well: true });
            if has(if it.status == Status::Creating { Luck::CreateFails } else { Luck::DeleteFails }) {
                moves.push(Move::Ends { profile, well: false });
            }
        }
        if it.pods > 0 {
            moves.push(Move::PodLeaves { profile });
        }
        let is_idle = !world.busy && !world.profiles.iter().any(|profile| profile.status.is_under_way());
        if is_calm && is_idle && has(Luck::Outsider) {
            moves.push(Move::OutsiderDeletes { profile });
        }
        if is_calm && it.owner.is_some() && has(Luck::Strip) {
            moves.push(Move::TagsStripped { profile });
        }
        if is_calm && it.owner.is_some() && !it.untidy && has(Luck::Retag) {
            moves.push(Move::TagsChanged { profile });
        }
    }
    if is_calm && has(Luck::Squatter) {
        moves.push(Move::OutsiderCreates { object: 0 });
    }
}

fn is_any_absent(world: &World) -> bool {
    world.objects.iter().any(|object| object.memory.absent.values().any(|long| !long))
}

/// The state after a move, and the invariant that it breaks, if it does.
pub fn apply(world: &World, mv: Move, book: &mut Book<'_>) -> Option<(World, Option<Breach>)> {
    if let Move::Pass { object, stale, fate } = mv {
        let mut passed = pass(world, usize::from(object), stale, fate, book)?;
        fate.costs().iter().for_each(|luck| passed.world.left.spend(*luck));
        return Some((passed.world, passed.breach));
    }
    let mut next = world.clone();
    let mut breach = None;
    match mv {
        Move::Pass { .. } => {}
        Move::Land => {
            let call = next.wire.take()?;
            let life = free_life(world, book, &call.name);
            // Whatever EKS says to it, nobody hears.
            let status = book.status(world.objects[usize::from(call.by)].status);
            let rules = (book.config.rules, status.previous.as_ref().map(|previous| previous.arn.as_str()));
            eks::carry_out(&mut next, &call, life, rules, &mut breach).ok();
        }
        Move::Lag => {
            next.lag = Some(world.profiles.clone());
            next.left.spend(Luck::Lag);
        }
        Move::QuietPasses => {
            next.lag = None;
            next.quiet_passed = next.air.is_some() || next.started;
            if book.has(Flaw::Absence) {
                return Some((next, None));
            }
            next.objects.iter_mut().flat_map(|object| object.memory.absent.values_mut()).for_each(|long| *long = true);
        }
        Move::SettlePasses => next
            .profiles
            .iter_mut()
            .filter(|profile| profile.status == Status::Active)
            .for_each(|profile| profile.settled = true),
        Move::BackOffPasses { object } => {
            next.objects[usize::from(object)].memory.tries.values_mut().for_each(|it| it.waits = false);
        }
        Move::Ends { profile, well } => {
            if !well {
                let creates = world.profiles[usize::from(profile)].status == Status::Creating;
                next.left.spend(if creates { Luck::CreateFails } else { Luck::DeleteFails });
            }
            // EKS's operations take longer than its view of itself lags: what began after the look has not ended yet.
            let it = &world.profiles[usize::from(profile)];
            let is_in = |lag: &Vec<Prof>| lag.iter().any(|seen| seen.arn() == it.arn() && seen.status == it.status);
            if book.config.looks_go_back && !world.lag.as_ref().is_some_and(is_in) {
                next.lag = None;
            }
            eks::end(&mut next, usize::from(profile), well);
        }
        Move::Approve { object } => approve(&mut next, usize::from(object), book)?,
        Move::Edit { .. } | Move::Suspend { .. } | Move::Switch { .. } | Move::Delete { .. } => edit(&mut next, mv),
        Move::Crash => {
            next.left.spend(Luck::Crash);
            next.crash(book);
        }
        Move::OutsiderDeletes { .. }
        | Move::OutsiderCreates { .. }
        | Move::TagsStripped { .. }
        | Move::TagsChanged { .. } => {
            outsider(&mut next, mv, book);
        }
        Move::Busy { on } => {
            next.busy = on;
            if on {
                next.left.spend(Luck::Busy);
            }
        }
        Move::PodLands { profile, .. } => {
            next.left.spend(Luck::Pod);
            next.profiles[usize::from(profile)].pods += 1;
        }
        Move::PodLeaves { profile } => next.profiles[usize::from(profile)].pods -= 1,
        Move::Blind { on } => {
            next.blind = on;
            if on {
                next.left.spend(Luck::Blind);
            }
        }
    }
    Some((next, breach))
}

/// A user changes an object.
fn edit(next: &mut World, mv: Move) {
    let mut change = |object: u8, luck: Option<Luck>, change: &dyn Fn(&mut Object)| {
        let it = &mut next.objects[usize::from(object)];
        change(it);
        it.generation += 1;
        it.memory.meet();
        if !it.finalizer && it.deleting {
            *it = Object { gone: true, ..Object::default() };
        }
        if let Some(luck) = luck {
            next.left.spend(luck);
        }
    };
    match mv {
        Move::Edit { object, spec } => change(object, Some(Luck::Edit), &|it| it.spec = spec),
        Move::Suspend { object, on } => change(object, on.then_some(Luck::Suspend), &|it| it.suspended = on),
        Move::Switch { object } => change(object, Some(Luck::Switch), &|it| it.delete_first = !it.delete_first),
        Move::Delete { object } => change(object, Some(Luck::Delete), &|it| it.deleting = true),
        _ => {}
    }
}

fn shown_plan(world: &World, object: usize, book: &Book<'_>) -> Option<Rc<str>> {
    let status = book.status(world.objects[object].status);
    let plan = status.replacement.as_ref()?.plan_id.as_deref()?;
    (world.objects[object].approval.as_deref() != Some(plan)).then(|| Rc::from(plan))
}

/// A person approves the plan that status shows.
fn approve(next: &mut World, object: usize, book: &Book<'_>) -> Option<()> {
    next.left.spend(Luck::Approve);
    let plan = shown_plan(next, object, book)?;
    next.pasts[object].accepted = book.meaning(&plan);
    next.objects[object].approval = Some(plan);
    Some(())
}

/// Somebody else does something in EKS.
fn outsider(next: &mut World, mv: Move, book: &Book<'_>) {
    match mv {
        Move::OutsiderDeletes { profile } => {
            next.left.spend(Luck::Outsider);
            let it = &mut next.profiles[usize::from(profile)];
            (it.status, it.pods) = (Status::Deleting, 0);
        }
        // Under the name that the object's next profile would have.
        Move::OutsiderCreates { object } => {
            next.left.spend(Luck::Squatter);
            let taken = |name: &str| next.find(name).is_some();
            let stem = real::object_name(usize::from(object));
            let exact = next.objects[usize::from(object)].delete_first.then(|| stem.to_owned());
            let counted = (0..=9999).rev().map(|n| format!("{stem}-{n:04}"));
            let name = exact.into_iter().chain(counted).find(|name| !taken(name)).unwrap_or_default();
            let life = free_life(next, book, &name);
            let it = eks::profile(&name.into(), life, 0);
            eks::add(next, Prof { status: Status::Active, settled: true, ..it });
        }
        Move::TagsChanged { profile } => {
            next.left.spend(Luck::Retag);
            next.profiles[usize::from(profile)].untidy = true;
        }
        Move::TagsStripped { profile } => {
            next.left.spend(Luck::Strip);
            next.profiles[usize::from(profile)].owner = None;
        }
        _ => {}
    }
}

//! The possible next moves.

use std::rc::Rc;

use crate::event_budget::Event;
use crate::memo::Memo;
use crate::pass::decide;
use crate::pod_moves::{PodMove, pod_moves};
use crate::real;
use crate::world::{Status, World, number};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    Pass {
        object: u8,
        stale: bool,
        /// The watches of pods lag.
        blurred: bool,
        delivery: Delivery,
    },
    /// The call in flight reaches EKS.
    Land,
    /// A slow look begins, or EKS's own view lags.
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
    /// To the other strategy.
    Switch {
        object: u8,
    },
    /// It is created.
    Applied {
        object: u8,
    },
    /// Pods that no profile takes have been reported for long enough.
    NoticePasses {
        object: u8,
    },
    /// The plan that status shows.
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
    Pod(PodMove),
    Blind {
        on: bool,
    },
}

/// What happens to the mutation that a pass sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    Fine,
    Lost,
    /// It arrives, but the answer does not.
    ReplyLost,
    /// It arrives long after the caller gave up.
    Late,
    Refused,
    /// All goes well, except that the status is not written.
    Unwritten,
    /// It arrives, and the process is killed.
    Dies,
    /// It arrives later, and the process is killed.
    DiesLate,
}

impl Delivery {
    pub fn dies(self) -> bool {
        matches!(self, Self::Dies | Self::DiesLate)
    }

    /// The events that it spends.
    pub fn costs(self) -> &'static [Event] {
        match self {
            Self::Fine => &[],
            Self::Lost => &[Event::Lost],
            Self::ReplyLost => &[Event::ReplyLost],
            Self::Late => &[Event::Late],
            Self::Refused => &[Event::Refused],
            Self::Unwritten => &[Event::Unwritten],
            Self::Dies => &[Event::Crash],
            Self::DiesLate => &[Event::Crash, Event::Late],
        }
    }
}

const FATES: [Delivery; 7] = [
    Delivery::Lost,
    Delivery::ReplyLost,
    Delivery::Late,
    Delivery::Refused,
    Delivery::Unwritten,
    Delivery::Dies,
    Delivery::DiesLate,
];

/// All moves that are possible in a state.
pub fn moves(world: &World, memo: &mut Memo<'_>) -> Vec<Move> {
    let mut moves = Vec::new();
    let has = |event_budget| world.left.has(event_budget);
    for (index, object) in world.objects.iter().enumerate().filter(|(_, object)| !object.gone) {
        let o = number(index);
        passes(world, index, memo, &mut moves);
        if real::backs_off(&object.memory) {
            moves.push(Move::BackOffPasses { object: o });
        }
        if object.deleting && !object.noticed {
            moves.push(Move::NoticePasses { object: o });
        }
        if has(Event::Approve) && shown_plan(world, index, memo).is_some() {
            moves.push(Move::Approve { object: o });
        }
        if !object.deleting {
            if has(Event::Edit) {
                let specs = memo.config.choices(index).into_iter().filter(|spec| *spec != object.spec);
                moves.extend(specs.map(|spec| Move::Edit { object: o, spec }));
            }
            if object.suspended || has(Event::Suspend) {
                moves.push(Move::Suspend { object: o, on: !object.suspended });
            }
            if has(Event::Switch) {
                moves.push(Move::Switch { object: o });
            }
            if has(Event::Delete) {
                moves.push(Move::Delete { object: o });
            }
        }
    }
    // Only an object that has not existed yet.
    let absent = world.objects.iter().enumerate().filter(|(_, object)| object.gone && has(Event::Apply));
    moves.extend(absent.map(|(index, _)| Move::Applied { object: number(index) }));
    let waits = world.air.is_some() || world.started || world.lag.is_some() || is_any_absent(world);
    if world.wire.is_some() {
        moves.push(Move::Land);
    } else if waits {
        moves.push(Move::QuietPasses);
    }
    if world.lag.is_none() && has(Event::Lag) {
        moves.push(Move::Lag);
    }
    if world.profiles.iter().any(|profile| profile.status == Status::Active && !profile.settled) {
        moves.push(Move::SettlePasses);
    }
    if has(Event::Crash) {
        moves.push(Move::Crash);
    }
    profile_moves(world, &mut moves);
    moves.extend(pod_moves(world, memo));
    if world.busy || has(Event::Busy) {
        moves.push(Move::Busy { on: !world.busy });
    }
    if world.blind || has(Event::Blind) {
        moves.push(Move::Blind { on: !world.blind });
    }
    moves
}

fn passes(world: &World, index: usize, memo: &mut Memo<'_>, moves: &mut Vec<Move>) {
    let object = number(index);
    for (stale, blurred) in [(false, false), (true, false), (false, true)] {
        if stale && world.lag.as_ref().is_none_or(|lag| *lag == world.profiles)
            || blurred && world.seen_pods.as_ref().is_none_or(|seen| *seen == world.pods)
        {
            continue;
        }
        moves.push(Move::Pass { object, stale, blurred, delivery: Delivery::Fine });
        let affordable =
            |delivery: &Delivery| delivery.costs().iter().all(|event_budget| world.left.has(*event_budget));
        // Only one late call at a time.
        let possible = |delivery: &Delivery| {
            world.wire.is_none() && world.letter.is_none() || !matches!(delivery, Delivery::Late | Delivery::DiesLate)
        };
        let mut fates: Vec<Delivery> =
            FATES.into_iter().filter(|delivery| affordable(delivery) && possible(delivery)).collect();
        // A pass that sends nothing can only fail to write its status.
        if fates.iter().any(|delivery| *delivery != Delivery::Unwritten)
            && decide(world, index, (stale, blurred), memo).is_none_or(|(_, planned)| planned.step.action().is_none())
        {
            fates.retain(|delivery| *delivery == Delivery::Unwritten);
        }
        moves.extend(fates.into_iter().map(|delivery| Move::Pass { object, stale, blurred, delivery }));
    }
}

fn profile_moves(world: &World, moves: &mut Vec<Move>) {
    let has = |event_budget| world.left.has(event_budget);
    // Nobody else interferes while a look or call is in flight: no operator could handle that.
    let is_calm = world.wire.is_none() && world.lag.is_none();
    for (index, it) in world.profiles.iter().enumerate() {
        let profile = number(index);
        if it.status.is_under_way() {
            moves.push(Move::Ends { profile, well: true });
            if has(if it.status == Status::Creating { Event::CreateFails } else { Event::DeleteFails }) {
                moves.push(Move::Ends { profile, well: false });
            }
        }
        let is_idle = !world.busy && !world.profiles.iter().any(|profile| profile.status.is_under_way());
        if is_calm && is_idle && has(Event::Outsider) {
            moves.push(Move::OutsiderDeletes { profile });
        }
        if is_calm && it.owner.is_some() && has(Event::Strip) {
            moves.push(Move::TagsStripped { profile });
        }
        if is_calm && it.owner.is_some() && !it.untidy && has(Event::Retag) {
            moves.push(Move::TagsChanged { profile });
        }
    }
    if is_calm && has(Event::Squatter) {
        moves.push(Move::OutsiderCreates { object: 0 });
    }
}

fn is_any_absent(world: &World) -> bool {
    world.objects.iter().any(|object| real::has_just_missed(&object.memory))
}

/// The plan that status shows and that is not approved yet: the one in a message, or that of the replacement.
pub fn shown_plan(world: &World, object: usize, memo: &Memo<'_>) -> Option<Rc<str>> {
    let it = &world.objects[object];
    let replaced = || memo.status(it.status).replacement.as_ref()?.plan_id.as_deref().map(Rc::from);
    let plan = memo.named_plan(it.status).cloned().or_else(replaced)?;
    (it.approval.as_ref() != Some(&plan)).then_some(plan)
}

//! The invariants of docs/architecture.md by number. What a call of the operator does to EKS is judged in `eks.rs`, what a
//! pass claims in `pass.rs`; here is what holds of a state.

use fargate_operator::api::{ConditionType, FargateProfileStatus, Reason, Truth};
use fargate_operator::plan::{Effect, Rest, Step};

use crate::book::Book;
use crate::moves::{Fate, Move};
use crate::pass::pass;
use crate::world::{Kind, Prof, Status, World, number};

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    pub invariant: u8,
    pub what: String,
}

impl Breach {
    pub fn new(invariant: u8, what: impl Into<String>) -> Self {
        Self { invariant, what: what.into() }
    }
}

/// Names of the invariants.
pub fn name(invariant: u8) -> &'static str {
    match invariant {
        1 => "nothing foreign",
        2 => "no gap",
        3 => "no lost pod",
        4 => "one at a time",
        5 => "no orphan",
        6 => "it settles",
        7 => "the last spec wins",
        8 => "no lies",
        9 => "no storm",
        11 => "bounded",
        _ => "unknown",
    }
}

/// 5: when an object is gone, no owned profile is left, and none comes.
pub fn no_orphan(world: &World) -> Option<Breach> {
    let gone = world.objects.iter().enumerate().filter(|(_, object)| object.gone);
    gone.filter_map(|(object, _)| world.owned(object).next())
        .map(|left| Breach::new(5, format!("{} is left of an object that is gone", left.name)))
        .next()
}

/// 8: `Ready=True` stands only for a generation whose profile was ACTIVE at the look; nothing is claimed in quiet time.
pub fn no_lie(
    world: &World,
    object: usize,
    look: &[Prof],
    quiet: bool,
    (old, new): (&FargateProfileStatus, &FargateProfileStatus),
) -> Option<Breach> {
    if quiet {
        return (!old.conditions.is_empty() && old != new)
            .then(|| Breach::new(8, "something is claimed in quiet time"));
    }
    let it = &world.objects[object];
    let is_active = |profile: &Prof| profile.serves(object) && profile.spec == it.spec;
    let lies = is_ready(new, it.generation) && !is_ready(old, it.generation) && !look.iter().any(is_active);
    lies.then(|| Breach::new(8, format!("Ready=True for generation {}, of which nothing is ACTIVE", it.generation)))
}

fn condition(status: &FargateProfileStatus, kind: ConditionType) -> Option<(&str, Option<i64>)> {
    let found = status.conditions.iter().find(|condition| condition.type_ == kind.name())?;
    (found.status == Truth::True.name()).then_some((found.reason.as_str(), found.observed_generation))
}

fn is_ready(status: &FargateProfileStatus, generation: u8) -> bool {
    condition(status, ConditionType::Ready).is_some_and(|(_, of)| of == Some(i64::from(generation)))
}

/// 6 and 7: everything is as the last spec wants it, or is held by something that is shown. Passes change nothing more.
pub fn is_good(world: &World, book: &mut Book<'_>) -> bool {
    world.wire.is_none()
        && world.air.is_none()
        && !world.started
        && (0..world.objects.len()).all(|object| is_settled(world, object, book))
}

fn is_settled(world: &World, object: usize, book: &mut Book<'_>) -> bool {
    let it = &world.objects[object];
    if it.gone {
        return true;
    }
    if it.deleting {
        return false;
    }
    let Some(passed) = pass(world, object, false, Fate::Fine, book) else { return false };
    if passed.breach.is_some() || passed.world.objects != world.objects {
        return false;
    }
    let status = book.status(it.status);
    let stalled =
        |reason: Reason| condition(&status, ConditionType::Stalled).is_some_and(|(shown, _)| shown == reason.name());
    match &passed.planned.step {
        Step::Rest(Rest::Settled) => is_as_specified(world, object) && is_ready(&status, it.generation),
        Step::Rest(Rest::Suspended { .. }) => it.suspended,
        Step::Rest(Rest::PodsUnknown { .. }) => world.blind && stalled(Reason::PodsUnknown),
        Step::Rest(Rest::BackOff { effect: Effect::Create(_), .. }) => {
            let full = world.profiles.len() >= book.config.rules.quota && stalled(Reason::LimitExceeded);
            full || (book.config.rules.refused == Some(it.spec) && stalled(Reason::InvalidParameter))
        }
        Step::Rest(Rest::Stalled { reason: Reason::OwnershipLost, .. }) => {
            let lost = |profile: &Prof| profile.maker == Some(number(object)) && profile.owner.is_none();
            world.profiles.iter().any(lost) && stalled(Reason::OwnershipLost)
        }
        Step::Rest(Rest::Stalled { reason: Reason::NameTaken, .. }) => {
            (book.config.same_stem || book.config.adopts) && stalled(Reason::NameTaken)
        }
        Step::Rest(_)
        | Step::AddFinalizer
        | Step::DropFinalizer(_)
        | Step::Create { .. }
        | Step::Delete { .. }
        | Step::Tag { .. } => false,
    }
}

/// Exactly one owned profile, ACTIVE, equal to the last spec.
pub fn is_as_specified(world: &World, object: usize) -> bool {
    let mut owned = world.owned(object);
    let spec = world.objects[object].spec;
    matches!((owned.next(), owned.next()), (Some(one), None) if one.status == Status::Active && one.spec == spec)
}

/// 9: a pass that rests, made twice, changes nothing the second time.
pub fn no_storm(before: &World, mv: &Move, after: &World, book: &mut Book<'_>) -> Option<Breach> {
    let Move::Pass { object, stale: false, fate: Fate::Fine } = mv else { return None };
    let object = usize::from(*object);
    if before.objects[object].gone || after.objects[object].gone || after.air.is_some() || after.air != before.air {
        return None;
    }
    let again = pass(after, object, false, Fate::Fine, book)?;
    if !book.calm.insert(again.planned.id) {
        return None;
    }
    let twice = pass(&again.world, object, false, Fate::Fine, book)?;
    let rests = |step: &Step| matches!(step, Step::Rest(_));
    (rests(&again.planned.step) && (!rests(&twice.planned.step) || twice.world.objects != again.world.objects)).then(
        || {
            Breach::new(
                9,
                format!("resting ({:?}) ends without a cause, or writes again and again", again.planned.step),
            )
        },
    )
}

/// 4: nothing is sent while something else of ours may still be on the wire.
pub fn one_at_a_time(world: &World) -> Option<Breach> {
    let call = world.wire.as_ref()?;
    let what = match call.kind {
        Kind::Create { .. } => "Create",
        Kind::Delete { .. } => "Delete",
        Kind::Own { .. } | Kind::Release { .. } => "Tag",
    };
    Some(Breach::new(4, format!("a mutation is sent while {what}({}) may still be on the wire", call.name)))
}

//! The invariants of docs/architecture.md by number. `eks.rs` judges calls to EKS and `pass.rs` judges what a pass
//! claims. Here are the invariants of a state.

use fargate_operator::api::{ConditionType, FargateProfileStatus, Reason, Truth};
use fargate_operator::plan::{Checkpoint, CreateCause, Step, Wait};
use fargate_operator::state::ActionKey;

use crate::config::Config;
use crate::drains::{is_at_home, is_rightly_held, judge_kill};
use crate::handover::{judge_giving_way, judge_leaving};
use crate::memo::{Memo, Planned};
use crate::moves::Delivery;
use crate::pass::{decide, pass};
use crate::world::{Call, Kind, Meaning, ModelProfile, Status, Why, World, number};

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
        10 => "no bounce",
        11 => "bounded",
        12 => "approval is asked",
        13 => "one of a controller at a time",
        14 => "no secret",
        15 => "a probe first",
        16 => "whatever serves gets its pods",
        17 => "no taking back",
        18 => "no false alarm",
        19 => "no wasted slot",
        20 => "nothing is taken from what stays",
        _ => "unknown",
    }
}

/// 1, 2 and 3: what a delete takes away. `on_record` is the profile that status has recorded for restoring.
pub fn judge_delete(
    world: &World,
    call: &Call,
    victim: &ModelProfile,
    why: Why,
    (config, on_record): (&Config, Option<&str>),
) -> Option<Breach> {
    let object = usize::from(call.by);
    let past = &world.pasts[object];
    if victim.owner != Some(call.by) {
        return Some(Breach::new(1, format!("{} deleted, which is not ours", victim.name)));
    }
    if world.objects[object].gone {
        return None;
    }
    if world.objects[object].deleting {
        return judge_leaving(world, object, victim, config);
    }
    let serving = world.profiles.iter().filter(|profile| profile.serves(object)).count();
    match why {
        Why::Gap(generation) if victim.status == Status::Active => {
            let name = &victim.name;
            if on_record != Some(victim.arn().as_str()) {
                return Some(Breach::new(2, format!("{name} deleted for a gap, and not on record to be put back")));
            }
            return (past.opened_for == Some(generation))
                .then(|| Breach::new(2, format!("{name} deleted: a second gap for one generation")));
        }
        _ => {}
    }
    if why == Why::GivesWay {
        return judge_giving_way(world, victim);
    }
    if victim.status == Status::Active && serving == 1 {
        return Some(Breach::new(2, format!("{} deleted, the last ACTIVE profile of the object", victim.name)));
    }
    judge_kill(world, object, victim, why, config)
}

/// 2: the profile to restore stays recorded while the gap is open.
pub fn no_forgotten_gap(world: &World, memo: &Memo<'_>) -> Option<Breach> {
    let open =
        world.objects.iter().zip(&world.pasts).filter(|(object, past)| past.gap && !object.deleting && !object.gone);
    open.filter(|(object, _)| memo.status(object.status).previous.is_none())
        .map(|_| Breach::new(2, "a gap is open, and what is to be put back is no longer on record"))
        .next()
}

/// 2: inside a gap nothing holds up the object, and no other object creates meanwhile.
pub fn no_lingering(world: &World, object: usize, step: &Step, sent: Option<&Call>) -> Option<Breach> {
    if matches!(step, Step::Wait(Wait::Suspended { .. } | Wait::AwaitingApproval { .. })) && world.pasts[object].gap {
        return Some(Breach::new(2, "a gap is open and waits for a person"));
    }
    let begins = |call: &&Call| matches!(call.kind, Kind::Create { .. } | Kind::Delete { why: Why::Gap(_), .. });
    sent.filter(begins).filter(|_| !world.pasts[object].gap)?;
    let others = (0..world.objects.len()).filter(|other| *other != object);
    others
        .filter(|other| world.pasts[*other].gap && world.objects[*other].reserved)
        .map(|_| Breach::new(2, "another object takes the turn of an open gap"))
        .next()
}

/// 2: only an ACTIVE profile is recorded for restoring.
pub fn no_bad_record(look: &[ModelProfile], step: &Step) -> Option<Breach> {
    let Step::Checkpoint(Checkpoint::Previous(previous)) = step else { return None };
    let is_active = |profile: &ModelProfile| profile.arn() == previous.arn && profile.status == Status::Active;
    (!look.iter().any(is_active))
        .then(|| Breach::new(2, format!("{} is to be put back, and never served", previous.name)))
}

/// 12: under Manual nothing begins without approval.
pub fn no_liberty(world: &World, object: usize, planned: &Planned, manual: bool) -> Option<Breach> {
    let it = &world.objects[object];
    let begins = matches!(
        planned.step,
        Step::Create { cause: CreateCause::Replace(_), .. } | Step::Checkpoint(Checkpoint::Previous(_))
    );
    if !begins || !manual {
        return None;
    }
    let change = Meaning::Change(planned.foremost.clone().unwrap_or_default(), it.spec);
    (!world.pasts[object].accepted.contains(&change))
        .then(|| Breach::new(12, "a replacement begins that nobody has approved"))
}

/// 5: when an object is gone, it has no owned profile left, and none appears.
pub fn no_orphan(world: &World) -> Option<Breach> {
    let gone = world.objects.iter().enumerate().filter(|(_, object)| object.gone);
    gone.filter_map(|(object, _)| world.owned(object).next())
        .map(|left| Breach::new(5, format!("{} is left of an object that is gone", left.name)))
        .next()
}

/// 8: `Ready=True` is set only for a generation whose profile was ACTIVE at the look, and nothing is claimed in quiet
/// time.
pub fn no_lie(
    world: &World,
    object: usize,
    look: &[ModelProfile],
    quiet: bool,
    (old, new): (&FargateProfileStatus, &FargateProfileStatus),
) -> Option<Breach> {
    if quiet {
        // A created profile is recorded as soon as possible.
        let claimed =
            !std::ptr::eq(old, new) && FargateProfileStatus { profiles: old.profiles.clone(), ..new.clone() } != *old;
        return (claimed && !old.conditions.is_empty()).then(|| Breach::new(8, "something is claimed in quiet time"));
    }
    let it = &world.objects[object];
    let is_active = |profile: &ModelProfile| profile.serves(object) && profile.spec == it.spec;
    let lies = is_ready(new, it.generation) && !is_ready(old, it.generation) && !look.iter().any(is_active);
    lies.then(|| Breach::new(8, format!("Ready=True for generation {}, of which nothing is ACTIVE", it.generation)))
}

/// 8: the plan that a message says how to approve is the one that the replacement shows.
pub fn no_other_plan(status: u32, memo: &Memo<'_>) -> Option<Breach> {
    let named = &**memo.named_plan(status)?;
    let status = memo.status(status);
    let shown = status.replacement.as_ref()?.plan_id.as_deref();
    (shown != Some(named)).then(|| Breach::new(8, format!("plan {named} is to be approved, and {shown:?} is shown")))
}

pub fn condition(status: &FargateProfileStatus, kind: ConditionType) -> Option<(&str, Option<i64>)> {
    let found = status.conditions.iter().find(|condition| condition.type_ == kind.name())?;
    (found.status == Truth::True.name()).then_some((found.reason.as_str(), found.observed_generation))
}

fn is_ready(status: &FargateProfileStatus, generation: u8) -> bool {
    condition(status, ConditionType::Ready).is_some_and(|(_, of)| of == Some(i64::from(generation)))
}

/// 6 and 7: everything is as the last spec asks, or a visible reason holds it up. Further passes change nothing.
pub fn is_good(world: &World, memo: &mut Memo<'_>) -> bool {
    world.wire.is_none()
        && world.air.is_none()
        && !world.started
        && world.letter.is_none()
        && (0..world.objects.len()).all(|object| is_settled(world, object, memo))
}

fn is_settled(world: &World, object: usize, memo: &mut Memo<'_>) -> bool {
    let it = &world.objects[object];
    if it.gone {
        return true;
    }
    let Some((_, planned)) = decide(world, object, (false, false), memo) else { return false };
    if !is_right_to_rest(world, object, &planned.step, memo) {
        return false;
    }
    let passed = pass(world, object, (false, false), Delivery::Fine, memo);
    passed.is_some_and(|passed| passed.breach.is_none() && passed.world.objects == world.objects)
}

fn is_right_to_rest(world: &World, object: usize, step: &Step, memo: &Memo<'_>) -> bool {
    let it = &world.objects[object];
    let status = memo.status(it.status);
    let stalled =
        |reason: Reason| condition(&status, ConditionType::Stalled).is_some_and(|(shown, _)| shown == reason.name());
    match step {
        Step::Wait(Wait::Draining(drain)) if it.deleting => is_rightly_held(world, object, drain, memo),
        _ if it.deleting => false,
        Step::Wait(Wait::Settled) => {
            is_as_specified(world, object) && is_ready(&status, it.generation) && is_at_home(world, object, memo)
        }
        Step::Wait(Wait::Draining(drain)) => is_rightly_held(world, object, drain, memo),
        Step::Wait(Wait::Stalled { reason: Reason::ReplacementUnhealthy, .. }) => {
            let mut owned = world.owned(object);
            let alone = matches!((owned.next(), owned.next()), (Some(one), None) if one.status == Status::Active);
            alone && stalled(Reason::ReplacementUnhealthy) && is_at_home(world, object, memo)
        }
        Step::Wait(Wait::Suspended { .. }) => it.suspended,
        Step::Wait(Wait::AwaitingApproval { .. }) => memo.config.manual,
        Step::Wait(Wait::PodsUnknown { .. }) => world.blind && stalled(Reason::PodsUnknown),
        Step::Wait(Wait::NoFreeSlot { .. }) => stalled(Reason::NoFreeSlot),
        Step::Wait(Wait::BackOff { action: ActionKey::Create(_), .. }) => {
            memo.config.rules.refused == Some(it.spec) && stalled(Reason::InvalidParameter)
        }
        Step::Wait(Wait::Stalled { reason: Reason::ReplacementFailed, .. }) => {
            it.delete_first && world.owned(object).any(|profile| profile.serves(object))
        }
        Step::Wait(Wait::Stalled { reason: Reason::OwnershipLost, .. }) => {
            let lost = |profile: &ModelProfile| profile.maker == Some(number(object)) && profile.owner.is_none();
            world.profiles.iter().any(lost) && stalled(Reason::OwnershipLost)
        }
        Step::Wait(Wait::Stalled { reason: Reason::NameTaken, .. }) => {
            let rivalled = memo.config.same_stem || memo.config.adopts;
            let squatted = it.delete_first && world.profiles.iter().any(|profile| profile.maker.is_none());
            (rivalled || squatted) && stalled(Reason::NameTaken)
        }
        Step::Wait(_)
        | Step::AddFinalizer
        | Step::DropFinalizer(_)
        | Step::Create { .. }
        | Step::Delete { .. }
        | Step::Tag { .. }
        | Step::Mend(_)
        | Step::Ask { .. }
        | Step::Evict(_)
        | Step::Checkpoint(_) => false,
    }
}

/// Exactly one owned profile, ACTIVE and equal to the last spec.
pub fn is_as_specified(world: &World, object: usize) -> bool {
    let mut owned = world.owned(object);
    let spec = world.objects[object].spec;
    matches!((owned.next(), owned.next()), (Some(one), None) if one.status == Status::Active && one.spec == spec)
}

/// 4: nothing is sent while another call of ours may still be in flight.
pub fn one_at_a_time(world: &World) -> Option<Breach> {
    let call = world.wire.as_ref()?;
    let what = match call.kind {
        Kind::Create { .. } => "Create",
        Kind::Delete { .. } => "Delete",
        Kind::Own { .. } | Kind::Tidy { .. } | Kind::Release { .. } => "Tag",
    };
    Some(Breach::new(4, format!("a mutation is sent while {what}({}) may still be on the wire", call.name)))
}

//! Invariants 16 to 19: the serving profile gets its pods, records stay, no person is asked for without need, and no
//! slot is wasted.

use fargate_operator::api::{ConditionType, FargateProfileStatus, Reason};
use fargate_operator::plan::{Step, Wait};

use crate::config::Config;
use crate::event_budget::Event;
use crate::invariants::{Breach, condition};
use crate::memo::Memo;
use crate::moves::{Delivery, Move};
use crate::pass::{Passed, decide};
use crate::pod_moves::PodMove;
use crate::pods::Pod;
use crate::storms::goes_on_record;
use crate::webhook::matching;
use crate::world::{ModelProfile, Status, World};

/// Whether the operator, EKS or Kubernetes makes a move, and not a person or chance.
pub fn is_own(mv: &Move, before: &World, after: &World) -> bool {
    let by_a_person = match mv {
        Move::Suspend { .. } | Move::Busy { .. } | Move::Blind { .. } => true,
        Move::Pod(mv) => matches!(mv, PodMove::Leaves { .. } | PodMove::Budget { .. } | PodMove::Undone),
        _ => false,
    };
    !by_a_person && before.left == after.left
}

/// 16: no pod without a profile is pending that one of our ACTIVE profiles would take.
pub fn is_served(world: &World, config: &Config) -> bool {
    world.blind || !config.webhook.is_sound() || !world.pods.iter().any(|pod| waits_in_vain(world, pod))
}

fn waits_in_vain(world: &World, pod: &Pod) -> bool {
    let waits = pod.set.is_some() && pod.profile.is_none() && !pod.ending;
    let first = || matching(world, world.namespace(pod)).first().map(|(_, profile)| *profile);
    let serves = |owner: u8| !world.objects[usize::from(owner)].deleting;
    waits && first().is_some_and(|profile| profile.settled && !profile.untidy && profile.owner.is_some_and(serves))
}

/// 17: the next pass on the same facts, `again`, does not take back what was recorded.
pub fn no_taking_back(before: &World, object: usize, after: &World, again: &Passed, memo: &Memo<'_>) -> Option<Breach> {
    if !goes_on_record(&again.planned.step) || !is_same_but_for(before, after, object) {
        return None;
    }
    let facts = |world: &World| on_record(&memo.status(world.objects[object].status));
    let (old, new, next) = (facts(before), facts(after), facts(&again.world));
    let undone = new.iter().find(|(key, value)| {
        let in_old = value_of(&old, key);
        in_old != Some(value) && value_of(&next, key) == in_old
    });
    undone.map(|(key, value)| Breach::new(17, format!("{key} goes on record as {value}, and is taken back at once")))
}

fn value_of<'a>(facts: &'a [(String, String)], key: &str) -> Option<&'a String> {
    facts.iter().find(|(it, _)| it == key).map(|(_, value)| value)
}

/// The records that later decisions rest on.
fn on_record(status: &FargateProfileStatus) -> Vec<(String, String)> {
    let mut facts = vec![
        ("previous".to_owned(), format!("{:?}", status.previous.as_ref().map(|previous| &previous.arn))),
        ("failedGeneration".to_owned(), format!("{:?} by {:?}", status.failed_generation, status.failed_by)),
    ];
    for record in &status.profiles {
        let drain = record.drain.as_ref();
        facts.push((
            format!("the time of the drain of {}", record.arn),
            format!("{:?}", drain.map(|it| it.since.is_some())),
        ));
        facts.push((format!("proof in the drain of {}", record.arn), format!("{:?}", drain.map(|it| &it.proven))));
        let evicting = drain.and_then(|it| it.evicting.as_ref()).map(|it| (&it.uid, &it.to, it.left));
        facts.push((format!("the eviction from {}", record.arn), format!("{evicting:?}")));
    }
    facts
}

/// Only the record of one object differs.
fn is_same_but_for(before: &World, after: &World, object: usize) -> bool {
    let mut other = after.clone();
    other.objects[object].clone_from(&before.objects[object]);
    other.pasts.clone_from(&before.pasts);
    other == *before && before.objects[object].memory == after.objects[object].memory
}

/// Whether a configuration allows no faults, so `Stalled` has to be right.
pub fn is_fair(config: &Config) -> bool {
    use Event::{Approve, Busy, Delete, Edit, Forge, Pod, Rollout, Scale, Suspend, Switch};
    let fair = [Edit, Suspend, Switch, Approve, Delete, Pod, Scale, Busy, Forge, Rollout];
    config.webhook.is_sound() && config.left.has_only(&fair)
}

/// Notes whether anything was done about an object since it asked for a person.
pub fn note_help(before: &World, mv: &Move, after: &mut World, memo: &Memo<'_>) -> Option<Breach> {
    if !memo.fair {
        return None;
    }
    let own = is_own(mv, before, after);
    let mut breach = None;
    for object in 0..after.objects.len() {
        let stalled = |world: &World| {
            let it = &world.objects[object];
            let status = memo.status(it.status);
            let shown = condition(&status, ConditionType::Stalled).map(|(reason, _)| reason.to_owned());
            // A late replacement may still start.
            shown.filter(|reason| !it.gone && *reason != Reason::DrainUnanswered.name())
        };
        let is_its = matches!(mv, Move::Pass { object: of, stale: false, blurred: false, delivery: Delivery::Fine } if usize::from(*of) == object);
        let is_anothers = matches!(mv, Move::Pass { object: of, .. } if usize::from(*of) != object);
        let was_alone = before.pasts[object].left_alone;
        // A pass that writes anything is about to change the object.
        let is_at_rest = before.objects == after.objects && before.pods == after.pods;
        after.pasts[object].left_alone = match (stalled(before), stalled(after)) {
            (Some(reason), None) if is_its && was_alone => {
                let what = format!("Stalled with {reason}, and goes on although nobody has done anything");
                breach.get_or_insert(Breach::new(18, what));
                false
            }
            (_, None) => false,
            (None, Some(_)) => is_its,
            (Some(_), Some(_)) if is_its => was_alone || is_at_rest,
            (Some(_), Some(_)) => was_alone && own && !(is_anothers && *before != *after),
        };
    }
    breach
}

/// 19: in a state in which nothing goes on by itself, no superseded profile is empty.
pub fn no_wasted_slot(world: &World, memo: &mut Memo<'_>) -> Option<Breach> {
    for object in (0..world.objects.len()).filter(|object| !world.objects[*object].gone) {
        let Some((_, planned)) = decide(world, object, (false, false), memo) else { continue };
        let Step::Wait(Wait::Draining(drain)) = &planned.step else { continue };
        let superseded = world.owned(object).filter(|it| it.status == Status::Active).skip(1);
        // A profile that the spec went back to is given up last.
        let spec = world.objects[object].spec;
        let may_go = |it: &&ModelProfile| *it.name != *drain.name && it.spec != spec;
        let mut wasted = superseded.filter(may_go).filter(|it| world.on(it).next().is_none());
        if let Some(wasted) = wasted.next() {
            return Some(Breach::new(19, format!("{} is empty and stays while {} is held", wasted.name, drain.name)));
        }
    }
    None
}

//! Invariant 9: a waiting object stays at rest, and records are not written in circles.

use fargate_operator::plan::Step;

use crate::clock::Stamp;
use crate::handover::goes;
use crate::invariants::{Breach, is_as_specified};
use crate::memo::Memo;
use crate::moves::{Delivery, Move};
use crate::pass::{Passed, decide, pass};
use crate::served::no_taking_back;
use crate::world::{ModelProfile, World};

/// 9: if a pass waits, the same pass again changes nothing.
pub fn no_storm(before: &World, mv: &Move, after: &World, memo: &mut Memo<'_>) -> Option<Breach> {
    let Move::Pass { object, stale: false, blurred: false, delivery: Delivery::Fine } = mv else { return None };
    let object = usize::from(*object);
    if is_as_specified(before, object) && is_calm(before) && after.air.is_some() && before.air.is_none() {
        return Some(Breach::new(9, "EKS is as the spec says, and a mutation is sent all the same"));
    }
    if before.objects[object].gone || after.objects[object].gone || after.air.is_some() || after.air != before.air {
        return None;
    }
    let (_, planned) = decide(after, object, (false, false), memo)?;
    if !goes_on_record(&planned.step) && memo.calm.contains(&planned.id) {
        return None;
    }
    let again = pass(after, object, (false, false), Delivery::Fine, memo)?;
    if let Some(breach) = no_taking_back(before, object, after, &again, memo) {
        return Some(breach);
    }
    if !memo.calm.insert(again.planned.id) {
        return None;
    }
    if goes_on_record(&again.planned.step) {
        return in_circles(after, object, again, memo);
    }
    let twice = pass(&again.world, object, (false, false), Delivery::Fine, memo)?;
    let rests = |step: &Step| matches!(step, Step::Wait(_));
    (rests(&again.planned.step) && (!rests(&twice.planned.step) || twice.world.objects != again.world.objects)).then(
        || {
            Breach::new(
                9,
                format!("resting ({:?}) ends without a cause, or writes again and again", again.planned.step),
            )
        },
    )
}

/// 9: the records of successive passes do not return to an earlier state.
fn in_circles(world: &World, object: usize, mut last: Passed, memo: &mut Memo<'_>) -> Option<Breach> {
    // Renewing an old record is no circle.
    let on_record = |world: &World| {
        let it = &world.objects[object];
        let is_old = |stamp: Option<Stamp>| stamp.is_some_and(|stamp| stamp.old);
        let times = it.times.values().map(|times| (times.overdue, is_old(times.asked), is_old(times.newest)));
        (it.status, times.collect::<Vec<_>>())
    };
    let mut seen = vec![on_record(world)];
    while goes_on_record(&last.planned.step) {
        let now = on_record(&last.world);
        if matches!(last.planned.step, Step::Ask { .. }) && seen.last() == Some(&now) {
            // A budget holds it up.
            return None;
        }
        if seen.contains(&now) {
            return Some(Breach::new(9, format!("written in circles: {:?}", last.planned.step)));
        }
        seen.push(now);
        last = pass(&last.world, object, (false, false), Delivery::Fine, memo)?;
    }
    None
}

/// Whether a step writes a record, unless something holds it up.
pub fn goes_on_record(step: &Step) -> bool {
    matches!(step, Step::Checkpoint(_) | Step::Ask { .. })
}

fn is_calm(world: &World) -> bool {
    let settles = |profile: &ModelProfile| !profile.status.is_under_way() && !profile.untidy;
    let stays = |profile: &ModelProfile| settles(profile) && !goes(world, profile);
    world.profiles.iter().all(stays) && world.objects.iter().all(|object| !object.deleting)
}

//! A fault at every effect of a whole life, one after the other: whatever happens to whichever effect, every life ends as
//! the undisturbed one does, leaves nothing behind and touches nothing of anybody else's.

mod crowd;
mod scenario;
mod stage;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Instant;

use bed::proxy::Effect;
use bed::{CLUSTER, Fault, Refusal};
use eks_simulator as eks;
use eks_simulator::Operation;

use crate::support::oracle::story;
use crate::support::speeds::{CREATING, LATENESS, unscaled};
use scenario::{Course, Ending, Patience, Scenario, Strategy};
pub use stage::Stage;

/// Runs the scenario undisturbed, then once for every effect with `fault` done to it.
async fn sweep(strategy: Strategy, patience: Patience, fault: impl Fn(&Stage) -> Fault) {
    let stage = Stage::set().await;
    sweep_over(stage, (Course::Changed, strategy, patience), |_| true, fault).await;
}

/// The same with pods, for evictions, and for what is put on record for them where that is `recorded`. What is done to the
/// effects that every scenario has is swept without pods.
async fn sweep_crowd(recorded: bool, fault: impl Fn(&Stage) -> Fault) {
    let stage = Stage::set_with_pods().await;
    let new = |kind| kind == Effect::Evict || recorded && kind == Effect::Status;
    sweep_over(stage, (Course::Changed, Strategy::CreateFirst, Patience::Patient), new, fault).await;
}

/// Scenarios with pods that are handed over to another object, whatever happens to these effects.
async fn sweep_hand_over(swept: impl Fn(Effect) -> bool, fault: impl Fn(&Stage) -> Fault) {
    let stage = Stage::set_with_pods().await;
    sweep_over(stage, (Course::HandedOver, Strategy::CreateFirst, Patience::Patient), swept, fault).await;
}

async fn sweep_over(
    mut stage: Stage,
    (course, strategy, patience): (Course, Strategy, Patience),
    swept: impl Fn(Effect) -> bool,
    fault: impl Fn(&Stage) -> Fault,
) {
    let mut number = 0;
    let life = async |stage: &mut Stage| {
        number += 1;
        stage.run(&Scenario { name: format!("life-{number}"), course, strategy, patience }).await
    };
    // Who is deleted in the middle of something stood nowhere.
    let is_like = |ending: &Ending, expected: &Ending| patience == Patience::Hasty || ending == expected;
    let swept = |kind| swept(kind).then(|| least(kind, course));
    each_effect(&mut stage, swept, fault, life, is_like).await;
}

/// Lives undisturbed, then once for every effect of the kinds that are `swept`, with `fault` done to it; there are at least so
/// many of a kind.
pub async fn each_effect<T: Debug>(
    stage: &mut Stage,
    swept: impl Fn(Effect) -> Option<usize>,
    fault: impl Fn(&Stage) -> Fault,
    mut life: impl AsyncFnMut(&mut Stage) -> T,
    is_like: impl Fn(&T, &T) -> bool,
) {
    let began = Instant::now();
    stage.proxies.undisturbed();
    let expected = life(stage).await;
    let effects = stage.proxies.effects();
    let mut points = 0;
    for kind in BTreeSet::from_iter(effects.iter().copied()) {
        let Some(least) = swept(kind) else { continue };
        // How many writes it takes depends on the moment: on until a life has no further one.
        for n in 1.. {
            let fault = fault(stage);
            let what = format!("{kind:?} {n}, {fault:?}");
            stage.proxies.at(kind, n, fault);
            let ending = life(stage).await;
            if !stage.proxies.has_struck() {
                assert!(n > least, "{what}: no such effect\n{}", story(&stage.bed));
                break;
            }
            assert!(is_like(&ending, &expected), "{ending:?}\n{expected:?}\n{what}\n{}", story(&stage.bed));
            points += 1;
        }
    }
    println!("{points} points of {effects:?} in {:?}", began.elapsed());
}

/// Every scenario has at least so many effects of a kind.
fn least(kind: Effect, course: Course) -> usize {
    match (kind, course) {
        (Effect::Create | Effect::Delete | Effect::Finalizer, Course::Changed) => 2,
        // The heir steps in front.
        (Effect::Create | Effect::Delete, Course::HandedOver) => 3,
        (Effect::Finalizer | Effect::Status, _) => 4,
        (Effect::Tag, Course::Changed) => 1,
        // Of two pods, made again when the profile is there, and moved when it is replaced.
        (Effect::Evict, _) => 4,
        (Effect::Untag | Effect::Mend, _) | (Effect::Tag, Course::HandedOver) => 0,
    }
}

/// Looks show for a while what was true before the effect.
fn frozen_looks(stage: &Stage) -> Fault {
    faulty_looks(stage, eks::Effect::Frozen)
}

/// Looks show for a while what was true some time before, also of what has been seen already. Not from before a profile
/// that is being deleted came to be: that it is gone would be believed.
fn old_looks(stage: &Stage) -> Fault {
    faulty_looks(stage, eks::Effect::Stale { by: CREATING.mul_f64(0.75) })
}

fn faulty_looks(stage: &Stage, effect: eks::Effect) -> Fault {
    let control = stage.bed.eks();
    let fault = eks::Fault::new(effect).on(Operation::LOOKS).cluster(CLUSTER).lasting(unscaled(LATENESS));
    Fault::First(Arc::new(move || {
        control.add_fault(fault.clone());
    }))
}

macro_rules! sweeps {
    ($strategy:ident: $($name:ident: $patience:ident, $fault:expr;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            sweep(Strategy::$strategy, Patience::$patience, $fault).await;
        }
    )*};
}

/// The faults, for the life of an object under either strategy.
macro_rules! lives {
    ($module:ident, $strategy:ident) => {
        mod $module {
            use super::*;
            sweeps! { $strategy:
                ends_as_ever_when_killed_before_any_effect: Patient, |_| Fault::KillBefore;
                ends_as_ever_when_killed_after_any_effect: Patient, |_| Fault::KillAfter;
                ends_as_ever_when_killed_with_any_effect_on_the_wire: Patient, |_| Fault::KillWithLate { by: LATENESS };
                ends_as_ever_when_any_reply_is_lost: Patient, |_| Fault::LoseReply;
                ends_as_ever_when_any_effect_is_cut_and_late: Patient, |_| Fault::Late { by: LATENESS, silent: false };
                ends_as_ever_when_any_effect_is_silently_late: Patient, |_| Fault::Late { by: LATENESS, silent: true };
                ends_as_ever_when_any_effect_is_refused_with_500: Patient, |_| Fault::Refuse(Refusal::ServerError);
                ends_as_ever_when_any_effect_is_throttled_or_in_conflict: Patient, |_| Fault::Refuse(Refusal::TurnedAway);
                ends_as_ever_when_any_effect_takes_place_and_is_answered_500: Patient, |_| Fault::Belie;
                ends_as_ever_when_looks_stand_still_from_any_effect_on: Patient, frozen_looks;
                ends_as_ever_when_looks_are_old_from_any_effect_on: Patient, old_looks;
                leaves_nothing_when_killed_with_any_effect_on_the_wire_and_deleted_then: Hasty, |_| Fault::KillWithLate { by: LATENESS };
                leaves_nothing_when_any_effect_is_cut_and_late_and_it_is_deleted_then: Hasty, |_| Fault::Late { by: LATENESS, silent: false };
                leaves_nothing_when_any_effect_is_silently_late_and_it_is_deleted_then: Hasty, |_| Fault::Late { by: LATENESS, silent: true };
                leaves_nothing_when_looks_stand_still_from_any_effect_on_and_it_is_deleted_then: Hasty, frozen_looks;
                leaves_nothing_when_looks_are_old_from_any_effect_on_and_it_is_deleted_then: Hasty, old_looks;
            }
        }
    };
}

lives!(a_createfirst_life, CreateFirst);
lives!(a_deletefirst_life, DeleteFirst);

macro_rules! crowds {
    ($($name:ident: $recorded:literal, $fault:expr;)*) => {
        mod a_life_with_pods {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    sweep_crowd($recorded, $fault).await;
                }
            )*
        }
    };
}

crowds! {
    ends_as_ever_when_killed_before_an_eviction_or_what_is_written_for_it: true, |_| Fault::KillBefore;
    ends_as_ever_when_killed_after_an_eviction_or_what_is_written_for_it: true, |_| Fault::KillAfter;
    ends_as_ever_when_killed_with_an_eviction_on_the_wire: false, |_| Fault::KillWithLate { by: LATENESS };
    ends_as_ever_when_the_reply_to_an_eviction_is_lost: false, |_| Fault::LoseReply;
    ends_as_ever_when_an_eviction_or_what_is_written_for_it_is_cut_and_late: true, |_| Fault::Late { by: LATENESS, silent: false };
    ends_as_ever_when_an_eviction_is_refused_with_500: false, |_| Fault::Refuse(Refusal::ServerError);
    ends_as_ever_when_an_eviction_is_in_conflict: false, |_| Fault::Refuse(Refusal::TurnedAway);
    ends_as_ever_when_an_eviction_takes_place_and_is_answered_500: false, |_| Fault::Belie;
}

mod a_hand_over {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn ends_as_ever_when_killed_after_any_effect_but_a_status() {
        sweep_hand_over(|kind| kind != Effect::Status, |_| Fault::KillAfter).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn ends_as_ever_when_any_effect_in_eks_is_cut_and_late() {
        let in_eks = |kind| matches!(kind, Effect::Create | Effect::Delete);
        sweep_hand_over(in_eks, |_| Fault::Late { by: LATENESS, silent: false }).await;
    }
}

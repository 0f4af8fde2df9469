//! A fault at every effect of a whole life, one after the other: whatever happens to whichever effect, every life ends as
//! the undisturbed one does, leaves nothing behind and touches nothing of anybody else's.

mod life;
mod stage;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use bed::wire::Effect;
use bed::{CLUSTER, Deed, Refusal};
use eks_simulator as eks;
use eks_simulator::{Fault, Operation};

use crate::oracle::story;
use crate::pace::{LATENESS, unscaled};
use life::{Life, Patience, Strategy};
use stage::Stage;

/// Lives one undisturbed life, then one for every effect with `deed` done to it.
async fn sweep(strategy: Strategy, patience: Patience, deed: impl Fn(&Stage) -> Deed) {
    let began = Instant::now();
    let mut stage = Stage::set().await;
    let mut number = 1;
    let mut next = || {
        number += 1;
        Life { name: format!("life-{}", number - 1), strategy, patience }
    };
    stage.wire.undisturbed();
    let expected = stage.live(&next()).await;
    let effects = stage.wire.effects();
    let mut points = 0;
    for kind in BTreeSet::from_iter(effects.iter().copied()) {
        // How many writes it takes depends on the moment: on until a life has no further one.
        for n in 1.. {
            let deed = deed(&stage);
            let what = format!("{kind:?} {n}, {deed:?}");
            stage.wire.at(kind, n, deed);
            let ending = stage.live(&next()).await;
            if !stage.wire.has_struck() {
                assert!(n > least(kind), "{what}: no such effect\n{}", story(&stage.bed));
                break;
            }
            // Who is deleted in the middle of something stood nowhere.
            assert!(
                patience == Patience::Hasty || ending == expected,
                "{ending:?}\n{expected:?}\n{what}\n{}",
                story(&stage.bed)
            );
            points += 1;
        }
    }
    println!("{strategy:?}, {patience:?}: {points} points of {effects:?} in {:?}", began.elapsed());
}

/// So many effects of a kind has every life.
fn least(kind: Effect) -> usize {
    match kind {
        Effect::Create | Effect::Delete | Effect::Finalizer => 2,
        Effect::Status => 4,
        Effect::Tag | Effect::Untag => 0,
    }
}

/// Looks show for a while what was true before the effect.
fn stale_looks(stage: &Stage) -> Deed {
    let control = stage.bed.eks();
    let fault = Fault::new(eks::Effect::Frozen).on(Operation::LOOKS).cluster(CLUSTER).lasting(unscaled(LATENESS));
    Deed::First(Arc::new(move || {
        control.add_fault(fault.clone());
    }))
}

macro_rules! sweeps {
    ($($name:ident: $strategy:ident, $patience:ident, $deed:expr;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            sweep(Strategy::$strategy, Patience::$patience, $deed).await;
        }
    )*};
}

sweeps! {
    createfirst_killed_before_any_effect: CreateFirst, Patient, |_| Deed::KillBefore;
    createfirst_killed_after_any_effect: CreateFirst, Patient, |_| Deed::KillAfter;
    createfirst_killed_with_any_effect_on_the_wire: CreateFirst, Patient, |_| Deed::KillWithLate { by: LATENESS };
    createfirst_any_reply_lost: CreateFirst, Patient, |_| Deed::LoseReply;
    createfirst_any_effect_cut_and_late: CreateFirst, Patient, |_| Deed::Late { by: LATENESS, silent: false };
    createfirst_any_effect_silently_late: CreateFirst, Patient, |_| Deed::Late { by: LATENESS, silent: true };
    createfirst_any_effect_refused_with_500: CreateFirst, Patient, |_| Deed::Refuse(Refusal::ServerError);
    createfirst_any_effect_turned_away: CreateFirst, Patient, |_| Deed::Refuse(Refusal::TurnedAway);
    createfirst_any_effect_answered_500_all_the_same: CreateFirst, Patient, |_| Deed::Belie;
    createfirst_looks_stale_from_any_effect_on: CreateFirst, Patient, stale_looks;
    createfirst_killed_after_any_effect_and_deleted_meanwhile: CreateFirst, Hasty, |_| Deed::KillAfter;
    createfirst_killed_with_any_effect_on_the_wire_and_deleted_meanwhile: CreateFirst, Hasty, |_| Deed::KillWithLate { by: LATENESS };
    createfirst_any_reply_lost_and_deleted_at_once: CreateFirst, Hasty, |_| Deed::LoseReply;
    createfirst_any_effect_cut_and_late_and_deleted_at_once: CreateFirst, Hasty, |_| Deed::Late { by: LATENESS, silent: false };
    createfirst_any_effect_silently_late_and_deleted_at_once: CreateFirst, Hasty, |_| Deed::Late { by: LATENESS, silent: true };
    createfirst_looks_stale_from_any_effect_on_and_deleted_at_once: CreateFirst, Hasty, stale_looks;
}

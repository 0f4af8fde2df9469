//! A fault at every effect that mends, one after the other, in a life in which everything is mended: it ends as the undisturbed one
//! does, then all is as it was before, and nothing of anybody else's has been touched.

mod life;

use bed::proxy::Effect;
use bed::{Fault, Refusal};

use self::life::{CoreDnsKind, come, foreign, live};
use super::staged;
use crate::faults::fault_sweep::{Stage, each_effect};
use crate::support::speeds::LATENESS;

async fn sweep(kind: CoreDnsKind, fault: impl Fn(&Stage) -> Fault) {
    let mut stage = staged().await;
    come(&stage.bed, kind).await;
    let theirs = foreign(&stage.bed).await;
    let life = async |stage: &mut Stage| {
        let states = live(stage, kind).await;
        assert_eq!(foreign(&stage.bed).await, theirs, "what is somebody else's was touched");
        states
    };
    let swept = |effect| (effect == Effect::Mend).then(|| kind.least());
    each_effect(&mut stage, swept, fault, life, |ending, expected| ending == expected).await;
}

macro_rules! sweeps {
    ($kind:ident: $($name:ident: $fault:expr;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            sweep(CoreDnsKind::$kind, $fault).await;
        }
    )*};
}

mod with_a_deployment {
    use super::*;
    sweeps! { Deployment:
        ends_as_ever_when_killed_before_any_mend: |_| Fault::KillBefore;
        ends_as_ever_when_killed_after_any_mend: |_| Fault::KillAfter;
        ends_as_ever_when_any_reply_is_lost: |_| Fault::LoseReply;
        ends_as_ever_when_any_mend_is_cut_and_late: |_| Fault::Late { by: LATENESS, silent: false };
        ends_as_ever_when_any_mend_is_refused_with_500: |_| Fault::Refuse(Refusal::ServerError);
        ends_as_ever_when_any_mend_takes_place_and_is_answered_500: |_| Fault::Belie;
        ends_as_ever_when_any_mend_is_throttled_or_in_conflict: |_| Fault::Refuse(Refusal::TurnedAway);
        ends_as_ever_when_any_mend_is_denied_once: |_| Fault::Refuse(Refusal::Denied);
    }
}

/// The role's calls are the same, and so is what becomes of a call that was refused.
mod with_the_addon {
    use super::*;
    sweeps! { Addon:
        ends_as_ever_when_killed_before_any_mend: |_| Fault::KillBefore;
        ends_as_ever_when_killed_after_any_mend: |_| Fault::KillAfter;
        ends_as_ever_when_any_mend_is_cut_and_late: |_| Fault::Late { by: LATENESS, silent: false };
        ends_as_ever_when_any_mend_is_refused_with_500: |_| Fault::Refuse(Refusal::ServerError);
        ends_as_ever_when_any_mend_is_denied_once: |_| Fault::Refuse(Refusal::Denied);
    }
}

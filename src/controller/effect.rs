//! Carries a step out, and logs the outcome.

use std::time::Duration;

use super::clusters::EksCluster;
use super::context::Context;
use crate::act::{Effects, Outcome, execute};
use crate::api::FargateProfile;
use crate::failure::Class;
use crate::plan::{Step, Wait, needs_the_next_turn};
use crate::state::Snapshot;

/// Carries out a step, and tells the cluster's queue the outcome.
pub(super) async fn act(
    step: &Step,
    object: &FargateProfile,
    snapshot: &Snapshot,
    look_began: Duration,
    cluster: &EksCluster,
    context: &Context,
) -> Outcome {
    let effects = Effects {
        client: &context.client,
        objects: &context.objects,
        eks: context.eks.as_ref(),
        iam: context.iam.as_ref(),
        turn: &cluster.turn,
        look_began,
        now: &|| context.clock.now(),
        may_act: &|| context.leadership.may_act(context.clock.now()),
        next_try: &|waited| context.intervals.poll(waited),
        timeout: context.intervals.operation_timeout,
    };
    // In quiet time nothing is known of the gap.
    if !snapshot.quiet {
        let reserved = needs_the_next_turn(snapshot, step);
        let woken = cluster.turn.lock().reserve(&snapshot.object.name, reserved, context.clock.now());
        context.wake(woken);
    }
    let outcome = execute(step, object, snapshot, &effects).await;
    if let Step::Mend(_) = step {
        cluster.prerequisites.mended().await;
    }
    match &outcome {
        Outcome::NotOurTurn(blocked) if blocked.unforeseen => cluster.profiles.invalidate().await,
        // An object that could not ask this time keeps its place in the queue.
        Outcome::NotOurTurn(_) | Outcome::Outdated | Outcome::NotLeading | Outcome::KubernetesFailed(_) => {}
        Outcome::Rested if matches!(step, Step::Wait(Wait::Quiet | Wait::Doubtful { .. })) => {}
        Outcome::Done | Outcome::Created(_) | Outcome::Rested | Outcome::Failed(_) => {
            let woken = cluster.turn.lock().leave(&snapshot.object.name, context.clock.now());
            context.wake(woken);
        }
    }
    outcome
}

/// Whether a pass with this outcome counts as failed. A refusal that says "wait" is no failure: a drain within its budgets
/// meets it again and again.
pub(super) fn has_failed(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Failed(failure) => failure.class != Class::Wait,
        Outcome::KubernetesFailed(_) => true,
        Outcome::Done
        | Outcome::Created(_)
        | Outcome::Rested
        | Outcome::NotOurTurn(_)
        | Outcome::Outdated
        | Outcome::NotLeading => false,
    }
}

/// Logs the outcome of a step.
pub(super) fn log(step: &Step, outcome: &Outcome) {
    match outcome {
        Outcome::Failed(failure) if failure.class == Class::Wait => tracing::debug!(?step, "{}", failure.message),
        Outcome::Failed(failure) => tracing::warn!(?step, operation = failure.operation, "{}", failure.message),
        Outcome::KubernetesFailed(message) => tracing::warn!(?step, "{message}"),
        Outcome::NotOurTurn(blocked) => tracing::debug!(?step, blocked_by = %blocked.by, "not our turn"),
        Outcome::Outdated => tracing::debug!(?step, "the object has changed meanwhile"),
        Outcome::NotLeading => tracing::debug!(?step, "put off: this process may not act now"),
        Outcome::Done | Outcome::Created(_) => tracing::debug!(?step, "done"),
        Outcome::Rested => tracing::trace!(?step, "rested"),
    }
}

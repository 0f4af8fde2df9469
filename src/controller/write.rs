//! What a pass leaves behind: the one place where lease, status, events, metrics and memory meet.

use super::context::Context;
use super::effect::has_failed;
use crate::act::Outcome;
use crate::api::FargateProfile;
use crate::memory::Memory;
use crate::report::{Report, Requeue, Written};
use crate::state::Snapshot;
use crate::telemetry::metrics::ReconcileResult;

/// The result of a pass.
pub(super) struct Pass {
    /// When the next one is due.
    pub(super) requeue: Requeue,
    pub(super) result: ReconcileResult,
    /// The object is gone.
    pub(super) is_gone: bool,
}

impl Pass {
    pub(super) fn done(requeue: Requeue) -> Self {
        Self { requeue, result: ReconcileResult::RequeueAfter, is_gone: false }
    }

    pub(super) fn failed(requeue: Requeue) -> Self {
        Self { requeue, result: ReconcileResult::Error, is_gone: false }
    }
}

/// Writes the report of a pass over `snapshot` with this outcome.
pub(super) async fn write(
    object: &FargateProfile,
    snapshot: &Snapshot,
    outcome: &Outcome,
    report: Report,
    memory: &mut Memory,
    context: &Context,
) -> Pass {
    let Report { status, writes, notices, concerns, requeue } = report;
    if !writes {
        context.writer.notices(object, &notices).await;
        let is_gone = outcome.is_done();
        if is_gone {
            context.ended(object, snapshot.wall);
        }
        return Pass { is_gone, ..Pass::done(requeue) };
    }
    let old = &snapshot.status;
    if (&status.pods, &status.pod_issues, &status.findings) != (&old.pods, &old.pod_issues, &old.findings) {
        memory.counted(context.clock.now() + context.intervals.status_counts_every);
    }
    concerns.into_iter().for_each(|name| context.wake(Some(name)));
    context.measure(object, &status, snapshot.wall);
    if !context.leadership.is_valid(context.clock.now()) {
        return Pass::done(context.soon());
    }
    match context.writer.status(object, &status).await {
        Ok(Written::Done) => {
            memory.written(snapshot);
            context.writer.notices(object, &notices).await;
            if has_failed(outcome) { Pass::failed(requeue) } else { Pass::done(requeue) }
        }
        // A pass over the newer object follows and reports again, except for what this pass did.
        Ok(Written::Outdated) => {
            if outcome.is_done() {
                context.writer.notices(object, &notices).await;
            }
            Pass::done(Requeue { after: context.intervals.poll_least, ..requeue })
        }
        Err(error) => {
            tracing::warn!("{error}");
            context.writer.notices(object, &notices).await;
            let after = memory.unwritten(&context.intervals, context.jitter());
            Pass::failed(Requeue { after, ..requeue })
        }
    }
}

/// Writes the report of a pass that could not see EKS.
pub(super) async fn write_blind(object: &FargateProfile, report: Report, context: &Context) -> Pass {
    if !context.leadership.is_valid(context.clock.now()) {
        return Pass::done(context.soon());
    }
    match context.writer.status(object, &report.status).await {
        Ok(Written::Done) => context.writer.notices(object, &report.notices).await,
        Ok(Written::Outdated) => {}
        Err(message) => tracing::warn!("{message}"),
    }
    Pass::failed(report.requeue)
}

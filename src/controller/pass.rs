//! One pass over one object: observe → plan → act → report, at most one effect.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kube::runtime::controller::Action;
use tokio::sync::MutexGuard;

use super::clusters::EksCluster;
use super::context::Context;
use super::effect::{act, log};
use super::look::{Freshness, Seen, look};
use super::write::{Pass, write, write_blind};
use crate::api::FargateProfile;
use crate::failure::Failure;
use crate::leader::Takeover;
use crate::memory::Memory;
use crate::observe::retry_of;
use crate::plan::{Step, plan};
use crate::report::{Requeue, report, report_blind};
use crate::state::Facts;
use crate::telemetry::metrics::ReconcileResult;
use crate::time::seconds;

/// Reconciles one object. Never fails: a failure is part of what it reports.
pub(super) async fn reconcile(
    object: Arc<FargateProfile>,
    context: Arc<Context>,
) -> Result<Action, std::convert::Infallible> {
    let Some(takeover) = context.leadership.takeover() else {
        // Another process acts. When it no longer does, all objects are reconciled.
        return Ok(Action::await_change());
    };
    let began = Instant::now();
    context.metrics.reconcile_started();
    let mut memory = context.memories.check_out(&object);
    let pass = pass(&object, takeover, &mut memory, &context);
    let pass = tokio::time::timeout(context.intervals.longest_pass(), pass).await;
    let Pass { requeue, result, is_gone } = pass.unwrap_or_else(|_| {
        tracing::warn!("the pass took too long and was cut short");
        let requeue = Requeue { after: context.intervals.back_off_first, look_age: Duration::ZERO };
        Pass { requeue, result: ReconcileResult::Timeout, is_gone: false }
    });
    memory.look_age = requeue.look_age;
    drop(memory);
    if is_gone {
        context.memories.forget(&object);
    }
    context.metrics.in_backoff(context.memories.in_back_off(context.clock.now()));
    context.metrics.reconcile_finished(result, began.elapsed());
    context.health.heartbeat();
    // However long a back-off is, the object is looked at every resync.
    let after = requeue.after.min(context.intervals.resync).mul_f64(1.0 + context.jitter() / 10.0);
    Ok(Action::requeue(after))
}

/// The rooms in order.
async fn pass(object: &FargateProfile, takeover: Takeover, memory: &mut Memory, context: &Context) -> Pass {
    if let Some(requeue) = context.put_off(memory) {
        return Pass::done(requeue);
    }
    let objects = context.store.state();
    let cluster = context.cluster(object, &objects, takeover);

    // observe: EKS, pods
    let (Seen { look, mut snapshot }, mending) = tokio::select! {
        // No effect could be started any more.
        () = context.leadership.stopping() => return Pass::done(context.soon()),
        seen = observe(object, &objects, &cluster, memory, context) => match seen {
            Ok(seen) => seen,
            Err(failure) => return blind(object, &failure, memory, context).await,
        },
    };

    // plan: pure
    let step = plan(&Facts::of(&snapshot));

    // act: one effect
    let outcome = act(&step, object, &snapshot, look.began, &cluster, context).await;
    drop(mending);
    log(&step, &outcome);
    let (now, intervals) = (context.clock.now(), &context.intervals);
    memory.note(&step, &outcome, snapshot.profiles.len(), now, intervals, context.jitter());

    // report: pure, then written. What was just tried belongs to it.
    memory.tell_attempts(&mut snapshot);
    let report = report(&Facts::of(&snapshot), &step, &outcome, intervals);
    write(object, &snapshot, &outcome, report, memory, context).await
}

/// Looks as closely as the step needs: a step that cannot be taken back is planned again on a fresh look.
async fn observe<'a>(
    object: &FargateProfile,
    objects: &[Arc<FargateProfile>],
    cluster: &'a EksCluster,
    memory: &mut Memory,
    context: &Context,
) -> Result<(Seen, Option<MutexGuard<'a, ()>>), Failure> {
    let seen = look(object, objects, cluster, memory, Freshness::MaxAge(memory.look_age), context).await?;
    let facts = Facts::of(&seen.snapshot);
    let step = plan(&facts);
    if !step.is_final() {
        return Ok((seen, None));
    }
    let owned = facts.owned.iter().map(|profile| profile.name.as_str());
    let recorded = seen.snapshot.status.profiles.iter().map(|record| record.name.as_str());
    let profiles = owned.chain(recorded).chain(step.profile()).map(str::to_owned).collect();
    let before = Freshness::Now { profiles, pods: step.is_about_all_pods(), mending: step.rests_on_mending() };
    let mending = if let Step::Mend(_) = step { Some(cluster.mending.lock().await) } else { None };
    // Objects may have come since.
    Ok((look(object, &context.store.state(), cluster, memory, before, context).await?, mending))
}

/// EKS could not be looked at.
async fn blind(object: &FargateProfile, failure: &Failure, memory: &mut Memory, context: &Context) -> Pass {
    let (retry, stalled) = memory.blind(failure, context.clock.now(), &context.intervals, context.jitter());
    tracing::warn!(operation = failure.operation, retry_seconds = retry.as_secs_f64(), "{}", failure.message);
    let old = object.status.clone().unwrap_or_default();
    let generation = object.metadata.generation.unwrap_or_default();
    let (asked, wall) = (retry_of(object), seconds(Timestamp::now()));
    let asked = (generation, asked.as_deref());
    let report = report_blind(&old, asked, failure, stalled, retry, wall, &context.intervals);
    write_blind(object, report, context).await
}

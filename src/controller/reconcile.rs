//! The loop: observe → plan → act → report, one effect a pass.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kube::ResourceExt;
use kube::runtime::controller::Action;

use super::context::Context;
use super::desk::Desk;
use super::effect::{act, has_failed, log};
use super::look::{Closeness, observe};
use super::memory::Memory;
use crate::act::Outcome;
use crate::api::FargateProfile;
use crate::failure::Failure;
use crate::leader::Takeover;
use crate::plan::{Picture, Rest, Step, plan};
use crate::report::{Report, Requeue, Written, report, report_blind};
use crate::telemetry::metrics::ReconcileResult;
use crate::time::seconds;

/// One pass over one object. Never fails: a failure is part of what it reports.
pub(super) async fn reconcile(
    object: Arc<FargateProfile>,
    context: Arc<Context>,
) -> Result<Action, std::convert::Infallible> {
    let Some(takeover) = context.tenure.takeover() else {
        // Another process acts. When it no longer does, all objects are reconciled.
        return Ok(Action::await_change());
    };
    let began = Instant::now();
    context.metrics.reconcile_started();
    let result = tokio::time::timeout(context.intervals.longest_pass(), pass(&object, takeover, &context)).await;
    let (next, outcome) = match result {
        Ok(Ok(next)) => (next, ReconcileResult::RequeueAfter),
        Ok(Err(next)) => (next, ReconcileResult::Error),
        Err(_) => {
            tracing::warn!("the pass took too long and was cut short");
            (Requeue { after: context.intervals.back_off_first, look_age: Duration::ZERO }, ReconcileResult::Timeout)
        }
    };
    context.metrics.reconcile_finished(outcome, began.elapsed());
    context.health.beat();
    // However long a back-off is, what serves is looked at every resync.
    let after = next.after.min(context.intervals.resync).mul_f64(1.0 + context.jitter() / 10.0);
    Ok(Action::requeue(after))
}

/// `Err` is a pass that failed, for the metrics; both say when the next one is due.
async fn pass(object: &FargateProfile, takeover: Takeover, context: &Context) -> Result<Requeue, Requeue> {
    let uid = object.uid().unwrap_or_default();
    let mut memory = context.memories.take(&uid, object.metadata.generation.unwrap_or_default());
    if !context.tenure.holds(context.clock.now()) {
        memory.ability.hindered();
        context.memories.put(&uid, memory);
        return Ok(put_off(context));
    }
    let objects = context.store.state();
    context.pods.keep_for(objects.iter().map(|object| context.defaults.cluster_of(&object.spec)));
    let desk = context.desks.of(context.defaults.cluster_of(&object.spec), &objects, &context.defaults, takeover);
    let result = through_the_house(object, &objects, &desk, &mut memory, context).await;
    match result {
        Some(next) => {
            memory.look_age = next.map_or_else(|next| next.look_age, |next| next.look_age);
            context.memories.put(&uid, memory);
            context.metrics.in_backoff(context.memories.in_back_off(context.clock.now()));
            next
        }
        None => Ok(Requeue { after: context.intervals.resync, look_age: context.intervals.resync }),
    }
}

/// The rooms in order. `None`: the object is gone.
async fn through_the_house(
    object: &FargateProfile,
    objects: &[Arc<FargateProfile>],
    desk: &Desk,
    memory: &mut Memory,
    context: &Context,
) -> Option<Result<Requeue, Requeue>> {
    // In full seconds, as Kubernetes keeps time.
    let wall = seconds(Timestamp::now());
    if let Some(after) = memory.blind_for(context.clock.now()) {
        return Some(Ok(Requeue { after, look_age: Duration::ZERO }));
    }
    let names: BTreeSet<&str> = objects.iter().filter_map(|object| object.metadata.name.as_deref()).collect();
    desk.turn().keep_only(|name| names.contains(name));
    let glance = Closeness::Glance(memory.look_age);
    let look = observe(object, objects, desk, memory, glance, wall, context);
    let Some(mut observed) = unless_ending(look, context).await else { return Some(Ok(put_off(context))) };
    if let Ok((_, snapshot)) = &observed {
        let picture = Picture::of(snapshot);
        let step = plan(snapshot, &picture);
        if step.is_final() {
            let owned = picture.owned.iter().map(|profile| profile.name.as_str());
            let recorded = snapshot.status.profiles.iter().map(|record| record.name.as_str());
            let concerned = owned.chain(recorded).chain(step.profile()).map(str::to_owned).collect();
            let before = Closeness::Before { profiles: concerned, pods: step.is_about_all_pods() };
            let look = observe(object, objects, desk, memory, before, wall, context);
            observed = match unless_ending(look, context).await {
                Some(observed) => observed,
                None => return Some(Ok(put_off(context))),
            };
        }
    }
    let (look, mut snapshot) = match observed {
        Ok(observed) => observed,
        Err(failure) => return Some(blind(object, &failure, memory, wall, context).await),
    };
    let picture = Picture::of(&snapshot);
    let step = plan(&snapshot, &picture);
    let outcome = act(&step, object, &snapshot, look.began, desk, context).await;
    memory.note(&step, &outcome, snapshot.profiles.len(), context.clock.now(), &context.intervals, context.jitter());
    log(&step, &outcome);
    if matches!(outcome, Outcome::NotLeading | Outcome::KubernetesFailed(_)) {
        memory.ability.hindered();
    }
    if matches!(outcome, Outcome::Outdated | Outcome::NotLeading) {
        return Some(Ok(Requeue { after: context.intervals.poll_least, look_age: context.intervals.resync }));
    }

    // What was just tried belongs to what is reported.
    snapshot.attempts.clone_from(memory.attempts());
    let picture = Picture::of(&snapshot);
    let Report { status, notices, requeue: next } =
        report(&snapshot, &picture, &step, &outcome, &context.intervals, wall);
    if matches!((&step, &outcome), (Step::DropFinalizer(_), Outcome::Done)) {
        context.writer.notices(object, &notices).await;
        context.ended(object, wall);
        return None;
    }
    if status.pods != snapshot.status.pods {
        memory.counted(context.clock.now() + context.intervals.status_counts_every);
    }
    // Whoever is to take over has to know.
    if let Step::Rest(Rest::Draining(drain)) = &step
        && object.status.as_ref().is_none_or(|old| old.conditions != status.conditions)
    {
        drain.successors().for_each(|successor| context.wake(Some(successor.to_owned())));
    }
    context.measure(object, &status, objects, wall);
    if !context.tenure.lasts(context.clock.now()) {
        return Some(Ok(put_off(context)));
    }
    match context.writer.status(object, &status).await {
        Ok(Written::Done) => {
            memory.written();
            if !snapshot.quiet {
                memory.forget_gone(&look.profiles);
            }
        }
        // A pass over the newer object follows. It says again what is to be said, but for what this one did.
        Ok(Written::Outdated) => {
            if outcome.is_done() {
                context.writer.notices(object, &notices).await;
            }
            return Some(Ok(Requeue { after: context.intervals.poll_least, look_age: next.look_age }));
        }
        Err(message) => {
            tracing::warn!("{message}");
            context.writer.notices(object, &notices).await;
            let after = memory.unwritten(&context.intervals, context.jitter());
            return Some(Err(Requeue { after, look_age: next.look_age }));
        }
    }
    context.writer.notices(object, &notices).await;
    Some(if has_failed(&outcome) { Err(next) } else { Ok(next) })
}

/// When a pass comes again that may not go on now: by the lease, or because the process is about to end.
fn put_off(context: &Context) -> Requeue {
    Requeue { after: context.intervals.poll_least, look_age: Duration::ZERO }
}

/// What `look` comes to, or nothing if the process is about to end: nothing could be begun on it.
async fn unless_ending<T>(look: impl Future<Output = T>, context: &Context) -> Option<T> {
    tokio::select! {
        observed = look => Some(observed),
        () = context.tenure.ended() => None,
    }
}

/// EKS could not be looked at.
async fn blind(
    object: &FargateProfile,
    failure: &Failure,
    memory: &mut Memory,
    wall: Timestamp,
    context: &Context,
) -> Result<Requeue, Requeue> {
    let (retry, stalled) = memory.blind(failure, context.clock.now(), &context.intervals, context.jitter());
    tracing::warn!(operation = failure.operation, retry_seconds = retry.as_secs_f64(), "{}", failure.message);
    let old = object.status.clone().unwrap_or_default();
    let generation = object.metadata.generation.unwrap_or_default();
    let Report { status, notices, requeue: next } = report_blind(&old, generation, failure, stalled, retry, wall);
    if !context.tenure.lasts(context.clock.now()) {
        return Ok(put_off(context));
    }
    match context.writer.status(object, &status).await {
        Ok(Written::Done) => context.writer.notices(object, &notices).await,
        Ok(Written::Outdated) => {}
        Err(message) => tracing::warn!("{message}"),
    }
    Err(next)
}

//! What runs beside the passes: it wakes them, and says when the process is ready and when it has to end.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use kube::ResourceExt;
use kube::runtime::reflector::Store;
use tokio::sync::{oneshot, watch};

use super::context::Context;
use super::{GATE_OBJECTS, unreadable};
use crate::api::{FargateProfile, Phase, ProfileRecord};
use crate::leader::Leadership;
use crate::observe::Unreadable;
use crate::telemetry::metrics::ObjectCounts;

/// How often to check whether the objects are known.
const READY_LOOK: Duration = Duration::from_millis(500);

/// Starts what runs until the process ends.
pub(super) fn start(context: &Arc<Context>, warm: oneshot::Sender<()>, unreadable: watch::Receiver<Unreadable>) {
    tokio::spawn(watch_readiness(Arc::clone(context), warm));
    tokio::spawn(follow_pods(Arc::clone(context)));
    tokio::spawn(begin(Arc::clone(context)));
    tokio::spawn(unreadable::tell(Arc::clone(context), unreadable));
}

/// On shutdown, stops new work. Returns then if the objects are not listed yet: kube's controller would wait for the list,
/// although no pass has started.
pub(super) async fn end(leadership: &Leadership, store: &Store<FargateProfile>, shutdown: impl Future<Output = ()>) {
    shutdown.await;
    leadership.stop();
    if store.wait_until_ready().now_or_never().is_some() {
        std::future::pending::<()>().await;
    }
}

/// Counts and reconciles all objects once this process may act: until then each pass was put off.
async fn begin(context: Arc<Context>) {
    context.leadership.acquired().await;
    let counted = context.store.clone();
    context.metrics.count_objects_with(move || ObjectCounts::of(counted.state().iter().map(AsRef::as_ref)));
    // Those that are listed later are reconciled then.
    for object in context.store.state() {
        context.wake(Some(object.name_any()));
    }
}

/// Reconciles the objects whose pods come, go or change while they are being moved.
async fn follow_pods(context: Arc<Context>) {
    loop {
        let changes = context.pods.changes().await;
        let concerned = |object: &Arc<FargateProfile>| {
            let replacement = object.status.as_ref().and_then(|status| status.replacement.as_ref());
            let moving = replacement.is_some_and(|it| !matches!(it.phase, Phase::Pending | Phase::AwaitingApproval));
            let records = object.status.iter().flat_map(|status| &status.profiles);
            // Pods may be moved to a profile of another object.
            let to = |record: &ProfileRecord| Some(record.drain.as_ref()?.evicting.as_ref()?.to.clone());
            let mut names = records.flat_map(|record| [Some(record.name.clone()), to(record)]).flatten();
            (moving || object.metadata.deletion_timestamp.is_some())
                && (changes.everything || names.any(|name| changes.profiles.contains(&name)))
        };
        for object in context.store.state().iter().filter(|object| concerned(object)) {
            context.wake(Some(object.name_any()));
        }
        tokio::time::sleep(context.intervals.poll_least).await;
    }
}

/// Opens the readiness gate once the objects are known, and keeps the heartbeat while there are none to reconcile.
async fn watch_readiness(context: Arc<Context>, warm: oneshot::Sender<()>) {
    let Context { store, health, pods, intervals, .. } = &*context;
    loop {
        // The store wakes only one of its waiters, and the controller is another, so this one polls.
        match tokio::time::timeout(READY_LOOK, store.wait_until_ready()).await {
            Ok(Ok(())) => break,
            // The controller has ended.
            Ok(Err(_)) => return,
            Err(_) => health.heartbeat(),
        }
    }
    health.open(GATE_OBJECTS);
    // There is no receiver when the process is about to end.
    let _ = warm.send(());
    loop {
        if store.is_empty() {
            pods.enable(false);
            health.heartbeat();
        }
        tokio::time::sleep(intervals.resync).await;
    }
}

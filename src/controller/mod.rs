//! Wiring: watches `FargateProfile` objects and sends each pass through the house.

mod backoff;
mod clock;
mod context;
mod desk;
mod look;
mod memory;
mod pace;
mod reconcile;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::channel::mpsc::UnboundedSender;
use futures::{FutureExt, StreamExt};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::Api;
use kube::runtime::controller::{Action, Config, Controller};
use kube::runtime::events::{Recorder, Reporter};
use kube::runtime::reflector::{ObjectRef, Store};
use kube::runtime::watcher;
use kube::{Client, ResourceExt};
use tokio::sync::oneshot;

use self::context::{Context, Memories};
use self::desk::Desks;
use crate::api::{FargateProfile, Phase};
use crate::eks::Eks;
use crate::leader::Tenure;
use crate::observe::{PodSight, SightPace};
use crate::plan::Defaults;
use crate::report::Writer;
use crate::telemetry::health::Health;
use crate::telemetry::metrics::{Census, Metrics};

pub use clock::Clock;
pub use pace::Pace;

/// Passes at once. One object never has two.
const CONCURRENCY: u16 = 16;

/// Between looks whether the objects are known.
const READY_LOOK: Duration = Duration::from_millis(500);

/// Readiness gate: the objects are known.
pub const GATE_OBJECTS: &str = "fargateprofiles-listed";

/// What the controller is started with.
pub struct Setup {
    /// Kubernetes.
    pub client: Client,
    /// Certificate authorities of its API server, DER.
    pub authorities: Vec<Vec<u8>>,
    /// EKS.
    pub eks: Arc<dyn Eks>,
    /// What fields come to that specs leave out.
    pub defaults: Defaults,
    /// The EKS profile that the operator's own pod runs on, if it does.
    pub own_profile: Option<String>,
    /// Namespace and name of the operator's own pod, if it runs in one.
    pub own_pod: Option<String>,
    /// Intervals.
    pub pace: Pace,
    /// Metrics.
    pub metrics: Metrics,
    /// Health.
    pub health: Health,
    /// Whether this process may act.
    pub tenure: Tenure,
    /// Is told when the objects are known, so that this process could act.
    pub warm: oneshot::Sender<()>,
    /// The process's time.
    pub clock: Clock,
}

/// Why the controller could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The identity of the installation cannot be read.
    #[error("reading namespace kube-system, whose uid identifies this installation: {0}")]
    Installation(#[source] kube::Error),
    /// The namespace has no uid.
    #[error("namespace kube-system has no uid")]
    NoUid,
}

/// How the controller ended.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// Nothing is under way at EKS, nor was left there by an earlier process. A call to Kubernetes that was not answered in
    /// time may be; its preconditions keep it from harm.
    pub settled: bool,
}

/// Runs until `shutdown` resolves and the passes under way have ended. Passes are made only while `setup.tenure` holds; until
/// then the objects are watched, so that work begins at once.
///
/// # Errors
/// [`StartError`], before anything has been done.
pub async fn run(setup: Setup, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<Ended, StartError> {
    let Setup { client, authorities, eks, defaults, own_profile, own_pod, pace, metrics, health, tenure, warm, clock } =
        setup;
    let shutdown = shutdown.shared();
    let installation = tokio::select! {
        installation = installation(&client, &pace, &health) => installation?,
        // It has not asked for the lease yet, so that it has none to hand over.
        () = shutdown.clone() => return Ok(Ended { settled: false }),
    };
    tracing::info!(installation, cluster = defaults.cluster_name, region = eks.region(), "starting");
    let objects: Api<FargateProfile> = Api::all(client.clone());
    let reporter = Reporter { controller: "fargate-operator".to_owned(), instance: std::env::var("POD_NAME").ok() };
    let (wake, woken) = futures::channel::mpsc::unbounded();
    let controller = Controller::new(objects.clone(), watcher::Config::default())
        .with_config(Config::default().concurrency(CONCURRENCY))
        .reconcile_on(woken)
        .graceful_shutdown_on(shutdown.clone());
    let store = controller.store();
    metrics.max_concurrent_reconciles(usize::from(CONCURRENCY));
    let sight = SightPace {
        timeout: pace.operation_timeout,
        count_again: pace.scaled_down(SightPace::default().count_again),
        ..SightPace::default()
    };
    let pods = Arc::new(PodSight::paced(client.clone(), authorities, sight));
    tokio::spawn(watch_readiness(store.clone(), health.clone(), Arc::clone(&pods), pace.resync, warm));
    tokio::spawn(follow_pods(Arc::clone(&pods), store.clone(), wake.clone(), pace.poll_least));
    tokio::spawn(begin(tenure.clone(), store.clone(), wake.clone(), metrics.clone()));
    let desks = Arc::new(Desks::new(Arc::clone(&eks), clock, pace));
    let unlisted = end(tenure.clone(), store.clone(), shutdown);
    let context = Context {
        client: client.clone(),
        objects: objects.clone(),
        store,
        desks: Arc::clone(&desks),
        eks,
        memories: Memories::default(),
        pods,
        writer: Writer::new(objects, Recorder::new(client, reporter), pace.operation_timeout),
        wake,
        defaults,
        own_profile,
        own_pod,
        installation,
        pace,
        clock,
        metrics,
        health,
        tenure: tenure.clone(),
    };
    let passes = controller
        .run(traced, |_, error: &std::convert::Infallible, _| match *error {}, Arc::new(context))
        .for_each(|result| async move {
            match result {
                // Objects that went away while they were queued are no trouble; a failing watch is, and backs off.
                Ok(_) | Err(kube::runtime::controller::Error::ObjectNotFound(_)) => {}
                Err(error) => tracing::warn!(%error, "watching FargateProfiles failed; trying again"),
            }
        });
    tokio::select! {
        () = passes => {}
        () = unlisted => {}
    }
    let settled = desks.are_settled(tenure.takeover());
    tracing::info!(settled, "stopped");
    Ok(Ended { settled })
}

/// A pass in a span that names its object.
async fn traced(object: Arc<FargateProfile>, context: Arc<Context>) -> Result<Action, std::convert::Infallible> {
    use tracing::Instrument;
    let span = tracing::info_span!("reconcile", object = object.name_any());
    reconcile::reconcile(object, context).instrument(span).await
}

/// Once it is time to end, sees to it that nothing more is begun. Returns then if the objects are not listed yet: kube's
/// controller would wait for them, although no pass has begun without.
async fn end(tenure: Tenure, store: Store<FargateProfile>, shutdown: impl Future<Output = ()>) {
    shutdown.await;
    tenure.end();
    if store.wait_until_ready().now_or_never().is_some() {
        std::future::pending::<()>().await;
    }
}

/// Has all objects counted and reconciled once this process may act: until then each pass was put off.
async fn begin(
    tenure: Tenure,
    store: Store<FargateProfile>,
    wake: UnboundedSender<ObjectRef<FargateProfile>>,
    metrics: Metrics,
) {
    tenure.begun().await;
    let counted = store.clone();
    metrics.take_census_by(move || Census::of(counted.state().iter().map(AsRef::as_ref)));
    // Those that are listed later are reconciled then.
    for object in store.state() {
        // Without a receiver the controller has ended.
        let _ = wake.unbounded_send(ObjectRef::new(&object.name_any()));
    }
}

/// Has the objects reconciled whose pods have come, gone or changed while these are being moved.
async fn follow_pods(
    pods: Arc<PodSight>,
    store: Store<FargateProfile>,
    wake: UnboundedSender<ObjectRef<FargateProfile>>,
    gather: Duration,
) {
    loop {
        let news = pods.changes().await;
        let concerned = |object: &Arc<FargateProfile>| {
            let replacement = object.status.as_ref().and_then(|status| status.replacement.as_ref());
            let moving = replacement.is_some_and(|it| !matches!(it.phase, Phase::Pending | Phase::AwaitingApproval));
            let records = object.status.iter().flat_map(|status| &status.profiles);
            let mut names = records.map(|record| &record.name);
            (moving || object.metadata.deletion_timestamp.is_some())
                && (news.everything || names.any(|name| news.profiles.contains(name)))
        };
        for object in store.state().iter().filter(|object| concerned(object)) {
            if wake.unbounded_send(ObjectRef::new(&object.name_any())).is_err() {
                // The controller has ended.
                return;
            }
        }
        tokio::time::sleep(gather).await;
    }
}

/// Opens the readiness gate once the objects are known, and beats while there are none to reconcile.
async fn watch_readiness(
    store: Store<FargateProfile>,
    health: Health,
    pods: Arc<PodSight>,
    beat: Duration,
    warm: oneshot::Sender<()>,
) {
    loop {
        // The store wakes only one of those who wait for it, and the controller is another: so we ask.
        match tokio::time::timeout(READY_LOOK, store.wait_until_ready()).await {
            Ok(Ok(())) => break,
            // The controller has ended.
            Ok(Err(_)) => return,
            Err(_) => health.beat(),
        }
    }
    health.open(GATE_OBJECTS);
    // Nobody waits for it when the process is about to end.
    let _ = warm.send(());
    loop {
        if store.is_empty() {
            pods.keep(false);
            health.beat();
        }
        tokio::time::sleep(beat).await;
    }
}

/// Reads what identifies the installation. An API server that does not answer is waited for.
async fn installation(client: &Client, pace: &Pace, health: &Health) -> Result<String, StartError> {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    loop {
        let why = match tokio::time::timeout(pace.operation_timeout, namespaces.get("kube-system")).await {
            Ok(Ok(system)) => return system.uid().ok_or(StartError::NoUid),
            Ok(Err(error @ kube::Error::Api(_))) => return Err(StartError::Installation(error)),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {:?}", pace.operation_timeout),
        };
        tracing::warn!("the Kubernetes API server cannot be reached; trying again: {why}");
        health.beat();
        tokio::time::sleep(pace.poll_least).await;
    }
}

//! Wiring: watches `FargateProfile` objects and starts a pass for each that needs one.

mod clusters;
mod context;
mod effect;
mod look;
mod pass;
mod silence;
mod tasks;
mod unreadable;
mod write;

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use futures::{FutureExt, StreamExt};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::Api;
use kube::runtime::WatchStreamExt;
use kube::runtime::controller::{Action, Config, Controller};
use kube::runtime::reflector::{reflector, store};
use kube::{Client, ResourceExt};
use tokio::sync::{oneshot, watch};

pub(crate) use self::clusters::Aws;
use self::context::Context;
use crate::api::FargateProfile;
use crate::intervals::Intervals;
use crate::kubernetes::{CallError, call};
use crate::leader::Leadership;
use crate::observe::{self, Installation, Unreadable};
use crate::state::Defaults;
use crate::telemetry::health::Health;
use crate::telemetry::metrics::Metrics;
use crate::time::Clock;

/// Passes at once. One object never has two.
const CONCURRENCY: u16 = 16;

/// Readiness gate: the objects are known.
pub(crate) const GATE_OBJECTS: &str = "fargateprofiles-listed";

/// What the controller is started with.
pub(crate) struct Setup {
    pub client: Client,
    /// When the watch of FargateProfiles was last heard of.
    pub heard: watch::Receiver<Instant>,
    /// Certificate authorities of its API server, DER.
    pub authorities: Vec<Vec<u8>>,
    pub aws: Aws,
    /// Values for fields that specs leave out.
    pub defaults: Defaults,
    /// The EKS profile that the operator's own pod runs on, if it does.
    pub own_profile: Option<String>,
    /// Namespace and name of the operator's own pod, if it runs in one.
    pub own_pod: Option<String>,
    pub intervals: Intervals,
    pub metrics: Metrics,
    pub health: Health,
    /// Whether this process may act.
    pub leadership: Leadership,
    /// Is told once the objects are known, so this process could act.
    pub warm: oneshot::Sender<()>,
    pub clock: Clock,
}

/// Why the controller could not start, or not go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The identity of the installation cannot be read.
    #[error("{0}. The uid of namespace kube-system identifies this installation")]
    Installation(CallError),
    /// The namespace has no uid.
    #[error("namespace kube-system has no uid")]
    NoUid,
    #[error("nothing is heard of FargateProfiles any more, although the API server answers")]
    Silent,
}

/// How the controller ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ended {
    /// Nothing is under way at EKS, nor was left there by an earlier process. A call to Kubernetes that was not answered in
    /// time may be; its preconditions keep it from harm.
    pub settled: bool,
}

/// Runs until `shutdown` resolves and the passes under way have ended. Passes are made only while `setup.leadership` holds; until
/// then the objects are watched, so that work begins at once.
///
/// # Errors
/// [`Error`]: before anything has been done, or [`Error::Silent`].
pub(crate) async fn run(setup: Setup, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<Ended, Error> {
    let shutdown = shutdown.shared();
    let id = tokio::select! {
        id = installation(&setup) => id?,
        // It has not asked for the lease yet, so it has none to hand over.
        () = shutdown.clone() => return Ok(Ended { settled: false }),
    };
    let installation = Installation {
        id,
        defaults: setup.defaults.clone(),
        own_profile: setup.own_profile.clone(),
        own_pod: setup.own_pod.clone(),
        region: setup.aws.eks.region().to_owned(),
    };
    let Installation { id, defaults, region, .. } = &installation;
    tracing::info!(installation = id, cluster = defaults.cluster_name, region, "starting");
    let (wake, woken) = futures::channel::mpsc::unbounded();
    let (reads, unreadable) = watch::channel(Unreadable::new());
    let listed = store::Writer::default();
    let store = listed.as_reader();
    let changes = reflector(listed, observe::objects(setup.client.clone(), reads)).applied_objects();
    let controller = Controller::for_stream(changes, store.clone())
        .with_config(Config::default().concurrency(CONCURRENCY))
        .reconcile_on(woken)
        .graceful_shutdown_on(shutdown.clone());
    setup.metrics.max_concurrent_reconciles(usize::from(CONCURRENCY));
    let context = Arc::new(Context::new(&setup, installation, store, wake));
    tasks::start(&context, setup.warm, unreadable);
    let Context { leadership, clock, .. } = &*context;
    let silence = silence::fell(setup.heard, context.intervals.silence, || leadership.is_valid(clock.now()));
    let unlisted = tasks::end(leadership, &context.store, shutdown);
    let passes = controller
        .run(traced, |_, error: &std::convert::Infallible, _| match *error {}, Arc::clone(&context))
        .for_each(|result| async move {
            match result {
                // An object may go while it is queued. A watch that fails backs off.
                Ok(_) | Err(kube::runtime::controller::Error::ObjectNotFound(_)) => {}
                Err(error) => tracing::warn!(%error, "watching FargateProfiles failed; trying again"),
            }
        });
    tokio::select! {
        () = passes => {}
        () = unlisted => {}
        () = silence => return Err(Error::Silent),
    }
    let settled = context.clusters.are_settled(leadership.takeover());
    tracing::info!(settled, "stopped");
    Ok(Ended { settled })
}

/// A pass in a span that names its object.
async fn traced(object: Arc<FargateProfile>, context: Arc<Context>) -> Result<Action, std::convert::Infallible> {
    use tracing::Instrument;
    let span = tracing::info_span!("reconcile", object = object.name_any());
    pass::reconcile(object, context).instrument(span).await
}

/// Reads what identifies the installation. An API server that does not answer is waited for.
async fn installation(Setup { client, intervals, health, .. }: &Setup) -> Result<String, Error> {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    loop {
        let system = call("reading namespace kube-system", intervals.operation_timeout, namespaces.get("kube-system"));
        let error = match system.await {
            Ok(system) => return system.uid().ok_or(Error::NoUid),
            Err(error) => error,
        };
        // The API server is well and says no, which does not pass by itself.
        if error.code().is_some_and(|code| code < 500 && code != 429) {
            return Err(Error::Installation(error));
        }
        tracing::warn!("the Kubernetes API server cannot be reached; trying again: {error}");
        health.heartbeat();
        tokio::time::sleep(intervals.poll_least).await;
    }
}

//! `fargate-operator run`.

mod iam;
mod lease;
mod listen;
mod mending;
mod settings;
mod subnets;
mod values;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use kube::Client;
use kube::client::ClientBuilder;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tower::timeout::TimeoutLayer;

use self::values::Switched;
use crate::aws::{SdkSettings, Session};
use crate::controller::{self, Aws, GATE_OBJECTS, Setup};
use crate::ec2::SdkEc2;
use crate::eks::SdkEks;
use crate::iam::SdkIam;
use crate::intervals::Intervals;
use crate::leader::{self, GATE_LEASE, LeaderElector};
use crate::quotas::SdkQuotas;
use crate::state::{Defaults, InstallationRecord};
use crate::telemetry::api_calls::CountCalls;
use crate::telemetry::health::{self, Health};
use crate::telemetry::logs::{self, LogFilter};
use crate::telemetry::metrics::Metrics;
use crate::telemetry::{admin, traces};
use crate::time::Clock;

pub(super) use self::settings::Args;

/// What is running.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Without a pass for so many resyncs, the process counts as stuck.
const STUCK_AFTER_RESYNCS: u32 = 10;

/// Runs until it is asked to stop. `remarks` are warned of first.
pub(super) fn run(args: Args, remarks: &[String]) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let endpoint = args.otlp_endpoint.as_deref();
    let traces = endpoint.map(|endpoint| traces::start(endpoint, VERSION, runtime.handle().clone())).transpose()?;
    let (traces, extra) = traces.unzip();
    let filter = logs::init(args.log_format, &args.log, extra)?;
    for remark in remarks {
        tracing::warn!("{remark}");
    }
    runtime.block_on(async {
        let result = operate(args, filter).await;
        if let Some(traces) = traces {
            traces.end().await;
        }
        result
    })
}

async fn operate(args: Args, filter: LogFilter) -> anyhow::Result<()> {
    let intervals = args.intervals.intervals(args.lease.config());
    let clock = Clock::start();
    let metrics = Metrics::new(VERSION);
    let stuck = (intervals.resync * STUCK_AFTER_RESYNCS)
        .max(intervals.longest_pass() * 3)
        .max(intervals.lease.longest_round() * 3);
    let health = Health::new(&[GATE_LEASE, GATE_OBJECTS], stuck);
    let (stop, stopped) = watch::channel(false);
    let listener = listen::listen(args.listen).with_context(|| format!("listening on --listen {}", args.listen))?;
    tracing::info!(address = %listener.local_addr()?, "serving /healthz, /readyz and /metrics");
    let server = tokio::spawn(health::serve(listener, health.clone(), metrics.clone(), until(stopped.clone())));
    serve_log_level(args.admin_listen, filter, stopped.clone()).await?;
    let mending = args.mending.settings();
    mending::announce(&mending);
    tokio::spawn(async move {
        terminated().await;
        tracing::info!("asked to stop; the passes under way end first");
        stop.send_replace(true);
    });

    let (client, counting, authorities) = connect(&intervals, &metrics).await?;
    let sdk = SdkSettings {
        region: args.region,
        operation_timeout: intervals.operation_timeout,
        retry_backoff: (intervals.back_off_first / 5).min(Duration::from_secs(1)),
    };
    let session = Session::load(&sdk, metrics.clone()).await;
    let own_pod = args.own_pod;
    let defaults = Defaults {
        cluster_name: args.cluster_name,
        pod_execution_role_arn: args.default_pod_execution_role_arn,
        subnets: subnets::default(args.default_subnets),
        prerequisites: args.default_prerequisites,
        mending,
    };
    let record = InstallationRecord {
        version: VERSION.to_owned(),
        region: sdk.region,
        time_scale: intervals.scale,
        defaults: defaults.clone(),
    };
    let elector = leader::Settings {
        config: intervals.lease,
        clock,
        health: health.clone(),
        metrics: metrics.clone(),
        record: serde_json::to_string(&record)?,
    };
    let lease_ref = args.lease.lease_ref(own_pod.as_deref());
    let elector = LeaderElector::new(client.clone(), lease_ref, lease::identity(own_pod.as_deref()), elector);
    let (warm, warmed) = oneshot::channel();
    let setup = Setup {
        client,
        heard: counting.heard(),
        authorities,
        aws: Aws {
            eks: Arc::new(SdkEks::new(&session)),
            ec2: Arc::new(SdkEc2::new(&session)),
            iam: Arc::new(SdkIam::new(&session)),
            quotas: Arc::new(SdkQuotas::new(&session)),
        },
        defaults,
        own_profile: args.own_profile,
        own_pod,
        intervals,
        metrics,
        health,
        leadership: elector.leadership(),
        warm,
        clock,
    };
    let (end, ended) = oneshot::channel();
    let mut elector = tokio::spawn(elector.run(async move { drop(warmed.await) }, ended));
    let settled = tokio::select! {
        result = controller::run(setup, until(stopped)) => result?.settled,
        lost = &mut elector => return Ok(lost.context("leader election ended badly")??),
    };
    // If nobody listens any more, the lease is lost, and the next line says so.
    let _ = end.send(settled);
    elector.await.context("leader election ended badly")??;
    server.await.context("the health endpoint ended badly")
}

/// Serves /log-level. It is a convenience, for want of which no profile should be left alone.
async fn serve_log_level(
    address: Switched<SocketAddr>,
    filter: LogFilter,
    stopped: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let Switched::On(address) = address else { return Ok(()) };
    match TcpListener::bind(address).await {
        Ok(listener) => {
            tracing::info!(admin = %listener.local_addr()?, "serving /log-level");
            tokio::spawn(admin::serve(listener, filter, until(stopped)));
        }
        Err(error) => tracing::warn!(%error, "no /log-level: listening on --admin-listen {address} failed"),
    }
    Ok(())
}

/// A client of the Kubernetes API server, what counts its calls, and the server's certificate authorities.
async fn connect(intervals: &Intervals, metrics: &Metrics) -> anyhow::Result<(Client, CountCalls, Vec<Vec<u8>>)> {
    // The text of the error has its causes in it already.
    let mut config = kube::Config::infer().await.map_err(|error| {
        anyhow::anyhow!(
            "neither in a cluster nor a usable kubeconfig, so that there is no Kubernetes API server: {error}"
        )
    })?;
    // kube's own retries would hide for minutes what a pass reports at once.
    config.default_retry = false;
    let counting = CountCalls::new(metrics.clone(), &config.cluster_url);
    let authorities = config.root_cert.clone().unwrap_or_default();
    let client = ClientBuilder::try_from(config).context("setting up the Kubernetes client")?;
    // What comes too late is counted as an error.
    let client = client.with_layer(&TimeoutLayer::new(intervals.request_timeout)).with_layer(&counting).build();
    Ok((client, counting, authorities))
}

/// Until the signal to stop, or until there is nobody left to give it.
async fn until(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Until SIGTERM or SIGINT.
#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        tracing::error!("signals cannot be caught: the process ends without waiting for passes under way");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// Until Ctrl-C. The operator is at home on Linux; elsewhere its library serves kubectl's plugin.
#[cfg(not(unix))]
async fn terminated() {
    if tokio::signal::ctrl_c().await.is_err() {
        tracing::error!("signals cannot be caught: the process ends without waiting for passes under way");
        std::future::pending().await
    }
}

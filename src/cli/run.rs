//! `fargate-operator run`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args as ClapArgs;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use crate::controller::{self, Clock, GATE_OBJECTS, Pace, Setup};
use crate::eks::{SdkEks, SdkSettings};
use crate::leader::{Campaign, GATE_LEASE, Identity, LeasePace, Place};
use crate::plan::Defaults;
use crate::telemetry::health::{self, Health};
use crate::telemetry::logs::{self, LogFormat};
use crate::telemetry::metrics::Metrics;

/// Where the manifests put the operator.
const DEFAULT_NAMESPACE: &str = "fargate-operator";

/// Without a pass for so many resyncs, the process counts as stuck.
const STUCK_AFTER_RESYNCS: u32 = 10;

/// Settings. Each is a flag and an environment variable.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// Name of the EKS cluster that the operator runs in; the default of spec.clusterName.
    #[arg(long, env = "FARGATE_OPERATOR_CLUSTER_NAME", value_name = "NAME", value_parser = cluster_name)]
    cluster_name: String,

    /// AWS region of the EKS clusters.
    #[arg(long, env = "AWS_REGION", value_name = "REGION", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    region: String,

    /// IAM role for profiles whose spec names none.
    #[arg(long, env = "FARGATE_OPERATOR_DEFAULT_POD_EXECUTION_ROLE_ARN", value_name = "ARN", value_parser = role_arn)]
    default_pod_execution_role_arn: Option<String>,

    /// Subnets for profiles whose spec names none, separated by commas. Without it EKS chooses.
    #[arg(long, env = "FARGATE_OPERATOR_DEFAULT_SUBNETS", value_name = "SUBNET,…", value_delimiter = ',', value_parser = subnet)]
    default_subnets: Vec<String>,

    /// The EKS profile that the operator's own pod runs on, if it does: no DeleteFirst replacement deletes it. The
    /// manifests set it from the pod's label eks.amazonaws.com/fargate-profile.
    #[arg(long, env = "FARGATE_OPERATOR_OWN_PROFILE", value_name = "NAME")]
    own_profile: Option<String>,

    /// The operator's own pod, NAMESPACE/NAME: it moves only to an EKS profile on which another pod has become Ready. The
    /// manifests set it.
    #[arg(long, env = "FARGATE_OPERATOR_OWN_POD", value_name = "NAMESPACE/NAME")]
    own_pod: Option<String>,

    /// Where /healthz, /readyz and /metrics are served.
    #[arg(long, env = "FARGATE_OPERATOR_LISTEN", value_name = "ADDRESS", default_value = "0.0.0.0:8080")]
    listen: SocketAddr,

    /// Which log lines are written: a level, or target=level pairs separated by commas.
    #[arg(long, env = "FARGATE_OPERATOR_LOG", value_name = "FILTER", default_value = "info")]
    log: String,

    /// How log lines are written; auto: for people on a terminal, JSON otherwise.
    #[arg(long, env = "FARGATE_OPERATOR_LOG_FORMAT", value_enum, default_value_t = LogFormat::Auto)]
    log_format: LogFormat,

    #[command(flatten)]
    lease: LeaseArgs,

    #[command(flatten)]
    pace: PaceArgs,
}

/// Of several processes the one that holds a Lease acts; the others stand by.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Leader election")]
struct LeaseArgs {
    /// Namespace of the Lease. By default that of --own-pod, else fargate-operator.
    #[arg(long, env = "FARGATE_OPERATOR_LEASE_NAMESPACE", value_name = "NAMESPACE")]
    lease_namespace: Option<String>,

    /// Name of the Lease.
    #[arg(long, env = "FARGATE_OPERATOR_LEASE_NAME", value_name = "NAME", default_value = "fargate-operator")]
    lease_name: String,

    /// A lease that has not been renewed for so long is taken over.
    #[arg(long, env = "FARGATE_OPERATOR_LEASE_DURATION", value_name = "DURATION", default_value = "15s", value_parser = interval)]
    lease_duration: Duration,

    /// Without a renewal for so long, its holder begins nothing more. Shorter than the duration.
    #[arg(long, env = "FARGATE_OPERATOR_LEASE_RENEW_DEADLINE", value_name = "DURATION", default_value = "10s", value_parser = interval)]
    lease_renew_deadline: Duration,

    /// Between renewals, and between looks of who stands by.
    #[arg(long, env = "FARGATE_OPERATOR_LEASE_RETRY", value_name = "DURATION", default_value = "2s", value_parser = interval)]
    lease_retry: Duration,
}

impl LeaseArgs {
    fn pace(&self) -> anyhow::Result<LeasePace> {
        let pace = LeasePace {
            duration: self.lease_duration,
            renew_deadline: self.lease_renew_deadline,
            retry: self.lease_retry,
        };
        pace.check().map_err(anyhow::Error::msg)?;
        Ok(pace)
    }

    /// Where the Lease is, for a process in this pod.
    fn place(self, own_pod: Option<&str>) -> Place {
        let namespace = own_pod.and_then(|pod| pod.split_once('/')).map(|(namespace, _)| namespace.to_owned());
        let namespace = self.lease_namespace.or(namespace).unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned());
        Place { namespace, name: self.lease_name }
    }
}

/// Intervals. The defaults suit production; --time-scale is for test beds.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Intervals")]
struct PaceArgs {
    /// How long the effect of a call to EKS is waited for before anything else is concluded.
    #[arg(long, env = "FARGATE_OPERATOR_QUIET", value_name = "DURATION", default_value = "60s", value_parser = interval)]
    quiet: Duration,

    /// How long a new profile is ACTIVE before pods are moved to it: the cluster has to learn of it.
    #[arg(long, env = "FARGATE_OPERATOR_SETTLE", value_name = "DURATION", default_value = "90s", value_parser = interval)]
    settle: Duration,

    /// How long a pod that was moved to a new profile may take to become Ready there before the profile counts as bad.
    #[arg(long, env = "FARGATE_OPERATOR_PROGRESS_DEADLINE", value_name = "DURATION", default_value = "10m", value_parser = interval)]
    progress_deadline: Duration,

    /// Between looks at a profile that is as it should be.
    #[arg(long, env = "FARGATE_OPERATOR_RESYNC", value_name = "DURATION", default_value = "2m", value_parser = interval)]
    resync: Duration,

    /// Between DescribeFargateProfile calls for a profile that stays listed.
    #[arg(long, env = "FARGATE_OPERATOR_DESCRIBE_AGAIN", value_name = "DURATION", default_value = "5m", value_parser = interval)]
    describe_again: Duration,

    /// Time limit of a call to AWS or Kubernetes. The quiet time must be longer.
    #[arg(long, env = "FARGATE_OPERATOR_OPERATION_TIMEOUT", value_name = "DURATION", default_value = "30s", value_parser = interval)]
    operation_timeout: Duration,

    /// Divides every interval, for a test bed that runs so many times as fast as EKS.
    #[arg(long, env = "FARGATE_OPERATOR_TIME_SCALE", value_name = "FACTOR", default_value_t = 1.0, value_parser = scale)]
    time_scale: f64,
}

impl PaceArgs {
    fn pace(&self) -> anyhow::Result<Pace> {
        anyhow::ensure!(
            self.quiet > self.operation_timeout,
            "--quiet ({:?}) must be longer than --operation-timeout ({:?}): a call may take effect as long as it is under way",
            self.quiet,
            self.operation_timeout
        );
        let pace = Pace {
            quiet: self.quiet,
            settle: self.settle,
            progress: self.progress_deadline,
            resync: self.resync,
            describe_again: self.describe_again,
            operation_timeout: self.operation_timeout,
            ..Pace::default()
        };
        Ok(pace.scaled(self.time_scale))
    }
}

pub(super) fn run(args: Args) -> anyhow::Result<()> {
    logs::init(args.log_format, &args.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(operate(args))
}

async fn operate(args: Args) -> anyhow::Result<()> {
    let pace = args.pace.pace()?;
    let lease_pace = args.lease.pace()?.scaled(args.pace.time_scale);
    let clock = Clock::start();
    let metrics = Metrics::new(env!("CARGO_PKG_VERSION"));
    let health = Health::new(&[GATE_LEASE, GATE_OBJECTS], pace.resync * STUCK_AFTER_RESYNCS);
    let listener =
        TcpListener::bind(args.listen).await.with_context(|| format!("listening on --listen {}", args.listen))?;
    tracing::info!(address = %listener.local_addr()?, "serving /healthz, /readyz and /metrics");
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(health::serve(listener, health.clone(), metrics.clone(), until(stopped.clone())));
    tokio::spawn(async move {
        terminated().await;
        tracing::info!("asked to stop; the passes under way end first");
        stop.send_replace(true);
    });

    // Its text has its causes in it already.
    let mut config = kube::Config::infer().await.map_err(|error| {
        anyhow::anyhow!(
            "neither in a cluster nor a usable kubeconfig, so that there is no Kubernetes API server: {error}"
        )
    })?;
    // kube's own retries would hide for minutes what a pass reports at once.
    config.default_retry = false;
    let authorities = config.root_cert.clone().unwrap_or_default();
    let client = kube::Client::try_from(config).context("setting up the Kubernetes client")?;
    let sdk = SdkSettings {
        region: args.region,
        operation_timeout: pace.operation_timeout,
        retry_backoff: (pace.back_off_first / 5).min(Duration::from_secs(1)),
    };
    // Empty where there is no pod to be told of.
    let own_pod = args.own_pod.filter(|pod| !pod.is_empty());
    let place = args.lease.place(own_pod.as_deref());
    let campaign =
        Campaign::new(client.clone(), place, identity(own_pod.as_deref()), lease_pace, clock, health.clone());
    let tenure = campaign.tenure();
    let setup = Setup {
        client,
        authorities,
        eks: Arc::new(SdkEks::new(&sdk, metrics.clone()).await),
        defaults: Defaults {
            cluster_name: args.cluster_name,
            pod_execution_role_arn: args.default_pod_execution_role_arn,
            subnets: (!args.default_subnets.is_empty()).then(|| args.default_subnets.into_iter().collect()),
        },
        // The label is empty where the pod is not on Fargate.
        own_profile: args.own_profile.filter(|name| !name.is_empty()),
        own_pod,
        pace,
        metrics,
        health,
        tenure: tenure.clone(),
        clock,
    };
    let (end, ended) = oneshot::channel();
    let mut campaign = tokio::spawn(campaign.run(ended));
    let ending = stopped.clone();
    tokio::spawn(async move {
        until(ending).await;
        tenure.end();
    });
    let settled = tokio::select! {
        result = controller::run(setup, until(stopped)) => result?.settled,
        lost = &mut campaign => return Ok(lost.context("the campaign for the lease ended badly")??),
    };
    // If nobody listens any more, the lease is lost, and the next line says so.
    let _ = end.send(settled);
    campaign.await.context("the campaign for the lease ended badly")??;
    server.await.context("the health endpoint ended badly")??;
    Ok(())
}

/// A name for this process that no other has: two that start at the same moment on two machines have different ones.
fn identity(own_pod: Option<&str>) -> Identity {
    use std::hash::{BuildHasher, RandomState};
    let process = format!("{:016x}", RandomState::new().hash_one(std::process::id()));
    match own_pod {
        Some(pod) => Identity::of_pod(pod, &process),
        None => Identity::on_host(&std::env::var("HOSTNAME").unwrap_or_else(|_| "nameless".to_owned()), &process),
    }
}

/// Until the signal to stop, or until there is nobody left to give it.
async fn until(mut stopped: watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Until SIGTERM or SIGINT.
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

fn interval(text: &str) -> Result<Duration, String> {
    let parsed: jiff::SignedDuration =
        text.parse().map_err(|error| format!("{error}; write for example 30s, 2m or 1h"))?;
    Duration::try_from(parsed)
        .ok()
        .filter(|interval| !interval.is_zero())
        .ok_or_else(|| "must be longer than nothing".to_owned())
}

fn scale(text: &str) -> Result<f64, String> {
    let factor: f64 = text.parse().map_err(|_| "must be a number".to_owned())?;
    if (1.0..=10_000.0).contains(&factor) { Ok(factor) } else { Err("must be from 1 to 10000".to_owned()) }
}

fn cluster_name(text: &str) -> Result<String, String> {
    let starts_well = text.chars().next().is_some_and(|first| first.is_ascii_alphanumeric());
    let rest_well = text.len() <= 100 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if starts_well && rest_well {
        Ok(text.to_owned())
    } else {
        Err("an EKS cluster name has 1 to 100 letters, digits, - and _, and begins with a letter or digit".to_owned())
    }
}

fn role_arn(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("arn:aws").and_then(|rest| rest.split_once(":role/")).map(|(_, name)| name);
    match name {
        Some(name) if !name.is_empty() && !name.contains('/') => Ok(text.to_owned()),
        _ => Err("write arn:aws:iam::ACCOUNT:role/NAME; EKS refuses roles with a path".to_owned()),
    }
}

fn subnet(text: &str) -> Result<String, String> {
    let id = text.trim();
    if id.strip_prefix("subnet-").is_some_and(|hex| hex.len() >= 8 && hex.chars().all(|c| c.is_ascii_hexdigit())) {
        Ok(id.to_owned())
    } else {
        Err("write ids such as subnet-0a1b2c3d4e5f67890".to_owned())
    }
}

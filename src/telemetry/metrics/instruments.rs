//! The metrics by name, with what each says.

use std::sync::{OnceLock, atomic::AtomicU64};

use jiff::Timestamp;
use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info};
use prometheus_client::registry::{Metric, Registry};

use super::objects::ObjectCounts;

/// The commit of this build, as the build was told.
pub(super) const REVISION: &str = match option_env!("FARGATE_OPERATOR_REVISION") {
    Some(revision) if !revision.is_empty() => revision,
    _ => "unknown",
};

/// Upper bounds in seconds, as controller-runtime has them for `controller_runtime_reconcile_time_seconds`.
const PASS: [f64; 40] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25, 1.5,
    1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0,
];
/// Upper bounds in seconds for a call to EKS or Kubernetes.
const CALL: [f64; 10] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Upper bounds in seconds: from EKS's best half minute to the hours for which a tight disruption budget can hold up a
/// replacement.
const LIFECYCLE: [f64; 12] = [15.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0];

type Labels<const N: usize> = [(&'static str, &'static str); N];
/// Labels with values from outside: a status code, a host.
type FreeLabels<const N: usize> = [(&'static str, String); N];
type Timed<L> = Family<L, Histogram, fn() -> Histogram>;
type Seconds = Gauge<f64, AtomicU64>;
type CountObjects = Box<dyn Fn() -> ObjectCounts + Send + Sync>;

/// All metrics.
pub(super) struct Instruments {
    pub(super) registry: Registry,
    pub(super) reconciles: Family<Labels<1>, Counter>,
    pub(super) errors: Counter,
    pub(super) timeouts: Counter,
    pub(super) reconcile_time: Histogram,
    pub(super) active: Gauge,
    pub(super) max_concurrent: Gauge,
    pub(super) leading: Family<FreeLabels<1>, Gauge>,
    pub(super) kubernetes_calls: Family<FreeLabels<3>, Counter>,
    pub(super) kubernetes_time: Timed<FreeLabels<2>>,
    pub(super) calls: Family<Labels<2>, Counter>,
    pub(super) call_time: Timed<Labels<1>>,
    pub(super) counts: OnceLock<CountObjects>,
    pub(super) objects: Gauge,
    pub(super) unreadable: Gauge,
    pub(super) profiles: Family<Labels<1>, Gauge>,
    pub(super) findings: Family<FreeLabels<2>, Gauge>,
    pub(super) pod_issues: Family<FreeLabels<1>, Gauge>,
    pub(super) longest_wait: Seconds,
    pub(super) in_backoff: Gauge,
    pub(super) to_ready: Histogram,
    pub(super) deletion: Histogram,
    pub(super) replacements: Family<Labels<1>, Counter>,
    pub(super) evictions: Family<Labels<1>, Counter>,
    pub(super) success: Seconds,
    pub(super) heard: Family<Labels<1>, Seconds>,
    pub(super) memory: Gauge,
    pub(super) files: Gauge,
}

impl std::fmt::Debug for Instruments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.registry.fmt(f)
    }
}

impl Instruments {
    /// prometheus-client appends `_total` to counters and `_info` to the build.
    #[rustfmt::skip] // a metric a line: the table it is
    pub(super) fn new(version: &str) -> Self {
        let mut registry = Registry::default();
        let build = Info::new([("version", version.to_owned()), ("revision", REVISION.to_owned())]);
        registry.register("fargate_operator_build", "The version that is running", build);

        let to = registry.sub_registry_with_label(("controller".into(), "fargateprofile".into()));
        let reconciles = add(to, "controller_runtime_reconcile", "Passes by result", Family::default());
        let errors = add(to, "controller_runtime_reconcile_errors", "Passes that failed", Counter::default());
        let timeouts = add(to, "controller_runtime_reconcile_timeouts", "Passes cut off by their time limit", Counter::default());
        let reconcile_time = add(to, "controller_runtime_reconcile_time_seconds", "Length of a pass", Histogram::new(PASS));
        let active = add(to, "controller_runtime_active_workers", "Passes running now", Gauge::default());
        let max_concurrent = add(to, "controller_runtime_max_concurrent_reconciles", "Passes that may run at once", Gauge::default());

        let to = &mut registry;
        let leading = add(to, "leader_election_master_status", "1 on the replica that holds the lease, 0 on a standby", Family::default());
        let kubernetes_calls = add(to, "rest_client_requests", "Requests to the Kubernetes API by status code, <error> for none, method and host", Family::default());
        let kubernetes_time = add(to, "rest_client_request_duration_seconds", "Time to the answer of the Kubernetes API", Family::new_with_constructor(call_time as _));
        let calls = add(to, "fargate_operator_eks_requests", "Calls to EKS, STS, EC2, IAM and Service Quotas by operation and outcome", Family::default());
        let call_time = add(to, "fargate_operator_eks_request_duration_seconds", "Length of a call to EKS, STS, EC2, IAM or Service Quotas, with its retries", Family::new_with_constructor(call_time as _));
        let objects = add(to, "fargate_operator_objects", "FargateProfile objects", Gauge::default());
        let unreadable = add(to, "fargate_operator_unreadable_objects", "FargateProfile objects that this version cannot read and leaves alone", Gauge::default());
        let profiles = add(to, "fargate_operator_profiles", "FargateProfile objects by state; one may be in several", Family::default());
        let findings = add(to, "fargate_operator_prerequisite_findings", "FargateProfile objects with a finding of this check and severity", Family::default());
        let pod_issues = add(to, "fargate_operator_pods_not_working", "Pods of ACTIVE EKS profiles that do not work, by reason", Family::default());
        let longest_wait = add(to, "fargate_operator_longest_wait_seconds", "How long the object waits that has waited longest for its turn, 0 for none", Seconds::default());
        let in_backoff = add(to, "fargate_operator_objects_in_backoff", "Objects to be tried again after a failure", Gauge::default());
        let to_ready = add(to, "fargate_operator_time_to_ready_seconds", "From not Ready, as after a change of the spec, to Ready", Histogram::new(LIFECYCLE));
        let deletion = add(to, "fargate_operator_deletion_seconds", "From a deletion to nothing left in EKS", Histogram::new(LIFECYCLE));
        let replacements = add(to, "fargate_operator_replacements", "Replacements of EKS profiles that ended, by outcome", Family::default());
        let evictions = add(to, "fargate_operator_evictions", "Evictions of pods by the answer", Family::default());
        let success = add(to, "fargate_operator_last_success_timestamp_seconds", "Last pass that saw EKS, Unix time, 0 for none", Seconds::default());
        let heard = add(to, "fargate_operator_watch_last_event_timestamp_seconds", "Last event or bookmark of a watch, Unix time, absent before the first", Family::default());
        let started = add(to, "process_start_time_seconds", "Start of the process, Unix time", Seconds::default());
        let memory = add(to, "process_resident_memory_bytes", "Memory in use", Gauge::default());
        let files = add(to, "process_open_fds", "Open file descriptors", Gauge::default());
        started.set(unix(Timestamp::now()));

        Self {
            registry, reconciles, errors, timeouts, reconcile_time, active, max_concurrent, leading, kubernetes_calls,
            kubernetes_time, calls, call_time, counts: OnceLock::new(), objects, unreadable, profiles, findings, pod_issues, longest_wait, in_backoff,
            to_ready, deletion, replacements, evictions, success, heard, memory, files,
        }
    }
}

fn call_time() -> Histogram {
    Histogram::new(CALL)
}

fn add<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

pub(super) fn unix(time: Timestamp) -> f64 {
    time.as_duration().as_secs_f64()
}

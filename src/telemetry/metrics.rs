//! Metrics for Prometheus. They have controller-runtime's names where the meaning is the same, so dashboards and alerts
//! for other operators work here, and `fargate_operator_…` otherwise. No label contains the name of an object.

mod exposition;
mod labels;
mod objects;
mod process;

use std::sync::{Arc, OnceLock, atomic::AtomicU64};
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info};
use prometheus_client::registry::{Metric, Registry};
use strum::IntoEnumIterator;

use labels::LabelValue;

pub use exposition::Format;
pub use labels::{CallOutcome, EvictionOutcome, ReconcileResult, ReplacementOutcome, State};
pub use objects::ObjectCounts;

/// The commit of this build, as the build was told.
const REVISION: &str = match option_env!("FARGATE_OPERATOR_REVISION") {
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

/// Clones share the same numbers.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Instruments>);

type Labels<const N: usize> = [(&'static str, &'static str); N];
/// Labels with values from outside: a status code, a host.
type FreeLabels<const N: usize> = [(&'static str, String); N];
type Timed<L> = Family<L, Histogram, fn() -> Histogram>;
type Seconds = Gauge<f64, AtomicU64>;
type CountObjects = Box<dyn Fn() -> ObjectCounts + Send + Sync>;

struct Instruments {
    registry: Registry,
    reconciles: Family<Labels<1>, Counter>,
    errors: Counter,
    timeouts: Counter,
    reconcile_time: Histogram,
    active: Gauge,
    max_concurrent: Gauge,
    leading: Family<FreeLabels<1>, Gauge>,
    kubernetes_calls: Family<FreeLabels<3>, Counter>,
    kubernetes_time: Timed<FreeLabels<2>>,
    calls: Family<Labels<2>, Counter>,
    call_time: Timed<Labels<1>>,
    counts: OnceLock<CountObjects>,
    objects: Gauge,
    unreadable: Gauge,
    profiles: Family<Labels<1>, Gauge>,
    findings: Family<FreeLabels<2>, Gauge>,
    pod_issues: Family<FreeLabels<1>, Gauge>,
    longest_wait: Seconds,
    in_backoff: Gauge,
    to_ready: Histogram,
    deletion: Histogram,
    replacements: Family<Labels<1>, Counter>,
    evictions: Family<Labels<1>, Counter>,
    success: Seconds,
    heard: Family<Labels<1>, Seconds>,
    memory: Gauge,
    files: Gauge,
}

impl std::fmt::Debug for Instruments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.registry.fmt(f)
    }
}

impl Instruments {
    /// prometheus-client appends `_total` to counters and `_info` to the build.
    #[rustfmt::skip] // a metric a line: the table it is
    fn new(version: &str) -> Self {
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

impl Metrics {
    /// All metrics at zero, including those with a fixed set of labels, so a rate is right from the first event.
    pub fn new(version: &str) -> Self {
        let metrics = Self(Arc::new(Instruments::new(version)));
        let all = &metrics.0;
        for result in [ReconcileResult::Success, ReconcileResult::Error, ReconcileResult::RequeueAfter] {
            drop(all.reconciles.get_or_create(&[("result", result.label())]));
        }
        for operation in labels::OPERATIONS {
            for outcome in CallOutcome::iter() {
                drop(all.calls.get_or_create(&[("operation", operation), ("outcome", outcome.word())]));
            }
        }
        for outcome in ReplacementOutcome::iter() {
            drop(all.replacements.get_or_create(&[("outcome", outcome.word())]));
        }
        for outcome in EvictionOutcome::iter() {
            drop(all.evictions.get_or_create(&[("outcome", outcome.word())]));
        }
        metrics.count(&ObjectCounts::of([]));
        metrics
    }

    /// A reconcile pass begins. One [`Self::reconcile_finished`] must follow, or the number of active passes only
    /// grows.
    pub fn reconcile_started(&self) {
        self.0.active.inc();
    }

    pub fn reconcile_finished(&self, result: ReconcileResult, elapsed: Duration) {
        self.0.active.dec();
        self.0.reconciles.get_or_create(&[("result", result.label())]).inc();
        self.0.reconcile_time.observe(elapsed.as_secs_f64());
        match result {
            ReconcileResult::Success | ReconcileResult::RequeueAfter => {}
            ReconcileResult::Error => {
                self.0.errors.inc();
            }
            ReconcileResult::Timeout => {
                self.0.errors.inc();
                self.0.timeouts.inc();
            }
        }
    }

    /// Whether this process holds the lease of this name.
    pub fn leading(&self, lease: &str, leads: bool) {
        self.0.leading.get_or_create(&[("name", lease.to_owned())]).set(i64::from(leads));
    }

    /// A request to the Kubernetes API was answered with `code`, or not at all.
    pub fn kubernetes_call(&self, code: Option<u16>, method: &str, host: &str, elapsed: Duration) {
        let code = code.map_or_else(|| "<error>".to_owned(), |code| code.to_string());
        let (method, host) = (method.to_owned(), host.to_owned());
        self.0
            .kubernetes_time
            .get_or_create(&[("verb", method.clone()), ("host", host.clone())])
            .observe(elapsed.as_secs_f64());
        self.0.kubernetes_calls.get_or_create(&[("code", code), ("method", method), ("host", host)]).inc();
    }

    /// A watch of this resource has received data.
    pub fn watch_heard(&self, resource: &'static str) {
        self.0.heard.get_or_create(&[("resource", resource)]).set(unix(Timestamp::now()));
    }

    /// The number of objects that cannot be read now.
    pub fn unreadable(&self, objects: usize) {
        self.0.unreadable.set(i64::try_from(objects).unwrap_or(i64::MAX));
    }

    /// A call to AWS has ended. `operation` is the API's name, such as `CreateFargateProfile`.
    pub fn aws_call(&self, operation: &'static str, outcome: CallOutcome, elapsed: Duration) {
        self.0.calls.get_or_create(&[("operation", operation), ("outcome", outcome.word())]).inc();
        self.0.call_time.get_or_create(&[("operation", operation)]).observe(elapsed.as_secs_f64());
    }

    /// From now on, `count` counts the objects at each scrape. Only the first call has an effect.
    pub fn count_objects_with(&self, count: impl Fn() -> ObjectCounts + Send + Sync + 'static) {
        self.0.counts.get_or_init(|| Box::new(count));
    }

    fn count(&self, counts: &ObjectCounts) {
        self.0.objects.set(gauge(counts.objects));
        for (state, n) in &counts.states {
            self.0.profiles.get_or_create(&[("state", state.word())]).set(gauge(*n));
        }
        // What nobody has any more goes.
        self.0.findings.clear();
        for ((check, severity), n) in &counts.findings {
            let labels = [("check", check.clone()), ("severity", severity.clone())];
            self.0.findings.get_or_create(&labels).set(gauge(*n));
        }
        self.0.pod_issues.clear();
        for (reason, n) in &counts.pod_issues {
            self.0.pod_issues.get_or_create(&[("reason", reason.clone())]).set(i64::from(*n));
        }
        self.0.longest_wait.set(counts.longest_wait(Timestamp::now()));
    }

    /// The number of objects in back-off after a failure.
    pub fn in_backoff(&self, n: usize) {
        self.0.in_backoff.set(gauge(n));
    }

    pub fn success(&self, at_unix_seconds: f64) {
        self.0.success.set(at_unix_seconds);
    }

    /// An object became Ready, this long after it had ceased to be.
    pub fn became_ready(&self, after: Duration) {
        self.0.to_ready.observe(after.as_secs_f64());
    }

    /// An object is gone, this long after its deletion was requested.
    pub fn deleted(&self, after: Duration) {
        self.0.deletion.observe(after.as_secs_f64());
    }

    pub fn replaced(&self, outcome: ReplacementOutcome) {
        self.0.replacements.get_or_create(&[("outcome", outcome.word())]).inc();
    }

    /// An eviction was answered.
    pub fn evicted(&self, outcome: EvictionOutcome) {
        self.0.evictions.get_or_create(&[("outcome", outcome.word())]).inc();
    }

    pub fn max_concurrent_reconciles(&self, n: usize) {
        self.0.max_concurrent.set(gauge(n));
    }

    /// The page, including values that are only known at this moment.
    pub fn render(&self, format: Format) -> String {
        if let Some(count) = self.0.counts.get() {
            self.count(&count());
        }
        self.0.memory.set(process::resident_memory().unwrap_or_default());
        self.0.files.set(process::open_files().unwrap_or_default());
        let mut text = String::new();
        if let Err(error) = encode(&mut text, &self.0.registry) {
            // The reader refuses a page without `# EOF`, as it should.
            tracing::error!(%error, "the metrics could not be written down");
        }
        match format {
            Format::OpenMetrics => text,
            Format::Classic => exposition::classic(&text),
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

fn gauge(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn unix(time: Timestamp) -> f64 {
    time.as_duration().as_secs_f64()
}

#[cfg(test)]
mod tests;

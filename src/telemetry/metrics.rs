//! What Prometheus reads: controller-runtime's names where the meaning is the same, so that dashboards and alerts made for
//! other operators work here, and `fargate_operator_…` for the rest. No label ever carries the name of an object.

mod labels;

use std::sync::{Arc, atomic::AtomicU64};
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info};
use prometheus_client::registry::{Metric, Registry};

pub use labels::{CallOutcome, ObjectCounts, ReconcileResult};

/// The content type of what [`Metrics::render`] gives.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds in seconds: controller-runtime's own for `controller_runtime_reconcile_time_seconds`.
const PASS: [f64; 40] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25, 1.5,
    1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0,
];
/// Upper bounds in seconds for a call to EKS.
const CALL: [f64; 10] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Upper bounds in seconds: from the half minute EKS takes at best to the hours a tight disruption budget can hold a
/// replacement up.
const LIFECYCLE: [f64; 12] = [15.0, 30.0, 60.0, 120.0, 180.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0];

/// The operator's metrics. Clones share the same numbers.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Instruments>);

type Labels<const N: usize> = [(&'static str, &'static str); N];
type Timestamp = Gauge<f64, AtomicU64>;

#[derive(Debug)]
struct Instruments {
    registry: Registry,
    reconciles: Family<Labels<1>, Counter>,
    errors: Counter,
    timeouts: Counter,
    reconcile_time: Histogram,
    active: Gauge,
    max_concurrent: Gauge,
    calls: Family<Labels<2>, Counter>,
    call_time: Family<Labels<1>, Histogram, fn() -> Histogram>,
    profiles: Family<Labels<1>, Gauge>,
    in_backoff: Gauge,
    to_ready: Histogram,
    deletion: Histogram,
    success: Timestamp,
}

impl Instruments {
    /// Counters are named without the `_total`, and the build without the `_info`, that prometheus-client appends.
    #[rustfmt::skip] // a metric a line: the table it is
    fn new(version: &str) -> Self {
        let mut registry = Registry::default();
        let build = Info::new([("version", version.to_owned())]);
        registry.register("fargate_operator_build", "The version that is running", build);

        let to = registry.sub_registry_with_label(("controller".into(), "fargateprofile".into()));
        let reconciles = add(to, "controller_runtime_reconcile", "Passes by result", Family::default());
        let errors = add(to, "controller_runtime_reconcile_errors", "Passes that failed", Counter::default());
        let timeouts = add(to, "controller_runtime_reconcile_timeouts", "Passes cut off by their time limit", Counter::default());
        let reconcile_time = add(to, "controller_runtime_reconcile_time_seconds", "Length of a pass", Histogram::new(PASS));
        let active = add(to, "controller_runtime_active_workers", "Passes running now", Gauge::default());
        let max_concurrent = add(to, "controller_runtime_max_concurrent_reconciles", "Passes that may run at once", Gauge::default());

        let to = &mut registry;
        let calls = add(to, "fargate_operator_eks_requests", "Calls to EKS by operation and outcome", Family::default());
        let call_time = add(to, "fargate_operator_eks_request_duration_seconds", "Length of a call to EKS", Family::new_with_constructor(call_time as _));
        let profiles = add(to, "fargate_operator_profiles", "FargateProfile objects by state", Family::default());
        let in_backoff = add(to, "fargate_operator_objects_in_backoff", "Objects to be tried again after a failure", Gauge::default());
        let to_ready = add(to, "fargate_operator_time_to_ready_seconds", "From a change of a spec to Ready", Histogram::new(LIFECYCLE));
        let deletion = add(to, "fargate_operator_deletion_seconds", "From a deletion to nothing left in EKS", Histogram::new(LIFECYCLE));
        let success = add(to, "fargate_operator_last_success_timestamp_seconds", "Last pass that succeeded, Unix time, 0 for none", Timestamp::default());

        Self {
            registry, reconciles, errors, timeouts, reconcile_time, active, max_concurrent, calls, call_time, profiles,
            in_backoff, to_ready, deletion, success,
        }
    }
}

impl Metrics {
    /// All metrics at zero, those with a fixed set of labels included, so that a rate is right from the first event.
    pub fn new(version: &str) -> Self {
        let metrics = Self(Arc::new(Instruments::new(version)));
        for result in [ReconcileResult::Success, ReconcileResult::Error, ReconcileResult::RequeueAfter] {
            drop(metrics.0.reconciles.get_or_create(&[("result", result.label())]));
        }
        metrics.objects(ObjectCounts::default());
        metrics
    }

    /// A reconcile pass begins. Each is to be followed by one [`Self::reconcile_finished`], or the active ones only grow.
    pub fn reconcile_started(&self) {
        self.0.active.inc();
    }

    /// A reconcile pass has ended.
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

    /// A call to EKS has ended; `operation` is the API's name for it, such as `CreateFargateProfile`.
    pub fn eks_call(&self, operation: &'static str, outcome: CallOutcome, elapsed: Duration) {
        self.0.calls.get_or_create(&[("operation", operation), ("outcome", outcome.label())]).inc();
        self.0.call_time.get_or_create(&[("operation", operation)]).observe(elapsed.as_secs_f64());
    }

    /// The objects there are now, by state.
    pub fn objects(&self, counts: ObjectCounts) {
        let ObjectCounts { ready, reconciling, stalled, deleting } = counts;
        for (state, n) in [("ready", ready), ("reconciling", reconciling), ("stalled", stalled), ("deleting", deleting)]
        {
            self.0.profiles.get_or_create(&[("state", state)]).set(gauge(n));
        }
    }

    /// How many objects wait to be tried again after a failure.
    pub fn in_backoff(&self, n: usize) {
        self.0.in_backoff.set(gauge(n));
    }

    /// A pass has succeeded.
    pub fn success(&self, at_unix_seconds: f64) {
        self.0.success.set(at_unix_seconds);
    }

    /// An object became Ready, so long after its spec was changed.
    pub fn became_ready(&self, after: Duration) {
        self.0.to_ready.observe(after.as_secs_f64());
    }

    /// An object is gone, so long after its deletion was asked for.
    pub fn deleted(&self, after: Duration) {
        self.0.deletion.observe(after.as_secs_f64());
    }

    /// How many reconcile passes may run at once.
    pub fn max_concurrent_reconciles(&self, n: usize) {
        self.0.max_concurrent.set(gauge(n));
    }

    /// Everything as OpenMetrics text, to be served as [`CONTENT_TYPE`].
    pub fn render(&self) -> String {
        let mut text = String::new();
        if let Err(error) = encode(&mut text, &self.0.registry) {
            // Without its `# EOF` the page is refused by the reader, which is what it should be.
            tracing::error!(%error, "the metrics could not be written down");
        }
        text
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The samples of one metric, without comments and histogram buckets.
    fn samples(metrics: &Metrics, name: &str) -> Vec<String> {
        let text = metrics.render();
        let mut lines: Vec<_> = text
            .lines()
            .filter(|line| line.starts_with(name) && !line.contains("_bucket{"))
            .map(str::to_owned)
            .collect();
        lines.sort();
        lines
    }

    #[test]
    fn everything_that_can_be_known_at_the_start_is_there_at_zero() {
        let metrics = Metrics::new("1.2.3");
        let mut lines = samples(&metrics, "");
        lines.retain(|line| !line.starts_with('#'));
        assert_eq!(
            lines,
            [
                r#"controller_runtime_active_workers{controller="fargateprofile"} 0"#,
                r#"controller_runtime_max_concurrent_reconciles{controller="fargateprofile"} 0"#,
                r#"controller_runtime_reconcile_errors_total{controller="fargateprofile"} 0"#,
                r#"controller_runtime_reconcile_time_seconds_count{controller="fargateprofile"} 0"#,
                r#"controller_runtime_reconcile_time_seconds_sum{controller="fargateprofile"} 0.0"#,
                r#"controller_runtime_reconcile_timeouts_total{controller="fargateprofile"} 0"#,
                r#"controller_runtime_reconcile_total{controller="fargateprofile",result="error"} 0"#,
                r#"controller_runtime_reconcile_total{controller="fargateprofile",result="requeue_after"} 0"#,
                r#"controller_runtime_reconcile_total{controller="fargateprofile",result="success"} 0"#,
                r#"fargate_operator_build_info{version="1.2.3"} 1"#,
                "fargate_operator_deletion_seconds_count 0",
                "fargate_operator_deletion_seconds_sum 0.0",
                "fargate_operator_last_success_timestamp_seconds 0.0",
                "fargate_operator_objects_in_backoff 0",
                r#"fargate_operator_profiles{state="deleting"} 0"#,
                r#"fargate_operator_profiles{state="ready"} 0"#,
                r#"fargate_operator_profiles{state="reconciling"} 0"#,
                r#"fargate_operator_profiles{state="stalled"} 0"#,
                "fargate_operator_time_to_ready_seconds_count 0",
                "fargate_operator_time_to_ready_seconds_sum 0.0",
            ]
        );
        assert!(metrics.render().ends_with("# EOF\n"));
    }

    #[test]
    fn a_timeout_is_an_error_and_also_a_timeout() {
        let metrics = Metrics::new("0");
        for result in [ReconcileResult::Timeout, ReconcileResult::Error, ReconcileResult::Success] {
            metrics.clone().reconcile_started();
            metrics.reconcile_finished(result, Duration::from_millis(1500));
        }
        metrics.reconcile_started();
        let of = |name: &str| samples(&metrics, &format!("controller_runtime_{name}"));
        assert_eq!(
            of("reconcile_errors_total"),
            [r#"controller_runtime_reconcile_errors_total{controller="fargateprofile"} 2"#]
        );
        assert_eq!(
            of("reconcile_timeouts_total"),
            [r#"controller_runtime_reconcile_timeouts_total{controller="fargateprofile"} 1"#]
        );
        assert_eq!(of("active_workers"), [r#"controller_runtime_active_workers{controller="fargateprofile"} 1"#]);
        assert_eq!(
            of("reconcile_time_seconds_sum"),
            [r#"controller_runtime_reconcile_time_seconds_sum{controller="fargateprofile"} 4.5"#]
        );
        assert_eq!(
            of("reconcile_total"),
            [
                r#"controller_runtime_reconcile_total{controller="fargateprofile",result="error"} 2"#,
                r#"controller_runtime_reconcile_total{controller="fargateprofile",result="requeue_after"} 0"#,
                r#"controller_runtime_reconcile_total{controller="fargateprofile",result="success"} 1"#,
            ]
        );
    }

    #[test]
    fn calls_to_eks_are_counted_by_operation_and_outcome_and_timed_by_operation() {
        let metrics = Metrics::new("0");
        metrics.eks_call("CreateFargateProfile", CallOutcome::Wait, Duration::from_secs(1));
        metrics.eks_call("CreateFargateProfile", CallOutcome::Ok, Duration::from_secs(2));
        metrics.eks_call("DescribeFargateProfile", CallOutcome::NotFound, Duration::from_secs(4));
        assert_eq!(
            samples(&metrics, "fargate_operator_eks_"),
            [
                r#"fargate_operator_eks_request_duration_seconds_count{operation="CreateFargateProfile"} 2"#,
                r#"fargate_operator_eks_request_duration_seconds_count{operation="DescribeFargateProfile"} 1"#,
                r#"fargate_operator_eks_request_duration_seconds_sum{operation="CreateFargateProfile"} 3.0"#,
                r#"fargate_operator_eks_request_duration_seconds_sum{operation="DescribeFargateProfile"} 4.0"#,
                r#"fargate_operator_eks_requests_total{operation="CreateFargateProfile",outcome="ok"} 1"#,
                r#"fargate_operator_eks_requests_total{operation="CreateFargateProfile",outcome="wait"} 1"#,
                r#"fargate_operator_eks_requests_total{operation="DescribeFargateProfile",outcome="not_found"} 1"#,
            ]
        );
    }

    #[test]
    fn gauges_hold_the_last_number_they_were_given() {
        let metrics = Metrics::new("0");
        metrics.objects(ObjectCounts { ready: 9, reconciling: 9, stalled: 9, deleting: 9 });
        metrics.objects(ObjectCounts { ready: 1, reconciling: 2, stalled: 3, deleting: 4 });
        metrics.in_backoff(5);
        metrics.max_concurrent_reconciles(6);
        metrics.success(1_764_000_001.5);
        let of = |name: &str| samples(&metrics, name).join("\n");
        assert_eq!(
            samples(&metrics, "fargate_operator_profiles"),
            [("deleting", 4), ("ready", 1), ("reconciling", 2), ("stalled", 3)]
                .map(|(state, n)| format!(r#"fargate_operator_profiles{{state="{state}"}} {n}"#))
        );
        assert_eq!(of("fargate_operator_objects_in_backoff"), "fargate_operator_objects_in_backoff 5");
        assert_eq!(
            of("controller_runtime_max"),
            r#"controller_runtime_max_concurrent_reconciles{controller="fargateprofile"} 6"#
        );
        assert_eq!(of("fargate_operator_last"), "fargate_operator_last_success_timestamp_seconds 1764000001.5");
    }

    #[test]
    fn a_replacement_that_takes_hours_still_falls_into_a_bucket() {
        let metrics = Metrics::new("0");
        metrics.became_ready(Duration::from_secs(3 * 3600));
        metrics.deleted(Duration::from_secs(90));
        let text = metrics.render();
        for line in [
            r#"fargate_operator_time_to_ready_seconds_bucket{le="7200.0"} 0"#,
            r#"fargate_operator_time_to_ready_seconds_bucket{le="14400.0"} 1"#,
            r#"fargate_operator_deletion_seconds_bucket{le="60.0"} 0"#,
            r#"fargate_operator_deletion_seconds_bucket{le="120.0"} 1"#,
        ] {
            assert!(text.lines().any(|each| each == line), "{line} is missing in\n{text}");
        }
    }
}

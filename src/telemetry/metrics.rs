//! Metrics for Prometheus. They have controller-runtime's names where the meaning is the same, so dashboards and alerts
//! for other operators work here, and `fargate_operator_…` otherwise. No label contains the name of an object.

mod exposition;
mod instruments;
mod labels;
mod objects;
mod process;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use strum::IntoEnumIterator;

use instruments::{Instruments, unix};
use labels::LabelValue;

pub use exposition::Format;
pub use labels::{CallOutcome, EvictionOutcome, ReconcileResult, ReplacementOutcome, State};
pub use objects::ObjectCounts;

/// Clones share the same numbers.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Instruments>);

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

fn gauge(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;

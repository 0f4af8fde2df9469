//! The operator's page with everything on it, and its series one by one.

use std::collections::BTreeMap;
use std::time::Duration;

use fargate_operator::api::FargateProfile;
use fargate_operator::telemetry::metrics::{CallOutcome, Format, Metrics, ObjectCounts, ReconcileResult};

/// A page on which everything has happened once that is not there from the start.
pub fn touched() -> String {
    let metrics = Metrics::new("0.0.0");
    metrics.leading("fargate-operator", true);
    metrics.reconcile_started();
    metrics.reconcile_finished(ReconcileResult::Error, Duration::from_secs(1));
    metrics.kubernetes_call(Some(200), "GET", "10.0.0.1:443", Duration::from_secs(1));
    metrics.kubernetes_call(Some(503), "GET", "10.0.0.1:443", Duration::from_secs(1));
    metrics.kubernetes_call(None, "GET", "10.0.0.1:443", Duration::from_secs(1));
    metrics.watch_heard("fargateprofiles");
    metrics.aws_call("CreateFargateProfile", CallOutcome::Ok, Duration::from_secs(1));
    metrics.became_ready(Duration::from_secs(1));
    metrics.deleted(Duration::from_secs(1));
    let found = serde_json::json!({ "check": "VpcDns", "severity": "Blocking", "message": "DNS is off" });
    let issue = serde_json::json!({
        "reason": "ImagePull", "pods": 2, "example": "web/web-1", "message": "ErrImagePull", "advice": "check the image",
    });
    let object = serde_json::json!({
        "apiVersion": "fargate-operator.dev/v1alpha1", "kind": "FargateProfile", "metadata": { "name": "web" },
        "spec": { "selectors": [{ "namespace": "web" }] }, "status": { "findings": [found], "podIssues": [issue] },
    });
    let object: FargateProfile = serde_json::from_value(object).unwrap();
    metrics.count_objects_with(move || ObjectCounts::of([&object]));
    metrics.render(Format::Classic)
}

/// One series.
#[derive(Debug)]
pub struct Series {
    pub name: String,
    pub labels: BTreeMap<String, String>,
}

impl Series {
    /// The name in the docs: without what a histogram adds.
    pub fn family(&self) -> &str {
        ["_bucket", "_sum", "_count"].iter().find_map(|suffix| self.name.strip_suffix(suffix)).unwrap_or(&self.name)
    }
}

/// The series of a page in the classic format, whose label values have neither quotes nor commas here.
pub fn series(page: &str) -> Vec<Series> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let each = lines.map(|line| {
        let (series, _value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let pairs = labels.trim_end_matches('}').split(',').filter_map(|pair| pair.split_once('='));
        let labels = pairs.map(|(key, value)| (key.to_owned(), value.trim_matches('"').to_owned())).collect();
        Series { name: name.to_owned(), labels }
    });
    each.collect()
}

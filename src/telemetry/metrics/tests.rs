//! What the page says.

use super::instruments::REVISION;
use super::*;

/// The samples of one metric, without comments and histogram buckets.
fn samples(metrics: &Metrics, name: &str) -> Vec<String> {
    let text = metrics.render(Format::OpenMetrics);
    let mut lines: Vec<_> =
        text.lines().filter(|line| line.starts_with(name) && !line.contains("_bucket{")).map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn everything_that_can_be_known_at_the_start_is_there_at_zero() {
    let metrics = Metrics::new("1.2.3");
    let mut lines = samples(&metrics, "");
    lines.retain(|line| !line.starts_with('#'));
    let (calls, lines): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|line| line.starts_with("fargate_operator_eks_requests_total{"));
    assert_eq!(calls.len(), 29 * 7, "operations and outcomes: {calls:?}");
    assert!(calls.iter().all(|line| line.ends_with(" 0")), "{calls:?}");
    let (process, lines): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.starts_with("process_"));
    assert_eq!(process.len(), 3, "{process:?}");
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
            &format!(r#"fargate_operator_build_info{{version="1.2.3",revision="{REVISION}"}} 1"#),
            "fargate_operator_deletion_seconds_count 0",
            "fargate_operator_deletion_seconds_sum 0.0",
            r#"fargate_operator_evictions_total{outcome="blocked"} 0"#,
            r#"fargate_operator_evictions_total{outcome="error"} 0"#,
            r#"fargate_operator_evictions_total{outcome="evicted"} 0"#,
            r#"fargate_operator_evictions_total{outcome="outdated"} 0"#,
            r#"fargate_operator_evictions_total{outcome="refused"} 0"#,
            "fargate_operator_last_success_timestamp_seconds 0.0",
            "fargate_operator_longest_wait_seconds 0.0",
            "fargate_operator_objects 0",
            "fargate_operator_objects_in_backoff 0",
            r#"fargate_operator_profiles{state="awaiting_approval"} 0"#,
            r#"fargate_operator_profiles{state="deleting"} 0"#,
            r#"fargate_operator_profiles{state="drain_held"} 0"#,
            r#"fargate_operator_profiles{state="ready"} 0"#,
            r#"fargate_operator_profiles{state="reconciling"} 0"#,
            r#"fargate_operator_profiles{state="stalled"} 0"#,
            r#"fargate_operator_profiles{state="suspended"} 0"#,
            r#"fargate_operator_profiles{state="unavailable"} 0"#,
            r#"fargate_operator_profiles{state="waiting"} 0"#,
            r#"fargate_operator_replacements_total{outcome="completed"} 0"#,
            r#"fargate_operator_replacements_total{outcome="failed"} 0"#,
            r#"fargate_operator_replacements_total{outcome="withdrawn"} 0"#,
            "fargate_operator_time_to_ready_seconds_count 0",
            "fargate_operator_time_to_ready_seconds_sum 0.0",
            "fargate_operator_unreadable_objects 0",
        ]
    );
    assert!(metrics.render(Format::OpenMetrics).ends_with("# EOF\n"));
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
    metrics.aws_call("CreateFargateProfile", CallOutcome::Wait, Duration::from_secs(1));
    metrics.aws_call("CreateFargateProfile", CallOutcome::Ok, Duration::from_secs(2));
    metrics.aws_call("DescribeFargateProfile", CallOutcome::NotFound, Duration::from_secs(4));
    assert_eq!(
        samples(&metrics, "fargate_operator_eks_").into_iter().filter(|line| !line.ends_with(" 0")).collect::<Vec<_>>(),
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
    metrics.in_backoff(5);
    metrics.max_concurrent_reconciles(6);
    metrics.success(1_764_000_001.5);
    let of = |name: &str| samples(&metrics, name).join("\n");
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
    let text = metrics.render(Format::OpenMetrics);
    for line in [
        r#"fargate_operator_time_to_ready_seconds_bucket{le="7200.0"} 0"#,
        r#"fargate_operator_time_to_ready_seconds_bucket{le="14400.0"} 1"#,
        r#"fargate_operator_deletion_seconds_bucket{le="60.0"} 0"#,
        r#"fargate_operator_deletion_seconds_bucket{le="120.0"} 1"#,
    ] {
        assert!(text.lines().any(|each| each == line), "{line} is missing in\n{text}");
    }
}

#[test]
fn the_objects_are_counted_when_the_page_is_read_and_a_wait_grows_in_between() {
    let metrics = Metrics::new("0");
    let waiting = Arc::new(std::sync::atomic::AtomicUsize::new(1));
    let seen = waiting.clone();
    metrics.count_objects_with(move || {
        let n = seen.load(std::sync::atomic::Ordering::Relaxed);
        let since = Timestamp::now() - jiff::SignedDuration::from_secs(60);
        let states = [(State::Waiting, n)].into();
        ObjectCounts { objects: n, states, waiting_since: (n > 0).then_some(since), ..ObjectCounts::default() }
    });
    let wait = || {
        let line = samples(&metrics, "fargate_operator_longest_wait_seconds").join("");
        line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
    };
    assert!((60.0..90.0).contains(&wait()), "{}", wait());
    assert_eq!(
        samples(&metrics, r#"fargate_operator_profiles{state="waiting"}"#),
        [r#"fargate_operator_profiles{state="waiting"} 1"#]
    );
    waiting.store(0, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(wait(), 0.0);
    assert_eq!(samples(&metrics, "fargate_operator_objects "), ["fargate_operator_objects 0"]);
}

#[test]
fn one_replica_says_that_it_leads() {
    let metrics = Metrics::new("0");
    let status = || samples(&metrics, "leader_election_master_status").join("");
    metrics.leading("fargate-operator", false);
    assert_eq!(status(), r#"leader_election_master_status{name="fargate-operator"} 0"#);
    metrics.leading("fargate-operator", true);
    assert_eq!(status(), r#"leader_election_master_status{name="fargate-operator"} 1"#);
}

#[test]
fn a_request_without_an_answer_counts_as_an_error() {
    let metrics = Metrics::new("0");
    metrics.kubernetes_call(Some(200), "GET", "10.0.0.1:443", Duration::from_secs(1));
    metrics.kubernetes_call(None, "GET", "10.0.0.1:443", Duration::from_secs(2));
    assert_eq!(
        samples(&metrics, "rest_client_"),
        [
            r#"rest_client_request_duration_seconds_count{verb="GET",host="10.0.0.1:443"} 2"#,
            r#"rest_client_request_duration_seconds_sum{verb="GET",host="10.0.0.1:443"} 3.0"#,
            r#"rest_client_requests_total{code="200",method="GET",host="10.0.0.1:443"} 1"#,
            r#"rest_client_requests_total{code="<error>",method="GET",host="10.0.0.1:443"} 1"#,
        ]
    );
}

#[test]
fn every_call_that_the_client_makes_is_there_at_zero() {
    let eks = include_str!("../../eks/client.rs");
    let (ec2, iam) = (include_str!("../../ec2/client.rs"), include_str!("../../iam/client.rs"));
    let reads = [ec2, iam, include_str!("../../quotas/client.rs")].concat();
    let word = |rest: &'static str| rest.split('"').next();
    let mut calls: std::collections::BTreeSet<_> = eks.split("self.call(\"").skip(1).filter_map(word).collect();
    let reads: &'static str = reads.leak();
    let services = ["\"ec2:", "\"iam:", "\"servicequotas:"];
    calls.extend(services.into_iter().flat_map(|service| reads.split(service).skip(1).filter_map(word)));
    assert_eq!(calls, labels::OPERATIONS.into());
}

#[test]
fn what_became_of_a_replacement_is_read_from_two_statuses() {
    use crate::api::FargateProfileStatus;
    let status = |phase: Option<&str>, failed: Option<i64>| -> FargateProfileStatus {
        let replacement =
            phase.map(|phase| serde_json::json!({ "from": "a", "phase": phase, "startedAt": "2026-01-01T00:00:00Z" }));
        serde_json::from_value(serde_json::json!({ "replacement": replacement, "failedGeneration": failed })).unwrap()
    };
    let none = status(None, None);
    let between = |old: &FargateProfileStatus, new: &FargateProfileStatus| ReplacementOutcome::between(Some(old), new);
    assert_eq!(between(&status(Some("Deleting"), None), &none), Some(ReplacementOutcome::Completed));
    assert_eq!(between(&status(Some("AwaitingApproval"), None), &none), Some(ReplacementOutcome::Withdrawn));
    assert_eq!(
        between(&status(Some("Probing"), None), &status(Some("RollingBack"), Some(2))),
        Some(ReplacementOutcome::Failed)
    );
    assert_eq!(between(&status(Some("RollingBack"), Some(2)), &status(None, Some(2))), None, "told before");
    assert_eq!(between(&status(Some("Draining"), None), &status(Some("Deleting"), None)), None);
    assert_eq!(between(&none, &none), None);
    assert_eq!(ReplacementOutcome::between(None, &none), None);
}

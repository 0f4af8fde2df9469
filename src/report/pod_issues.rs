//! What keeps the pods of an object's EKS profiles from working, gathered by cause: `status.podIssues`.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::PodIssueRecord;
use crate::intervals::Intervals;
use crate::message::message;
use crate::placement::{Issue, IssueCause, Logging, Place, Pod};
use crate::state::{Facts, Pods, Snapshot};
use crate::time::seconds;

/// What keeps one pod from working.
struct Held<'a> {
    pod: &'a Pod,
    message: String,
    since: Timestamp,
}

/// A container that has run for so long after its last end is well: the kubelet forgets its back-off then (Kubernetes
/// documentation, Pod Lifecycle).
const WELL_AFTER: Duration = Duration::from_secs(600);

/// The list in status. There are fewer causes than a status has room for.
pub(super) fn of(facts: &Facts<'_>, intervals: &Intervals) -> Vec<PodIssueRecord> {
    let snapshot = facts.snapshot;
    let old = &snapshot.status.pod_issues;
    let pods = match &snapshot.pods {
        Pods::Known(pods) => pods,
        Pods::Unknown(why) if why.transient => return old.clone(),
        Pods::Unknown(_) => return Vec::new(),
    };
    // It follows at the pace of the counts.
    if !snapshot.counts_due && snapshot.status.pods.is_some() {
        return old.clone();
    }
    // Most pods have nothing to tell, and whose they are is the dearer question.
    let wants_logs = pods.iter().any(|pod| pod.logging == Logging::Enabled && facts.is_for(pod));
    let mut by_cause: BTreeMap<IssueCause, Vec<Held<'_>>> = BTreeMap::new();
    for pod in pods.iter().map(AsRef::as_ref).filter(|pod| !pod.terminating && !pod.gated && is_awaited(pod)) {
        let Some((cause, held)) = held(pod, snapshot, wants_logs) else { continue };
        let has_lasted = snapshot.since(held.since) >= patience(cause, snapshot.progress, intervals);
        if has_lasted && facts.is_for(pod) {
            by_cause.entry(cause).or_default().push(held);
        }
    }
    let mut records: Vec<PodIssueRecord> =
        by_cause.into_iter().filter_map(|(cause, held)| record(cause, &held, old)).collect();
    // A stable sort: of equally many pods, the graver cause comes first.
    records.sort_by_key(|record| std::cmp::Reverse(record.pods));
    records
}

/// Whether the pod is to run on Fargate and has not ended.
fn is_awaited(pod: &Pod) -> bool {
    match pod.place() {
        Place::Fargate | Place::Pending => true,
        Place::Elsewhere | Place::Uncounted => false,
    }
}

fn held<'a>(pod: &'a Pod, snapshot: &Snapshot, wants_logs: bool) -> Option<(IssueCause, Held<'a>)> {
    let held = |cause, message, since: Option<Timestamp>| {
        Some((cause, Held { pod, message, since: since.unwrap_or(pod.created) }))
    };
    let is_over = |issue: &&Issue| issue.ended.is_some_and(|ended| snapshot.since(ended) >= WELL_AFTER);
    if let Some(issue) = pod.issue.as_ref().filter(|issue| !is_over(issue)) {
        return held(issue.cause, issue.message.clone(), issue.since);
    }
    if let Some(since) = pod.unscheduled_since {
        return held(IssueCause::NothingSaid, message!("its scheduler does not say why it has no node"), Some(since));
    }
    if !pod.ready {
        return held(IssueCause::NotReady, message!("its containers are still being made"), None);
    }
    match &pod.logging {
        Logging::Disabled(said) => held(IssueCause::LoggingDisabled, said.clone(), None),
        Logging::NotConfigured if wants_logs => {
            held(IssueCause::LoggingDisabled, message!("other pods of the profile send logs, this one does not"), None)
        }
        Logging::NotConfigured | Logging::Enabled | Logging::Unknown => None,
    }
}

/// How long it has to last. Fargate says some things that pass by themselves, such as of a claim that is about to be bound.
fn patience(cause: IssueCause, progress: Duration, intervals: &Intervals) -> Duration {
    if cause.is_vague() { progress } else { intervals.pod_issue_after }
}

fn record(cause: IssueCause, held: &[Held<'_>], old: &[PodIssueRecord]) -> Option<PodIssueRecord> {
    let newest = held.iter().max_by_key(|held| (held.pod.created, held.pod.path()))?;
    let pods = u32::try_from(held.len()).unwrap_or(u32::MAX);
    // While the pods are the same, the first of the texts that change with every try stays.
    let before = old.iter().find(|record| record.reason == cause.name() && record.pods == pods && cause.is_retried());
    let same = before.filter(|record| held.iter().any(|held| held.pod.path() == record.example));
    let since = held.iter().map(|held| held.since).min().map(|since| Time(seconds(since)));
    Some(match same {
        Some(same) => PodIssueRecord { since, advice: cause.advice(), ..same.clone() },
        None => PodIssueRecord {
            reason: cause.name().to_owned(),
            pods,
            example: newest.pod.path(),
            message: newest.message.clone(),
            advice: cause.advice(),
            since,
        },
    })
}

//! What keeps the pods of an object's EKS profiles from working, gathered by cause: `status.podIssues`.

mod advice;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use self::advice::advice;
use crate::api::PodIssueRecord;
use crate::intervals::Intervals;
use crate::message::message;
use crate::placement::{IssueCause, Logging, Place, Pod};
use crate::state::{Facts, Pods};
use crate::time::seconds;

/// What keeps one pod from working.
struct Held<'a> {
    pod: &'a Pod,
    message: String,
    since: Timestamp,
}

/// The list in status. There are fewer causes than a status has room for.
pub(super) fn of(facts: &Facts<'_>, intervals: &Intervals) -> Vec<PodIssueRecord> {
    let snapshot = facts.snapshot;
    let old = &snapshot.status.pod_issues;
    // It follows at the pace of the counts. What is not known at the moment stays.
    let Pods::Known(pods) = &snapshot.pods else { return old.clone() };
    if !snapshot.counts_due && snapshot.status.pods.is_some() {
        return old.clone();
    }
    let is_ours = |pod: &&Pod| !pod.terminating && !pod.gated && is_awaited(pod) && facts.is_for(pod);
    let ours: Vec<&Pod> = pods.iter().map(AsRef::as_ref).filter(is_ours).collect();
    let has_logs = ours.iter().any(|pod| pod.logging == Logging::Enabled);
    let mut by_cause: BTreeMap<IssueCause, Vec<Held<'_>>> = BTreeMap::new();
    for pod in ours {
        let Some((cause, held)) = held(pod, has_logs) else { continue };
        if snapshot.since(held.since) >= patience(cause, snapshot.progress, intervals) {
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

fn held(pod: &Pod, has_logs: bool) -> Option<(IssueCause, Held<'_>)> {
    let held = |cause, message, since: Option<Timestamp>| {
        Some((cause, Held { pod, message, since: since.unwrap_or(pod.created) }))
    };
    if let Some(issue) = &pod.issue {
        return held(issue.cause, issue.message.clone(), issue.since);
    }
    match pod.unscheduled_since {
        Some(since) => {
            held(IssueCause::NothingSaid, message!("its scheduler does not say why it has no node"), Some(since))
        }
        None if !pod.ready => held(IssueCause::NotReady, message!("its containers are still being made"), None),
        None if has_logs && pod.logging == Logging::NotConfigured => {
            held(IssueCause::LoggingDisabled, message!("other pods of the profile send logs, this one does not"), None)
        }
        None => None,
    }
}

/// How long it has to last. Fargate says some things that pass by themselves, such as of a claim that is about to be bound.
fn patience(cause: IssueCause, progress: Duration, intervals: &Intervals) -> Duration {
    if cause.is_vague() { progress } else { intervals.pod_issue_after }
}

fn record(cause: IssueCause, held: &[Held<'_>], old: &[PodIssueRecord]) -> Option<PodIssueRecord> {
    let newest = held.iter().max_by_key(|held| (held.pod.created, held.pod.path()))?;
    let pods = u32::try_from(held.len()).unwrap_or(u32::MAX);
    let before = old.iter().find(|record| record.reason == cause.name() && record.pods == pods);
    // Some texts change with every try, such as those of a back-off. While the pods are the same, the first one stays.
    let same = before.filter(|record| held.iter().any(|held| held.pod.path() == record.example));
    let since = held.iter().map(|held| held.since).min().map(|since| Time(seconds(since)));
    Some(match same {
        Some(same) => PodIssueRecord { since, advice: advice(cause), ..same.clone() },
        None => PodIssueRecord {
            reason: cause.name().to_owned(),
            pods,
            example: newest.pod.path(),
            message: newest.message.clone(),
            advice: advice(cause),
            since,
        },
    })
}

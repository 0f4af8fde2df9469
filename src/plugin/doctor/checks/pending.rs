//! Pods that EKS has taken for a Fargate profile and that do not start, by cause.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::super::gather::Read;
use super::super::line::{Check, Line};
use super::count;
use crate::intervals::Intervals;
use crate::placement::{IssueCause, Pod, gist};

const CHECK: Check = Check("pending-pods", "pods of Fargate");

pub(super) fn lines(read: &Read<Vec<Pod>>, at: Timestamp, intervals: &Intervals) -> Vec<Line> {
    CHECK.of(read, |pods| {
        let mut by_cause: BTreeMap<IssueCause, Vec<(&Pod, String)>> = BTreeMap::new();
        for pod in pods.iter().filter(|pod| !pod.terminating && !pod.gated) {
            let (cause, message, since) = issue(pod);
            let lasts = Duration::try_from(at.duration_since(since)).unwrap_or_default();
            // As status.podIssues counts them.
            let patience = if cause.is_vague() { intervals.progress_deadline } else { intervals.pod_issue_after };
            if lasts >= patience {
                by_cause.entry(cause).or_default().push((pod, message));
            }
        }
        if by_cause.is_empty() {
            return vec![CHECK.ok(match pods.len() {
                0 => "none is Pending".to_owned(),
                pending => format!("{} Pending, none for long", count(pending, "pod")),
            })];
        }
        by_cause.into_iter().filter_map(|(cause, held)| line(cause, &held)).collect()
    })
}

/// What keeps the pod from running, and since when. If nothing is reported, it has no node yet, or its containers are being created.
fn issue(pod: &Pod) -> (IssueCause, String, Timestamp) {
    match (&pod.issue, pod.unscheduled_since) {
        (Some(issue), _) => (issue.cause, gist(&issue.message).to_owned(), issue.since.unwrap_or(pod.created)),
        (None, Some(since)) => (IssueCause::NothingSaid, "nobody says why it has no node".to_owned(), since),
        (None, None) => (IssueCause::NotReady, "its containers are still being made".to_owned(), pod.created),
    }
}

fn line(cause: IssueCause, held: &[(&Pod, String)]) -> Option<Line> {
    let (example, message) = held.iter().max_by_key(|(pod, _)| (pod.created, pod.path()))?;
    let detail = format!("{}: {}, such as {}: {message}", cause.name(), count(held.len(), "pod"), example.path());
    Some(CHECK.fail(detail).about("pods of Fargate that do not start").cure(cause.advice()))
}

#[cfg(test)]
mod tests {
    use super::super::super::line::Level::{Fail, Ok as Good};
    use super::*;
    use crate::intervals::DEFAULTS;
    use crate::placement::Issue;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn pod(name: &str, cause: Option<IssueCause>) -> Pod {
        let message =
            "Misconfigured Fargate Profile: fargate profile web blocked for new launches due to: no role".into();
        let issue = cause.map(|cause| Issue { cause, message, since: Some(at(0)), ended: None });
        Pod { namespace: "web".into(), name: name.into(), issue, unscheduled_since: Some(at(0)), ..Pod::default() }
    }

    #[test]
    fn a_pod_counts_when_it_has_lasted() {
        let said = pod("a", Some(IssueCause::RoleNotAssumable));
        for (pods, minute, level) in [
            (vec![], 60, Good),
            (vec![said.clone()], 1, Good),
            (vec![said.clone()], 2, Fail),
            (vec![pod("b", None)], 9, Good),
            (vec![pod("b", None)], 10, Fail),
            (vec![Pod { terminating: true, ..said.clone() }], 60, Good),
            (vec![Pod { gated: true, ..said.clone() }], 60, Good),
        ] {
            let told = lines(&Ok(pods.clone()), at(minute), &DEFAULTS);
            assert_eq!((told.len(), told[0].level), (1, level), "{pods:?} after {minute}");
        }
    }

    #[test]
    fn pods_with_the_same_cause_are_one_line() {
        let cause = Some(IssueCause::RoleNotAssumable);
        let told = lines(&Ok(vec![pod("a", cause), pod("b", cause), pod("c", None)]), at(60), &DEFAULTS);
        assert_eq!(told[0].detail, "RoleNotAssumable: 2 pods, such as web/b: no role");
        assert!(told[1].detail.starts_with("NothingSaid: 1 pod, such as web/c"), "{told:?}");
    }
}

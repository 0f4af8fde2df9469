//! What keeps pods from working, gathered by cause.

use std::collections::BTreeSet;
use std::slice;

use strum::IntoEnumIterator;

use super::{INTERVALS, of};
use crate::act::Outcome;
use crate::api::{FargateProfileStatus, PodIssueRecord, Reason};
use crate::eks::ProfileStatus::Active;
use crate::placement::{Issue, IssueCause, Logging, Pod, PodPhase};
use crate::report::Notice;
use crate::state::fixture::{known, on, outdated, owned, selecting, wall, with};
use crate::state::{Pods, PodsUnavailable, Snapshot};

const PAGE: &str = include_str!("../../../docs/pods.md");

/// A settled object with these pods.
fn settled(pods: &[Pod]) -> Snapshot {
    let mut snapshot = with(&[owned("web-9999", Active)]);
    snapshot.pods = known(pods);
    snapshot
}

/// A pod on Fargate that has not worked for so many seconds.
fn held(name: &str, cause: IssueCause, message: &str, seconds: i64) -> Pod {
    let issue = Issue { cause, message: message.into(), since: Some(wall(-seconds)), ended: None };
    Pod { ready: false, issue: Some(issue), ..on("web-9999", "web", name) }
}

fn status(snapshot: &Snapshot) -> FargateProfileStatus {
    of(snapshot, &Outcome::Rested).status
}

/// Reasons and numbers of pods.
fn issues(snapshot: &Snapshot) -> Vec<(String, u32)> {
    status(snapshot).pod_issues.into_iter().map(|issue| (issue.reason, issue.pods)).collect()
}

fn only(snapshot: &Snapshot) -> PodIssueRecord {
    let [issue] = <[_; 1]>::try_from(status(snapshot).pod_issues).unwrap();
    issue
}

/// The events of pods after another pass.
fn again(snapshot: &mut Snapshot) -> Vec<String> {
    let report = of(snapshot, &Outcome::Rested);
    snapshot.status = report.status;
    let is_of_pods = |notice: &Notice| notice.reason == Reason::PodsNotWorking;
    report.notices.into_iter().filter(is_of_pods).map(|notice| notice.note).collect()
}

#[test]
fn each_cause_has_its_count_its_newest_pod_and_a_way_out() {
    for cause in IssueCause::iter() {
        let old = held("web-1", cause, "said of the first", 900);
        let new = Pod { created: wall(-800), ..held("web-2", cause, "said of the second", 800) };
        let issue = only(&settled(&[old, new]));
        assert_eq!((issue.reason.as_str(), issue.pods), (cause.name(), 2));
        assert_eq!((issue.example.as_str(), issue.message.as_str()), ("web/web-2", "said of the second"));
        assert_eq!(issue.since.unwrap().0, wall(-900));
        assert!((10..=200).contains(&issue.advice.len()), "{}", issue.advice);
    }
}

#[test]
fn every_cause_has_a_row_in_the_docs() {
    let rows: BTreeSet<&str> =
        PAGE.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | ")).map(|(name, _)| name).collect();
    for cause in IssueCause::iter() {
        assert!(rows.contains(cause.name()), "{}", cause.name());
    }
}

#[test]
fn what_is_told_has_lasted_for_a_while() {
    let told = |cause, seconds| !issues(&settled(&[held("web-1", cause, "said", seconds)])).is_empty();
    assert!(!told(IssueCause::CapacityUnavailable, 119));
    assert!(told(IssueCause::CapacityUnavailable, 120));
    // Nothing says that anything is wrong.
    assert!(!told(IssueCause::NotReady, 599));
    assert!(told(IssueCause::NotReady, 600));
    assert_eq!(INTERVALS.pod_issue_after.as_secs(), 120);
}

#[test]
fn a_pod_of_which_nothing_is_said_is_told_too_when_it_has_lasted() {
    let node = Pod { ready: false, created: wall(-700), ..on("web-9999", "web", "made") };
    let unscheduled = Pod {
        node: None,
        phase: PodPhase::Pending,
        unscheduled_since: Some(wall(-700)),
        ..Pod { ready: false, ..on("web-9999", "web", "silent") }
    };
    assert_eq!(issues(&settled(slice::from_ref(&node))), [("NotReady".to_owned(), 1)]);
    assert_eq!(issues(&settled(slice::from_ref(&unscheduled))), [("NothingSaid".to_owned(), 1)]);
    let young = [
        Pod { created: wall(-500), ..node },
        Pod { created: wall(-500), unscheduled_since: Some(wall(-500)), ..unscheduled },
    ];
    assert_eq!(issues(&settled(&young)), []);
}

#[test]
fn pods_that_are_not_awaited_on_fargate_by_this_object_are_no_concern() {
    let pod = || held("web-1", IssueCause::ImagePull, "said", 900);
    let on_ec2 =
        Pod { node: Some("ip-10-0-0-1".into()), labels: [].into(), scheduler: "default-scheduler".into(), ..pod() };
    for other in [
        Pod { terminating: true, ..pod() },
        Pod { phase: PodPhase::Ended, ..pod() },
        Pod { namespace: "shop".into(), ..pod() },
        Pod { gated: true, node: None, ..pod() },
        on_ec2,
        Pod { issue: None, ready: true, ..pod() },
    ] {
        assert_eq!(issues(&settled(slice::from_ref(&other))), [], "{other:?}");
    }
}

#[test]
fn missing_logs_count_only_where_logs_are_wanted_and_pods_work() {
    let pod = |name: &str, logging| Pod { logging, ..on("web-9999", "web", name) };
    let without = pod("web-1", Logging::NotConfigured);
    assert_eq!(issues(&settled(&[without.clone(), pod("web-2", Logging::NotConfigured)])), []);
    let elsewhere = Pod { namespace: "shop".into(), ..pod("shop-1", Logging::Enabled) };
    assert_eq!(issues(&settled(&[without.clone(), elsewhere])), []);
    let mixed = settled(&[without, pod("web-2", Logging::Enabled)]);
    let issue = only(&mixed);
    assert_eq!((issue.reason.as_str(), issue.example.as_str()), ("LoggingDisabled", "web/web-1"));
    // Its pods serve.
    assert_eq!(status(&mixed).reason.as_deref(), Some("Active"));
    let refused = || pod("web-1", Logging::Disabled("LoggingDisabled: LOGGING_CONFIGMAP_INVALID".into()));
    assert_eq!(only(&settled(&[refused()])).message, "LoggingDisabled: LOGGING_CONFIGMAP_INVALID");
    let unready = Pod { ready: false, ..refused() };
    assert_eq!(issues(&settled(&[unready])), [("NotReady".to_owned(), 1)]);
}

#[test]
fn a_container_that_ends_again_and_again_makes_one_event_though_its_pod_is_ready_in_between() {
    let crashing = |ready: bool, ended: i64| {
        let issue = Issue {
            cause: IssueCause::CrashLoop,
            message: "Error: exit code 1".into(),
            since: None,
            ended: Some(wall(-ended)),
        };
        Pod { ready, issue: Some(issue), ..on("web-9999", "web", "web-1") }
    };
    let mut snapshot = settled(&[crashing(false, 10)]);
    assert_eq!(again(&mut snapshot), ["CrashLoop: pod web/web-1: Error: exit code 1"]);
    for (ready, ended) in [(true, 300), (false, 1), (true, 599)] {
        snapshot.pods = known(&[crashing(ready, ended)]);
        assert_eq!(again(&mut snapshot), [""; 0]);
        assert_eq!(issues(&snapshot), [("CrashLoop".to_owned(), 1)], "{ready} {ended}");
    }
    // The kubelet forgets its back-off after ten minutes.
    snapshot.pods = known(&[crashing(true, 600)]);
    assert_eq!(issues(&snapshot), []);
    snapshot.pods = known(&[crashing(false, 600)]);
    assert_eq!(issues(&snapshot), [("NotReady".to_owned(), 1)]);
}

#[test]
fn where_all_is_well_but_pods_do_not_work_the_reason_is_why() {
    let many = |n: usize, cause| (0..n).map(move |i| held(&format!("{cause:?}-{i}"), cause, "said", 900));
    let pods: Vec<Pod> = many(2, IssueCause::ImagePull).chain(many(3, IssueCause::CrashLoop)).collect();
    let snapshot = settled(&pods);
    assert_eq!(issues(&snapshot), [("CrashLoop".to_owned(), 3), ("ImagePull".to_owned(), 2)]);
    assert_eq!(status(&snapshot).reason.as_deref(), Some("CrashLoop"));
    // What is under way comes first.
    let mut moving = settled(&pods);
    moving.profiles.push(outdated("web-99999", Active));
    assert_ne!(status(&moving).reason.as_deref(), Some("CrashLoop"));
}

#[test]
fn each_cause_makes_one_event_when_it_comes_up() {
    let mut snapshot = settled(&[held("web-1", IssueCause::ImagePull, "ErrImagePull: no route", 900)]);
    assert_eq!(again(&mut snapshot), ["ImagePull: pod web/web-1: ErrImagePull: no route"]);
    assert_eq!(again(&mut snapshot), [""; 0]);
    let quota = |name: &str| held(name, IssueCause::FargateQuota, "the limit", 900);
    snapshot.pods = known(&[held("web-3", IssueCause::ImagePull, "another", 900), quota("web-1"), quota("web-2")]);
    assert_eq!(again(&mut snapshot), ["FargateQuota: 2 pods such as web/web-2: the limit"]);
}

#[test]
fn while_the_pods_are_the_same_a_text_that_changes_with_every_try_is_not_written_again() {
    let back_off = |seconds: u32| {
        settled(&[held("web-1", IssueCause::CrashLoop, &format!("CrashLoopBackOff: back-off {seconds}s"), 900)])
    };
    let mut snapshot = back_off(10);
    again(&mut snapshot);
    snapshot.pods = back_off(20).pods;
    assert_eq!(only(&snapshot).message, "CrashLoopBackOff: back-off 10s");
    snapshot.pods = known(&[held("web-2", IssueCause::CrashLoop, "CrashLoopBackOff: back-off 40s", 900)]);
    assert_eq!(only(&snapshot).message, "CrashLoopBackOff: back-off 40s");
    // Other words of a scheduler are other news.
    for said in ["no room in a", "no room in b"] {
        snapshot.pods = known(&[held("web-1", IssueCause::NotScheduled, said, 900)]);
        again(&mut snapshot);
        assert_eq!(only(&snapshot).message, said);
    }
}

#[test]
fn it_follows_at_the_pace_of_the_counts_and_stays_while_pods_are_out_of_sight_for_a_moment() {
    let mut snapshot = settled(&[held("web-1", IssueCause::ImagePull, "said", 900)]);
    again(&mut snapshot);
    let told = [("ImagePull".to_owned(), 1)];
    snapshot.pods = Pods::Unknown(PodsUnavailable::transient("the watch broke"));
    assert_eq!(issues(&snapshot), told);
    snapshot.pods = known(&[]);
    snapshot.counts_due = false;
    assert_eq!(issues(&snapshot), told);
    snapshot.counts_due = true;
    assert_eq!(issues(&snapshot), []);
    snapshot.pods = Pods::Unknown(PodsUnavailable::lasting("the operator may not list pods"));
    assert_eq!(issues(&snapshot), []);
}

#[test]
fn a_thousand_pods_in_thirty_namespaces_leave_a_short_status() {
    let causes: Vec<IssueCause> = IssueCause::iter().collect();
    let pods: Vec<Pod> = (0..1000)
        .map(|n| {
            let cause = causes[n % causes.len()];
            let pod = held(&format!("{}-{n}", "p".repeat(240)), cause, &"x".repeat(200), 900);
            Pod { namespace: format!("{}{}", "n".repeat(60), n % 30), ..pod }
        })
        .collect();
    let mut snapshot = settled(&pods);
    let namespaces: Vec<String> = (0..30).map(|n| format!("{}{n}", "n".repeat(60))).collect();
    snapshot.spec = selecting(&namespaces.iter().map(String::as_str).collect::<Vec<_>>());
    snapshot.profiles[0].selectors = crate::state::fixture::selectors("*");
    let issues = status(&snapshot).pod_issues;
    assert_eq!(issues.len(), causes.len());
    assert_eq!(issues.iter().map(|issue| issue.pods).sum::<u32>(), 1000);
    let length = serde_json::to_string(&issues).unwrap().len();
    assert!(length < 20_000, "{length}");
}

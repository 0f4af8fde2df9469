//! `PrerequisitesMet`, `status.findings` and their events.

use super::{of, said};
use crate::act::Outcome;
use crate::api::{ConditionType, FargateProfileStatus, Prerequisites};
use crate::eks::ProfileStatus::Active;
use crate::prerequisites::{Check, Finding, Severity};
use crate::report::Report;
use crate::state::Snapshot;
use crate::state::fixture::{known, owned, prepared, selecting, with};

fn finding(severity: Severity, message: &str) -> Finding {
    Finding { severity, check: Check::WayOut, message: message.to_owned() }
}

fn met(status: &FargateProfileStatus) -> (String, String, String) {
    let found = ConditionType::PrerequisitesMet.find(&status.conditions).unwrap();
    (found.status.clone(), found.reason.clone(), found.message.clone())
}

fn told(snapshot: &Snapshot) -> (String, String, String) {
    met(&of(snapshot, &Outcome::Rested).status)
}

fn settled(findings: Option<Vec<Finding>>) -> Snapshot {
    let mut snapshot = with(&[owned("web-9999", Active)]);
    snapshot.findings = findings;
    snapshot
}

fn events(report: &Report) -> Vec<&'static str> {
    report.notices.iter().map(|notice| notice.reason.name()).filter(|name| name.starts_with("Prerequisites")).collect()
}

#[test]
fn the_condition_tells_the_worst_of_what_was_found() {
    let of = |status: &str, reason: &str, message: &str| (status.to_owned(), reason.to_owned(), message.to_owned());
    let (blocks, advises, unknown) =
        (finding(Severity::Blocking, "a"), finding(Severity::Advisory, "b"), finding(Severity::Unknown, "c"));
    let rows = [
        (vec![], of("True", "PrerequisitesMet", "nothing is known to be missing")),
        (vec![advises.clone()], of("True", "PrerequisitesMet", "b")),
        (vec![advises.clone(), unknown.clone()], of("Unknown", "PrerequisitesUnknown", "c")),
        (vec![blocks.clone(), advises, unknown], of("False", "PrerequisitesNotMet", "a")),
        (vec![blocks.clone(), blocks], of("False", "PrerequisitesNotMet", "a (1 more in status.findings)")),
    ];
    for (findings, expected) in rows {
        assert_eq!(told(&settled(Some(findings))), expected);
    }
    assert_eq!(told(&settled(None)), of("Unknown", "PrerequisitesUnknown", "not checked yet"));
    let mut ignored = settled(None);
    ignored.spec.prerequisites = Some(Prerequisites::Ignore);
    assert_eq!(told(&ignored).1, "PrerequisitesUnknown");
}

#[test]
fn what_is_not_known_at_the_moment_stays_as_it_was() {
    let mut snapshot = settled(Some(vec![finding(Severity::Blocking, "a")]));
    snapshot.status = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(snapshot.status.findings.len(), 1);
    snapshot.findings = None;
    let later = of(&snapshot, &Outcome::Rested).status;
    assert_eq!((later.findings.len(), met(&later).0.as_str()), (1, "False"));
}

#[test]
fn of_many_findings_the_first_twenty_are_in_status() {
    let many = (0..30).map(|n| finding(Severity::Advisory, &n.to_string())).collect();
    assert_eq!(of(&settled(Some(many)), &Outcome::Rested).status.findings.len(), 20);
}

#[test]
fn an_event_tells_when_something_is_missing_and_when_it_is_there_and_none_in_between() {
    let mut snapshot = settled(Some(vec![finding(Severity::Blocking, "a")]));
    for (findings, expected) in [
        (vec![finding(Severity::Blocking, "a")], vec!["PrerequisitesNotMet"]),
        (vec![finding(Severity::Blocking, "a")], vec![]),
        (vec![finding(Severity::Blocking, "b")], vec!["PrerequisitesNotMet"]),
        (vec![finding(Severity::Advisory, "c")], vec!["PrerequisitesMet"]),
        (vec![], vec![]),
    ] {
        snapshot.findings = Some(findings);
        let report = of(&snapshot, &Outcome::Rested);
        assert_eq!(events(&report), expected);
        snapshot.status = report.status;
    }
}

/// The passes of its first second: the finalizer, after which the object is another one, the record of the cluster, and the wait.
#[test]
fn a_new_object_that_is_held_has_one_event() {
    let mut snapshot = prepared();
    snapshot.object.has_finalizer = false;
    snapshot.status = FargateProfileStatus::default();
    snapshot.findings = Some(vec![finding(Severity::Blocking, "no way out")]);
    let first = of(&snapshot, &Outcome::Done);
    assert_eq!(first.notices, []);
    snapshot.object.has_finalizer = true;
    let mut told = Vec::new();
    for _ in 0..3 {
        let report = of(&snapshot, &Outcome::Rested);
        told.extend(events(&report));
        snapshot.status = report.status;
    }
    assert!(said(&snapshot.status).contains("Stalled=True/PrerequisitesNotMet"));
    assert_eq!(told, ["PrerequisitesNotMet"]);
}

#[test]
fn an_edit_that_is_held_by_what_was_missing_before_has_an_event_of_its_own() {
    let mut snapshot = settled(Some(vec![finding(Severity::Blocking, "no way out")]));
    assert_eq!(events(&of(&snapshot, &Outcome::Rested)), ["PrerequisitesNotMet"]);
    snapshot.status = of(&snapshot, &Outcome::Rested).status;
    snapshot.object.generation += 1;
    snapshot.spec.selectors = selecting(&["shop"]).selectors;
    let report = of(&snapshot, &Outcome::Rested);
    assert!(said(&report.status).contains("Stalled=True/PrerequisitesNotMet"));
    assert_eq!(events(&report), ["PrerequisitesNotMet"]);
}

#[test]
fn a_change_that_waits_for_it_is_stalled_with_one_event() {
    let mut snapshot = prepared();
    snapshot.findings = Some(vec![finding(Severity::Blocking, "no way out")]);
    let report = of(&snapshot, &Outcome::Rested);
    assert_eq!(
        said(&report.status),
        "Ready=False/PrerequisitesNotMet Available=False/NotActive Stalled=True/PrerequisitesNotMet \
         PrerequisitesMet=False/PrerequisitesNotMet"
    );
    assert_eq!(
        (events(&report), report.status.reason.as_deref()),
        (vec!["PrerequisitesNotMet"], Some("PrerequisitesNotMet"))
    );
}

#[test]
fn words_that_change_with_the_pods_are_held_to_the_pace_of_their_counts() {
    let pods = |severity, n: usize| Some(vec![finding(severity, &format!("{n} pods"))]);
    let mut snapshot = settled(pods(Severity::Advisory, 1));
    snapshot.pods = known(&[]);
    snapshot.status = of(&snapshot, &Outcome::Rested).status;
    snapshot.counts_due = false;
    let shown = |snapshot: &Snapshot| {
        let status = of(snapshot, &Outcome::Rested).status;
        (status.findings[0].message.clone(), met(&status).2)
    };
    snapshot.findings = pods(Severity::Advisory, 2);
    assert_eq!(shown(&snapshot), ("1 pods".into(), "1 pods".into()));
    // What blocks is told at once, and so is another kind of finding.
    snapshot.findings = pods(Severity::Blocking, 2);
    assert_eq!(shown(&snapshot), ("2 pods".into(), "2 pods".into()));
    snapshot.findings = pods(Severity::Advisory, 2);
    snapshot.counts_due = true;
    assert_eq!(shown(&snapshot), ("2 pods".into(), "2 pods".into()));
}

//! What surely fails does not begin; what has begun goes on.

use crate::api::{Prerequisites, Reason};
use crate::eks::ProfileStatus::{Active, Creating};
use crate::plan::fixture::{brief, decide};
use crate::plan::{Step, Wait};
use crate::prerequisites::{Check, Finding, Severity};
use crate::state::Snapshot;
use crate::state::fixture::{delete_first, outdated, owned, prepared, previous, with};

fn finding(severity: Severity, message: &str) -> Finding {
    Finding { severity, check: Check::VpcDns, message: message.to_owned() }
}

/// The snapshot with these findings.
fn found(mut snapshot: Snapshot, severities: &[Severity]) -> Snapshot {
    snapshot.findings = Some(severities.iter().map(|severity| finding(*severity, "DNS is off")).collect());
    snapshot
}

fn unmet(snapshot: &Snapshot) -> Option<String> {
    match decide(snapshot) {
        Step::Wait(Wait::Stalled { reason: Reason::PrerequisitesNotMet, message }) => Some(message),
        _ => None,
    }
}

#[test]
fn neither_a_first_profile_nor_the_next_one_nor_a_gap_begins_while_something_is_missing() {
    for begins in
        [prepared(), with(&[outdated("web-9999", Active)]), delete_first(&[]), delete_first(&[outdated("web", Active)])]
    {
        assert_eq!(unmet(&begins), None);
        let held = found(begins.clone(), &[Severity::Blocking]);
        assert_eq!(unmet(&held).as_deref(), Some("DNS is off"));
        let several = found(begins, &[Severity::Blocking, Severity::Blocking, Severity::Advisory]);
        assert_eq!(unmet(&several).as_deref(), Some("DNS is off (1 more in status.findings)"));
    }
}

#[test]
fn what_is_advised_or_unknown_or_not_looked_at_holds_up_nothing() {
    assert_eq!(brief(&found(prepared(), &[Severity::Advisory, Severity::Unknown])), "create web-9999");
    let mut unseen = prepared();
    unseen.findings = None;
    assert_eq!(brief(&unseen), "create web-9999");
}

#[test]
fn whoever_knows_better_has_it_begun_all_the_same() {
    for rule in [Prerequisites::Warn, Prerequisites::Ignore] {
        let mut by_spec = found(prepared(), &[Severity::Blocking]);
        by_spec.spec.prerequisites = Some(rule);
        let mut by_default = found(prepared(), &[Severity::Blocking]);
        by_default.defaults.prerequisites = rule;
        assert_eq!((brief(&by_spec), brief(&by_default)), ("create web-9999".into(), "create web-9999".into()));
        by_default.spec.prerequisites = Some(Prerequisites::Enforce);
        assert!(unmet(&by_default).is_some(), "the spec has the last word");
    }
}

#[test]
fn an_open_gap_is_closed_and_what_serves_or_is_under_way_is_left_alone() {
    let mut gap = delete_first(&[]);
    gap.status.previous = Some(previous(&outdated("web", Active)));
    assert_eq!(unmet(&found(gap, &[Severity::Blocking])), None);
    for goes_on in
        [with(&[owned("web-9999", Active)]), with(&[outdated("web-9999", Active), owned("web-9998", Creating)])]
    {
        let before = brief(&goes_on);
        assert_eq!(brief(&found(goes_on, &[Severity::Blocking])), before);
    }
}

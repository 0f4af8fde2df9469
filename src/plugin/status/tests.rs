//! The situations that GitOps tools are tested with, as people see them.

use std::path::PathBuf;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use super::*;
use crate::api::{APPROVE_ANNOTATION, ConditionType, FargateProfile, RETRY_ANNOTATION};
use crate::plugin::terminal::{Terminal, plain};
use crate::state::fixture::wall;

/// The object of a situation.
pub(in crate::plugin) fn situation(name: &str) -> FargateProfile {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("gitops/argocd/testdata/{name}.yaml"));
    serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn names() -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("gitops/argocd/testdata");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn now() -> Timestamp {
    wall(300)
}

fn terminal(width: usize) -> Terminal {
    Terminal { width: Some(width), height: None, is_interactive: false }
}

/// A course under the name of its situation.
fn named(name: &str) -> Course {
    let mut object = situation(name);
    object.metadata.name = Some(name.to_owned());
    Course::of(&object, now(), 1.0)
}

fn left(course: &Course) -> String {
    course.left.map(|left| crate::plugin::times::range(left.least, left.most)).unwrap_or_default()
}

#[test]
fn each_situation_has_a_phase_and_what_may_be_hoped_of_it() {
    use Outlook::{Held, Settled, Stalled, UnderWay};
    let told: Vec<_> = names()
        .iter()
        .map(|name| (name.clone(), named(name)))
        .map(|(name, course)| (name, course.phase(), course.outlook, left(&course)))
        .collect();
    let expected = [
        ("awaiting-approval", "Awaiting approval", Held, ""),
        ("defaults-drifted", "Settled", Settled, ""),
        ("delete-failed", "Stalled", Stalled, ""),
        ("deleting", "Deleting", UnderWay, "up to 15m"),
        ("denied", "Stalled", Stalled, ""),
        ("drain-bounced", "Stalled", Stalled, ""),
        ("drain-held", "Stalled", Stalled, ""),
        ("drain-homeless", "Stalled", Stalled, ""),
        ("drain-out-of-sight", "Draining 0/1", UnderWay, "3 to 22m"),
        ("drain-unknown", "Stalled", Stalled, ""),
        ("drain-waits", "Draining 0/3", UnderWay, "5 to 26m"),
        ("edited", "Not seen yet", UnderWay, ""),
        ("first-create", "Creating", UnderWay, "up to 60s"),
        ("first-turn", "Queued (2 ahead)", UnderWay, "1 to 6m"),
        ("full", "Stalled", Stalled, ""),
        ("gap", "Replacing", UnderWay, "1 to 21m"),
        ("gap-back", "Rolling back", UnderWay, "up to 60s"),
        ("gap-failed", "Stalled", Stalled, ""),
        ("handing-over", "Handing over 0/1", UnderWay, ""),
        ("handover-held", "Stalled", Stalled, ""),
        ("handover-notice", "Deleting 0/1", UnderWay, "3 to 22m"),
        ("name-taken", "Stalled", Stalled, ""),
        ("other-cluster", "Stalled", Stalled, ""),
        ("ownership-lost", "Stalled", Stalled, ""),
        ("prerequisite", "Stalled", Stalled, ""),
        ("quiet", "Working", UnderWay, ""),
        ("refused-change", "Stalled", Stalled, ""),
        ("refused-first", "Stalled", Stalled, ""),
        ("replacement-create", "Replacing", UnderWay, "2 to 21m"),
        ("replacement-delete", "Retiring", UnderWay, "up to 15m"),
        ("replacement-drain", "Draining 1/1", UnderWay, "2 to 20m"),
        ("replacement-settle", "Retiring", UnderWay, "2 to 20m"),
        ("replacement-turn", "Queued (2 ahead)", UnderWay, "3 to 26m"),
        ("settled", "Settled", Settled, ""),
        ("suspended", "Suspended", Settled, ""),
        ("suspended-change", "Suspended", Held, ""),
        ("tags", "Tagging", UnderWay, ""),
        ("taking-over", "Replacing", UnderWay, "up to 60s"),
        ("throttled", "Working", UnderWay, ""),
        ("unhealthy", "Rolling back", UnderWay, "up to 15m"),
        ("unhealthy-back", "Stalled", Stalled, ""),
        ("unreachable", "Working", UnderWay, ""),
        ("unseen", "Not seen yet", UnderWay, ""),
    ];
    let expected =
        expected.map(|(name, phase, outlook, left)| (name.to_owned(), phase.to_owned(), outlook, left.to_owned()));
    assert_eq!(told, expected);
}

#[test]
fn a_run_that_is_sixty_times_as_fast_has_sixty_times_less_left() {
    let mut object = situation("first-create");
    let at = |object: &FargateProfile, seconds| left(&Course::of(object, wall(seconds), 60.0));
    assert_eq!(at(&object, 0), "1 to 6s");
    assert_eq!(at(&object, 3), "up to 3s");
    assert!(
        Look { terminal: &terminal(80), verbose: false, now: wall(9) }
            .block(&Course::of(&object, wall(9), 60.0))
            .starts_with("\u{1b}[1mweb\u{1b}[0m: Creating for 9s, longer than usual\n")
    );
    object.status.as_mut().unwrap().waiting = None;
    assert_eq!(at(&object, 0), "1 to 6s");
}

fn stalled_by(reason: &str) -> Condition {
    let type_ = ConditionType::Stalled.name().to_owned();
    let (status, reason) = ("True".to_owned(), reason.to_owned());
    let message = "AWS denies the operator a call".to_owned();
    Condition { type_, status, reason, message, last_transition_time: Time(wall(0)), observed_generation: None }
}

#[test]
fn what_a_person_has_answered_is_not_told_again() {
    let annotated = |name: &str, key: &str, value: &str| {
        let mut object = situation(name);
        object.annotations_mut().insert(key.to_owned(), value.to_owned());
        Phase::of(&object)
    };
    let plan = asked(situation("awaiting-approval").status.as_ref().unwrap()).unwrap().to_owned();
    let more = asked(situation("handover-held").status.as_ref().unwrap()).unwrap().to_owned();
    for (name, key, value, phase) in [
        ("awaiting-approval", APPROVE_ANNOTATION, plan.as_str(), Phase::Unseen),
        ("awaiting-approval", APPROVE_ANNOTATION, "1-0", Phase::AwaitingApproval),
        ("handover-held", APPROVE_ANNOTATION, more.as_str(), Phase::Unseen),
        ("refused-first", RETRY_ANNOTATION, "1", Phase::Unseen),
        ("settled", RETRY_ANNOTATION, "1", Phase::Settled),
        ("replacement-drain", RETRY_ANNOTATION, "1", Phase::Draining),
    ] {
        assert_eq!(annotated(name, key, value), phase, "{name} {key}={value}");
    }
    // What stalls it now is not what the plan was for.
    let mut denied = situation("awaiting-approval");
    denied.annotations_mut().insert(APPROVE_ANNOTATION.to_owned(), plan.clone());
    let conditions = &mut denied.status.as_mut().unwrap().conditions;
    conditions.retain(|condition| condition.type_ != ConditionType::Stalled.name());
    conditions.push(stalled_by("AccessDenied"));
    assert_eq!(Phase::of(&denied), Phase::Stalled);
    let mut handled = situation("refused-first");
    handled.annotations_mut().insert(RETRY_ANNOTATION.to_owned(), "1".to_owned());
    handled.status.as_mut().unwrap().handled_retry = Some("1".to_owned());
    assert_eq!(Phase::of(&handled), Phase::Stalled);
}

/// Each with what is particular about it.
const SHOWN: [&str; 10] = [
    "awaiting-approval",
    "drain-held",
    "gap",
    "handover-held",
    "replacement-drain",
    "replacement-turn",
    "settled",
    "suspended",
    "prerequisite",
    "unhealthy",
];

#[test]
fn the_answer_is_short_and_fits_into_eighty_columns() {
    let courses = SHOWN.map(named);
    let text = plain(&Look { terminal: &terminal(80), verbose: false, now: now() }.all(&courses));
    assert_eq!(text, include_str!("answer.txt"));
}

#[test]
fn the_answer_fits_into_sixty_columns() {
    let courses: Vec<Course> = names().iter().map(|name| named(name)).collect();
    for verbose in [false, true] {
        let text = plain(&Look { terminal: &terminal(60), verbose, now: now() }.all(&courses));
        // What is copied is not wrapped: one word, or a command.
        let is_whole = |line: &str| !line.trim().contains(' ') || line.starts_with("  Do");
        let too_long = text.lines().filter(|line| line.chars().count() > 60 && !is_whole(line));
        assert_eq!(too_long.collect::<Vec<_>>(), [""; 0]);
    }
}

#[test]
fn a_command_is_never_wrapped() {
    let mut course = named("drain-held");
    course.name = "a-name-of-sixty-characters-which-no-terminal-has-any-room-for".to_owned();
    let text = plain(&Look { terminal: &terminal(60), verbose: false, now: now() }.block(&course));
    let command = format!("\n  Do, once that is fixed: kubectl fargate retry {}\n", course.name);
    assert!(text.ends_with(&command), "{text}");
}

#[test]
fn the_verbose_answer_has_every_condition_and_held_pod() {
    let text = plain(&Look { terminal: &terminal(80), verbose: true, now: now() }.all(&[named("drain-held")]));
    for part in [
        "\n  Held pod: web/bare-2: no controller would recreate it; delete it when you can\n    spare it\n",
        "\n  EKS profile: web-9999 ACTIVE\n",
        "\n  Pods: 3 on Fargate, 0 pending, 0 elsewhere\n",
        "\n  Condition: Available is True (Active): EKS profile web-9998 is ACTIVE\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn json_has_what_the_text_shows() {
    let course = named("drain-held");
    let json = serde_json::to_value(Answer { operator: None, fargate_profiles: &[course] }).unwrap();
    let shown = &json["fargateProfiles"][0];
    assert_eq!((&shown["phase"], &shown["outlook"]), (&"Stalled".into(), &"Stalled".into()));
    assert_eq!(shown["heldPods"].as_array().unwrap().len(), 3);
    assert_eq!(shown["because"]["reason"], "DrainHeld");
    assert_eq!(shown["replacement"]["changes"][0], "selectors: - old");
    let queued = serde_json::to_value(named("replacement-turn")).unwrap();
    assert_eq!(queued["left"], serde_json::json!({ "leastSeconds": 180, "mostSeconds": 1560 }));
    assert_eq!(queued["queue"]["ahead"], 2);
}

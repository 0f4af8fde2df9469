//! Selectors whose pods another EKS profile takes, as `status.warnings` and events tell them.

use super::{of, reasons};
use crate::act::Outcome;
use crate::api::{ProfileSelector, Reason, TAG_OWNER};
use crate::eks::ProfileStatus::{Active, Creating};
use crate::eks::{Profile, ProfileStatus, Selector};
use crate::report::{Notice, Severity};
use crate::state::fixture::{foreign, owned, selectors, with};
use crate::state::{NearMiss, OtherObject, Outside, Snapshot};

const MISSING: &str = "a selector names namespace web, which does not exist: correct spec.selectors or create it";

/// The object `web`, served, beside these EKS profiles.
fn beside(others: &[Profile]) -> Snapshot {
    with(&[&[owned("web-9999", Active)], others].concat())
}

/// An EKS profile of the object `name`, which selects the same pods.
fn of_object(name: &str) -> (Profile, OtherObject) {
    let mut profile = owned(&format!("{name}-9999"), Active);
    profile.tags.insert(TAG_OWNER.to_owned(), name.to_owned());
    (profile, OtherObject { name: name.to_owned(), stem: name.to_owned(), ..OtherObject::default() })
}

/// Another pass over what the last one has written, with its events.
fn again(snapshot: &mut Snapshot) -> Vec<Notice> {
    let report = of(snapshot, &Outcome::Rested);
    snapshot.status = report.status;
    report.notices
}

fn warned(snapshot: &Snapshot) -> Vec<String> {
    of(snapshot, &Outcome::Rested).status.warnings
}

#[test]
fn who_takes_the_pods_is_told_at_once_by_one_event_and_no_longer_than_it_is_so() {
    let mut snapshot = beside(&[]);
    again(&mut snapshot);
    let (profile, object) = of_object("app");
    snapshot.profiles.push(profile);
    snapshot.other_objects.push(object);
    // Nothing new is known of pods.
    snapshot.counts_due = false;
    let notices = again(&mut snapshot);
    let told = "selector web gets no new pod: FargateProfile app sorts first and takes all; narrow that, or recreate this with a spec.profileName that sorts first";
    assert_eq!(snapshot.status.warnings, [told]);
    assert_eq!(reasons(&notices), [Reason::SelectorsOverlap]);
    assert_eq!((notices[0].severity, notices[0].note.as_str()), (Severity::Warning, told));
    assert_eq!(again(&mut snapshot), []);
    snapshot.profiles[1].name = "app-9998".to_owned();
    assert_eq!(again(&mut snapshot), [], "the other object was replaced");
    snapshot.profiles.pop();
    assert_eq!(again(&mut snapshot), []);
    assert_eq!(snapshot.status.warnings, [""; 0]);
}

#[test]
fn several_selectors_that_go_to_the_same_profile_make_one_event() {
    let mut snapshot = beside(&[foreign("all", Active)]);
    snapshot.profiles[1].selectors = selectors("*");
    snapshot.spec.selectors.push(ProfileSelector { namespace: "api".into(), labels: None });
    let notices = again(&mut snapshot);
    let overlaps: Vec<&Notice> = notices.iter().filter(|it| it.reason == Reason::SelectorsOverlap).collect();
    assert_eq!((overlaps.len(), snapshot.status.warnings.len()), (1, 2), "{notices:?}");
}

#[test]
fn pods_that_two_selectors_share_are_a_line_and_no_event_and_an_order_that_nobody_knows_is_both() {
    let mut snapshot = beside(&[foreign("app", Active)]);
    let labelled = |key: &str| Selector { namespace: "web".into(), labels: [(key.to_owned(), "a".to_owned())].into() };
    snapshot.spec.selectors[0].labels = Some(labelled("tier").labels);
    snapshot.profiles[0].selectors = [labelled("tier")].into();
    snapshot.profiles[1].selectors = [labelled("env")].into();
    let notices = again(&mut snapshot);
    assert!(!reasons(&notices).contains(&Reason::SelectorsOverlap), "{notices:?}");
    assert_eq!(
        snapshot.status.warnings,
        [
            "selector web{tier=a} may share pods with EKS profile app, which sorts first and takes those: if that is not meant, give the two different values of one label"
        ]
    );
    snapshot.profiles[1].name = "web-10000".to_owned();
    assert_eq!(reasons(&again(&mut snapshot)), [Reason::SelectorsOverlap]);
    assert_eq!(
        snapshot.status.warnings,
        [
            "selector web{tier=a} may share pods with EKS profile web-10000, and AWS does not say which of the two names sorts first: recreate one with a spec.profileName that differs in a letter"
        ]
    );
}

#[test]
fn a_profile_that_nobody_here_declares_is_told_with_the_tool_that_made_it() {
    let mut stack = foreign("app", Creating);
    assert_eq!(
        warned(&beside(std::slice::from_ref(&stack))),
        [
            "selector web gets no new pod: EKS profile app, declared by no FargateProfile, takes all; delete it, or recreate this with a spec.profileName that sorts first"
        ]
    );
    stack.tags.insert("crossplane-name".to_owned(), "app".to_owned());
    assert_eq!(
        warned(&beside(&[stack])),
        [
            "selector web gets no new pod: EKS profile app of Crossplane (crossplane-name=app) takes all; delete it there, or recreate this with a spec.profileName that sorts first"
        ]
    );
}

#[test]
fn what_is_told_of_pods_stands_behind_it_and_has_its_own_event() {
    let mut snapshot = beside(&[foreign("app", Active)]);
    assert!(reasons(&again(&mut snapshot)).contains(&Reason::SelectorsOverlap));
    snapshot.outside = Some(Outside { missing_namespaces: vec!["web".into()], ..Outside::default() });
    assert_eq!(reasons(&again(&mut snapshot)), [Reason::CheckSelectors]);
    assert_eq!(snapshot.status.warnings.len(), 2);
    assert_eq!(snapshot.status.warnings[1], MISSING);
    // What is not known at the moment stays, and what is known is still told.
    snapshot.outside = None;
    snapshot.profiles.pop();
    assert_eq!(again(&mut snapshot), []);
    assert_eq!(snapshot.status.warnings, [MISSING]);
    snapshot.profiles.push(foreign("app", Active));
    assert_eq!(reasons(&again(&mut snapshot)), [Reason::SelectorsOverlap]);
}

#[test]
fn many_lines_leave_room_for_the_others_and_come_to_rest() {
    let mut snapshot = beside(&[foreign("all", Active)]);
    snapshot.profiles[1].selectors = selectors("*");
    let many = (0..60).map(|n| ProfileSelector { namespace: format!("n{n:02}"), labels: None });
    snapshot.spec.selectors = many.collect();
    let miss = |n| NearMiss { selector: Selector::default(), pod: format!("web/{n}"), labels: "a=b".into() };
    snapshot.outside = Some(Outside { near_misses: (0..60).map(miss).collect(), ..Outside::default() });
    again(&mut snapshot);
    let first = snapshot.status.warnings.clone();
    assert_eq!(
        (first.len(), first[9].as_str(), first[49].as_str()),
        (50, "selector list goes on: 51 more", "and 21 more")
    );
    snapshot.outside = None;
    for _ in 0..3 {
        assert_eq!(again(&mut snapshot), []);
        assert_eq!(snapshot.status.warnings, first);
    }
}

#[test]
fn an_object_that_takes_the_pods_itself_hears_nothing() {
    let (other, object) = of_object("zoo");
    let mut snapshot = beside(&[other, foreign("zoo", Active)]);
    snapshot.other_objects = vec![object];
    assert_eq!(warned(&snapshot), [""; 0]);
}

#[test]
fn a_rival_that_cannot_be_described_for_a_moment_is_told_of_once() {
    let (rival, object) = of_object("apps");
    let mut snapshot = beside(&[rival]);
    snapshot.other_objects = vec![object];
    assert!(again(&mut snapshot).iter().any(|notice| notice.reason == Reason::SelectorsOverlap));
    let told = snapshot.status.warnings.clone();
    for status in [ProfileStatus::Unknown("CANNOT_BE_DESCRIBED".into()), Active] {
        snapshot.profiles[1].status = status;
        assert!(!again(&mut snapshot).iter().any(|notice| notice.reason == Reason::SelectorsOverlap));
        assert_eq!(snapshot.status.warnings, told);
    }
}

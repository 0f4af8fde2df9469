//! When a wait is over, for each situation that GitOps tools are tested with.

use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tower::service_fn;

use super::*;
use crate::observe::Why;
use crate::plugin::status::tests::situation;
use crate::state::fixture::wall;

fn course(name: &str) -> Course {
    Course::of(&situation(name), wall(300), 1.0)
}

/// How each goal ends: reached, impossible, or open.
fn ends(name: &str) -> String {
    let goals: [fn(String) -> Goal; 4] = [|web| Goal::Quiet(Some(web)), Goal::Settled, Goal::Ready, Goal::Deleted];
    let letters = goals.map(|goal| match goal("web".to_owned()).end(&[course(name)], true) {
        Some(End::Reached(_)) => 'R',
        Some(End::Impossible(_)) => 'I',
        None => '-',
    });
    letters.into_iter().collect()
}

#[test]
fn a_wait_ends_when_it_is_reached_and_early_when_it_cannot_be() {
    // Quiet, settled, ready, deleted.
    for (name, expected) in [
        ("settled", "RRR-"),
        ("suspended", "RRR-"),
        ("first-create", "----"),
        ("first-turn", "----"),
        ("unseen", "----"),
        ("edited", "----"),
        ("replacement-create", "----"),
        ("replacement-drain", "--R-"),
        ("drain-held", "IIR-"),
        ("awaiting-approval", "III-"),
        ("suspended-change", "III-"),
        ("refused-first", "III-"),
        ("unhealthy-back", "III-"),
        ("deleting", "-II-"),
        ("delete-failed", "IIII"),
        ("throttled", "----"),
    ] {
        assert_eq!(ends(name), expected, "{name}");
    }
}

#[test]
fn an_object_that_is_not_there_ends_a_wait_at_once() {
    let end = |goal: Goal, was_there| goal.end(&[], was_there);
    let web = || "web".to_owned();
    let gone = || "FargateProfile web is gone".to_owned();
    let missing = || "there is no FargateProfile \"web\": kubectl get fp lists those that there are".to_owned();
    assert_eq!(end(Goal::Settled(web()), false), Some(End::Impossible(missing())));
    assert_eq!(end(Goal::Settled(web()), true), Some(End::Impossible(gone())));
    assert_eq!(end(Goal::Quiet(Some(web())), false), Some(End::Impossible(missing())));
    assert_eq!(end(Goal::Quiet(Some(web())), true), Some(End::Reached(gone())));
    assert_eq!(end(Goal::Deleted(web()), false), Some(End::Reached(gone())));
    assert_eq!(end(Goal::Quiet(None), false), Some(End::Reached("there are no FargateProfiles".to_owned())));
}

#[test]
fn all_of_them_are_waited_for_and_the_first_that_stops_is_named() {
    let end = |names: &[&str]| Goal::Quiet(None).end(&names.iter().map(|name| course(name)).collect::<Vec<_>>(), true);
    assert_eq!(end(&["settled", "suspended"]), Some(End::Reached("2 FargateProfiles: all settled".to_owned())));
    // What still goes on is waited for.
    assert_eq!(end(&["refused-first", "first-create"]), None);
    assert_eq!(
        end(&["settled", "refused-first", "denied"]),
        Some(End::Impossible(
            "FargateProfile web is blocked until somebody acts: web: Stalled is True (InvalidParameter): EKS's own words; \
             and 1 more blocked"
                .to_owned()
        ))
    );
}

#[test]
fn when_time_is_over_object_condition_and_message_are_told() {
    let goal = Goal::Settled("web".to_owned());
    assert_eq!(
        goal.unmet(&[course("first-turn")]),
        "not settled: web: Reconciling is True (WaitingForTurn): waiting for its turn: profile other-9999 is DELETING"
    );
    assert_eq!(goal.unmet(&[course("edited")]), "not settled: web: the operator has not looked at generation 2 yet");
}

#[test]
fn a_list_replaces_what_was_seen_before() {
    let mut seen = Seen::default();
    let named = |name: &str| {
        let mut object = situation("settled");
        object.metadata.name = Some(name.to_owned());
        object
    };
    seen.take(Event::Init);
    seen.take(Event::InitApply(named("a")));
    assert!(!seen.is_complete);
    seen.take(Event::InitDone);
    seen.take(Event::Apply(named("b")));
    seen.take(Event::Delete(named("a")));
    assert_eq!(seen.objects.keys().collect::<Vec<_>>(), ["b"]);
    seen.take(Event::Init);
    seen.take(Event::InitApply(named("c")));
    assert_eq!(seen.objects.keys().collect::<Vec<_>>(), ["b"]);
    seen.take(Event::InitDone);
    assert!(seen.is_complete && seen.objects.keys().eq(["c"]), "{:?}", seen.objects.keys());
}

/// How `status --watch` ends if the API server lists these objects.
async fn watched(items: Vec<Value>) -> Result<Exit, String> {
    let list = json!({ "metadata": { "resourceVersion": "1" }, "items": items }).to_string();
    let service = service_fn(move |_: axum::http::Request<Body>| {
        let answer = axum::http::Response::new(Body::from(list.clone().into_bytes()));
        async move { Ok::<_, std::convert::Infallible>(answer) }
    });
    let client = Client::new(service, "default");
    let cluster = Cluster { client, namespace: "default".into(), authorities: Vec::new() };
    let terminal = Terminal { width: None, height: None, is_interactive: false };
    let (goal, view) = (Goal::Quiet(None), View::lines());
    let follow = Follow { cluster: &cluster, terminal: &terminal, goal, view, limit: None, scale: 1.0 };
    follow.run().await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn what_cannot_be_read_is_not_taken_for_settled() {
    let settled = json!(situation("settled"));
    let newer = json!({ "metadata": { "name": "newer" }, "spec": { "selectors": "all" } });
    assert_eq!(watched(vec![settled.clone()]).await, Ok(Exit::Good));
    let told = "the rest is settled, but this version cannot read FargateProfile newer";
    assert_eq!(watched(vec![settled, newer]).await, Err(told.to_owned()));
}

#[test]
fn what_cannot_be_read_is_told_once_and_again_after_it_could() {
    let mut seen = Seen::default();
    let unreadable = || Unreadable::from([("web".to_owned(), Why { uid: None, error: "spec".to_owned() })]);
    let told = "FargateProfile web is left out: this version cannot read it (spec)";
    assert_eq!(seen.leave_out(unreadable()), [told]);
    assert!(seen.leave_out(unreadable()).is_empty() && seen.leave_out(Unreadable::new()).is_empty());
    assert_eq!(seen.leave_out(unreadable()), [told]);
}

//! The log and what is computed from it.

use eks_simulator::{
    Effect, Fault, Operation, Outcome, ProfileSpec, ProfileStatus,
    analysis::Span,
    log::{Entry, Origin},
};

use crate::caller::{seconds, standing, with_active};

#[tokio::test]
async fn changes_are_logged_at_the_time_they_were_due_and_in_order() {
    let (eks, caller) = standing().await;
    caller.create_named("web").await.ok();
    eks.advance(seconds(10_000));
    caller.delete("web").await.ok();
    eks.advance(seconds(10_000));
    let log = eks.log();
    let changes: Vec<_> = log
        .iter()
        .filter_map(|entry| Some((entry.unscaled, entry.change()?.from, entry.change()?.to, entry.change()?.cause)))
        .collect();
    let (creating, active, deleting) =
        (Some(ProfileStatus::Creating), Some(ProfileStatus::Active), Some(ProfileStatus::Deleting));
    assert_eq!(
        changes,
        [
            (0.0, None, creating, Origin::Call),
            (300.0, creating, active, Origin::Time),
            (10_000.0, active, deleting, Origin::Call),
            (10_120.0, deleting, None, Origin::Time),
        ]
    );
    let numbers: Vec<u64> = log.iter().map(|entry| entry.seq).collect();
    assert_eq!(numbers, (1..=log.len() as u64).collect::<Vec<_>>());
    assert!(log.windows(2).all(|pair| pair[0].at_ms <= pair[1].at_ms));
}

#[tokio::test]
async fn a_calls_line_tells_what_was_asked_and_answered_and_by_whom() {
    let (eks, caller) = standing().await;
    eks.add_fault(Fault::new(Effect::Throttled).nth(2));
    let spec = ProfileSpec::named("web");
    caller.create(&spec).await.ok();
    assert_eq!(caller.create(&spec).await.status, 429);
    assert_eq!(caller.create(&spec).await.status, 409);
    let calls = eks.calls(&[Operation::CreateFargateProfile]);
    assert_eq!(calls[0].body, serde_json::json!(spec));
    assert_eq!(calls[0].method, "POST");
    assert_eq!(calls[0].path, "/clusters/prod/fargate-profiles");
    assert_eq!((calls[0].cluster.as_deref(), calls[0].profile.as_deref()), (Some("prod"), Some("web")));
    assert_eq!(calls[0].user_agent.as_deref(), Some("behaviour/1"));
    let told: Vec<_> =
        calls.iter().map(|call| (call.status, call.error.as_deref(), call.fault.as_deref(), call.answered)).collect();
    assert_eq!(
        told,
        [
            (Some(200), None, None, true),
            (Some(429), Some("ThrottlingException"), Some("throttled"), true),
            (Some(409), Some("ResourceInUseException"), None, true),
        ]
    );
    let conflicts = eks.conflicts();
    assert_eq!(conflicts.len(), 1);
    let message = conflicts[0].call().unwrap().message.clone().unwrap();
    assert_eq!(message, "A Fargate Profile already exists with this name in this cluster.");
}

#[tokio::test]
async fn busy_seconds_add_up_creating_and_deleting_finished_or_not() {
    let (eks, caller) = with_active("a").await;
    eks.advance(seconds(1000));
    eks.next_creation("prod", "b", Outcome::Takes(seconds(30))).unwrap();
    caller.create_named("b").await.ok();
    eks.advance(seconds(500));
    caller.delete("a").await.ok();
    eks.outsider().set_tags("prod", "a", &[("x", "y")]).unwrap();
    eks.advance(seconds(50));
    assert!((eks.busy_seconds("prod") - 380.0).abs() < 1e-6, "{}", eks.busy_seconds("prod"));
    assert!(eks.busy_seconds("other").abs() < 1e-6);
}

#[tokio::test]
async fn the_timeline_shows_when_no_profile_with_a_tag_was_active() {
    let (eks, caller) = standing().await;
    let tagged = |name: &str| ProfileSpec::named(name).tagged("owner", "web");
    let outsider = eks.outsider();
    let place = |spec| outsider.place_profile("prod", spec, ProfileStatus::Active).unwrap();
    eks.advance(seconds(100));
    place(tagged("a"));
    eks.advance(seconds(100));
    place(tagged("b"));
    outsider.vanish_profile("prod", "a").unwrap();
    eks.advance(seconds(100));
    outsider.strip_tags("prod", "b", &[]).unwrap();
    place(ProfileSpec::named("untagged"));
    eks.advance(seconds(100));
    caller.create(&tagged("c")).await.ok();
    eks.advance(seconds(400));
    let timeline = eks.active_timeline("prod", "owner", "web");
    assert_eq!(timeline.active, [Span { from: 100.0, to: 300.0 }, Span { from: 700.0, to: 800.0 }]);
    assert_eq!(timeline.gaps, [Span { from: 300.0, to: 700.0 }]);
}

#[tokio::test]
async fn an_outage_that_has_not_ended_is_a_gap_to_the_end() {
    let (eks, caller) = with_active("a").await;
    eks.outsider().set_tags("prod", "a", &[("owner", "web")]).unwrap();
    eks.advance(seconds(100));
    caller.delete("a").await.ok();
    eks.advance(seconds(100));
    let timeline = eks.active_timeline("prod", "owner", "web");
    assert_eq!(timeline.gaps, [Span { from: 400.0, to: 500.0 }]);
    assert_eq!(timeline.active, [Span { from: 300.0, to: 400.0 }]);
}

#[tokio::test]
async fn a_part_of_the_log_is_what_came_after_a_line_and_json_gives_it_back_whole() {
    let (eks, caller) = with_active("a").await;
    let log = eks.log();
    assert_eq!(eks.log_since(2), log[2..]);
    assert_eq!(eks.log_since(1000), []);
    let path = "/_simulator/log?since=2";
    let fetched: Vec<Entry> = serde_json::from_str(&caller.get(path).await.text).unwrap();
    assert_eq!(fetched.len(), log.len() - 2);
    let whole: Vec<Entry> = serde_json::from_value(serde_json::json!(log)).unwrap();
    assert_eq!(whole, log);
}

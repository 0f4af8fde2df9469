//! Turns, as sequences of events with a clock.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use crate::act::{Blocked, EksView, InFlight, Mutation, Retry, Turn};
use crate::api::Reason;
use crate::eks::{Profile, ProfileStatus};
use crate::failure::{Class, Failure};
use crate::intervals::{DEFAULTS, Intervals};
use crate::state::fixture::{INSTALLATION, foreign, owned};

const QUIET: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(180);
const INTERVALS: Intervals = Intervals { quiet: QUIET, ..DEFAULTS };

pub(super) fn turn() -> Turn {
    Turn::new(INTERVALS, Vec::new(), BTreeSet::new(), at(0), None)
}

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn wall(seconds: u64) -> Timestamp {
    Timestamp::from_second(i64::try_from(seconds).unwrap()).unwrap()
}

fn profile(name: &str, status: ProfileStatus) -> Profile {
    owned(name, status)
}

fn create(name: &str, now: u64) -> InFlight {
    InFlight::new(Mutation::Create { name: name.into(), arn: None }, at(now))
}

fn delete(name: &str, before: ProfileStatus, now: u64) -> InFlight {
    InFlight::new(Mutation::Delete { name: name.into(), arn: format!("arn:{name}"), before }, at(now))
}

fn tag(name: &str, now: u64) -> InFlight {
    let set = BTreeMap::from([("team".to_owned(), "payments".to_owned())]);
    InFlight::new(Mutation::Tag { name: name.into(), arn: format!("arn:{name}"), set, remove: Vec::new() }, at(now))
}

/// Asks for a turn at `now`, with these profiles shown.
fn ask(turn: &mut Turn, object: &str, flight: InFlight, profiles: &[Profile], now: u64) -> Result<(), Blocked> {
    let seen = EksView { profiles, began: at(now), installation: INSTALLATION };
    turn.take(object, flight, &seen, at(now), wall(now))
}

fn take(turn: &mut Turn, object: &str, flight: InFlight, profiles: &[Profile], now: u64) -> Result<(), Retry> {
    ask(turn, object, flight, profiles, now).map_err(|blocked| blocked.retry)
}

fn accepted(turn: &mut Turn, object: &str, profile: Option<&Profile>, now: u64) {
    assert_eq!(turn.answered(object, Ok(profile), at(now), wall(now), |_| Duration::ZERO), None);
}

fn failed(turn: &mut Turn, object: &str, class: Class, definite: bool, now: u64) -> Option<Blocked> {
    let failure = Failure {
        class,
        reason: Reason::EksUnavailable,
        operation: "CreateFargateProfile",
        code: None,
        message: "cluster update in progress".into(),
        definite,
    };
    turn.answered(object, Err(&failure), at(now), wall(now), |waited| at(5) + waited / 25)
}

fn woken(objects: &[&str]) -> std::collections::BTreeSet<String> {
    objects.iter().map(|object| (*object).to_owned()).collect()
}

#[test]
fn between_a_mutation_and_the_sight_of_its_effect_nothing_is_granted_and_nothing_concluded() {
    let mut turn = turn();
    take(&mut turn, "a", create("a-1", 0), &[], 0).unwrap();
    assert!(turn.is_quiet());
    assert_eq!(take(&mut turn, "b", create("b-1", 0), &[], 0), Err(Retry::Soon));
    assert_eq!(take(&mut turn, "b", tag("b-0", 0), &[], 0), Err(Retry::Soon));
    let created = profile("a-1", ProfileStatus::Creating);
    accepted(&mut turn, "a", Some(&created), 1);
    turn.learn(&[], at(2), at(2));
    assert!(turn.is_quiet(), "the look lags");
    turn.learn(std::slice::from_ref(&created), at(0), at(3));
    assert!(turn.is_quiet(), "a look that began before the answer proves nothing");
    turn.learn(&[created], at(4), at(4));
    assert!(!turn.is_quiet());
}

#[test]
fn an_effect_that_never_shows_ends_with_quiet_time() {
    let mut turn = turn();
    take(&mut turn, "a", create("a-1", 0), &[], 0).unwrap();
    assert_eq!(failed(&mut turn, "a", Class::Retry, false, 30), None);
    turn.learn(&[], at(89), at(89));
    assert!(turn.is_quiet());
    turn.learn(&[], at(90), at(90));
    assert!(!turn.is_quiet());
}

#[test]
fn a_mutation_whose_pass_was_cut_short_is_waited_for_twice_the_quiet_time() {
    let mut turn = turn();
    take(&mut turn, "a", create("a-1", 0), &[], 0).unwrap();
    turn.learn(&[], at(119), at(119));
    assert!(turn.is_quiet());
    turn.learn(&[], at(120), at(120));
    assert!(!turn.is_quiet());
}

#[test]
fn another_call_that_may_still_take_place_makes_it_quiet_and_shortens_no_quiet_time() {
    let mut turn = turn();
    turn.doubt(at(30));
    turn.doubt(at(10));
    assert!(take(&mut turn, "a", create("a-1", 31), &[], 31).is_err());
    turn.learn(&[], at(89), at(89));
    assert!(turn.is_quiet());
    turn.learn(&[], at(90), at(90));
    assert!(!turn.is_quiet());
}

#[test]
fn a_definite_no_ends_the_turn_at_once() {
    let mut turn = turn();
    take(&mut turn, "a", create("a-1", 0), &[], 0).unwrap();
    assert_eq!(failed(&mut turn, "a", Class::Fix, true, 1), None);
    assert!(!turn.is_quiet());
    take(&mut turn, "b", create("b-1", 1), &[], 1).unwrap();
}

#[test]
fn while_eks_works_on_one_profile_no_other_is_created_or_deleted_but_tags_are_changed() {
    for status in [ProfileStatus::Creating, ProfileStatus::Deleting] {
        let mut turn = turn();
        let busy = [profile("x", status), profile("b-0", ProfileStatus::Active)];
        assert_eq!(take(&mut turn, "b", create("b-1", 0), &busy, 0), Err(Retry::Woken));
        assert_eq!(take(&mut turn, "b", delete("b-0", ProfileStatus::Active, 0), &busy, 0), Err(Retry::Woken));
        take(&mut turn, "b", tag("b-0", 0), &busy, 0).unwrap();
    }
}

#[test]
fn whether_a_status_that_nobody_knows_is_in_the_way_is_for_eks_to_say() {
    let mut turn = turn();
    let odd = [foreign("theirs", ProfileStatus::Unknown("DEGRADED".into()))];
    take(&mut turn, "b", create("b-1", 0), &odd, 0).unwrap();
}

#[test]
fn an_outsiders_operation_is_watched_since_nobody_will_wake_us() {
    let mut turn = turn();
    let busy = [foreign("theirs", ProfileStatus::Creating)];
    assert_eq!(take(&mut turn, "b", create("b-1", 0), &busy, 0), Err(Retry::Watch(at(0))));
    let blocked = ask(&mut turn, "b", create("b-1", 50), &busy, 50).unwrap_err();
    assert_eq!(blocked.retry, Retry::Watch(at(50)));
    assert_eq!((blocked.by.as_str(), blocked.since), ("EKS profile theirs is CREATING", wall(0)));
}

#[test]
fn the_end_of_an_operation_wakes_who_was_served_longest_ago_and_nobody_overtakes() {
    let mut turn = turn();
    let creating = profile("a-1", ProfileStatus::Creating);
    let active = profile("a-1", ProfileStatus::Active);
    take(&mut turn, "a", create("a-1", 0), &[], 0).unwrap();
    accepted(&mut turn, "a", Some(&creating), 0);
    assert_eq!(turn.learn(std::slice::from_ref(&creating), at(1), at(1)), woken(&[]));
    for (object, now) in [("a", 2), ("c", 3), ("b", 4)] {
        let flight = create("x", now);
        assert_eq!(take(&mut turn, object, flight, std::slice::from_ref(&creating), now), Err(Retry::Woken));
    }
    assert_eq!(
        turn.learn(std::slice::from_ref(&active), at(5), at(5)),
        woken(&["a", "c"]),
        "c waits longest, a is told that it waits for something else"
    );
    let seen = [active];
    assert_eq!(take(&mut turn, "a", create("a-2", 6), &seen, 6), Err(Retry::Woken));
    assert_eq!(take(&mut turn, "b", create("b-1", 6), &seen, 6), Err(Retry::Woken));
    take(&mut turn, "c", create("c-1", 6), &seen, 6).unwrap();
}

#[test]
fn who_leaves_the_queue_makes_way_for_the_next() {
    let mut turn = turn();
    let busy = [profile("x", ProfileStatus::Creating)];
    for (object, now) in [("a", 0), ("b", 1)] {
        assert!(take(&mut turn, object, create("n", now), &busy, now).is_err());
    }
    turn.learn(&busy, at(2), at(2));
    assert_eq!(turn.leave("a", at(2)), None, "EKS is still busy");
    assert!(take(&mut turn, "a", create("n", 3), &busy, 3).is_err());
    assert_eq!(turn.learn(&[], at(4), at(4)), woken(&["b"]));
    assert_eq!(turn.leave("b", at(4)), Some("a".to_owned()));
}

#[test]
fn who_no_longer_asks_does_not_hold_up_the_others() {
    let mut turn = turn();
    let busy = [profile("x", ProfileStatus::Creating)];
    assert!(take(&mut turn, "gone", create("n", 0), &busy, 0).is_err());
    let later = PATIENCE.as_secs();
    assert_eq!(take(&mut turn, "b", create("n", later - 1), &[], later - 1), Err(Retry::Woken));
    take(&mut turn, "b", create("n", later), &[], later).unwrap();
}

#[test]
fn a_conflict_is_patience_that_grows_with_the_wait_and_keeps_the_place() {
    let mut turn = turn();
    take(&mut turn, "a", create("a-1", 0), &[], 0).unwrap();
    let refused = failed(&mut turn, "a", Class::Wait, true, 0).unwrap();
    assert!(refused.unforeseen);
    assert!(!turn.is_quiet());
    let blocked = ask(&mut turn, "a", create("a-1", 1), &[], 1).unwrap_err();
    assert_eq!((blocked.by.as_str(), blocked.retry), ("cluster update in progress", Retry::At(at(5))));
    assert!(!blocked.unforeseen);
    assert!(take(&mut turn, "b", create("b-1", 5), &[], 5).is_err(), "it is still a's turn");
    take(&mut turn, "a", create("a-1", 100), &[], 100).unwrap();
    let again = failed(&mut turn, "a", Class::Wait, true, 100).unwrap();
    assert_eq!(again.since, refused.since, "it has waited since then");
    assert_eq!(take(&mut turn, "a", create("a-1", 101), &[], 101), Err(Retry::At(at(109))));
}

#[test]
fn the_effect_of_a_delete_is_told_from_what_was_there_before() {
    let gone: [Profile; 0] = [];
    let recreated = [Profile { arn: "another".into(), ..profile("a", ProfileStatus::Active) }];
    for (before, seen, shows) in [
        (ProfileStatus::Active, &[profile("a", ProfileStatus::Active)][..], false),
        (ProfileStatus::Active, &[profile("a", ProfileStatus::Deleting)], true),
        (ProfileStatus::Active, &[profile("a", ProfileStatus::DeleteFailed)], true),
        (ProfileStatus::DeleteFailed, &[profile("a", ProfileStatus::DeleteFailed)], false),
        (ProfileStatus::Active, &recreated, true),
        (ProfileStatus::Active, &gone, true),
    ] {
        let mut turn = turn();
        take(&mut turn, "a", delete("a", before, 0), &[], 0).unwrap();
        accepted(&mut turn, "a", None, 0);
        turn.learn(seen, at(1), at(1));
        assert_eq!(turn.is_quiet(), !shows, "{seen:?}");
    }
}

#[test]
fn the_effect_of_a_tag_change_is_the_tags() {
    let mut turn = turn();
    let mut seen = profile("a", ProfileStatus::Active);
    take(&mut turn, "a", tag("a", 0), &[], 0).unwrap();
    accepted(&mut turn, "a", None, 0);
    turn.learn(std::slice::from_ref(&seen), at(1), at(1));
    assert!(turn.is_quiet());
    seen.tags.insert("team".into(), "payments".into());
    turn.learn(&[seen], at(2), at(2));
    assert!(!turn.is_quiet());
}

#[test]
fn a_start_that_may_follow_a_crash_begins_in_quiet_time_with_the_old_queue() {
    let queue = vec![("second".to_owned(), wall(20)), ("first".to_owned(), wall(10))];
    let mut turn = Turn::new(INTERVALS, queue, BTreeSet::new(), at(0), Some(QUIET));
    turn.learn(&[], at(59), at(61));
    assert!(turn.is_quiet(), "the look began before quiet time was over");
    turn.learn(&[], at(60), at(61));
    assert!(!turn.is_quiet());
    assert_eq!(take(&mut turn, "second", create("s", 61), &[], 61), Err(Retry::Woken));
    take(&mut turn, "first", create("f", 61), &[], 61).unwrap();
}

#[test]
fn who_is_next_is_woken_when_the_turn_ends_in_a_refusal() {
    let mut turn = turn();
    take(&mut turn, "a", create("a-1", 0), &[], 0).unwrap();
    assert_eq!(take(&mut turn, "b", create("b-1", 0), &[], 0), Err(Retry::Soon));
    let created = profile("a-1", ProfileStatus::Creating);
    accepted(&mut turn, "a", Some(&created), 0);
    turn.learn(std::slice::from_ref(&created), at(1), at(1));
    for object in ["b", "c"] {
        assert!(take(&mut turn, object, create("n", 2), std::slice::from_ref(&created), 2).is_err());
    }
    assert_eq!(turn.learn(&[], at(3), at(3)), woken(&["b"]));
    take(&mut turn, "b", create("b-1", 3), &[], 3).unwrap();
    assert_eq!(failed(&mut turn, "b", Class::Fix, true, 3), None);
    assert_eq!(turn.leave("b", at(3)), Some("c".to_owned()));
}

#[test]
fn an_operation_that_is_over_at_the_first_look_ends_the_turn_too() {
    let mut turn = turn();
    let there = [profile("a", ProfileStatus::Active)];
    take(&mut turn, "a", delete("a", ProfileStatus::Active, 0), &there, 0).unwrap();
    accepted(&mut turn, "a", None, 0);
    assert_eq!(turn.learn(&there, at(1), at(1)), woken(&[]));
    assert_eq!(take(&mut turn, "b", create("b", 1), &there, 1), Err(Retry::Soon));
    turn.learn(&[], at(2), at(2));
    take(&mut turn, "b", create("b", 2), &[], 2).unwrap();
}

#[test]
fn who_waits_is_woken_even_if_nobody_saw_the_operation_run() {
    let mut turn = turn();
    let busy = [profile("x", ProfileStatus::Creating)];
    for (object, now) in [("a", 0), ("b", 1)] {
        assert!(take(&mut turn, object, create("n", now), &busy, now).is_err());
    }
    let there = [profile("a", ProfileStatus::Active)];
    take(&mut turn, "a", delete("a", ProfileStatus::Active, 2), &there, 2).unwrap();
    accepted(&mut turn, "a", None, 2);
    assert_eq!(turn.learn(&[], at(3), at(3)), woken(&["b"]));
}

#[test]
fn a_tag_change_says_nothing_of_whether_eks_would_take_a_create() {
    let mut turn = turn();
    take(&mut turn, "a", create("a-1", 0), &[], 0).unwrap();
    failed(&mut turn, "a", Class::Wait, true, 0).unwrap();
    take(&mut turn, "b", tag("b", 1), &[], 1).unwrap();
    accepted(&mut turn, "b", None, 1);
    turn.learn(&[], at(2), at(2));
    assert_eq!(take(&mut turn, "a", create("a-1", 2), &[], 2), Err(Retry::At(at(5))));
}

#[test]
fn a_turn_is_granted_on_the_newest_look_only_and_not_on_an_old_one() {
    let mut turn = turn();
    turn.learn(&[], at(10), at(11));
    let on = |began| EksView { profiles: &[], began: at(began), installation: INSTALLATION };
    let older = turn.take("a", create("a", 12), &on(9), at(12), wall(12)).unwrap_err();
    assert_eq!(older.retry, Retry::Soon);
    let stale = turn.take("a", create("a", 31), &on(10), at(31), wall(31)).unwrap_err();
    assert_eq!(stale.retry, Retry::Soon);
    turn.take("a", create("a", 30), &on(10), at(30), wall(30)).unwrap();
}

/// An object in a gap, and two that wait. EKS is idle at 10.
fn with_a_gap() -> Turn {
    let queue = vec![("first".to_owned(), wall(1)), ("second".to_owned(), wall(2))];
    let mut turn = Turn::new(INTERVALS, queue, BTreeSet::from(["gap".to_owned()]), at(0), None);
    turn.learn(&[profile("gap", ProfileStatus::Deleting)], at(5), at(5));
    turn
}

#[test]
fn an_open_gap_comes_before_all_who_wait_and_its_object_is_woken_first() {
    let mut turn = with_a_gap();
    assert_eq!(turn.learn(&[], at(10), at(10)), woken(&["gap"]), "although it does not wait yet");
    let blocked = ask(&mut turn, "first", create("f", 10), &[], 10).unwrap_err();
    assert_eq!(blocked.by, "a FargateProfile that has no EKS profile at the moment comes first");
    assert_eq!(blocked.retry, Retry::Woken);
    assert!(ask(&mut turn, "second", delete("s", ProfileStatus::Active, 10), &[], 10).is_err());
    take(&mut turn, "gap", create("gap", 10), &[], 10).unwrap();
}

#[test]
fn a_gap_that_cannot_use_a_turn_lets_the_others_pass() {
    let mut turn = with_a_gap();
    turn.learn(&[], at(10), at(10));
    assert_eq!(turn.reserve("gap", false, at(10)), Some("first".to_owned()), "who is next is woken");
    assert_eq!(turn.reserve("gap", false, at(10)), None);
    take(&mut turn, "first", create("f", 10), &[], 10).unwrap();
}

#[test]
fn the_gap_of_an_object_that_is_gone_holds_up_nobody() {
    let mut turn = with_a_gap();
    turn.learn(&[], at(10), at(10));
    turn.keep_only(|object| object == "gap");
    assert!(ask(&mut turn, "first", create("f", 10), &[], 10).is_err());
    turn.keep_only(|object| object != "gap");
    take(&mut turn, "first", create("f", 10), &[], 10).unwrap();
}

#[test]
fn of_two_gaps_the_one_that_waits_longer_goes_first_and_one_that_does_not_ask_holds_up_nobody() {
    let mut turn = Turn::new(INTERVALS, Vec::new(), BTreeSet::new(), at(0), None);
    turn.learn(&[], at(1), at(1));
    for object in ["a", "b"] {
        turn.reserve(object, true, at(1));
    }
    take(&mut turn, "b", create("b", 2), &[], 2).unwrap();
}

#[test]
fn a_tag_change_does_not_wait_for_a_gap() {
    let mut turn = with_a_gap();
    turn.learn(&[], at(10), at(10));
    take(&mut turn, "first", tag("first", 10), &[], 10).unwrap();
}

#[test]
fn who_leaves_does_not_wake_itself() {
    let mut turn = with_a_gap();
    turn.learn(&[], at(10), at(10));
    assert_eq!(turn.leave("gap", at(10)), None);
    assert_eq!(turn.leave("first", at(10)), Some("gap".to_owned()));
}

#[test]
fn only_the_next_in_line_is_told_what_operation_it_waits_for_and_hears_of_its_end() {
    let mut turn = turn();
    let creating = profile("theirs", ProfileStatus::Creating);
    let busy = std::slice::from_ref(&creating);
    turn.learn(busy, at(0), at(0));
    let mut told = Vec::new();
    for (object, now) in [("a", 1), ("b", 2), ("c", 3)] {
        let blocked = ask(&mut turn, object, create("x", now), busy, now).unwrap_err();
        told.push((blocked.ahead, blocked.by));
    }
    let others = |ahead: &str| {
        format!(
            "{ahead} other FargateProfile{} first",
            if ahead == "1" { " has its turn" } else { "s have their turn" }
        )
    };
    assert_eq!(told, [(0, "EKS profile theirs is CREATING".to_owned()), (1, others("1")), (2, others("2"))]);
    // Somebody else is at it at once, so no turn comes, but what a was told is no longer so.
    let next = profile("others", ProfileStatus::Deleting);
    assert_eq!(turn.learn(std::slice::from_ref(&next), at(4), at(4)), woken(&["a"]));
    assert_eq!(turn.learn(std::slice::from_ref(&next), at(5), at(5)), woken(&[]), "once");
}

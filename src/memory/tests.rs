//! What the memory of an object keeps, and for how long.

use super::learn::refused;
use super::*;
use crate::eks::ProfileStatus;
use crate::intervals::DEFAULTS;
use crate::plan::fixture::decide;
use crate::state::Facts;
use crate::state::fixture::{draining, foreign, outdated, owned, prepared, wall, with};

fn at_generation(generation: i64) -> Memory {
    let mut memory = Memory::default();
    memory.meet(generation, None);
    memory
}

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn count(memory: &Memory, action: &ActionKey) -> (u32, u64) {
    memory.attempts().get(action).map_or((0, 0), |attempt| (attempt.count, attempt.until.as_secs()))
}

fn learn(memory: &mut Memory, profile: &Profile, now: Duration) {
    let mut snapshot = with(std::slice::from_ref(profile));
    snapshot.now = now;
    memory.learn(&Facts::of(&snapshot), &DEFAULTS, 0.0);
}

#[test]
fn a_create_that_fails_over_and_over_is_tried_ever_more_rarely_and_a_success_ends_that() {
    let mut memory = at_generation(1);
    let (create, step) = (ActionKey::Create(1), decide(&prepared()));
    let mut failed = owned("web-9999", ProfileStatus::CreateFailed);
    let mut waits = Vec::new();
    for round in 1..=6_u64 {
        let now = at(round * 10_000);
        memory.note(&step, &Outcome::Done, 1, now, &DEFAULTS, 0.0);
        failed.arn = format!("arn:{round}");
        learn(&mut memory, &failed, now + at(300));
        learn(&mut memory, &failed, now + at(305));
        waits.push(count(&memory, &create).1 - round * 10_000 - 300);
    }
    assert_eq!(waits, [5, 10, 20, 40, 80, 160]);
    assert_eq!(count(&memory, &create).0, 6, "each failed profile counts once");
    assert!(memory.attempts()[&create].is_stalled());
    learn(&mut memory, &owned("web-9999", ProfileStatus::Active), at(0));
    assert_eq!(count(&memory, &create), (0, 0));
}

#[test]
fn a_new_generation_is_a_new_start_for_all_but_deletes() {
    let mut memory = at_generation(1);
    memory.note(&decide(&prepared()), &Outcome::Done, 1, at(0), &DEFAULTS, 0.0);
    let delete = Step::Delete { name: "a".into(), arn: "arn:a".into(), cause: crate::plan::DeleteCause::Leftover };
    memory.note(&delete, &Outcome::Done, 1, at(0), &DEFAULTS, 0.0);
    let tag = Step::Tag {
        name: "a".into(),
        arn: "arn:a".into(),
        set: BTreeMap::new(),
        remove: vec!["team".into()],
        cause: crate::plan::TagCause::Drift,
    };
    let refused = refused(&owned("a", ProfileStatus::Active), Class::Fix, Reason::InvalidParameter);
    memory.note(&tag, &Outcome::Failed(refused), 1, at(0), &DEFAULTS, 0.0);
    assert_eq!(memory.attempts().len(), 3);
    memory.meet(2, None);
    assert_eq!(memory.attempts().keys().collect::<Vec<_>>(), [&ActionKey::Delete("arn:a".into())]);
    memory.written(&prepared());
    assert!(memory.attempts().is_empty());
}

#[test]
fn another_try_that_somebody_asks_for_is_a_new_start_for_everything() {
    let mut memory = at_generation(1);
    let refused = refused(&owned("a", ProfileStatus::Active), Class::Fix, Reason::NoFreeSlot);
    memory.note(&decide(&prepared()), &Outcome::Failed(refused.clone()), 7, at(0), &DEFAULTS, 0.0);
    let delete = Step::Delete { name: "a".into(), arn: "arn:a".into(), cause: crate::plan::DeleteCause::Leftover };
    memory.note(&delete, &Outcome::Done, 1, at(0), &DEFAULTS, 0.0);
    memory.blind(&refused, at(0), &DEFAULTS, 0.0);
    memory.meet(1, None);
    assert_eq!((memory.attempts().len(), memory.full_at()), (2, Some(7)));
    memory.meet(1, Some("now".into()));
    assert_eq!((memory.attempts().len(), memory.full_at(), memory.blind_for(at(0))), (0, None, None));
    memory.note(&decide(&prepared()), &Outcome::Failed(refused), 7, at(0), &DEFAULTS, 0.0);
    memory.meet(1, Some("now".into()));
    assert_eq!(memory.attempts().len(), 1, "the same value asks for nothing more");
}

#[test]
fn tags_that_somebody_undoes_again_and_again_are_set_ever_more_rarely_and_others_at_once() {
    let profile = owned("web-9999", ProfileStatus::Active);
    let tagged = |value: &str, seconds: u64| {
        let mut snapshot = with(std::slice::from_ref(&profile));
        snapshot.spec.tags = Some([("team".to_owned(), value.to_owned())].into());
        snapshot.now = at(seconds);
        snapshot
    };
    let mut memory = at_generation(1);
    let mut waits = Vec::new();
    for now in [1000, 2000, 3000] {
        let mut undone = tagged("web", now);
        let step = decide(&undone);
        assert!(matches!(step, Step::Tag { .. }), "{step:?}");
        memory.note(&step, &Outcome::Done, 1, at(now), &DEFAULTS, 0.0);
        // The effect shows, and then somebody undoes it.
        let mut shows = undone.clone();
        shows.profiles[0].tags.insert("team".into(), "web".into());
        memory.learn(&Facts::of(&shows), &DEFAULTS, 0.0);
        memory.learn(&Facts::of(&undone), &DEFAULTS, 0.0);
        memory.written(&undone);
        undone.attempts = memory.attempts().clone();
        let Step::Wait(crate::plan::Wait::BackOff { until, .. }) = decide(&undone) else {
            panic!("{:?}", decide(&undone))
        };
        waits.push(until.as_secs() - now);
    }
    assert_eq!(waits, [5, 10, 20]);
    let mut others = tagged("jobs", 3000);
    others.attempts = memory.attempts().clone();
    assert!(matches!(decide(&others), Step::Tag { .. }));
}

#[test]
fn a_delete_that_fails_again_backs_off_from_when_that_is_seen() {
    let mut memory = at_generation(1);
    let stuck = owned("a", ProfileStatus::DeleteFailed);
    let action = ActionKey::Delete(stuck.arn.clone());
    let delete =
        Step::Delete { name: "a".into(), arn: stuck.arn.clone(), cause: crate::plan::DeleteCause::ObjectDeleted };
    for (round, wait) in [(1, 5), (2, 10), (3, 20)] {
        let now = at(round * 1000);
        memory.note(&delete, &Outcome::Done, 1, now, &DEFAULTS, 0.0);
        learn(&mut memory, &stuck, now + at(120));
        learn(&mut memory, &stuck, now + at(121));
        assert_eq!(count(&memory, &action), (u32::try_from(round).unwrap(), round * 1000 + 120 + wait));
    }
}

#[test]
fn a_profile_on_record_is_missed_from_the_first_look_that_does_not_show_it() {
    let mut memory = at_generation(1);
    let profile = owned("a", ProfileStatus::Active);
    let mut missing = |profiles: &[Profile], now| {
        let mut snapshot = with(std::slice::from_ref(&profile));
        (snapshot.profiles, snapshot.now) = (profiles.to_vec(), now);
        memory.recall(&mut snapshot);
        snapshot.absent_since.get(&profile.arn).copied()
    };
    assert_eq!(missing(std::slice::from_ref(&profile), at(0)), None);
    assert_eq!(missing(&[], at(10)), Some(at(10)));
    assert_eq!(missing(&[], at(20)), Some(at(10)));
    assert_eq!(missing(std::slice::from_ref(&profile), at(30)), None);
}

#[test]
fn a_profile_that_failed_for_an_earlier_spec_says_nothing_of_this_one() {
    let mut memory = at_generation(2);
    learn(&mut memory, &outdated("web-9999", ProfileStatus::CreateFailed), at(0));
    assert!(memory.attempts().is_empty());
}

#[test]
fn a_report_knows_what_was_just_tried_and_the_slots_as_they_were_observed() {
    let mut memory = at_generation(1);
    let mut snapshot = prepared();
    memory.recall(&mut snapshot);
    let failure = Failure { class: Class::Fix, reason: Reason::NoFreeSlot, ..refused_by_eks() };
    memory.note(&decide(&snapshot), &Outcome::Failed(failure), 1, at(0), &DEFAULTS, 0.0);
    memory.tell_attempts(&mut snapshot);
    assert_eq!((snapshot.attempts.len(), snapshot.full_at), (1, None));
    memory.recall(&mut snapshot);
    assert_eq!(snapshot.full_at, Some(1));
}

#[test]
fn a_refusal_for_want_of_a_slot_counts_until_there_is_a_profile_less() {
    let mut memory = at_generation(1);
    let failure = Failure { class: Class::Fix, reason: Reason::NoFreeSlot, ..refused_by_eks() };
    memory.note(&decide(&prepared()), &Outcome::Failed(failure), 1, at(0), &DEFAULTS, 0.0);
    learn(&mut memory, &foreign("another", ProfileStatus::Active), at(1));
    assert_eq!((memory.full_at, count(&memory, &ActionKey::Create(1)).0), (Some(1), 1));
    let empty = prepared();
    memory.learn(&Facts::of(&empty), &DEFAULTS, 0.0);
    assert_eq!((memory.full_at, count(&memory, &ActionKey::Create(1)).0), (None, 0));
}

#[test]
fn what_failed_and_is_not_wanted_any_more_is_forgotten_but_not_in_quiet_time() {
    let profile = owned("web-9999", ProfileStatus::Active);
    let arn = profile.arn.clone();
    let trouble = |failed: Step| {
        let mut memory = at_generation(1);
        memory.note(&failed, &Outcome::Failed(refused_by_eks()), 1, at(0), &DEFAULTS, 0.0);
        let mut seen = with(std::slice::from_ref(&profile));
        seen.quiet = true;
        memory.learn(&Facts::of(&seen), &DEFAULTS, 0.0);
        let in_quiet_time = memory.attempts().len();
        seen.quiet = false;
        memory.learn(&Facts::of(&seen), &DEFAULTS, 0.0);
        (in_quiet_time, memory.attempts().len())
    };
    let cause = crate::plan::DeleteCause::Superseded;
    assert_eq!(trouble(Step::Delete { name: "web-9999".into(), arn: arn.clone(), cause }), (1, 0));
    let tag = |arn: String| Step::Tag {
        name: "web-9999".into(),
        arn,
        set: BTreeMap::from([("team".into(), "web".into())]),
        remove: Vec::new(),
        cause: crate::plan::TagCause::Drift,
    };
    assert_eq!(trouble(tag(arn)), (1, 0));
    let other =
        Step::Delete { name: "web-9998".into(), arn: "arn:other".into(), cause: crate::plan::DeleteCause::Superseded };
    assert_eq!(trouble(other), (1, 1));
}

#[test]
fn a_look_that_is_refused_once_needs_nobody_yet() {
    let mut memory = at_generation(1);
    let mut denied = || memory.blind(&refused_by_eks(), at(0), &DEFAULTS, 0.0);
    assert_eq!([denied(), denied(), denied()], [(at(5), false), (at(10), true), (at(20), true)]);
    learn(&mut memory, &owned("web-9999", ProfileStatus::Active), at(0));
    assert_eq!(memory.blind(&refused_by_eks(), at(0), &DEFAULTS, 0.0), (at(5), false));
}

fn refused_by_eks() -> Failure {
    refused(&owned("web-9999", ProfileStatus::CreateFailed), Class::Fix, Reason::CreateFailed)
}

#[test]
fn a_status_that_cannot_be_written_is_tried_ever_more_rarely_until_it_is() {
    let (intervals, mut memory) = (DEFAULTS, at_generation(1));
    let mut tries = || [(); 6].map(|()| memory.unwritten(&intervals, 0.0).as_secs());
    assert_eq!(tries(), [5, 10, 20, 40, 60, 60]);
    memory.written(&prepared());
    assert_eq!(memory.unwritten(&intervals, 0.0), at(5));
}

#[test]
fn the_time_in_which_nothing_could_be_done_is_given_back_to_drains_once() {
    let mut memory = at_generation(1);
    let given_back = |memory: &Memory| {
        let mut snapshot = with(&[outdated("web-9999", ProfileStatus::Active)]);
        draining(&mut snapshot, "web-9999", 3600);
        memory.ability.give_back(&mut snapshot.status.profiles);
        snapshot.status.profiles[0].drain.as_ref().unwrap().since.as_ref().unwrap().0.as_second()
            - wall(-3600).as_second()
    };
    let unavailable = refused(&owned("a", ProfileStatus::Active), Class::Retry, Reason::EksUnavailable);
    memory.ability.able(at(100));
    memory.ability.able(at(130));
    assert_eq!((given_back(&memory), memory.ability.since()), (0, at(100)), "who comes knows of no break");
    memory.ability.hindered();
    memory.ability.able(at(2230));
    memory.ability.able(at(2260));
    assert_eq!((given_back(&memory), memory.ability.since()), (2100, at(2230)), "until it is on record");
    memory.blind(&unavailable, at(2290), &DEFAULTS, 0.0);
    memory.ability.able(at(2360));
    assert_eq!((given_back(&memory), memory.ability.since()), (2200, at(2360)));
    memory.written(&prepared());
    memory.ability.sees(false, at(2390));
    assert_eq!(
        (given_back(&memory), memory.ability.since()),
        (0, at(2360)),
        "pods out of sight have a limit of their own"
    );
    memory.ability.sees(false, at(2420));
    memory.ability.sees(true, at(2450));
    memory.ability.sees(true, at(2480));
    assert_eq!((given_back(&memory), memory.ability.since()), (0, at(2450)));
}

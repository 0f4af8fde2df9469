use super::*;
use crate::intervals::DEFAULTS;

const CONFIG: LeaseConfig = DEFAULTS.lease;

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn candidate() -> Candidate {
    Candidate::new(Identity::of_pod("ops/a", "1"), CONFIG)
}

fn lease(version: &str, holder: &str) -> Answer {
    Answer::Is(LeaseView { version: version.into(), holder: holder.into(), duration: at(15), settled: false })
}

fn handed_over(version: &str) -> Answer {
    Answer::Is(LeaseView { version: version.into(), holder: String::new(), duration: at(1), settled: true })
}

/// A candidate that took the Lease at second 0.
fn holder() -> Candidate {
    let mut one = candidate();
    one.learn(Request::Read, Answer::Absent, at(0), at(0));
    assert_eq!(one.learn(Request::Create, lease("1", "ops/a_1"), at(0), at(1)), Next::Rest);
    one
}

#[test]
fn a_lease_that_nobody_has_is_taken_at_once() {
    let mut one = candidate();
    assert_eq!(one.begin(), Request::Read);
    assert_eq!(one.learn(Request::Read, Answer::Absent, at(0), at(0)), Next::Send(Request::Create));
    assert_eq!(one.learn(Request::Create, lease("1", "ops/a_1"), at(3), at(4)), Next::Rest);
    // The time runs from the request, not from the answer.
    assert_eq!(one.leadership(), Some((at(13), Takeover::Unclean { at: at(4) })));
    assert_eq!(one.begin(), Request::Renew);
}

#[test]
fn a_lease_that_was_handed_over_needs_no_quiet_time_and_a_released_one_does() {
    for (free, takeover) in [(handed_over("7"), Takeover::Clean), (lease("7", ""), Takeover::Unclean { at: at(1) })] {
        let mut one = candidate();
        assert_eq!(one.learn(Request::Read, free, at(0), at(0)), Next::Send(Request::Take));
        one.learn(Request::Take, lease("8", "ops/a_1"), at(0), at(1));
        assert_eq!(one.leadership().map(|(_, takeover)| takeover), Some(takeover));
    }
}

#[test]
fn a_lease_of_somebody_else_is_taken_when_it_has_stood_unchanged_for_its_duration() {
    let mut one = candidate();
    for second in [0, 5, 10, 14] {
        assert_eq!(one.learn(Request::Read, lease("1", "ops/b_1"), at(second), at(second)), Next::Rest, "{second}");
    }
    assert_eq!(one.learn(Request::Read, lease("2", "ops/b_1"), at(15), at(15)), Next::Rest);
    for second in [20, 25, 29] {
        assert_eq!(one.learn(Request::Read, lease("2", "ops/b_1"), at(second), at(second)), Next::Rest, "{second}");
    }
    assert_eq!(one.learn(Request::Read, lease("2", "ops/b_1"), at(30), at(30)), Next::Send(Request::Take));
    one.learn(Request::Take, lease("3", "ops/a_1"), at(30), at(31));
    assert_eq!(one.leadership(), Some((at(40), Takeover::Unclean { at: at(31) })));
}

#[test]
fn who_could_not_look_has_not_seen_it_expire() {
    let mut one = candidate();
    assert_eq!(one.learn(Request::Read, lease("1", "ops/b_1"), at(0), at(0)), Next::Rest);
    for second in (2..120).step_by(2) {
        assert_eq!(one.learn(Request::Read, Answer::Failed, at(second), at(second)), Next::Rest);
    }
    assert_eq!(one.learn(Request::Read, lease("1", "ops/b_1"), at(120), at(120)), Next::Rest);
    assert_eq!(one.learn(Request::Read, lease("1", "ops/b_1"), at(128), at(128)), Next::Rest);
    assert_eq!(one.learn(Request::Read, lease("1", "ops/b_1"), at(135), at(135)), Next::Send(Request::Take));
}

#[test]
fn a_holder_that_asks_for_longer_is_given_longer() {
    let mut one = candidate();
    let patient = |second| {
        Answer::Is(LeaseView { version: "1".into(), holder: "x".into(), duration: at(60), settled: second > 99 })
    };
    for second in (0..60).step_by(5) {
        assert_eq!(one.learn(Request::Read, patient(second), at(second), at(second)), Next::Rest);
    }
    assert_eq!(one.learn(Request::Read, patient(60), at(60), at(60)), Next::Send(Request::Take));
}

#[test]
fn an_earlier_process_in_the_same_pod_is_gone() {
    let mut one = candidate();
    assert_eq!(one.learn(Request::Read, lease("1", "ops/a_0"), at(0), at(0)), Next::Send(Request::Take));
    let mut host = Candidate::new(Identity::on_host("ops/a", "1"), CONFIG);
    assert_eq!(host.learn(Request::Read, lease("1", "ops/a_0"), at(0), at(0)), Next::Rest);
}

#[test]
fn an_unreachable_api_server_costs_the_holder_its_right_to_act_but_not_the_lease() {
    let mut one = holder();
    for second in [2, 4, 60] {
        let request = one.begin();
        assert_eq!(one.learn(request, Answer::Failed, at(second), at(second)), Next::Rest);
        assert_eq!(one.leadership().map(|(until, _)| until), Some(at(10)));
    }
    assert_eq!(one.begin(), Request::Read);
    assert_eq!(one.learn(Request::Read, lease("1", "ops/a_1"), at(90), at(90)), Next::Send(Request::Renew));
    assert_eq!(one.learn(Request::Renew, lease("2", "ops/a_1"), at(90), at(91)), Next::Rest);
    assert_eq!(one.leadership().map(|(until, _)| until), Some(at(100)));
}

#[test]
fn a_lease_that_somebody_else_holds_now_is_lost() {
    let mut one = holder();
    assert_eq!(one.learn(Request::Renew, Answer::Conflict, at(20), at(20)), Next::Send(Request::Read));
    assert_eq!(one.begin(), Request::Read);
    assert_eq!(one.learn(Request::Read, lease("2", "ops/b_1"), at(22), at(22)), Next::Lost("ops/b_1".into()));
    // Another holder may have released the Lease already, or the Lease may be gone.
    for answer in [lease("9", ""), handed_over("9"), Answer::Absent] {
        assert_eq!(holder().learn(Request::Read, answer, at(22), at(22)), Next::Lost("nobody".into()));
    }
    // Another process that claims the same pod is a different holder, too.
    let mut one = holder();
    assert_eq!(one.learn(Request::Read, lease("2", "ops/a_9"), at(2), at(2)), Next::Lost("ops/a_9".into()));
}

#[test]
fn a_lease_that_was_annotated_or_removed_by_hand_is_kept() {
    let mut one = holder();
    one.learn(Request::Renew, Answer::Conflict, at(2), at(2));
    assert_eq!(one.learn(Request::Read, lease("2", "ops/a_1"), at(4), at(4)), Next::Send(Request::Renew));
    assert_eq!(one.learn(Request::Read, lease("2", ""), at(4), at(4)), Next::Send(Request::Take));
    one.learn(Request::Renew, Answer::Absent, at(4), at(4));
    assert_eq!(one.begin(), Request::Read);
    assert_eq!(one.learn(Request::Read, Answer::Absent, at(6), at(6)), Next::Send(Request::Create));
    assert_eq!(one.learn(Request::Create, lease("3", "ops/a_1"), at(6), at(6)), Next::Rest);
    assert_eq!(one.leadership(), Some((at(16), Takeover::Unclean { at: at(1) })));
}

#[test]
fn a_take_whose_answer_was_lost_is_found_out_by_a_look() {
    for (free, takeover) in [(handed_over("7"), Takeover::Clean), (lease("7", ""), Takeover::Unclean { at: at(8) })] {
        let mut one = candidate();
        one.learn(Request::Read, free, at(0), at(0));
        one.learn(Request::Take, Answer::Failed, at(0), at(5));
        assert_eq!(one.leadership(), None);
        assert_eq!(one.learn(Request::Read, lease("8", "ops/a_1"), at(7), at(7)), Next::Send(Request::Renew));
        one.learn(Request::Renew, lease("9", "ops/a_1"), at(7), at(8));
        assert_eq!(one.leadership(), Some((at(17), takeover)));
    }
    // It was released once and then held by another process that is gone. The last takeover counts.
    let mut one = candidate();
    one.learn(Request::Read, handed_over("7"), at(0), at(0));
    one.learn(Request::Take, Answer::Failed, at(0), at(5));
    for second in [7, 12, 17] {
        assert_eq!(one.learn(Request::Read, lease("8", "ops/b_1"), at(second), at(second)), Next::Rest);
    }
    assert_eq!(one.learn(Request::Read, lease("8", "ops/b_1"), at(22), at(22)), Next::Send(Request::Take));
    one.learn(Request::Take, lease("9", "ops/a_1"), at(22), at(23));
    assert_eq!(one.leadership(), Some((at(32), Takeover::Unclean { at: at(23) })));
}

//! What a process does about the lease next. Pure: what the API server answered and what time it is are arguments.

use std::time::Duration;

use super::{Identity, Takeover};
use crate::intervals::LeaseConfig;

/// Who holds a lease that has been let go of.
const NOBODY: &str = "nobody";

/// What a Lease says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LeaseView {
    /// Its resourceVersion.
    pub(super) version: String,
    /// Who holds it; nobody if empty.
    pub(super) holder: String,
    /// After so long without a change it may be taken over.
    pub(super) duration: Duration,
    /// Its last holder has handed it over with nothing under way.
    pub(super) settled: bool,
}

/// A call to the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    /// Read the Lease.
    Read,
    /// Create it, held by this process.
    Create,
    /// Take it over, as it was last seen.
    Take,
    /// Renew it, as it was last seen.
    Renew,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The Lease as it stands now, read or written.
    Is(LeaseView),
    /// There is none.
    Absent,
    /// Somebody has written it, or removed it, in between.
    Conflict,
    /// No definite answer.
    Failed,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// This call, at once.
    Send(Request),
    /// Nothing, until the next round.
    Rest,
    /// Somebody else holds the lease that this process held.
    Lost(String),
}

/// One of those who want the lease.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    me: Identity,
    config: LeaseConfig,
    /// The Lease as last seen, and since when it has looked like that.
    seen: Option<(LeaseView, Duration)>,
    /// When the Lease was last seen at all.
    looked: Duration,
    /// The last write was not confirmed.
    doubtful: bool,
    /// What was last taken, or tried to be, had been handed over with nothing under way.
    takes_settled: bool,
    held: Option<Held>,
}

/// The lease is this process's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    takeover: Takeover,
    renewed: Duration,
}

impl Candidate {
    pub(super) fn new(me: Identity, config: LeaseConfig) -> Self {
        Self { me, config, seen: None, looked: Duration::ZERO, doubtful: false, takes_settled: false, held: None }
    }

    pub(super) fn me(&self) -> &Identity {
        &self.me
    }

    /// Until when this process may act, and how it came to the lease.
    pub(super) fn leadership(&self) -> Option<(Duration, Takeover)> {
        self.held.map(|held| (held.renewed + self.config.renew_deadline, held.takeover))
    }

    /// The first call of a round.
    pub(super) fn begin(&self) -> Request {
        if self.held.is_some() && !self.doubtful { Request::Renew } else { Request::Read }
    }

    /// What follows on the answer to a call that was sent at `sent` and answered by `now`.
    pub(super) fn learn(&mut self, request: Request, answer: Answer, sent: Duration, now: Duration) -> Next {
        self.doubtful = false;
        match (request, answer) {
            (Request::Read, Answer::Is(seen)) => self.look(seen, now),
            (Request::Read, Answer::Absent) => {
                (self.seen, self.looked, self.takes_settled) = (None, now, false);
                if self.has_lapsed(now) { Next::Lost(NOBODY.to_owned()) } else { Next::Send(Request::Create) }
            }
            (Request::Create | Request::Take | Request::Renew, Answer::Is(seen)) => {
                let takeover = self.held.map_or_else(|| self.takeover(now), |held| held.takeover);
                self.held = Some(Held { takeover, renewed: sent });
                (self.seen, self.looked) = (Some((seen, now)), now);
                Next::Rest
            }
            // Who has written it may be a rival: this is looked at before anything else is begun.
            (Request::Renew, Answer::Conflict) => {
                self.doubtful = true;
                Next::Send(Request::Read)
            }
            (_, Answer::Conflict | Answer::Failed | Answer::Absent) => {
                self.doubtful = true;
                Next::Rest
            }
        }
    }

    fn look(&mut self, seen: LeaseView, now: Duration) -> Next {
        // Whatever kept this process from looking has kept the holder from renewing.
        let blind = now.saturating_sub(self.looked) > self.config.renew_deadline;
        let since = match &self.seen {
            Some((before, since)) if before.version == seen.version && !blind => *since,
            Some(_) | None => now,
        };
        let unchanged = now.saturating_sub(since);
        let next = if seen.holder == self.me.text {
            Next::Send(Request::Renew)
        } else if seen.holder.is_empty() && !self.has_lapsed(now) {
            self.takes_settled = seen.settled;
            Next::Send(Request::Take)
        } else if self.held.is_some() {
            Next::Lost(if seen.holder.is_empty() { NOBODY } else { seen.holder.as_str() }.to_owned())
        } else if self.me.follows(&seen.holder) || unchanged >= seen.duration.max(self.config.lease_duration) {
            self.takes_settled = false;
            Next::Send(Request::Take)
        } else {
            Next::Rest
        };
        (self.seen, self.looked) = (Some((seen, since)), now);
        next
    }

    /// Somebody else may have had the lease since this process last renewed it.
    fn has_lapsed(&self, now: Duration) -> bool {
        self.held.is_some_and(|held| now >= held.renewed + self.config.renew_deadline)
    }

    /// How the lease came to this process. Also where the answer to the write that took it was lost: an earlier one can no
    /// longer have landed, since it was for an earlier version.
    fn takeover(&self, now: Duration) -> Takeover {
        if self.takes_settled { Takeover::Clean } else { Takeover::Unclean { at: now } }
    }
}

#[cfg(test)]
mod tests {
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

    /// One that has taken the lease at second 0.
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
        // From when it was sent, not from when it was answered.
        assert_eq!(one.leadership(), Some((at(13), Takeover::Unclean { at: at(4) })));
        assert_eq!(one.begin(), Request::Renew);
    }

    #[test]
    fn a_lease_that_was_handed_over_needs_no_quiet_time_and_a_released_one_does() {
        for (free, takeover) in [(handed_over("7"), Takeover::Clean), (lease("7", ""), Takeover::Unclean { at: at(1) })]
        {
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
        // Whoever had it meanwhile may have let go of it already, or the Lease is gone.
        for answer in [lease("9", ""), handed_over("9"), Answer::Absent] {
            assert_eq!(holder().learn(Request::Read, answer, at(22), at(22)), Next::Lost("nobody".into()));
        }
        // Another process that calls itself by the same pod is somebody else, too.
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
        for (free, takeover) in [(handed_over("7"), Takeover::Clean), (lease("7", ""), Takeover::Unclean { at: at(8) })]
        {
            let mut one = candidate();
            one.learn(Request::Read, free, at(0), at(0));
            one.learn(Request::Take, Answer::Failed, at(0), at(5));
            assert_eq!(one.leadership(), None);
            assert_eq!(one.learn(Request::Read, lease("8", "ops/a_1"), at(7), at(7)), Next::Send(Request::Renew));
            one.learn(Request::Renew, lease("9", "ops/a_1"), at(7), at(8));
            assert_eq!(one.leadership(), Some((at(17), takeover)));
        }
        // Handed over once, then held by another who is gone: what counts is what was taken last.
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
}

//! What a process does about the lease next. Pure: what the API server answered and what time it is are arguments.

use std::time::Duration;

use super::{Identity, Takeover};
use crate::intervals::LeaseConfig;

/// The holder of a lease that has been released.
const NOBODY: &str = "nobody";

/// What a Lease says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LeaseView {
    pub(super) version: String,
    /// The holder; nobody if empty.
    pub(super) holder: String,
    /// After so long without a change it may be taken over.
    pub(super) duration: Duration,
    /// Its last holder has handed it over with nothing under way.
    pub(super) settled: bool,
}

/// A call to the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
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
    Absent,
    /// Somebody has written it, or removed it, in between.
    Conflict,
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// This call, at once.
    Send(Request),
    /// Nothing, until the next round.
    Rest,
    /// Somebody else holds the lease that this process held.
    Lost(String),
}

/// A process that wants the lease.
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
            // Another candidate may have written it: the Lease is read before anything else is begun.
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
mod tests;

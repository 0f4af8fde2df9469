//! What a process does about the Lease next. Pure: answers and times are arguments.

use std::time::Duration;

use super::{Identity, Takeover};
use crate::intervals::LeaseConfig;

/// The holder of a released Lease, in messages.
const NOBODY: &str = "nobody";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LeaseView {
    pub(super) version: String,
    /// Empty if the Lease was released.
    pub(super) holder: String,
    /// A standby may take over after this time without a change.
    pub(super) duration: Duration,
    /// Its last holder released it with nothing in flight.
    pub(super) settled: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Read,
    /// Create it, held by this process.
    Create,
    /// Take over the version that was last seen.
    Take,
    /// Renew the version that was last seen.
    Renew,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The current Lease, after a read or a write.
    Is(LeaseView),
    /// There is no Lease.
    Absent,
    /// Another process wrote or deleted it first.
    Conflict,
    /// There was no definite answer.
    Failed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Send this call at once.
    Send(Request),
    /// Wait for the next round.
    Rest,
    /// This other process now holds the Lease that this one held.
    Lost(String),
}

/// A process that wants the Lease.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    me: Identity,
    config: LeaseConfig,
    /// The Lease as last seen, and since when it has not changed.
    seen: Option<(LeaseView, Duration)>,
    /// When the Lease was last read at all.
    looked: Duration,
    /// The last write was not confirmed.
    doubtful: bool,
    /// The last holder had nothing in flight when it released the Lease that this process took or tried to take.
    takes_settled: bool,
    held: Option<Held>,
}

/// This process holds the Lease.
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

    /// Until when this process may act, and how it got the Lease.
    pub(super) fn leadership(&self) -> Option<(Duration, Takeover)> {
        self.held.map(|held| (held.renewed + self.config.renew_deadline, held.takeover))
    }

    /// The first call of a round.
    pub(super) fn begin(&self) -> Request {
        if self.held.is_some() && !self.doubtful { Request::Renew } else { Request::Read }
    }

    /// What follows from the answer to a call that was sent at `sent` and answered by `now`.
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
            // Another process may have written it, so it is read again before any new work begins.
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
        // Whatever kept this process from reading the Lease may have kept the leader from renewing it.
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

    /// Whether another process may have held the Lease since this one last renewed it.
    fn has_lapsed(&self, now: Duration) -> bool {
        self.held.is_some_and(|held| now >= held.renewed + self.config.renew_deadline)
    }

    /// How this process got the Lease. This also holds if the answer to the write that took it was lost: an earlier
    /// write cannot have landed later, since it was for an earlier version.
    fn takeover(&self, now: Duration) -> Takeover {
        if self.takes_settled { Takeover::Clean } else { Takeover::Unclean { at: now } }
    }
}

#[cfg(test)]
mod tests;

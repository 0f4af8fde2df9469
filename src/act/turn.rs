//! Turns: EKS runs at most one profile operation at a time in each cluster, and so does the operator.
//!
//! A turn is one mutation: taken atomically, and over when a look shows that EKS is done with it. Pure: what was seen
//! and what time it is are arguments.
//!
//! # Guarantees
//! - At most one mutation of this process is in flight in a cluster, tag changes included: between sending one and seeing
//!   its effect (or the end of quiet time) none is granted.
//! - A create or delete is granted only while a look shows no profile CREATING or DELETING.
//! - While an object is in a gap and able to use a turn, no other gets one.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::mutation::{InFlight, TurnKind};
use super::queue::{Queue, Waiter};
use crate::eks::Profile;
use crate::failure::{Class, Failure};
use crate::intervals::Intervals;
use crate::state::is_of_installation;
use crate::time::elapsed;

/// What a look showed.
#[derive(Clone, Copy, Debug)]
pub struct EksView<'a> {
    /// All profiles of the cluster.
    pub profiles: &'a [Profile],
    /// When the look began.
    pub began: Duration,
    /// Identity of this installation, by which it knows its own.
    pub installation: &'a str,
}

/// Why a turn was not granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// What is in the way, for people.
    pub by: String,
    /// Since when this object waits.
    pub since: Timestamp,
    /// When to ask again, if nothing wakes it earlier.
    pub retry: Retry,
    /// EKS has just refused with a conflict that no look had shown: what is known of its profiles may be out of date.
    pub unforeseen: bool,
}

/// When to ask again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Soon: an effect is about to show.
    Soon,
    /// The end of an operation of ours wakes the object.
    Woken,
    /// An outsider's operation has to be watched; it has been seen for this long.
    Watch(Duration),
    At(Duration),
}

/// The turn of one EKS cluster.
#[derive(Debug)]
pub struct Turn {
    intervals: Intervals,
    flight: Option<InFlight>,
    /// After a start that may have followed a crash: until a look that began then.
    quiet_until: Option<Duration>,
    /// When the newest look began.
    looked: Duration,
    /// EKS refused with a conflict that no look explains, such as a cluster update: not before then, and why.
    refused: Option<Refusal>,
    busy: bool,
    /// The place in the queue of the object whose mutation is in flight.
    taken: Option<Waiter>,
    queue: Queue,
}

#[derive(Debug)]
struct Refusal {
    first: Duration,
    until: Duration,
    by: String,
}

impl Turn {
    /// A turn with those in the queue and in a gap that a previous process left there, in quiet time until `quiet_until`,
    /// if given.
    #[must_use]
    pub fn new(
        intervals: Intervals,
        waiting: Vec<(String, Timestamp)>,
        gaps: BTreeSet<String>,
        now: Duration,
        quiet_until: Option<Duration>,
    ) -> Self {
        Self {
            intervals,
            flight: None,
            quiet_until,
            looked: Duration::ZERO,
            refused: None,
            busy: false,
            taken: None,
            queue: Queue::new(waiting, gaps, now),
        }
    }

    /// Whether nothing may be derived from what EKS shows.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.flight.is_some() || self.quiet_until.is_some()
    }

    /// The mutation whose effect is awaited: a look must have begun after [`InFlight::latest`] and must have described
    /// [`InFlight::profile`] to show it.
    #[must_use]
    pub fn awaited(&self) -> Option<&InFlight> {
        self.flight.as_ref()
    }

    /// Asks for a turn and takes it if it is free. `wall` is the wall-clock time.
    ///
    /// # Errors
    /// [`Blocked`] tells what is in the way; the object stands in the queue then.
    pub fn take(
        &mut self,
        object: &str,
        flight: InFlight,
        seen: &EksView<'_>,
        now: Duration,
        wall: Timestamp,
    ) -> Result<(), Blocked> {
        let since = self.queue.since(object).unwrap_or(wall);
        let blocked = |by: String, retry| Err(Blocked { by, since, retry, unforeseen: false });
        if self.is_quiet() {
            return blocked("the effect of the last operation is not visible yet".to_owned(), Retry::Soon);
        }
        if seen.began < self.looked || now > seen.began + self.intervals.stale() {
            return blocked("EKS is being looked at again".to_owned(), Retry::Soon);
        }
        if flight.kind() == TurnKind::Exclusive {
            self.queue.join(object, since, now);
            if let Some(busy) = seen.profiles.iter().find(|profile| profile.status.is_exclusive()) {
                let retry = if is_of_installation(busy, seen.installation) {
                    Retry::Woken
                } else {
                    Retry::Watch(self.waited(object, wall))
                };
                return blocked(format!("profile {} is {}", busy.name, busy.status.name()), retry);
            }
            if let Some(refused) = self.refused.as_ref().filter(|refused| now < refused.until) {
                return blocked(refused.by.clone(), Retry::At(refused.until));
            }
            if let Some(first) = self.queue.gap_before(object) {
                let by = format!("FargateProfile {first} is without an EKS profile and comes first");
                return blocked(by, Retry::Woken);
            }
            if let Some(next) = self.next_in_line(now).filter(|next| *next != object) {
                return blocked(format!("it is the turn of FargateProfile {next}"), Retry::Woken);
            }
            self.taken = self.queue.serve(object, now);
            self.busy = true;
        } else {
            self.taken = None;
        }
        self.flight = Some(flight);
        Ok(())
    }

    /// What became of the mutation that was sent. `next_try` is how long to wait after a conflict, given how long
    /// conflicts have gone on. After a conflict the object is back in its place, and what it waits for is returned.
    pub fn answered(
        &mut self,
        object: &str,
        result: Result<Option<&Profile>, &Failure>,
        now: Duration,
        wall: Timestamp,
        next_try: impl Fn(Duration) -> Duration,
    ) -> Option<Blocked> {
        let taken = self.taken.take();
        match result {
            Ok(profile) => {
                if let Some(flight) = &mut self.flight {
                    if flight.kind() == TurnKind::Exclusive {
                        self.refused = None;
                    }
                    flight.answered(now, profile.map(|profile| profile.arn.clone()));
                }
            }
            Err(failure) if failure.definite => {
                if self.flight.take().is_some_and(|flight| flight.kind() == TurnKind::Exclusive) {
                    self.busy = false;
                }
                if failure.class == Class::Wait {
                    let first = self.refused.as_ref().map_or(now, |refused| refused.first);
                    let until = now + next_try(now.saturating_sub(first));
                    let by = failure.message.clone();
                    self.refused = Some(Refusal { first, until, by: by.clone() });
                    // It was this object's turn and still is.
                    let since = self.queue.put_back(object, taken, wall, now);
                    return Some(Blocked { by, since, retry: Retry::At(until), unforeseen: true });
                }
            }
            Err(_) => {
                if let Some(flight) = &mut self.flight {
                    flight.unanswered(now);
                }
            }
        }
        None
    }

    /// Learns from a look that began at `began`. Returns the object whose turn has come, if it has.
    pub fn learn(&mut self, profiles: &[Profile], began: Duration, now: Duration) -> Option<String> {
        if let Some(flight) = &self.flight
            && (flight.is_seen(profiles, began) || flight.is_over(self.intervals.quiet, began))
        {
            self.flight = None;
        }
        self.quiet_until.take_if(|until| began >= *until);
        self.looked = self.looked.max(began);
        let busy = self.flight.is_some() || profiles.iter().any(|profile| profile.status.is_exclusive());
        let ended = std::mem::replace(&mut self.busy, busy) && !busy;
        if ended { self.next_in_line(now).map(str::to_owned) } else { None }
    }

    /// The object wants no turn, or cannot use one now. Returns the object whose turn has come by that, if any.
    pub fn leave(&mut self, object: &str, now: Duration) -> Option<String> {
        self.queue.leave(object);
        self.idle_for(now).filter(|next| next != object)
    }

    /// The object is in a gap and able to use a turn, or no longer. Returns the object whose turn has come by that, if any.
    pub fn reserve(&mut self, object: &str, reserved: bool, now: Duration) -> Option<String> {
        let changed = self.queue.reserve(object, reserved);
        if changed && !reserved { self.idle_for(now) } else { None }
    }

    /// Forgets the objects that are no longer there: a person who took the finalizer off one has ended its gap.
    pub fn keep_only(&mut self, is_there: impl Fn(&str) -> bool) {
        self.queue.keep_only(is_there);
    }

    fn idle_for(&self, now: Duration) -> Option<String> {
        if self.busy || self.flight.is_some() { None } else { self.next_in_line(now).map(str::to_owned) }
    }

    fn next_in_line(&self, now: Duration) -> Option<&str> {
        self.queue.next(now, self.intervals.patience())
    }

    fn waited(&self, object: &str, wall: Timestamp) -> Duration {
        self.queue.since(object).map_or(Duration::ZERO, |since| elapsed(since, wall))
    }
}

//! Turns. EKS runs at most one profile operation at a time in each cluster, and so does the operator.
//!
//! A turn covers one mutation. It is taken atomically and ends when a look shows that EKS is done. Pure: profiles and
//! times are arguments.
//!
//! # Guarantees
//! - At most one mutation of this process is in flight in each cluster, tag changes included. No turn is granted
//!   between a call and the look that shows its effect (or the end of quiet time).
//! - A create or delete is granted only while a look shows no profile CREATING or DELETING.
//! - While an object is in a gap and able to use a turn, no other object gets one.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::mutation::{InFlight, TurnKind};
use super::queue::{Queue, Waiter};
use crate::eks::Profile;
use crate::failure::{Class, Failure};
use crate::intervals::Intervals;
use crate::message::message;
use crate::state::is_of_installation;
use crate::time::elapsed;

/// What a look showed.
#[derive(Clone, Copy, Debug)]
pub struct EksView<'a> {
    /// All profiles of the cluster.
    pub profiles: &'a [Profile],
    /// When the look began.
    pub began: Duration,
    /// It tells which profiles are this installation's.
    pub installation: &'a str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// What is in the way, for people.
    pub by: String,
    pub since: Timestamp,
    /// When to ask again, if nothing wakes the object earlier.
    pub retry: Retry,
    /// How many objects have their turn before this one.
    pub ahead: u32,
    /// EKS refused with a conflict that no look had shown, so what is known of its profiles may be out of date.
    pub unforeseen: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// An effect is about to show.
    Soon,
    /// The end of one of our operations wakes the object.
    Woken,
    /// An operation of somebody else has to be polled. It has been visible for this long.
    Watch(Duration),
    At(Duration),
}

#[derive(Debug)]
pub struct Turn {
    intervals: Intervals,
    flight: Option<InFlight>,
    /// After a start that may follow a crash, or a call that may still take place, quiet time lasts until a look that began then.
    quiet_until: Option<Duration>,
    /// When the newest look began.
    looked: Duration,
    /// EKS refused with a conflict that no look explains, such as a cluster update.
    refused: Option<Refusal>,
    busy: bool,
    /// The operation that the newest look showed.
    operation: Option<String>,
    /// Objects that were told to wait for it. When it is over, that is no longer true.
    told: BTreeSet<String>,
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
    /// A turn with the queue and gaps that a previous process left. Quiet time lasts until `quiet_until`, if given.
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
            operation: None,
            told: BTreeSet::new(),
            taken: None,
            queue: Queue::new(waiting, gaps, now),
        }
    }

    /// Whether nothing may be derived from what EKS shows.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.flight.is_some() || self.quiet_until.is_some()
    }

    /// The mutation whose effect is still to show. A look shows it if it began after [`InFlight::latest`] and described
    /// [`InFlight::profile`].
    #[must_use]
    pub fn awaited(&self) -> Option<&InFlight> {
        self.flight.as_ref()
    }

    /// Takes the turn if it is free. `wall` is the wall-clock time.
    ///
    /// # Errors
    /// [`Blocked`] says what is in the way. The object then waits in the queue.
    pub fn take(
        &mut self,
        object: &str,
        flight: InFlight,
        seen: &EksView<'_>,
        now: Duration,
        wall: Timestamp,
    ) -> Result<(), Blocked> {
        let since = self.queue.since(object).unwrap_or(wall);
        let mut ahead = 0;
        let blocked = |ahead, by: String, retry| Err(Blocked { by, since, retry, ahead, unforeseen: false });
        if self.is_quiet() {
            return blocked(ahead, message!("the effect of the last operation is not visible yet"), Retry::Soon);
        }
        if seen.began < self.looked || now > seen.began + self.intervals.stale() {
            return blocked(ahead, message!("EKS is being looked at again"), Retry::Soon);
        }
        if flight.kind() == TurnKind::Exclusive {
            self.queue.join(object, since, now);
            self.told.remove(object);
            ahead = u32::try_from(self.queue.ahead(object, now, self.intervals.patience())).unwrap_or(u32::MAX);
            if let Some(busy) = seen.profiles.iter().find(|profile| profile.status.is_exclusive()) {
                let retry = if is_of_installation(busy, seen.installation) {
                    Retry::Woken
                } else {
                    Retry::Watch(self.waited(object, wall))
                };
                if ahead > 0 {
                    return blocked(ahead, others(ahead), retry);
                }
                self.told.insert(object.to_owned());
                return blocked(ahead, operation(busy), retry);
            }
            if let Some(refused) = self.refused.as_ref().filter(|refused| now < refused.until) {
                return blocked(ahead, refused.by.clone(), Retry::At(refused.until));
            }
            if self.queue.gap_before(object).is_some() {
                let by = message!("a FargateProfile that has no EKS profile at the moment comes first");
                return blocked(ahead, by, Retry::Woken);
            }
            if self.next_in_line(now).is_some_and(|next| next != object) {
                return blocked(ahead, others(ahead), Retry::Woken);
            }
            self.taken = self.queue.serve(object, now);
            self.busy = true;
        } else {
            self.taken = None;
        }
        self.flight = Some(flight);
        Ok(())
    }

    /// Notes the result of the mutation. `next_try` is the time to wait after a conflict, given how long conflicts have
    /// gone on. After a conflict the object gets its place back, and what it waits for is returned.
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
                    return Some(Blocked { by, since, retry: Retry::At(until), ahead: 0, unforeseen: true });
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

    /// A call that is no mutation of a profile got no definite answer: it is quiet time until it cannot take place any more.
    pub fn doubt(&mut self, now: Duration) {
        self.quiet_until = self.quiet_until.max(Some(now + self.intervals.quiet));
    }

    /// Learns from a look that began at `began`. Returns the object whose turn has come, and those that were told to wait
    /// for an operation that is over.
    pub fn learn(&mut self, profiles: &[Profile], began: Duration, now: Duration) -> BTreeSet<String> {
        if let Some(flight) = &self.flight
            && (flight.is_seen(profiles, began) || flight.is_over(self.intervals.quiet, began))
        {
            self.flight = None;
        }
        self.quiet_until.take_if(|until| began >= *until);
        self.looked = self.looked.max(began);
        let operation = profiles.iter().find(|profile| profile.status.is_exclusive()).map(operation);
        let busy = self.flight.is_some() || operation.is_some();
        let ended = std::mem::replace(&mut self.busy, busy) && !busy;
        let is_over = std::mem::replace(&mut self.operation, operation) != self.operation;
        let mut woken = if is_over { std::mem::take(&mut self.told) } else { BTreeSet::new() };
        woken.extend(self.next_in_line(now).filter(|_| ended).map(str::to_owned));
        woken
    }

    /// The object wants no turn, or cannot use one now. Returns the object whose turn that makes it, if any.
    pub fn leave(&mut self, object: &str, now: Duration) -> Option<String> {
        self.queue.leave(object);
        self.told.remove(object);
        self.idle_for(now).filter(|next| next != object)
    }

    /// Notes whether the object is in a gap and able to use a turn. Returns the object whose turn that makes it, if
    /// any.
    pub fn reserve(&mut self, object: &str, reserved: bool, now: Duration) -> Option<String> {
        let changed = self.queue.reserve(object, reserved);
        if changed && !reserved { self.idle_for(now) } else { None }
    }

    /// Forgets the objects that are gone. If somebody removed an object's finalizer, its gap ends too.
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

/// What is in the way of an object that is not next in line. An operation is not named: it may be over long before its turn.
fn others(ahead: u32) -> String {
    match ahead {
        1 => message!("1 other FargateProfile has its turn first"),
        _ => message!("{ahead} other FargateProfiles have their turn first"),
    }
}

fn operation(busy: &Profile) -> String {
    message!("EKS profile {} is {}", busy.name, busy.status.name())
}

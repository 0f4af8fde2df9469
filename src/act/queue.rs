//! The order of turns. An object whose DeleteFirst gap is open comes first, then the least recently served. Ties go to
//! the object that has waited longest.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    waiters: BTreeMap<String, Waiter>,
    served: BTreeMap<String, Duration>,
    /// Objects in a gap that can use a turn. No other object gets one.
    gaps: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Waiter {
    since: Timestamp,
    asked: Duration,
}

impl Queue {
    /// A queue with the objects that a previous process left in it.
    pub(super) fn new(waiting: Vec<(String, Timestamp)>, gaps: BTreeSet<String>, now: Duration) -> Self {
        let waiters = waiting.into_iter().map(|(object, since)| (object, Waiter { since, asked: now })).collect();
        Self { waiters, served: BTreeMap::new(), gaps }
    }

    pub(super) fn since(&self, object: &str) -> Option<Timestamp> {
        self.waiters.get(object).map(|waiter| waiter.since)
    }

    /// The object asks for a turn. It keeps a place that it already has.
    pub(super) fn join(&mut self, object: &str, since: Timestamp, now: Duration) {
        self.waiters.insert(object.to_owned(), Waiter { since, asked: now });
    }

    /// The object gets its turn. Returns the place that it had.
    pub(super) fn serve(&mut self, object: &str, now: Duration) -> Option<Waiter> {
        self.served.insert(object.to_owned(), now);
        self.waiters.remove(object)
    }

    /// The turn led to nothing, so the object gets its place back.
    pub(super) fn put_back(
        &mut self,
        object: &str,
        place: Option<Waiter>,
        wall: Timestamp,
        now: Duration,
    ) -> Timestamp {
        let since = place.map_or(wall, |place| place.since);
        self.served.remove(object);
        self.join(object, since, now);
        since
    }

    /// The object wants no turn, or cannot use one now.
    pub(super) fn leave(&mut self, object: &str) {
        self.waiters.remove(object);
    }

    /// Notes whether the object is in a gap and able to use a turn. Returns whether that has changed.
    pub(super) fn reserve(&mut self, object: &str, reserved: bool) -> bool {
        if reserved { self.gaps.insert(object.to_owned()) } else { self.gaps.remove(object) }
    }

    /// Forgets the objects that are gone.
    pub(super) fn keep_only(&mut self, is_there: impl Fn(&str) -> bool) {
        self.waiters.retain(|object, _| is_there(object));
        self.served.retain(|object, _| is_there(object));
        self.gaps.retain(|object| is_there(object));
    }

    /// Another object whose gap has to be closed before this one gets a turn.
    pub(super) fn gap_before(&self, object: &str) -> Option<&str> {
        if self.gaps.contains(object) { None } else { self.gaps.first().map(String::as_str) }
    }

    /// How many objects have their turn before this one.
    pub(super) fn ahead(&self, object: &str, now: Duration, patience: Duration) -> usize {
        let Some(own) = self.waiters.get(object).map(|waiter| self.rank(object, waiter)) else { return 0 };
        self.waiting(now, patience).filter(|(object, waiter)| self.rank(object, waiter) < own).count()
    }

    /// The objects that wait. One that has not asked for `patience` no longer does.
    fn waiting(&self, now: Duration, patience: Duration) -> impl Iterator<Item = (&String, &Waiter)> {
        self.waiters.iter().filter(move |(_, waiter)| now.saturating_sub(waiter.asked) < patience)
    }

    /// The lowest comes first.
    fn rank<'a>(&self, object: &'a str, waiter: &Waiter) -> (bool, Option<Duration>, Timestamp, &'a str) {
        (!self.gaps.contains(object), self.served.get(object).copied(), waiter.since, object)
    }

    /// The object whose turn it is.
    pub(super) fn next(&self, now: Duration, patience: Duration) -> Option<&str> {
        let first = self.waiting(now, patience).min_by_key(|(object, waiter)| self.rank(object, waiter));
        let next = first.map(|(object, _)| object.as_str());
        next.filter(|object| self.gap_before(object).is_none()).or_else(|| self.gaps.first().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_of_objects_that_are_gone() {
        let names = |queue: &Queue| {
            let Queue { waiters, served, gaps } = queue;
            [
                waiters.keys().cloned().collect::<Vec<_>>(),
                served.keys().cloned().collect(),
                gaps.iter().cloned().collect(),
            ]
        };
        let mut queue = Queue::default();
        for object in ["kept", "gone"] {
            queue.serve(object, Duration::ZERO);
            queue.join(object, Timestamp::UNIX_EPOCH, Duration::ZERO);
            queue.reserve(object, true);
        }
        queue.keep_only(|object| object == "kept");
        assert_eq!(names(&queue), [["kept"]; 3]);
    }
}

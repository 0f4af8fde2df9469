//! The object that gets the next turn: first one whose DeleteFirst gap is open, then the least recently served. Ties go to the
//! object that has waited longest.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

/// The objects that wait, and those that are in a gap.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    waiters: BTreeMap<String, Waiter>,
    served: BTreeMap<String, Duration>,
    /// In a gap and able to use a turn: nobody else gets one.
    gaps: BTreeSet<String>,
}

/// A place in the queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiter {
    since: Timestamp,
    asked: Duration,
}

impl Queue {
    /// A queue with those that a previous process left there.
    pub(super) fn new(waiting: Vec<(String, Timestamp)>, gaps: BTreeSet<String>, now: Duration) -> Self {
        let waiters = waiting.into_iter().map(|(object, since)| (object, Waiter { since, asked: now })).collect();
        Self { waiters, served: BTreeMap::new(), gaps }
    }

    /// Since when an object waits.
    pub(super) fn since(&self, object: &str) -> Option<Timestamp> {
        self.waiters.get(object).map(|waiter| waiter.since)
    }

    /// The object asks; it keeps the place that it has.
    pub(super) fn join(&mut self, object: &str, since: Timestamp, now: Duration) {
        self.waiters.insert(object.to_owned(), Waiter { since, asked: now });
    }

    /// The object has its turn. Returns the place that it had.
    pub(super) fn serve(&mut self, object: &str, now: Duration) -> Option<Waiter> {
        self.served.insert(object.to_owned(), now);
        self.waiters.remove(object)
    }

    /// The turn came to nothing: the object has its place back.
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

    /// Notes whether the object is in a gap and able to use a turn. Returns whether that is news.
    pub(super) fn reserve(&mut self, object: &str, reserved: bool) -> bool {
        if reserved { self.gaps.insert(object.to_owned()) } else { self.gaps.remove(object) }
    }

    /// Forgets the objects that are no longer there.
    pub(super) fn keep_only(&mut self, is_there: impl Fn(&str) -> bool) {
        self.waiters.retain(|object, _| is_there(object));
        self.served.retain(|object, _| is_there(object));
        self.gaps.retain(|object| is_there(object));
    }

    /// Another object whose gap has to be closed before this one has a turn.
    pub(super) fn gap_before(&self, object: &str) -> Option<&str> {
        if self.gaps.contains(object) { None } else { self.gaps.first().map(String::as_str) }
    }

    /// The object whose turn it is. One that has not asked for `patience` no longer waits.
    pub(super) fn next(&self, now: Duration, patience: Duration) -> Option<&str> {
        let next = self
            .waiters
            .iter()
            .filter(|(_, waiter)| now.saturating_sub(waiter.asked) < patience)
            .min_by_key(|(object, waiter)| {
                (!self.gaps.contains(*object), self.served.get(*object), waiter.since, *object)
            })
            .map(|(object, _)| object.as_str());
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

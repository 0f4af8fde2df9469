//! Creation times. Decisions compare them with each other and with a few intervals. So the model keeps their order, and
//! whether the longer interval has passed.

use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};

use crate::world::{Object, World};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// Long enough ago that pods created since should be Ready.
    pub old: bool,
    /// Its place in the order of all moments.
    pub rank: u8,
}

/// The times in the record of a drain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Times {
    /// The time limit has passed.
    pub overdue: bool,
    /// When the last eviction was recorded.
    pub asked: Option<Stamp>,
    /// The creation time of the newest pod in that record.
    pub newest: Option<Stamp>,
}

impl Times {
    fn stamps(&mut self) -> impl Iterator<Item = &mut Stamp> {
        self.asked.iter_mut().chain(&mut self.newest)
    }
}

pub fn wall() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

/// This many seconds before now.
pub fn before(seconds: i64) -> Timestamp {
    wall().saturating_sub(SignedDuration::from_secs(seconds)).unwrap_or(wall())
}

impl Stamp {
    /// Moments within one interval are seconds apart, as they may be in Kubernetes.
    pub fn time(self) -> Timestamp {
        before(50 - i64::from(self.rank) + if self.old { 20_000 } else { 0 })
    }
}

pub fn next(world: &World) -> Stamp {
    Stamp { old: false, rank: stamps(world).map(|stamp| stamp.rank).max().unwrap_or_default() + 1 }
}

/// Renumbers the moments, without those that nothing compares any more.
pub fn compress(world: &mut World) {
    let asked = world.objects.iter().flat_map(|object| object.times.values()).any(|times| times.asked.is_some());
    let mut pods = world.pods.iter().chain(world.seen_pods.iter().flatten());
    let stray = pods.any(|pod| pod.profile.is_none() && pod.forged.is_none());
    let all = world.profiles.iter_mut().chain(world.lag.iter_mut().flatten());
    all.filter(|_| !stray).for_each(|profile| profile.settled_at = Stamp::default());
    let pods = world.pods.iter_mut().chain(world.seen_pods.iter_mut().flatten());
    pods.filter(|_| !stray && !asked).for_each(|pod| pod.born.rank = 0);
    let mut order: Vec<u8> = stamps(world).map(|stamp| stamp.rank).filter(|rank| *rank > 0).collect();
    order.sort_unstable();
    order.dedup();
    // Usually no moment has to change.
    if (1..).zip(&order).all(|(place, rank)| place == *rank) {
        return;
    }
    let place = |rank: u8| order.binary_search(&rank).map_or(0, |place| place + 1);
    let moments = world.pods.iter_mut().chain(world.seen_pods.iter_mut().flatten()).map(|pod| &mut pod.born);
    let profiles = world.profiles.iter_mut().chain(world.lag.iter_mut().flatten());
    let moments = moments.chain(profiles.map(|profile| &mut profile.settled_at));
    let moments = moments.chain(times_of(&mut world.objects).flat_map(Times::stamps));
    moments.for_each(|stamp| stamp.rank = u8::try_from(place(stamp.rank)).unwrap_or(u8::MAX));
}

/// The longer interval passes.
pub fn pass(world: &mut World) {
    world.pods.iter_mut().for_each(|pod| pod.born.old = true);
    world.profiles.iter_mut().for_each(|profile| profile.settled_at.old = true);
    times_of(&mut world.objects).flat_map(Times::stamps).for_each(|stamp| stamp.old = true);
    world.letter.iter_mut().for_each(|letter| letter.old = true);
}

/// All recorded times, to be changed.
pub fn times_of(objects: &mut [Object]) -> impl Iterator<Item = &mut Times> {
    let some = objects.iter_mut().filter(|object| !object.times.is_empty());
    some.flat_map(|object| Rc::make_mut(&mut object.times).values_mut())
}

fn stamps(world: &World) -> impl Iterator<Item = Stamp> {
    let pods = world.pods.iter().chain(world.seen_pods.iter().flatten()).map(|pod| pod.born);
    let profiles = world.profiles.iter().chain(world.lag.iter().flatten()).map(|profile| profile.settled_at);
    let times = world.objects.iter().flat_map(|object| object.times.values());
    pods.chain(profiles).chain(times.flat_map(|times| times.asked.into_iter().chain(times.newest)))
}

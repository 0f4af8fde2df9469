//! When things were made. Decisions compare such times with each other and with a few intervals; the model keeps their order,
//! and whether the longer interval has passed.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::world::World;

/// A moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp {
    /// So long ago that pods made since should be Ready.
    pub old: bool,
    /// Its place in the order of all moments.
    pub rank: u8,
}

/// What status has on record of a drain, by time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Times {
    /// The time for all pods is over.
    pub overdue: bool,
    /// When the last eviction was put on record.
    pub asked: Option<Stamp>,
    /// When the newest pod there had been made then.
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

/// So many seconds before now.
pub fn before(seconds: i64) -> Timestamp {
    wall().saturating_sub(SignedDuration::from_secs(seconds)).unwrap_or(wall())
}

impl Stamp {
    /// Moments within one interval are seconds apart, as they may be in Kubernetes.
    pub fn time(self) -> Timestamp {
        before(50 - i64::from(self.rank) + if self.old { 20_000 } else { 0 })
    }
}

/// The moment after all others.
pub fn next(world: &World) -> Stamp {
    let mut world = world.clone();
    let last = ranks(&mut world).into_iter().map(|rank| *rank).max();
    Stamp { old: false, rank: last.unwrap_or_default() + 1 }
}

/// Numbers the moments anew, without those that nothing compares any more.
pub fn compress(world: &mut World) {
    let asked = world.objects.iter().flat_map(|object| object.times.values()).any(|times| times.asked.is_some());
    let mut pods = world.pods.iter().chain(world.seen_pods.iter().flatten());
    let stray = pods.any(|pod| pod.profile.is_none() && pod.forged.is_none());
    let all = world.profiles.iter_mut().chain(world.lag.iter_mut().flatten());
    all.filter(|_| !stray).for_each(|profile| profile.settled_at = Stamp::default());
    let pods = world.pods.iter_mut().chain(world.seen_pods.iter_mut().flatten());
    pods.filter(|_| !stray && !asked).for_each(|pod| pod.born.rank = 0);
    let order: BTreeSet<u8> = ranks(world).into_iter().map(|rank| *rank).filter(|rank| *rank > 0).collect();
    let order: Vec<u8> = order.into_iter().collect();
    for rank in ranks(world) {
        let place = order.iter().position(|it| it == rank).map_or(0, |place| place + 1);
        *rank = u8::try_from(place).unwrap_or(u8::MAX);
    }
}

/// The longer interval passes.
pub fn pass(world: &mut World) {
    world.pods.iter_mut().for_each(|pod| pod.born.old = true);
    world.profiles.iter_mut().for_each(|profile| profile.settled_at.old = true);
    let asked = world.objects.iter_mut().flat_map(|object| object.times.values_mut());
    asked.flat_map(Times::stamps).for_each(|stamp| stamp.old = true);
}

fn ranks(world: &mut World) -> Vec<&mut u8> {
    let pods = world.pods.iter_mut().chain(world.seen_pods.iter_mut().flatten());
    let mut ranks: Vec<&mut u8> = pods.map(|pod| &mut pod.born.rank).collect();
    let profiles = world.profiles.iter_mut().chain(world.lag.iter_mut().flatten());
    ranks.extend(profiles.map(|profile| &mut profile.settled_at.rank));
    let times = world.objects.iter_mut().flat_map(|object| object.times.values_mut());
    ranks.extend(times.flat_map(Times::stamps).map(|stamp| &mut stamp.rank));
    ranks
}

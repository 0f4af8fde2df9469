//! How the clusters looked before: what stale looks are answered from.

use std::{sync::Arc, time::Duration};

use super::{Clusters, cluster::Cluster};
use crate::clock::Time;

/// How far back a stale look can reach, unscaled.
const HORIZON: Duration = Duration::from_secs(6 * 3600);

/// States of all clusters, each with the time from which it held.
#[derive(Default)]
pub(crate) struct Past {
    /// What held before the first of the states.
    base: Clusters,
    states: Vec<(Time, Clusters)>,
    /// How many states have been forgotten.
    forgotten: u64,
}

/// A point of the past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Before anything happened.
    Beginning,
    /// At this time, after all that happened at it.
    At(Time),
    /// After this many changes.
    After(u64),
}

impl Past {
    /// Notes that everything looks like this from `now` on.
    pub(crate) fn remember(&mut self, now: Time, clusters: &Clusters) {
        let forgotten = now.saturating_sub(HORIZON);
        if self.states.get(512).is_some_and(|(at, _)| *at < forgotten) {
            for (_, old) in self.states.drain(..512) {
                self.base = old;
                self.forgotten += 1;
            }
        }
        self.states.push((now, clusters.clone()));
    }

    /// Has a cluster that nobody has seen before be there from the beginning of time, so that a look into the past of a
    /// young simulator does not claim that it does not exist.
    pub(crate) fn always_had(&mut self, name: &str, cluster: &Arc<Cluster>) {
        let mut all = self.states.iter().map(|(_, clusters)| clusters);
        if self.base.contains_key(name) || all.any(|clusters| clusters.contains_key(name)) {
            return;
        }
        for clusters in self.states.iter_mut().map(|(_, clusters)| clusters) {
            clusters.insert(name.to_owned(), Arc::clone(cluster));
        }
        self.base.insert(name.to_owned(), Arc::clone(cluster));
    }

    /// The present moment: whatever changes from now on comes after it, be it at the same time.
    pub(crate) fn present(&self) -> Moment {
        Moment::After(self.forgotten + self.states.len() as u64)
    }

    /// The clusters as they were then.
    pub(crate) fn at(&self, moment: Moment) -> Clusters {
        let changes = match moment {
            Moment::Beginning => 0,
            Moment::At(at) => self.states.partition_point(|(from, _)| *from <= at),
            Moment::After(changes) => usize::try_from(changes.saturating_sub(self.forgotten)).unwrap_or(usize::MAX),
        };
        let last = changes.checked_sub(1).and_then(|index| self.states.get(index));
        last.map_or(&self.base, |(_, clusters)| clusters).clone()
    }
}

//! The pods that one watch knows of, and whether that can be relied upon.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::message::message;
use crate::placement::Pod;
use crate::state::PodsUnavailable;

/// What one watch knows.
#[derive(Debug, Default)]
pub(super) struct PodCache {
    pods: BTreeMap<String, Arc<Pod>>,
    state: CacheState,
}

/// Whether a cache can be relied upon.
#[derive(Debug, Default)]
enum CacheState {
    /// The first list is not there yet.
    #[default]
    Starting,
    /// As the API server had it at the moment when it was heard of last.
    Synced { heard: Instant },
    /// Not any more, for this reason.
    Lost(PodsUnavailable),
}

impl PodCache {
    /// A whole list takes the place of what was known. Returns what has changed by it.
    pub(super) fn replace(&mut self, pods: Vec<Pod>, now: Instant) -> Vec<Arc<Pod>> {
        let new: BTreeMap<String, Arc<Pod>> = pods.into_iter().map(|pod| (pod.uid.clone(), Arc::new(pod))).collect();
        let old = std::mem::take(&mut self.pods);
        let gone = old.iter().filter(|(uid, _)| !new.contains_key(*uid)).map(|(_, pod)| Arc::clone(pod));
        let other = new.iter().filter(|(uid, pod)| old.get(*uid).is_none_or(|before| differ(before, pod)));
        let changed = gone.chain(other.map(|(_, pod)| Arc::clone(pod))).collect();
        self.pods = new;
        self.state = CacheState::Synced { heard: now };
        changed
    }

    /// A pod was made or has changed. Returns it if anything that placement asks for has.
    pub(super) fn apply(&mut self, pod: Pod, now: Instant) -> Option<Arc<Pod>> {
        self.heard(now);
        let pod = Arc::new(pod);
        let before = self.pods.insert(pod.uid.clone(), Arc::clone(&pod));
        before.is_none_or(|before| differ(&before, &pod)).then_some(pod)
    }

    /// A pod is gone, or is not selected any more. Returns it if it was known.
    pub(super) fn remove(&mut self, uid: &str, now: Instant) -> Option<Arc<Pod>> {
        self.heard(now);
        self.pods.remove(uid)
    }

    /// The API server has been heard of.
    pub(super) fn heard(&mut self, now: Instant) {
        if let CacheState::Synced { heard } = &mut self.state {
            *heard = now;
        }
    }

    /// Nothing is known any more. What was is kept for the comparison with the next list. Returns whether that is news.
    ///
    /// One refusal may be that of an API server that has just started and does not know all roles yet: it is taken for lasting
    /// when it comes again.
    pub(super) fn lose(&mut self, unavailable: PodsUnavailable) -> bool {
        let again = matches!(&self.state, CacheState::Lost(before) if before.reason == unavailable.reason);
        let now = PodsUnavailable { transient: unavailable.transient || !again, ..unavailable };
        let news = !matches!(&self.state, CacheState::Lost(before) if *before == now);
        self.state = CacheState::Lost(now);
        news
    }

    /// It is in sync, as far as is known.
    pub(super) fn is_kept(&self) -> bool {
        matches!(self.state, CacheState::Synced { .. })
    }

    /// The first list, or the news that it failed, is still waited for.
    pub(super) fn is_starting(&self) -> bool {
        matches!(self.state, CacheState::Starting)
    }

    /// The pods, if the API server has been heard of within `bound`.
    ///
    /// # Errors
    /// Why nothing is known.
    pub(super) fn pods(&self, now: Instant, bound: Duration) -> Result<&BTreeMap<String, Arc<Pod>>, PodsUnavailable> {
        match &self.state {
            CacheState::Starting => Err(PodsUnavailable::transient("the first list of pods is not there yet")),
            CacheState::Synced { heard } => {
                let silent = now.saturating_duration_since(*heard);
                if silent <= bound {
                    Ok(&self.pods)
                } else {
                    Err(PodsUnavailable::transient(message!(
                        "watching pods has brought no news for {} s",
                        silent.as_secs()
                    )))
                }
            }
            CacheState::Lost(why) => Err(why.clone()),
        }
    }
}

/// Whether anything but the resourceVersion differs; every heartbeat of a kubelet changes that.
fn differ(a: &Pod, b: &Pod) -> bool {
    a != &Pod { resource_version: a.resource_version.clone(), ..b.clone() }
}

#[cfg(test)]
mod tests;

//! Pods of the cluster that the operator runs in.
//!
//! Two watches see, over all namespaces, the pods that Fargate has taken and those without a node. Pods that run
//! elsewhere are counted now and then and not kept. A pod is kept as [`Pod`], a fraction of its manifest.
//!
//! # Guarantees
//! - Unknown is never taken for none: pods of another cluster, a list or watch that was refused or failed, and a first list that
//!   is not there in time are [`Pods::Unknown`].
//! - Known is never older than [`Intervals::pods_bound`]: the API server ends each watch after [`Intervals::watch`], a watch that is
//!   silent for the operation timeout longer counts as lost, and so does one that has not been heard of for the bound.
//!
//! # Caveats
//! A watch lags behind. Nothing irrevocable may rest on [`PodWatcher::cached`]; [`PodWatcher::listed`] is for that.

mod cache;
mod changes;
mod dns;
mod manifest;
mod outside;
mod own_cluster;
mod selected;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use k8s_openapi::api::core::v1::Pod as Listed;
use kube::Client;
use kube::api::ListParams;
use parking_lot::Mutex;
use tokio::sync::watch::{Receiver, Sender};
use tokio::task::AbortHandle;

use self::cache::PodCache;
use self::changes::ChangeFeed;
use self::outside::Counts;
use self::watch::{Selection, Watch};
use crate::api::POD_PROFILE_LABEL;
use crate::eks::Cluster;
use crate::intervals::Intervals;
use crate::kubernetes::{Part, list};
use crate::placement::Pod;
use crate::state::{Pods, PodsUnavailable};

pub use changes::Changes;
pub(crate) use manifest::Manifest;
pub(super) use manifest::of_template;
pub(super) use own_cluster::is_own;
pub(crate) use selected::{listed, selected};

/// Excludes finished pods, which use no node and may linger.
const LIVE: &str = "status.phase!=Succeeded,status.phase!=Failed";

/// Those that Fargate has taken.
const TAKEN: Selection = Selection { labels: POD_PROFILE_LABEL, fields: LIVE };

/// Those that wait for a node and that Fargate has not taken.
const WAITING: Selection =
    Selection { labels: "!eks.amazonaws.com/fargate-profile", fields: "status.phase=Pending,spec.nodeName=" };

/// Pods of the operator's own cluster.
pub struct PodWatcher {
    client: Client,
    /// Certificate authorities by which the operator trusts its own API server, DER.
    authorities: Vec<Vec<u8>>,
    intervals: Intervals,
    watches: Mutex<Option<Watches>>,
    /// Names of clusters that have turned out to be the operator's own.
    own: Mutex<BTreeSet<String>>,
    feed: Arc<ChangeFeed>,
    counts: Counts,
    dns: dns::LastRead,
}

/// The two watches, while they run.
struct Watches {
    taken: Running,
    waiting: Running,
}

struct Running {
    cache: Receiver<PodCache>,
    task: AbortHandle,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl PodWatcher {
    /// Sees pods through `client`, whose API server is trusted by `authorities`.
    pub fn new(client: Client, authorities: Vec<Vec<u8>>, intervals: Intervals) -> Self {
        let (watches, own, feed, counts) = (Mutex::default(), Mutex::default(), Arc::default(), Counts::default());
        let dns = dns::LastRead::default();
        Self { client, authorities, intervals, watches, own, feed, counts, dns }
    }

    /// Starts to watch pods if they are needed, else stops and forgets them. Idempotent. It starts tasks, so it needs an async
    /// context.
    pub fn enable(&self, needed: bool) {
        let mut watches = self.watches.lock();
        match (&*watches, needed) {
            (None, true) => *watches = Some(Watches { taken: self.start(TAKEN), waiting: self.start(WAITING) }),
            (Some(_), false) => *watches = None,
            (Some(_), true) | (None, false) => {}
        }
    }

    /// Starts to watch pods if this is the operator's own cluster.
    pub fn adopt(&self, cluster: &Cluster) {
        if own_cluster::is_own(&self.authorities, cluster) {
            self.own.lock().insert(cluster.name.clone());
            self.enable(true);
        }
    }

    /// Stops to watch pods if none of these clusters has turned out to be the operator's own.
    pub fn retain<'a>(&self, mut clusters: impl Iterator<Item = &'a str>) {
        let is_own = {
            let own = self.own.lock();
            clusters.any(|cluster| own.contains(cluster))
        };
        self.enable(is_own);
    }

    /// The pods that Fargate has taken and those that wait for a node, by the watches. Waits for the first list, for the time
    /// limit at most. Known for the operator's own cluster only, and only while [`PodWatcher::enable`] has them watched.
    pub async fn cached(&self, cluster: &Cluster) -> Pods {
        if !own_cluster::is_own(&self.authorities, cluster) {
            return Pods::Unknown(own_cluster::foreign(cluster));
        }
        match self.watched().await {
            Ok(pods) => Pods::Known(pods),
            Err(why) => Pods::Unknown(why),
        }
    }

    /// As [`PodWatcher::cached`], but with the pods of these EKS profiles listed now.
    pub async fn listed(&self, cluster: &Cluster, profiles: &[&str]) -> Pods {
        if !own_cluster::is_own(&self.authorities, cluster) {
            return Pods::Unknown(own_cluster::foreign(cluster));
        }
        match self.with_listed(profiles).await {
            Ok(pods) => Pods::Known(pods),
            Err(why) => Pods::Unknown(why),
        }
    }

    /// Waits until a pod that is watched has come, gone or changed in anything that placement asks for, or until pods have
    /// become known or unknown, and tells whose since the last call. For one caller: each piece of news is told once. News come
    /// as they happen; a crowd of them is gathered by waiting a little before the next call.
    pub async fn changes(&self) -> Changes {
        self.feed.take().await
    }

    fn start(&self, selection: Selection) -> Running {
        let cache = Sender::new(PodCache::default());
        let receiver = cache.subscribe();
        let (client, feed) = (self.client.clone(), Arc::clone(&self.feed));
        let watch = Watch { client, selection, intervals: self.intervals, cache, feed };
        Running { cache: receiver, task: tokio::spawn(watch.run()).abort_handle() }
    }

    async fn watched(&self) -> Result<Vec<Arc<Pod>>, PodsUnavailable> {
        let caches =
            self.watches.lock().as_ref().map(|watches| (watches.taken.cache.clone(), watches.waiting.cache.clone()));
        let (mut taken, mut waiting) = caches.ok_or_else(|| PodsUnavailable::transient("pods are not watched"))?;
        let started = async {
            for cache in [&mut taken, &mut waiting] {
                // An error says that the watch has been stopped meanwhile; what it knew last is judged below.
                let _ = cache.wait_for(|cache| !cache.is_starting()).await;
            }
        };
        // A cache that is late says so below.
        let _ = tokio::time::timeout(self.intervals.operation_timeout, started).await;
        let (taken, waiting, now) = (taken.borrow(), waiting.borrow(), Instant::now());
        let taken = taken.pods(now, self.intervals.pods_bound())?;
        let waiting = waiting.pods(now, self.intervals.pods_bound())?;
        // A pod that was taken a moment ago may still be in the cache of waiting pods.
        let waiting = waiting.iter().filter(|(uid, _)| !taken.contains_key(*uid)).map(|(_, pod)| pod);
        Ok(taken.values().chain(waiting).map(Arc::clone).collect())
    }

    async fn with_listed(&self, profiles: &[&str]) -> Result<Vec<Arc<Pod>>, PodsUnavailable> {
        let mut pods = self.watched().await?;
        let profiles: Vec<&str> = profiles.iter().copied().filter(|name| is_label_value(name)).collect();
        if profiles.is_empty() {
            return Ok(pods);
        }
        let mut listed: BTreeMap<String, Arc<Pod>> = BTreeMap::new();
        let params =
            ListParams::default().labels(&format!("{POD_PROFILE_LABEL} in ({})", profiles.join(","))).fields(LIVE);
        let take = |manifest: Manifest| {
            let pod: Pod = manifest.into();
            listed.insert(pod.uid.clone(), Arc::new(pod));
        };
        list::<Listed, _>(&self.client, None, Part::Whole, params, self.intervals.operation_timeout, take).await?;
        pods.retain(|pod| pod.profile().is_none_or(|name| !profiles.contains(&name)) && !listed.contains_key(&pod.uid));
        pods.extend(listed.into_values());
        Ok(pods)
    }
}

/// Whether a pod can carry this name as a label's value: EKS accepts names that are longer, and the API server refuses to
/// select by them.
fn is_label_value(name: &str) -> bool {
    let edges = [name.chars().next(), name.chars().next_back()];
    name.len() <= 63 && edges.into_iter().all(|edge| edge.is_some_and(|c| c.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_watches_share_no_pod() {
        assert_eq!(WAITING.labels, format!("!{}", TAKEN.labels));
    }

    #[test]
    fn names_that_no_label_can_have_are_not_asked_for() {
        assert!(is_label_value("web-9999") && is_label_value("a") && is_label_value(&"a".repeat(63)));
        assert!(
            !is_label_value(&"a".repeat(64)) && !is_label_value("web-") && !is_label_value("_a") && !is_label_value("")
        );
    }
}

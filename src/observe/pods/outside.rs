//! How many pods that selectors match run outside of Fargate: they would come to Fargate when they are restarted.
//!
//! They are counted by metadata-only lists, page by page, and nothing but the count is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Pod as Listed;
use kube::api::ListParams;
use parking_lot::Mutex;
use tokio::sync::Mutex as AsyncMutex;

use super::manifest::MetaOnly;
use super::{PodWatcher, own_cluster};
use crate::eks::{Cluster, Selector};
use crate::intervals::Intervals;
use crate::kubernetes::{CallError, Part, list};
use crate::placement::{Pod, matches};

#[derive(Default)]
pub(super) struct Counts(Mutex<BTreeMap<BTreeSet<Selector>, Slot>>);

/// Locked during a count, so the same pods are not counted twice at the same time.
type Slot = Arc<AsyncMutex<Option<Counted>>>;

#[derive(Clone, Copy)]
struct Counted {
    pods: Option<u32>,
    at: Instant,
    good_for: Duration,
}

impl PodWatcher {
    /// How many pods run, without the label of an EKS profile, that the selectors match: not those of DaemonSets, nor those that
    /// ask for EC2. Whether Fargate could run them is not asked, since their metadata does not tell. `None` if they cannot be
    /// counted, or not within the time limit. Counted anew when the last count is older than
    /// [`Intervals::outside_count_every`](crate::intervals::Intervals::outside_count_every).
    pub async fn outside_fargate(&self, cluster: &Cluster, selectors: &BTreeSet<Selector>) -> Option<u32> {
        if !own_cluster::is_own(&self.authorities, cluster) {
            return None;
        }
        let slot = self.counts.slot(selectors, self.intervals.outside_count_every);
        let mut counted = tokio::time::timeout(self.intervals.operation_timeout, slot.lock()).await.ok()?;
        if let Some(last) = *counted
            && last.at.elapsed() < last.good_for
        {
            return last.pods;
        }
        let pods = match tokio::time::timeout(self.intervals.operation_timeout, self.count(selectors)).await {
            Ok(Ok(pods)) => Some(pods),
            Ok(Err(why)) => {
                tracing::debug!(%why, "pods elsewhere cannot be counted");
                None
            }
            Err(_) => None,
        };
        let good_for = good_for(&self.intervals, pods, counted.as_ref());
        *counted = Some(Counted { pods, at: Instant::now(), good_for });
        pods
    }

    async fn count(&self, selectors: &BTreeSet<Selector>) -> Result<u32, CallError> {
        let mut pods = 0;
        for namespace in namespaces(selectors) {
            let params = ListParams::default().labels(super::WAITING.labels).fields("status.phase=Running");
            let take = |item: MetaOnly| {
                let pod = item.metadata.into_pod();
                if counts(&pod) && selectors.iter().any(|selector| matches(selector, &pod)) {
                    pods += 1;
                }
            };
            list::<Listed, _>(&self.client, namespace, Part::Metadata, params, self.intervals.operation_timeout, take)
                .await?;
        }
        Ok(pods)
    }
}

impl Counts {
    fn slot(&self, selectors: &BTreeSet<Selector>, good_for: Duration) -> Slot {
        let mut slots = self.0.lock();
        // Forgets counts that are not asked for any more.
        slots.retain(|of, slot| {
            of == selectors
                || slot.try_lock().map_or(true, |counted| counted.is_some_and(|last| last.at.elapsed() < good_for * 2))
        });
        Arc::clone(slots.entry(selectors.clone()).or_default())
    }
}

/// How long a count is valid. A count that failed is tried again ever more rarely: the cluster may be too large for it.
fn good_for(intervals: &Intervals, pods: Option<u32>, last: Option<&Counted>) -> Duration {
    match (pods, last) {
        (Some(_), _) => intervals.outside_count_every,
        (None, Some(Counted { pods: None, good_for, .. })) => (*good_for * 2).min(intervals.outside_count_every),
        (None, _) => intervals.watch_retry_most.min(intervals.outside_count_every),
    }
}

fn counts(pod: &Pod) -> bool {
    !pod.is_of_daemon_set() && !pod.wants_ec2 && !pod.terminating
}

/// The namespaces to look at; `None` stands for all of them.
fn namespaces(selectors: &BTreeSet<Selector>) -> BTreeSet<Option<&str>> {
    let names: BTreeSet<&str> = selectors.iter().map(|selector| selector.namespace.as_str()).collect();
    if names.iter().any(|name| name.contains(['*', '?'])) {
        return BTreeSet::from([None]);
    }
    names.into_iter().map(Some).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intervals::DEFAULTS;

    fn selectors(names: &[&str]) -> BTreeSet<Selector> {
        names.iter().map(|name| Selector { namespace: (*name).to_owned(), ..Selector::default() }).collect()
    }

    #[test]
    fn a_count_that_cannot_be_made_is_tried_ever_more_rarely() {
        let intervals = DEFAULTS;
        let mut last = None;
        let tried = [None, None, None, None, None, None, None, Some(3), None].map(|pods| {
            let good_for = good_for(&intervals, pods, last.as_ref());
            last = Some(Counted { pods, at: Instant::now(), good_for });
            good_for.as_secs()
        });
        assert_eq!(tried, [30, 60, 120, 240, 480, 600, 600, 600, 30]);
    }

    #[test]
    fn wildcards_look_everywhere_once_and_names_each_where_they_say() {
        assert_eq!(namespaces(&selectors(&["a", "b"])), BTreeSet::from([Some("a"), Some("b")]));
        assert_eq!(namespaces(&selectors(&["a", "b*"])), BTreeSet::from([None]));
        assert_eq!(namespaces(&selectors(&["?"])), BTreeSet::from([None]));
        assert_eq!(namespaces(&selectors(&[])), BTreeSet::new());
    }
}

//! What selectors lead to outside of Fargate: how many running pods they match, which would come to Fargate when they are
//! restarted, and signs of a typing error: a namespace that does not exist, pods with the labels but other values.
//!
//! They are counted by metadata-only lists, page by page, and no pod is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::{Namespace, Pod as Listed};
use kube::api::{Api, ListParams};
use parking_lot::Mutex;
use tokio::sync::Mutex as AsyncMutex;

use super::manifest::MetaOnly;
use super::{PodWatcher, own_cluster};
use crate::eks::{Cluster, Selector};
use crate::intervals::Intervals;
use crate::kubernetes::{CallError, Part, call, list};
use crate::placement::{Pod, has_wildcard, matches};
use crate::state::{NearMiss, Outside};

#[derive(Default)]
pub(super) struct Counts(Mutex<BTreeMap<BTreeSet<Selector>, Slot>>);

/// Locked during a count, so the same pods are not counted twice at the same time.
type Slot = Arc<AsyncMutex<Option<Counted>>>;

#[derive(Clone)]
struct Counted {
    outside: Option<Outside>,
    at: Instant,
    good_for: Duration,
}

impl PodWatcher {
    /// Running pods without the label of an EKS profile that the selectors match: not those of DaemonSets, nor those that ask
    /// for EC2. Whether Fargate could run them is not asked, since their metadata does not tell. `None` if they cannot be
    /// counted, or not within the time limit. Counted anew when the last count is older than
    /// [`Intervals::outside_count_every`](crate::intervals::Intervals::outside_count_every).
    pub async fn outside_fargate(&self, cluster: &Cluster, selectors: &BTreeSet<Selector>) -> Option<Outside> {
        if !own_cluster::is_own(&self.authorities, cluster) {
            return None;
        }
        let slot = self.counts.slot(selectors, self.intervals.outside_count_every);
        let mut counted = tokio::time::timeout(self.intervals.operation_timeout, slot.lock()).await.ok()?;
        if let Some(last) = &*counted
            && last.at.elapsed() < last.good_for
        {
            return last.outside.clone();
        }
        let outside = match tokio::time::timeout(self.intervals.operation_timeout, self.count(selectors)).await {
            Ok(Ok(outside)) => Some(outside),
            Ok(Err(why)) => {
                tracing::debug!(%why, "pods elsewhere cannot be counted");
                None
            }
            Err(_) => None,
        };
        let good_for = good_for(&self.intervals, outside.as_ref(), counted.as_ref());
        *counted = Some(Counted { outside: outside.clone(), at: Instant::now(), good_for });
        outside
    }

    async fn count(&self, selectors: &BTreeSet<Selector>) -> Result<Outside, CallError> {
        let mut outside = Outside::default();
        for namespace in namespaces(selectors) {
            if let Some(name) = namespace
                && !self.exists(name).await?
            {
                outside.missing_namespaces.push(name.to_owned());
                continue;
            }
            let params = ListParams::default().labels(super::WAITING.labels).fields("status.phase=Running");
            let take = |item: MetaOnly| {
                let pod = item.metadata.into_pod();
                if !counts(&pod) {
                    return;
                }
                if selectors.iter().any(|selector| matches(selector, &pod)) {
                    outside.pods += 1;
                } else {
                    outside.near_misses.extend(near_miss(selectors, &pod, &outside.near_misses));
                }
            };
            list::<Listed, _>(&self.client, namespace, Part::Metadata, params, self.intervals.operation_timeout, take)
                .await?;
        }
        Ok(outside)
    }

    /// Whether the namespace exists. Without the right to read it, it counts as there.
    async fn exists(&self, namespace: &str) -> Result<bool, CallError> {
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        let reading = namespaces.get_metadata(namespace);
        match call(format!("reading namespace {namespace}"), self.intervals.operation_timeout, reading).await {
            Ok(_) => Ok(true),
            Err(error) if error.code() == Some(404) => Ok(false),
            Err(error) if error.is_refused() => Ok(true),
            Err(error) => Err(error),
        }
    }
}

/// The first selector that the pod misses only by values of labels, unless another pod has shown the same.
fn near_miss(selectors: &BTreeSet<Selector>, pod: &Pod, known: &[NearMiss]) -> Option<NearMiss> {
    let is_known = |selector: &Selector| known.iter().any(|miss| miss.selector == *selector);
    let selector = selectors.iter().find(|selector| is_near(selector, pod) && !is_known(selector))?;
    let has = |key: &String| Some(format!("{key}={}", pod.labels.get(key)?));
    let labels: Vec<String> = selector.labels.keys().filter_map(has).collect();
    Some(NearMiss { selector: selector.clone(), pod: pod.path(), labels: labels.join(", ") })
}

/// Whether the pod has every label of the selector, but not every value.
fn is_near(selector: &Selector, pod: &Pod) -> bool {
    let named = selector.labels.keys().all(|key| pod.labels.contains_key(key));
    let anywhere = Selector { labels: BTreeMap::new(), ..selector.clone() };
    !selector.labels.is_empty() && named && matches(&anywhere, pod) && !matches(selector, pod)
}

impl Counts {
    fn slot(&self, selectors: &BTreeSet<Selector>, good_for: Duration) -> Slot {
        let mut slots = self.0.lock();
        // Forgets counts that are not asked for any more.
        slots.retain(|of, slot| {
            of == selectors
                || slot
                    .try_lock()
                    .map_or(true, |counted| counted.as_ref().is_some_and(|last| last.at.elapsed() < good_for * 2))
        });
        Arc::clone(slots.entry(selectors.clone()).or_default())
    }
}

/// How long a count is valid. A count that failed is tried again ever more rarely: the cluster may be too large for it.
fn good_for(intervals: &Intervals, outside: Option<&Outside>, last: Option<&Counted>) -> Duration {
    match (outside, last) {
        (Some(_), _) => intervals.outside_count_every,
        (None, Some(Counted { outside: None, good_for, .. })) => (*good_for * 2).min(intervals.outside_count_every),
        (None, _) => intervals.watch_retry_most.min(intervals.outside_count_every),
    }
}

fn counts(pod: &Pod) -> bool {
    !pod.is_of_daemon_set() && !pod.wants_ec2 && !pod.terminating
}

/// The namespaces to look at; `None` stands for all of them.
fn namespaces(selectors: &BTreeSet<Selector>) -> BTreeSet<Option<&str>> {
    let names: BTreeSet<&str> = selectors.iter().map(|selector| selector.namespace.as_str()).collect();
    if names.iter().any(|name| has_wildcard(name)) {
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
            let outside = pods.map(|pods| Outside { pods, ..Outside::default() });
            let good_for = good_for(&intervals, outside.as_ref(), last.as_ref());
            last = Some(Counted { outside, at: Instant::now(), good_for });
            good_for.as_secs()
        });
        assert_eq!(tried, [30, 60, 120, 240, 480, 600, 600, 600, 30]);
    }

    #[test]
    fn a_pod_is_a_near_miss_if_it_has_the_labels_but_other_values() {
        let selector = |labels: &[(&str, &str)]| Selector {
            namespace: "web".into(),
            labels: labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        };
        let pod = |namespace: &str, labels: &[(&str, &str)]| Pod {
            namespace: namespace.into(),
            name: "a".into(),
            labels: selector(labels).labels,
            ..Pod::default()
        };
        let typo = BTreeSet::from([selector(&[("app", "web"), ("compute", "fargte")])]);
        let near = |pod: &Pod| near_miss(&typo, pod, &[]).map(|miss| miss.labels);
        let meant = pod("web", &[("app", "web"), ("compute", "fargate")]);
        assert_eq!(near(&meant).as_deref(), Some("app=web, compute=fargate"));
        assert_eq!(near(&pod("web", &[("app", "web")])), None, "it lacks a label");
        assert_eq!(near(&pod("web", &[("app", "web"), ("compute", "fargte")])), None, "it matches");
        assert_eq!(near(&pod("db", &[("app", "web"), ("compute", "fargate")])), None, "another namespace");
        assert_eq!(near_miss(&BTreeSet::from([selector(&[])]), &meant, &[]), None, "it asks for no label");
        let known = near_miss(&typo, &meant, &[]).unwrap();
        assert_eq!(near_miss(&typo, &meant, &[known]), None, "one example is enough");
    }

    #[test]
    fn wildcards_look_everywhere_once_and_names_each_where_they_say() {
        assert_eq!(namespaces(&selectors(&["a", "b"])), BTreeSet::from([Some("a"), Some("b")]));
        assert_eq!(namespaces(&selectors(&["a", "b*"])), BTreeSet::from([None]));
        assert_eq!(namespaces(&selectors(&["?"])), BTreeSet::from([None]));
        assert_eq!(namespaces(&selectors(&[])), BTreeSet::new());
    }
}

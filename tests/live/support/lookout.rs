//! Deployments and budgets as watches show them, at every moment at which they change.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bed::Bed;
use eks_simulator::Control;
use futures::StreamExt;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use kube::ResourceExt;
use kube::api::Api;
use kube::runtime::{WatchStreamExt, watcher};
use tokio::task::JoinSet;

use crate::support::until;

/// One sight of a Deployment or of a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// EKS's time.
    pub at: Duration,
    /// Pods that are available, or healthy in the budget's eyes.
    pub have: i32,
    /// Pods that are wanted, or that the budget asks for.
    pub want: i32,
}

#[derive(Debug, Default)]
struct Seen {
    deployments: BTreeMap<String, Vec<Sight>>,
    budgets: BTreeMap<String, Vec<Sight>>,
}

/// Watches until it is dropped.
pub struct Lookout {
    eks: Control,
    seen: Arc<Mutex<Seen>>,
    _watches: JoinSet<()>,
}

impl Lookout {
    /// Begins to watch a namespace.
    pub fn of(bed: &Bed, namespace: &str) -> Self {
        let (eks, seen) = (bed.eks(), Arc::new(Mutex::new(Seen::default())));
        let mut watches = JoinSet::new();
        let deployments: Api<Deployment> = Api::namespaced(bed.client(), namespace);
        let (clock, notes) = (eks.clone(), Arc::clone(&seen));
        let all = watcher(deployments, watcher::Config::default()).default_backoff().touched_objects();
        watches.spawn(all.for_each(move |found| {
            if let Ok(found) = found
                && let Some(status) = &found.status
            {
                let have = status.available_replicas.unwrap_or_default();
                let sight = Sight { at: clock.now(), have, want: found.spec.replicas.unwrap_or(1) };
                notes.lock().unwrap().deployments.entry(found.name_any()).or_default().push(sight);
            }
            std::future::ready(())
        }));
        let budgets: Api<PodDisruptionBudget> = Api::namespaced(bed.client(), namespace);
        let (clock, notes) = (eks.clone(), Arc::clone(&seen));
        let all = watcher(budgets, watcher::Config::default()).default_backoff().touched_objects();
        watches.spawn(all.for_each(move |found| {
            if let Ok(found) = found
                && let Some(status) = &found.status
            {
                let (have, want) = (status.current_healthy.unwrap_or(0), status.desired_healthy.unwrap_or(0));
                let sight = Sight { at: clock.now(), have, want };
                notes.lock().unwrap().budgets.entry(found.name_any()).or_default().push(sight);
            }
            std::future::ready(())
        }));
        Self { eks, seen, _watches: watches }
    }

    /// EKS's time.
    pub fn now(&self) -> Duration {
        self.eks.now()
    }

    /// What was seen of a Deployment since then, the state that it was in then included.
    pub fn deployment(&self, name: &str, since: Duration) -> Vec<Sight> {
        from(self.seen.lock().unwrap().deployments.get(name), since)
    }

    /// What was seen of a budget since then, the state that it was in then included.
    pub fn budget(&self, name: &str, since: Duration) -> Vec<Sight> {
        from(self.seen.lock().unwrap().budgets.get(name), since)
    }

    /// The fewest pods of a Deployment that were available at once since then.
    pub fn fewest(&self, deployment: &str, since: Duration) -> i32 {
        self.deployment(deployment, since).into_iter().map(|sight| sight.have).min().unwrap_or_default()
    }

    /// The budget has been kept since then.
    pub fn kept(&self, budget: &str, since: Duration) {
        let seen = self.budget(budget, since);
        assert!(!seen.is_empty(), "budget {budget} was not seen");
        let broken: Vec<_> = seen.iter().filter(|sight| sight.have < sight.want).collect();
        assert!(broken.is_empty(), "budget {budget} was broken: {broken:?} of {seen:?}");
    }

    /// Waits until all pods of a Deployment are available, and its budget, if it has one, knows.
    pub async fn whole(&self, deployment: &str) {
        until(&format!("{deployment} is whole"), || {
            let seen = self.seen.lock().unwrap();
            let last = |all: &BTreeMap<String, Vec<Sight>>| all.get(deployment).and_then(|all| all.last().copied());
            let pods = last(&seen.deployments);
            let budget = last(&seen.budgets);
            pods.is_some_and(|pods| {
                pods.have == pods.want && budget.is_none_or(|budget| budget.want > 0 && budget.have == pods.want)
            })
        })
        .await;
    }
}

fn from(seen: Option<&Vec<Sight>>, since: Duration) -> Vec<Sight> {
    let seen = seen.map(Vec::as_slice).unwrap_or_default();
    let first = seen.partition_point(|sight| sight.at <= since).saturating_sub(1);
    seen[first..].to_vec()
}

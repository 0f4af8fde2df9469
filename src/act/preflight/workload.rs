//! The topmost controller of a pod, and all its pods. For a pod of a ReplicaSet that is the Deployment, whose pods are
//! spread over several ReplicaSets during a rollout.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::core::v1::ReplicationController;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta, OwnerReference};
use kube::core::Selector;

use super::read::Reader;
use crate::failure::Failure;
use crate::placement::Pod;

/// What the topmost controller of a pod reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Workload {
    /// Its kind, namespace and name.
    pub(super) what: String,
    pub(super) desired: i32,
    /// By its own count, which respects `minReadySeconds`.
    pub(super) available: i32,
    /// Its status is about an earlier spec.
    pub(super) is_behind: bool,
    /// It is replacing its pods by newer ones.
    pub(super) is_rolling: bool,
    /// For a StatefulSet in a rollout: the revision that a recreated pod gets, whatever revision it had.
    pub(super) revision: Option<String>,
    /// The first ordinal of a StatefulSet that creates its pods in order.
    pub(super) in_order_from: Option<i32>,
    /// The controllers that create its pods: its ReplicaSets, or itself.
    pub(super) sets: Vec<Set>,
}

/// A controller that creates pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Set {
    pub(super) uid: String,
    pub(super) selector: Selector,
    pub(super) min_ready: SignedDuration,
}

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) pod: Pod,
    /// It has been Ready for `minReadySeconds`.
    pub(super) available: bool,
}

impl Workload {
    /// The workload of a ReplicaSet's pod. If its controller cannot be read, such as an Argo Rollout, all ReplicaSets
    /// of that controller together are the workload.
    pub(super) async fn of_replica_set(set: ReplicaSet, what: String, reader: &Reader<'_>) -> Result<Self, Failure> {
        let Some(above) = controller(&set.metadata).cloned() else { return Ok(Self::of_replica_sets(what, &[set])) };
        let what = reader.path(&above.kind, &above.name);
        let deployment: Option<Deployment> = match (above.api_version.as_str(), above.kind.as_str()) {
            ("apps/v1", "Deployment") => Some(reader.get(&what, &above.name, &above.uid).await?),
            _ => None,
        };
        let its = deployment.as_ref().map(|deployment| selector(&deployment.spec.selector)).unwrap_or_default();
        let mut sets = reader.replica_sets(&what, &above.uid, &its).await?;
        sets.retain(|other| other.metadata.uid != set.metadata.uid);
        sets.push(set);
        Ok(match deployment {
            Some(deployment) => Self::of_deployment(what, deployment, &sets),
            None => Self::of_replica_sets(what, &sets),
        })
    }

    fn of_deployment(what: String, deployment: Deployment, sets: &[ReplicaSet]) -> Self {
        let (spec, status) = (deployment.spec, deployment.status.unwrap_or_default());
        let is_mixed = status.replicas > status.updated_replicas;
        Self {
            what,
            desired: spec.replicas.unwrap_or(1),
            available: status.available_replicas.unwrap_or_default(),
            is_behind: is_behind(&deployment.metadata, status.observed_generation),
            is_rolling: is_mixed && spec.paused != Some(true),
            sets: sets.iter().filter(|set| is_in_use(set)).map(Set::of).collect(),
            ..Self::default()
        }
    }

    fn of_replica_sets(what: String, sets: &[ReplicaSet]) -> Self {
        let statuses = || sets.iter().filter_map(|set| Some((set, set.status.as_ref()?)));
        Self {
            what,
            desired: sets.iter().map(desired).sum(),
            available: statuses().filter_map(|(_, status)| status.available_replicas).sum(),
            is_behind: statuses().any(|(set, status)| is_behind(&set.metadata, status.observed_generation)),
            sets: sets.iter().filter(|set| is_in_use(set)).map(Set::of).collect(),
            ..Self::default()
        }
    }

    /// The workload of a StatefulSet's pod. Under a partition, a rollout is complete once the pods from the partition
    /// on are updated. Under OnDelete there is no rollout.
    pub(super) fn of_stateful_set(set: StatefulSet, what: String) -> Self {
        let (spec, status) = (set.spec, set.status.unwrap_or_default());
        let desired = spec.replicas.unwrap_or(1);
        let strategy = spec.update_strategy.unwrap_or_default();
        let partition = strategy.rolling_update.and_then(|rolling| rolling.partition).unwrap_or_default();
        let is_rolling = strategy.type_.as_deref() != Some("OnDelete")
            && status.update_revision != status.current_revision
            && status.updated_replicas.unwrap_or_default() < desired - partition;
        let is_parallel = spec.pod_management_policy.as_deref() == Some("Parallel");
        let first = spec.ordinals.and_then(|ordinals| ordinals.start).unwrap_or_default();
        Self {
            what,
            desired,
            available: status.available_replicas.unwrap_or_default(),
            is_behind: is_behind(&set.metadata, status.observed_generation),
            is_rolling,
            revision: status.update_revision.filter(|_| is_rolling),
            in_order_from: (!is_parallel).then_some(first),
            sets: vec![Set {
                uid: set.metadata.uid.unwrap_or_default(),
                selector: selector(&spec.selector),
                min_ready: seconds(spec.min_ready_seconds),
            }],
        }
    }

    pub(super) fn of_replication_controller(controller: ReplicationController, what: String) -> Self {
        let spec = controller.spec.unwrap_or_default();
        let status = controller.status.unwrap_or_default();
        Self {
            what,
            desired: spec.replicas.unwrap_or(1),
            available: status.available_replicas.unwrap_or_default(),
            is_behind: is_behind(&controller.metadata, status.observed_generation),
            sets: vec![Set {
                uid: controller.metadata.uid.unwrap_or_default(),
                selector: spec.selector.unwrap_or_default().into_iter().collect(),
                min_ready: seconds(spec.min_ready_seconds),
            }],
            ..Self::default()
        }
    }

    pub(super) async fn members(&self, reader: &Reader<'_>) -> Result<Vec<Member>, Failure> {
        let mut members = Vec::new();
        for set in &self.sets {
            let pods = reader.pods(&self.what, &set.selector).await?;
            let now = Timestamp::now();
            members.extend(pods.into_iter().filter(|pod| set.makes(pod)).map(|pod| set.member(pod, now)));
        }
        Ok(members)
    }
}

impl Set {
    fn of(set: &ReplicaSet) -> Self {
        let spec = &set.spec;
        Self {
            uid: set.metadata.uid.clone().unwrap_or_default(),
            selector: selector(&spec.selector),
            min_ready: seconds(spec.min_ready_seconds),
        }
    }

    fn makes(&self, pod: &Pod) -> bool {
        pod.controller.as_ref().is_some_and(|controller| controller.uid == self.uid)
    }

    fn member(&self, pod: Pod, now: Timestamp) -> Member {
        let is_over = |since: Timestamp| now.duration_since(since) >= self.min_ready;
        let available = pod.ready && (self.min_ready.is_zero() || pod.ready_since.is_some_and(is_over));
        Member { pod, available }
    }
}

fn controller(meta: &ObjectMeta) -> Option<&OwnerReference> {
    meta.owner_references.iter().flatten().find(|owner| owner.controller == Some(true))
}

/// The ReplicaSets of earlier rollouts are empty.
fn is_in_use(set: &ReplicaSet) -> bool {
    desired(set) > 0 || set.status.as_ref().is_some_and(|status| status.replicas > 0)
}

fn desired(set: &ReplicaSet) -> i32 {
    set.spec.replicas.unwrap_or(1)
}

fn is_behind(meta: &ObjectMeta, observed: Option<i64>) -> bool {
    observed.unwrap_or_default() < meta.generation.unwrap_or_default()
}

fn selector(selector: &LabelSelector) -> Selector {
    // The API server has accepted the selector, so it is valid. Otherwise only owner references identify pods.
    selector.clone().try_into().unwrap_or_default()
}

fn seconds(seconds: Option<i32>) -> SignedDuration {
    SignedDuration::from_secs(seconds.unwrap_or_default().into())
}

#[cfg(test)]
mod tests;

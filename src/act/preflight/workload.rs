//! The topmost controller of a pod, and all its pods. For a pod of a ReplicaSet that is the Deployment above, whose pods are
//! spread over several ReplicaSets during a rollout.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::core::v1::ReplicationController;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta, OwnerReference};
use kube::core::Selector;

use super::read::Reader;
use crate::failure::Failure;
use crate::placement::Pod;

/// What the topmost controller of a pod says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Workload {
    /// Its kind, namespace and name.
    pub(super) what: String,
    /// So many pods are wanted.
    pub(super) desired: i32,
    /// So many are available by its own count, which respects `minReadySeconds`.
    pub(super) available: i32,
    /// Its status is about an earlier spec.
    pub(super) is_behind: bool,
    /// It is replacing its pods by newer ones.
    pub(super) is_rolling: bool,
    /// Of a StatefulSet that does: the revision at which a pod is made again, whatever revision it has.
    pub(super) revision: Option<String>,
    /// Of a StatefulSet that makes a pod only when those before it are available: its first ordinal.
    pub(super) in_order_from: Option<i32>,
    /// Who makes its pods: its ReplicaSets, or itself.
    pub(super) sets: Vec<Set>,
}

/// Who makes pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Set {
    pub(super) uid: String,
    pub(super) selector: Selector,
    pub(super) min_ready: SignedDuration,
}

/// A pod of a workload.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) pod: Pod,
    /// It has been Ready for `minReadySeconds`.
    pub(super) available: bool,
}

impl Workload {
    /// That of a ReplicaSet's pod. A controller that cannot be read, such as a Rollout of Argo, is what its ReplicaSets are
    /// together.
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

    /// That of a StatefulSet's pod. Under a partition, its rollout is complete when the pods from there on are updated; under
    /// OnDelete there is none.
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

    /// Its pods that have not ended.
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

/// Of the ReplicaSets of earlier rollouts nothing is left but their template.
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
    // The API server has taken it, so that it can be read; else pods are told by their owner alone.
    selector.clone().try_into().unwrap_or_default()
}

fn seconds(seconds: Option<i32>) -> SignedDuration {
    SignedDuration::from_secs(seconds.unwrap_or_default().into())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::state::fixture::{replica, wall};

    fn read<K: serde::de::DeserializeOwned>(object: Value) -> K {
        serde_json::from_value(object).unwrap()
    }

    /// A Deployment of 4 after its second edit.
    fn deployment(spec: Value, status: Value) -> Workload {
        let mut object = json!({
            "metadata": { "generation": 2 },
            "spec": { "replicas": 4, "selector": { "matchLabels": { "app": "web" } }, "template": {} },
            "status": { "observedGeneration": 2, "replicas": 4, "updatedReplicas": 4, "availableReplicas": 4 },
        });
        merge(&mut object, &[("spec", spec), ("status", status)]);
        Workload::of_deployment("Deployment web/web".into(), read(object), &[])
    }

    /// A StatefulSet of 3, all of which are of its only revision.
    fn stateful_set(spec: Value, status: Value) -> Workload {
        let mut object = json!({
            "metadata": { "uid": "uid-db", "generation": 1 },
            "spec": {
                "replicas": 3, "selector": { "matchLabels": { "app": "db" } }, "template": {}, "minReadySeconds": 30,
                "podManagementPolicy": "OrderedReady",
                "updateStrategy": { "type": "RollingUpdate", "rollingUpdate": { "partition": 0 } },
            },
            "status": {
                "observedGeneration": 1, "replicas": 3, "availableReplicas": 2, "updatedReplicas": 3,
                "currentRevision": "a", "updateRevision": "a",
            },
        });
        merge(&mut object, &[("spec", spec), ("status", status)]);
        Workload::of_stateful_set(read(object), "StatefulSet web/db".into())
    }

    fn merge(object: &mut Value, parts: &[(&str, Value)]) {
        for (part, fields) in parts {
            for (key, value) in fields.as_object().unwrap() {
                object[part][key] = value.clone();
            }
        }
    }

    fn replica_set(name: &str, replicas: i32, status: Value) -> ReplicaSet {
        read(json!({
            "metadata": { "name": name, "uid": format!("uid-{name}"), "generation": 1 },
            "spec": {
                "replicas": replicas, "minReadySeconds": 10, "selector": { "matchLabels": { "hash": name } }, "template": {},
            },
            "status": status,
        }))
    }

    #[test]
    fn a_rollout_is_in_progress_while_pods_of_earlier_templates_are_there_unless_it_is_paused() {
        assert_eq!(
            deployment(json!({}), json!({})),
            Workload { what: "Deployment web/web".into(), desired: 4, available: 4, ..Workload::default() }
        );
        let stuck = json!({ "replicas": 5, "updatedReplicas": 2, "availableReplicas": 3 });
        let rolling = deployment(json!({}), stuck.clone());
        assert_eq!((rolling.is_rolling, rolling.desired, rolling.available), (true, 4, 3));
        // None of the new ones could be made.
        assert!(deployment(json!({}), json!({ "updatedReplicas": 0 })).is_rolling);
        assert!(!deployment(json!({ "paused": true }), stuck).is_rolling);
        // It has lost one.
        let fewer = json!({ "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3 });
        assert!(!deployment(json!({}), fewer).is_rolling);
        assert!(deployment(json!({}), json!({ "observedGeneration": 1 })).is_behind);
        assert!(deployment(json!({}), json!({ "observedGeneration": null })).is_behind);
    }

    #[test]
    fn a_stateful_set_rolls_until_the_pods_from_its_partition_on_are_updated() {
        let whole = stateful_set(json!({}), json!({}));
        assert_eq!(
            whole,
            Workload {
                what: "StatefulSet web/db".into(),
                desired: 3,
                available: 2,
                in_order_from: Some(0),
                sets: vec![Set {
                    uid: "uid-db".into(),
                    selector: Selector::from_iter([("app".to_owned(), "db".to_owned())]),
                    min_ready: SignedDuration::from_secs(30),
                }],
                ..Workload::default()
            }
        );
        let at = |partition: i32, updated: i32| {
            let strategy = json!({ "type": "RollingUpdate", "rollingUpdate": { "partition": partition } });
            let status = json!({ "updateRevision": "b", "updatedReplicas": updated });
            let set = stateful_set(json!({ "updateStrategy": strategy }), status);
            assert_eq!(set.revision.as_deref(), set.is_rolling.then_some("b"));
            set.is_rolling
        };
        let table = [(0, 0), (0, 2), (2, 0), (2, 1), (0, 3), (3, 0), (5, 0)].map(|(partition, n)| at(partition, n));
        assert_eq!(table, [true, true, true, false, false, false, false]);
        let by_hand = json!({ "updateStrategy": { "type": "OnDelete" } });
        assert!(!stateful_set(by_hand, json!({ "updateRevision": "b", "updatedReplicas": 0 })).is_rolling);
        assert_eq!(stateful_set(json!({ "podManagementPolicy": "Parallel" }), json!({})).in_order_from, None);
        assert_eq!(stateful_set(json!({ "ordinals": { "start": 5 } }), json!({})).in_order_from, Some(5));
        assert!(stateful_set(json!({}), json!({ "observedGeneration": 0 })).is_behind);
    }

    #[test]
    fn what_cannot_be_read_is_its_replica_sets_together() {
        let status = |replicas: i32, available: i32, observed: i32| json!({ "replicas": replicas, "availableReplicas": available, "observedGeneration": observed });
        let sets = [
            replica_set("old", 3, status(3, 3, 1)),
            // Its pods cannot even be made.
            replica_set("new", 2, status(0, 0, 1)),
            replica_set("past", 0, status(0, 0, 1)),
        ];
        let workload = Workload::of_replica_sets("Rollout web/web".into(), &sets);
        assert_eq!(
            (workload.desired, workload.available, workload.is_behind, workload.is_rolling),
            (5, 3, false, false)
        );
        let uids: Vec<&str> = workload.sets.iter().map(|set| set.uid.as_str()).collect();
        assert_eq!(uids, ["uid-old", "uid-new"]);
        let late = [replica_set("old", 3, status(3, 3, 0))];
        assert!(Workload::of_replica_sets(String::new(), &late).is_behind);
    }

    #[test]
    fn a_replication_controller_is_read_as_it_is() {
        let controller = read(json!({
            "metadata": { "uid": "uid-rc", "generation": 3 },
            "spec": { "replicas": 2, "minReadySeconds": 5, "selector": { "app": "old" } },
            "status": { "replicas": 2, "availableReplicas": 1, "observedGeneration": 3 },
        }));
        let workload = Workload::of_replication_controller(controller, "ReplicationController web/old".into());
        assert_eq!((workload.desired, workload.available, workload.is_behind), (2, 1, false));
        let set = Set {
            uid: "uid-rc".into(),
            selector: Selector::from_iter([("app".to_owned(), "old".to_owned())]),
            min_ready: SignedDuration::from_secs(5),
        };
        assert_eq!(workload.sets, [set]);
    }

    #[test]
    fn a_pod_is_available_when_it_has_been_ready_for_min_ready_seconds() {
        let set = |seconds: i64| Set { min_ready: SignedDuration::from_secs(seconds), ..Set::default() };
        let since = |seconds: i64| Pod { ready_since: Some(wall(-seconds)), ..replica("web-9999", "a", 1) };
        let available = |seconds: i64, pod: Pod| set(seconds).member(pod, wall(0)).available;
        assert!(available(30, since(30)) && !available(30, since(29)) && available(0, since(0)));
        assert!(
            !available(30, Pod { ready_since: None, ..since(0) })
                && available(0, Pod { ready_since: None, ..since(0) })
        );
        assert!(!available(0, Pod { ready: false, ..since(60) }));
    }
}

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

/// A StatefulSet of 3, all of the same revision.
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
    // No new pod could be created.
    assert!(deployment(json!({}), json!({ "updatedReplicas": 0 })).is_rolling);
    assert!(!deployment(json!({ "paused": true }), stuck).is_rolling);
    // It has lost a pod.
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
        // Its pods cannot even be created.
        replica_set("new", 2, status(0, 0, 1)),
        replica_set("past", 0, status(0, 0, 1)),
    ];
    let workload = Workload::of_replica_sets("Rollout web/web".into(), &sets);
    assert_eq!((workload.desired, workload.available, workload.is_behind, workload.is_rolling), (5, 3, false, false));
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
        !available(30, Pod { ready_since: None, ..since(0) }) && available(0, Pod { ready_since: None, ..since(0) })
    );
    assert!(!available(0, Pod { ready: false, ..since(60) }));
}

use serde_json::{Value, json};

use super::*;
use crate::api::POD_PROFILE_LABEL;

/// A pod on Fargate as the API server gives it, with much that nobody asks for.
fn running() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "web-5d9c-x2x",
            "generateName": "web-5d9c-",
            "namespace": "shop",
            "uid": "3c0b",
            "resourceVersion": "4711",
            "creationTimestamp": "2026-11-21T10:00:00Z",
            "labels": { "app": "web", (POD_PROFILE_LABEL): "web-9999" },
            "annotations": { "CapacityProvisioned": "0.25vCPU 0.5GB" },
            "ownerReferences": [
                { "apiVersion": "v1", "kind": "ConfigMap", "name": "settings", "uid": "1" },
                { "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-5d9c", "uid": "2", "controller": true, "blockOwnerDeletion": true },
            ],
            "managedFields": [{ "manager": "kube-controller-manager", "fieldsV1": { "f:metadata": {} } }],
        },
        "spec": {
            "schedulerName": "fargate-scheduler",
            "nodeName": "fargate-ip-10-0-0-1.ec2.internal",
            "containers": [{ "name": "main", "image": "app", "resources": {}, "env": [{ "name": "A", "value": "b" }] }],
            "volumes": [{ "name": "kube-api-access", "projected": { "sources": [] } }],
            "priority": 2000001000,
        },
        "status": {
            "phase": "Running",
            "conditions": [
                { "type": "Ready", "status": "True", "lastTransitionTime": "2026-11-21T10:01:30Z" },
                { "type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-21T10:01:00Z" },
            ],
            "containerStatuses": [{ "name": "main", "ready": true, "state": { "running": { "startedAt": "2026-11-21T10:01:20Z" } } }],
        },
    })
}

/// One without a node.
fn pending() -> Value {
    let mut pod = running();
    pod["spec"]["nodeName"].take();
    pod["spec"].as_object_mut().unwrap().remove("nodeName");
    pod["status"] = json!({ "phase": "Pending" });
    pod
}

fn read(manifest: Value) -> Pod {
    serde_json::from_value::<Manifest>(manifest).unwrap().into()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_running_pod_is_read_field_by_field() {
    let labels = [("app", "web"), (POD_PROFILE_LABEL, "web-9999")];
    let expected = Pod {
        namespace: "shop".into(),
        name: "web-5d9c-x2x".into(),
        uid: "3c0b".into(),
        resource_version: "4711".into(),
        labels: labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
        created: time("2026-11-21T10:00:00Z"),
        terminating: false,
        controller: Some(Controller {
            api_version: "apps/v1".into(),
            kind: "ReplicaSet".into(),
            name: "web-5d9c".into(),
            uid: "2".into(),
        }),
        phase: PodPhase::Running,
        ready: true,
        ready_since: Some(time("2026-11-21T10:01:30Z")),
        scheduler: "fargate-scheduler".into(),
        node: Some("fargate-ip-10-0-0-1.ec2.internal".into()),
        unscheduled_since: None,
        do_not_disrupt: false,
        wants_ec2: false,
        gated: false,
        nominated: false,
        serves_kubelet_port: false,
        millicpu: 250,
        steering: None,
        unequal_limits: None,
        unfit: Vec::new(),
        issue: None,
        logging: Logging::Unknown,
    };
    assert_eq!(read(running()), expected);
}

#[test]
fn phases_are_pending_running_and_ended() {
    for (word, phase) in [
        ("Pending", PodPhase::Pending),
        ("Running", PodPhase::Running),
        ("Unknown", PodPhase::Running),
        ("Succeeded", PodPhase::Ended),
        ("Failed", PodPhase::Ended),
    ] {
        let mut pod = running();
        pod["status"]["phase"] = json!(word);
        assert_eq!(read(pod).phase, phase, "{word}");
    }
    assert_eq!(read(json!({ "metadata": {}, "spec": {} })).phase, PodPhase::Pending);
}

#[test]
fn it_is_unscheduled_since_its_scheduler_said_so_and_before_that_since_it_was_made() {
    assert_eq!(read(pending()).unscheduled_since, Some(time("2026-11-21T10:00:00Z")));
    let mut pod = pending();
    pod["status"]["conditions"] =
        json!([{ "type": "PodScheduled", "status": "False", "lastTransitionTime": "2026-11-21T10:02:00Z" }]);
    assert_eq!(read(pod).unscheduled_since, Some(time("2026-11-21T10:02:00Z")));
    let mut pod = pending();
    pod["spec"]["nodeName"] = json!("");
    assert_eq!(read(pod).node, None);
}

#[test]
fn annotations_and_labels_speak_for_the_pod() {
    let with = |place: &str, key: &str, value: &str| {
        let mut pod = running();
        pod["metadata"][place][key] = json!(value);
        read(pod)
    };
    assert!(with("annotations", "fargate-operator.dev/do-not-disrupt", "true").do_not_disrupt);
    assert!(with("annotations", "karpenter.sh/do-not-disrupt", "true").do_not_disrupt);
    assert!(!with("annotations", "karpenter.sh/do-not-disrupt", "false").do_not_disrupt);
    assert!(!with("labels", "karpenter.sh/do-not-disrupt", "true").do_not_disrupt);
    assert!(with("annotations", "eks.amazonaws.com/compute-type", "ec2").wants_ec2);
    assert!(with("labels", "eks.amazonaws.com/compute-type", "ec2").wants_ec2);
    assert!(!with("annotations", "eks.amazonaws.com/compute-type", "fargate").wants_ec2);
}

#[test]
fn gates_nominations_deletion_and_unfit_fields_are_seen() {
    let mut pod = pending();
    pod["spec"]["schedulingGates"] = json!([{ "name": "example.com/wait" }]);
    pod["spec"]["hostNetwork"] = json!(true);
    pod["status"]["nominatedNodeName"] = json!("ip-10-0-0-1");
    pod["metadata"]["deletionTimestamp"] = json!("2026-11-21T10:05:00Z");
    let pod = read(pod);
    assert!(pod.gated && pod.nominated && pod.terminating);
    assert_eq!(pod.unfit.len(), 1, "{:?}", pod.unfit);
    assert!(!read(pending()).gated && !read(pending()).nominated && !read(pending()).terminating);
}

#[test]
fn what_fargate_says_of_logs_is_read_beside_what_keeps_the_pod_from_working() {
    let mut pod = pending();
    pod["metadata"]["annotations"]["Logging"] = json!("LoggingDisabled: LOGGING_CONFIGMAP_INVALID");
    let pod = read(pod);
    assert_eq!(pod.logging, Logging::Disabled("LoggingDisabled: LOGGING_CONFIGMAP_INVALID".into()));
    assert_eq!(pod.issue, None);
}

#[test]
fn a_time_beyond_all_calendars_is_none_and_the_pod_is_read_all_the_same() {
    let mut pod = pending();
    let odd = json!([{ "type": "PodScheduled", "status": "False", "lastTransitionTime": "9999-12-31T23:59:59Z" }]);
    pod["status"]["conditions"] = odd;
    pod["metadata"]["deletionTimestamp"] = json!("9999-12-31T23:59:59Z");
    let read = read(pod);
    assert_eq!(read.unscheduled_since, Some(time("2026-11-21T10:00:00Z")));
    assert!(read.terminating);
}

#[test]
fn a_count_of_restarts_that_cannot_be_hides_no_pod() {
    let mut pod = running();
    pod["status"]["containerStatuses"] = json!([{ "name": "main", "restartCount": -1 }]);
    assert_eq!(read(pod).issue, None);
}

#[test]
fn a_pod_that_serves_at_the_port_of_the_kubelet_is_known_for_it() {
    let serves = |containers: Value| {
        let mut pod = running();
        pod["spec"]["containers"] = containers;
        read(pod).serves_kubelet_port
    };
    let at = |port: u16| json!({ "name": "main", "ports": [{ "containerPort": 8080 }, { "containerPort": port }] });
    assert!(serves(json!([at(8443), at(10250)])));
    assert!(!serves(json!([at(8443), at(10251)])));
}

#[test]
fn what_steers_it_and_limits_that_differ_are_read() {
    let mut pod = pending();
    pod["spec"]["schedulerName"] = json!("volcano");
    pod["spec"]["containers"][0]["resources"] = json!({ "requests": { "cpu": "250m" }, "limits": { "cpu": "1" } });
    let pod = read(pod);
    assert_eq!(pod.steering.as_deref(), Some("schedulerName volcano"));
    assert_eq!(pod.unequal_limits.as_deref(), Some("requests.cpu 250m, limits.cpu 1 in container main"));
}

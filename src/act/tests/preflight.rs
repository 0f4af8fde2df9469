//! Which pods are read before an eviction.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use tower::service_fn;

use crate::act::preflight::check;
use crate::api::Reason;
use crate::failure::{Class, Failure};
use crate::placement::Controller;
use crate::plan::{EvictCause, Eviction};
use crate::state::fixture::wall;

const SETS: &str = "/apis/apps/v1/namespaces/web/replicasets";
const PODS: &str = "/api/v1/namespaces/web/pods";
const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/web/deployments/web";

/// A Deployment of 3 whose pods are all there.
fn deployment() -> Value {
    json!({
        "metadata": { "name": "web", "uid": "uid-web", "generation": 1 },
        "spec": { "replicas": 3, "selector": { "matchLabels": { "app": "web" } }, "template": {} },
        "status": { "observedGeneration": 1, "replicas": 3, "updatedReplicas": 3, "availableReplicas": 3 },
    })
}

fn set(name: &str, replicas: i32, (api_version, kind): (&str, &str)) -> Value {
    let owner =
        json!([{ "apiVersion": api_version, "kind": kind, "name": "web", "uid": "uid-web", "controller": true }]);
    json!({
        "metadata": { "name": name, "uid": format!("uid-{name}"), "generation": 1, "ownerReferences": owner },
        "spec": { "replicas": replicas, "selector": { "matchLabels": { "hash": name } }, "template": {} },
        "status": { "observedGeneration": 1, "replicas": replicas, "availableReplicas": replicas },
    })
}

fn pod(name: &str, set: &str, ready: bool) -> Value {
    let owner = json!([{ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": set, "uid": format!("uid-{set}"), "controller": true }]);
    let ready = if ready { "True" } else { "False" };
    json!({
        "metadata": { "name": name, "namespace": "web", "uid": format!("uid-{name}"), "ownerReferences": owner },
        "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": ready }] },
    })
}

fn list(items: &[Value]) -> Value {
    json!({ "metadata": {}, "items": items })
}

/// An API server with these answers, and the requests that it got. It refuses all others.
fn kubernetes(answers: &[(&str, Value)]) -> (Client, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let answers: Vec<(String, Value)> =
        answers.iter().map(|(path, answer)| ((*path).to_owned(), answer.clone())).collect();
    let log = Arc::clone(&asked);
    let service = service_fn(move |request: axum::http::Request<Body>| {
        let asked = request.uri().to_string();
        let labels = asked.split(['?', '&']).find(|part| part.starts_with("labelSelector"));
        let path = [Some(request.uri().path()), labels].into_iter().flatten().collect::<Vec<_>>().join("?");
        let refusal =
            json!({ "kind": "Status", "status": "Failure", "code": 403, "message": "no", "reason": "Forbidden" });
        let found = answers.iter().find(|(known, _)| *known == path).map(|(_, answer)| answer.clone());
        let status = if found.is_some() { 200 } else { 403 };
        log.lock().unwrap().push(path);
        let body = Body::from(serde_json::to_vec(&found.unwrap_or(refusal)).unwrap());
        async move { axum::http::Response::builder().status(status).body(body) }
    });
    (Client::new(service, "default"), asked)
}

fn eviction() -> Eviction {
    let controller = Controller {
        api_version: "apps/v1".into(),
        kind: "ReplicaSet".into(),
        name: "old".into(),
        uid: "uid-old".into(),
    };
    Eviction {
        namespace: "web".into(),
        name: "old-1".into(),
        uid: "uid-old-1".into(),
        resource_version: "1".into(),
        controller,
        to: "web-9998".into(),
        cause: EvictCause::Move { from: "web-9999".into(), left: 0, newest: wall(0) },
    }
}

async fn move_of(client: &Client) -> Result<(), Failure> {
    check(&eviction(), client, Duration::from_secs(10)).await
}

#[tokio::test]
async fn pods_of_all_replica_sets_of_a_deployment_are_asked_for() {
    let sets = ["old", "new", "past"].map(|name| set(name, i32::from(name != "past"), ("apps/v1", "Deployment")));
    let set_of_another = json!({ "metadata": { "name": "other", "uid": "uid-other" }, "spec": { "selector": {} } });
    let listed = list(&[&sets[..], &[set_of_another]].concat());
    let answers = |deployment: Value, ready: bool| {
        [
            (format!("{SETS}/old"), sets[0].clone()),
            (DEPLOYMENT.to_owned(), deployment),
            (format!("{SETS}?labelSelector=app%3Dweb"), listed.clone()),
            // Another controller's pods have the same labels.
            (
                format!("{PODS}?labelSelector=hash%3Dold"),
                list(&[pod("old-1", "old", true), pod("old-2", "old", true), pod("x", "x", false)]),
            ),
            (format!("{PODS}?labelSelector=hash%3Dnew"), list(&[pod("new-1", "new", ready)])),
        ]
    };
    let of = |answers: &[(String, Value)]| {
        let answers: Vec<(&str, Value)> =
            answers.iter().map(|(path, answer)| (path.as_str(), answer.clone())).collect();
        kubernetes(&answers)
    };
    let all = answers(deployment(), true);
    let (client, asked) = of(&all);
    assert!(move_of(&client).await.is_ok());
    let expected: Vec<&String> = all.iter().map(|(path, _)| path).collect();
    let mut asked = asked.lock().unwrap().clone();
    // The order does not matter.
    asked[3..].sort_by_key(|path| !path.ends_with("old"));
    assert_eq!(asked.iter().collect::<Vec<_>>(), expected);

    let said = async |answers: &[(String, Value)]| move_of(&of(answers).0).await.unwrap_err();
    let unready = said(&answers(deployment(), false)).await;
    assert_eq!(unready.message, "Deployment web/web: pod new-1 is not Ready yet");
    assert_eq!((unready.class, unready.reason), (Class::Wait, Reason::EvictionBlocked));
    let mut another = deployment();
    another["metadata"]["uid"] = json!("uid-another");
    let gone = said(&answers(another, true)).await;
    assert_eq!(gone.message, "Deployment web/web does not exist any more");
    for (without, message) in [
        (1, "no: compare the operator's roles with deploy/rbac"),
        (2, "Deployment web/web: no: compare the operator's roles with deploy/rbac"),
        (4, "Deployment web/web: no: compare the operator's roles with deploy/rbac"),
    ] {
        let mut answers = answers(deployment(), true).to_vec();
        answers.remove(without);
        let refused = said(&answers).await;
        assert_eq!(refused.message, message);
        assert_eq!((refused.class, refused.reason), (Class::Fix, Reason::EvictionRefused));
    }
}

#[tokio::test]
async fn what_cannot_be_read_has_all_replica_sets_that_it_owns() {
    let kind = ("argoproj.io/v1alpha1", "Rollout");
    let (old, mut new) = (set("old", 2, kind), set("new", 1, kind));
    new["status"]["availableReplicas"] = json!(0);
    let old_pods = list(&[pod("old-1", "old", true), pod("old-2", "old", true)]);
    let (client, _) = kubernetes(&[
        (&format!("{SETS}/old"), old.clone()),
        // The labels do not matter.
        (&format!("{SETS}?labelSelector="), list(&[old, new])),
        (&format!("{PODS}?labelSelector=hash%3Dold"), old_pods),
        // No pod can be created.
        (&format!("{PODS}?labelSelector=hash%3Dnew"), list(&[])),
    ]);
    assert_eq!(move_of(&client).await.unwrap_err().message, "Rollout web/web: 2 of 3 pods exist");
}

#[tokio::test]
async fn a_replica_set_of_nobody_is_asked_alone() {
    let mut alone = set("old", 1, ("", ""));
    alone["metadata"]["ownerReferences"].take();
    let (client, asked) = kubernetes(&[
        (&format!("{SETS}/old"), alone),
        (&format!("{PODS}?labelSelector=hash%3Dold"), list(&[pod("old-1", "old", true)])),
    ]);
    assert!(move_of(&client).await.is_ok());
    assert_eq!(asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn pods_that_are_not_those_that_were_seen_are_looked_at_again_first() {
    let on_old = |name: &str, created: i64| {
        let mut pod = pod(name, "old", true);
        pod["metadata"]["labels"] = json!({ "eks.amazonaws.com/fargate-profile": "web-9999" });
        pod["metadata"]["creationTimestamp"] = json!(wall(created).to_string());
        pod
    };
    let said = async |others: &[Value], left: u32| {
        let mut alone = set("old", 2, ("", ""));
        alone["metadata"]["ownerReferences"].take();
        let pods = list(&[&[on_old("old-1", -60)][..], others].concat());
        let (client, _) =
            kubernetes(&[(&format!("{SETS}/old"), alone), (&format!("{PODS}?labelSelector=hash%3Dold"), pods)]);
        let cause = EvictCause::Move { from: "web-9999".into(), left, newest: wall(0) };
        let eviction = Eviction { cause, ..eviction() };
        check(&eviction, &client, Duration::from_secs(10)).await.err().map(|failure| failure.message)
    };
    let unavailable = "ReplicaSet web/old: its pods on EKS profile web-9999 are changing".to_owned();
    assert_eq!(said(&[on_old("old-2", -60)], 1).await, None);
    assert_eq!(said(&[on_old("old-2", -60)], 0).await, Some(unavailable.clone()), "one has come back");
    assert_eq!(said(&[on_old("old-2", 1)], 1).await, Some(unavailable.clone()), "another one is in its place");
    assert_eq!(said(&[pod("old-2", "old", true)], 1).await, Some(unavailable), "one has gone");
}

#[tokio::test]
async fn an_api_server_that_does_not_answer_is_given_up() {
    let silent = service_fn(|_: axum::http::Request<Body>| {
        std::future::pending::<Result<axum::http::Response<Body>, std::convert::Infallible>>()
    });
    let failure = check(&eviction(), &Client::new(silent, "default"), Duration::from_millis(1)).await.unwrap_err();
    assert_eq!((failure.class, failure.message.as_str()), (Class::Retry, "reading ReplicaSet web/old took too long"));
}

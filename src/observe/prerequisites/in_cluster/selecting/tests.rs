use std::sync::{Arc, Mutex};
use std::time::Duration;

use kube::Client;
use kube::client::Body;
use kube::core::SelectorExt;
use serde_json::{Value, json};
use tower::service_fn;

use super::*;

/// A cluster that answers every request so, and the paths that were asked.
fn cluster(code: u16, answer: &Value) -> (InCluster, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (log, body) = (Arc::clone(&asked), serde_json::to_vec(answer).unwrap());
    let service = service_fn(move |request: axum::http::Request<Body>| {
        log.lock().unwrap().push(request.uri().path().to_owned());
        let answer = axum::http::Response::builder().status(code).body(Body::from(body.clone())).unwrap();
        async move { Ok::<_, std::convert::Infallible>(answer) }
    });
    (InCluster::new(Client::new(service, "default"), Vec::new(), Duration::from_secs(10)), asked)
}

fn refusal(code: u16) -> Value {
    json!({ "kind": "Status", "status": "Failure", "message": "no", "reason": "", "code": code })
}

fn page(items: &Value) -> Value {
    json!({ "metadata": {}, "items": items })
}

#[tokio::test]
async fn a_kind_that_is_not_installed_has_no_objects_and_one_that_may_not_be_listed_is_named() {
    let policies = cluster(404, &refusal(404)).0.group_policies(Some("shop")).await;
    assert_eq!(policies, Ok(Vec::new()));
    let (refused, asked) = cluster(403, &refusal(403));
    let action = "list securitygrouppolicies";
    assert_eq!(refused.group_policies(None).await, Err(Unread::Denied { action: action.into() }));
    let action = "list poddisruptionbudgets";
    assert_eq!(refused.budgets(Some("shop")).await, Err(Unread::Denied { action: action.into() }));
    let paths = [
        "/apis/vpcresources.k8s.aws/v1beta1/securitygrouppolicies",
        "/apis/policy/v1/namespaces/shop/poddisruptionbudgets",
    ];
    assert_eq!(*asked.lock().unwrap(), paths);
    // Budgets are everywhere, so that their absence is a failure.
    assert!(matches!(cluster(404, &refusal(404)).0.budgets(None).await, Err(Unread::Failed { .. })));
}

#[tokio::test]
async fn a_policy_tells_its_groups_and_whether_labels_of_pods_say_whom_it_meets() {
    let metadata = json!({ "namespace": "shop", "name": "db" });
    let groups = json!({ "groupIds": ["sg-1", "sg-2"] });
    let expression = json!({ "key": "app", "operator": "In", "values": ["db", "cache"] });
    let of = |spec: Value| json!({ "metadata": metadata, "spec": spec });
    let policies = json!([
        of(json!({ "podSelector": { "matchExpressions": [expression] }, "securityGroups": groups })),
        of(json!({ "podSelector": {}, "securityGroups": groups })),
        of(json!({ "serviceAccountSelector": { "matchLabels": { "a": "b" } }, "securityGroups": groups })),
        of(json!({ "podSelector": {}, "serviceAccountSelector": {}, "securityGroups": groups })),
        of(json!({ "podSelector": { "matchExpressions": [{ "key": "app", "operator": "Like" }] } })),
        of(json!({})),
    ]);
    let found = cluster(200, &page(&policies)).0.group_policies(None).await.unwrap();
    assert_eq!((found[0].namespace.as_str(), found[0].name.as_str(), found[0].content.groups.len()), ("shop", "db", 2));
    let labels = |app: &str| [("app".to_owned(), app.to_owned())].into();
    let meets = |app: &str| -> Vec<bool> {
        found.iter().map(|one| one.selector.as_ref().is_some_and(|it| it.matches(&labels(app)))).collect()
    };
    assert_eq!(meets("cache"), [true, true, false, false, false, false]);
    assert_eq!(meets("web"), [false, true, false, false, false, false]);
    let by_account: Vec<bool> = found.iter().map(|policy| policy.content.by_account).collect();
    assert_eq!(by_account, [false, false, true, true, false, false]);
}

#[tokio::test]
async fn only_the_current_status_of_a_budget_counts() {
    let budget = |name: &str, observed: Option<i64>| {
        let status = json!({
            "observedGeneration": observed, "expectedPods": 3, "desiredHealthy": 2, "currentHealthy": 3, "disruptionsAllowed": 1,
        });
        json!({ "metadata": { "namespace": "shop", "name": name, "generation": 2 }, "spec": {}, "status": status })
    };
    let new = json!({ "metadata": { "namespace": "shop", "name": "new", "generation": 1 }, "spec": {} });
    let budgets = json!([budget("now", Some(2)), budget("stale", Some(1)), budget("none", None), new]);
    let found = cluster(200, &page(&budgets)).0.budgets(None).await.unwrap();
    let expected = Selecting {
        namespace: "shop".into(),
        name: "now".into(),
        selector: None,
        content: Budget { expected: 3, desired: 2, healthy: 3 },
    };
    assert_eq!(found, [expected]);
}

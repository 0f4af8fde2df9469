//! What becomes of each change, for the situations that GitOps tools are tested with.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;
use kube::client::Body;
use serde_json::{Value, json};
use tower::service_fn;

use super::judge::{resume, retry, suspend};
use super::*;
use crate::api::{APPROVE_ANNOTATION, RETRY_ANNOTATION};
use crate::plugin::status::tests::situation;

const TERMINAL: Terminal = Terminal { width: None, height: None, is_interactive: false };

fn told(verdict: Verdict) -> String {
    match verdict {
        Verdict::Change { told, .. } => format!("change: {told}"),
        Verdict::AsItIs(told) => told,
    }
}

#[test]
fn a_suspension_is_set_once_and_taken_away_again() {
    let object = situation("settled");
    assert_eq!(told(suspend(&object)), "change: web suspended: nothing more begins, and a drain pauses");
    assert_eq!(told(suspend(&situation("suspended"))), "web is suspended already");
    let begun = told(suspend(&situation("gap")));
    assert!(begun.ends_with("; its DeleteFirst replacement has begun and goes on"), "{begun}");
    let deleting = told(suspend(&situation("deleting")));
    assert!(deleting.ends_with("; its deletion goes on"), "{deleting}");
    assert_eq!(told(resume(&object)), "web is not suspended");
    let Verdict::Change { patch, told } = resume(&situation("suspended")) else { panic!() };
    assert_eq!((patch, told.as_str()), (json!({ "spec": { "suspend": null } }), "web resumed"));
}

#[test]
fn another_try_is_asked_for_where_something_failed() {
    for (name, said) in [
        (
            "settled",
            Err(
                "nothing of FargateProfile web has failed, it is settled: --force has the operator look now all the same",
            ),
        ),
        (
            "first-create",
            Err(
                "nothing of FargateProfile web has failed, it is creating: --force has the operator look now all the same",
            ),
        ),
        ("refused-first", Ok("change: web: another try is asked for: InvalidParameter")),
        (
            "unhealthy-back",
            Ok(
                "change: web: another try is asked for: generation 1 was taken back, pod web/web-2 is not Ready on EKS profile web-9998: ImagePullBackOff",
            ),
        ),
        ("unreachable", Ok("change: web: another try is asked for: the next one was due at 12:05 UTC")),
    ] {
        let answer = retry(&situation(name), false, "now").map(told).map_err(|error| error.to_string());
        assert_eq!(answer, said.map(str::to_owned).map_err(str::to_owned), "{name}");
    }
    let Verdict::Change { patch, told } = retry(&situation("settled"), true, "now").unwrap() else { panic!() };
    assert_eq!(patch, json!({ "metadata": { "annotations": { RETRY_ANNOTATION: "now" } } }));
    assert_eq!(told, "web: a look is asked for");
}

#[test]
fn a_plan_is_shown_and_nothing_else_is_approved() {
    let object = situation("awaiting-approval");
    let (verdict, plan) = approve::judge(&object, None, None).unwrap();
    let id = object.status.as_ref().unwrap().replacement.as_ref().unwrap().plan_id.clone().unwrap();
    let Verdict::Change { patch, told: said } = verdict else { panic!() };
    assert_eq!(patch, json!({ "metadata": { "annotations": { APPROVE_ANNOTATION: id } } }));
    assert_eq!(said, format!("web approved: plan {id}"));
    let terminal = Terminal { width: Some(80), height: None, is_interactive: false };
    assert_eq!(
        anstream::adapter::strip_str(&plan.text(&terminal)).to_string(),
        format!(
            "web: plan {id}\n  Change: selectors: + web\n  Change: selectors: - old\n  Effect: affects no pod\n  Effect: takes 2 \
             operations of EKS: 1 creation, 1 deletion\n  Effect: takes 1 more Fargate profile of the quota while it lasts\n  Effect: \
             takes about 3 to 26 minutes once it has its turn\n"
        )
    );
    assert!(approve::judge(&object, Some(&id), Some(&plan)).is_ok());
    let refused = |object: &FargateProfile, wanted: Option<&str>, shown: Option<&Plan>| {
        approve::judge(object, wanted, shown).unwrap_err().to_string()
    };
    let other = refused(&object, Some("1-0"), None);
    assert_eq!(
        other,
        format!(
            "the plan of FargateProfile web that waits is {id}, not 1-0: nothing is approved. See kubectl fargate status web"
        )
    );
    let mut edited = object.clone();
    edited.status.as_mut().unwrap().replacement.as_mut().unwrap().changes.pop();
    let edited = refused(&edited, None, Some(&plan));
    assert!(edited.contains("has become another one meanwhile: nothing is approved"), "{edited}");
    assert_eq!(
        refused(&situation("settled"), None, None),
        "nothing of FargateProfile web waits for approval: it is settled"
    );
    // The status speaks of an earlier spec.
    assert!(refused(&situation("edited"), None, None).contains("it is not seen yet"));

    let mut approved = object;
    approved.annotations_mut().insert(APPROVE_ANNOTATION.to_owned(), id.clone());
    let (verdict, _) = approve::judge(&approved, None, None).unwrap();
    assert_eq!(told(verdict), format!("web: plan {id} is approved already"));
}

#[test]
fn what_ends_pods_is_asked_in_the_operators_words() {
    let (_, plan) = approve::judge(&situation("drain-homeless"), None, None).unwrap();
    let terminal = Terminal { width: None, height: None, is_interactive: false };
    let text = plan.text(&terminal);
    assert!(text.contains("  Asked: 1 pod would lose Fargate, such as old/runner. "), "{text}");
}

#[test]
fn a_tool_that_may_take_a_suspension_back_is_named() {
    let patch = json!({ "spec": { "suspend": true } });
    let warned = |object: &FargateProfile| gitops::warning(object, &patch);
    assert_eq!(warned(&situation("settled")), None);
    let mut object = situation("settled");
    object.labels_mut().insert("kustomize.toolkit.fluxcd.io/name".to_owned(), "profiles".to_owned());
    let flux =
        "Flux manages FargateProfile web and may set spec.suspend back at its next sync: change it in Git as well";
    assert_eq!(warned(&object).as_deref(), Some(flux));
    assert_eq!(gitops::warning(&object, &json!({ "metadata": { "annotations": {} } })), None);
    let mut object = situation("settled");
    let manager = Some("argocd-controller".to_owned());
    object.metadata.managed_fields = Some(vec![ManagedFieldsEntry { manager, ..ManagedFieldsEntry::default() }]);
    assert!(warned(&object).unwrap().starts_with("Argo CD manages"));
}

/// An API server with an object, which somebody else writes so many times just before the plugin does. Each patch is recorded.
fn api_server(object: FargateProfile, quicker: usize) -> (Client, std::sync::Arc<std::sync::Mutex<Vec<Value>>>) {
    let patches = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = std::sync::Arc::clone(&patches);
    let service = service_fn(move |request: axum::http::Request<Body>| {
        let (log, mut object) = (std::sync::Arc::clone(&log), object.clone());
        async move {
            let is_patch = request.method() == "PATCH";
            if is_patch {
                let body = request.into_body().collect_bytes().await.unwrap();
                log.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
            }
            let tries = log.lock().unwrap().len();
            object.metadata.resource_version = Some(tries.to_string());
            let answer = if is_patch && tries <= quicker { 409 } else { 200 };
            let refusal =
                json!({ "kind": "Status", "status": "Failure", "reason": "Conflict", "message": "", "code": 409 });
            let body = if answer == 409 { refusal } else { serde_json::to_value(&object).unwrap() };
            let body = Body::from(serde_json::to_vec(&body).unwrap());
            Ok::<_, std::convert::Infallible>(axum::http::Response::builder().status(answer).body(body).unwrap())
        }
    });
    (Client::new(service, "default"), patches)
}

#[tokio::test]
async fn an_object_that_somebody_else_has_changed_is_judged_anew() {
    let target = Target { name: "web".to_owned(), dry_run: DryRun::None };
    let (client, patches) = api_server(situation("settled"), 2);
    let mut judged = 0;
    let judge = |object: &FargateProfile| {
        judged += 1;
        Ok(suspend(object))
    };
    change(&client, &target, &TERMINAL, judge).await.unwrap();
    let seen = |version: &str| json!({ "metadata": { "resourceVersion": version }, "spec": { "suspend": true } });
    assert_eq!((judged, patches.lock().unwrap().clone()), (3, vec![seen("0"), seen("1"), seen("2")]));

    let (client, patches) = api_server(situation("settled"), usize::MAX);
    let never = change(&client, &target, &TERMINAL, |object| Ok(suspend(object))).await.unwrap_err();
    assert!(never.to_string().contains("is changed by somebody else all the time: nothing was done"), "{never}");
    assert_eq!(patches.lock().unwrap().len(), TRIES);
}

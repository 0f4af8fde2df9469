//! Everything that can be set at run time, over `/_simulator/…`.

use serde_json::{Value, json};

use crate::caller::{Caller, seconds, standing, with_active};

async fn control(caller: &Caller, method: &str, path: &str, body: Value) -> Value {
    caller.call(method, &format!("/_simulator{path}"), body).await.ok()
}

#[tokio::test]
async fn clusters_are_added_shown_and_changed_in_part() {
    let (eks, caller) = standing().await;
    control(&caller, "POST", "/clusters", json!({ "name": "two", "durations": { "creating": 7.5 } })).await;
    control(&caller, "PATCH", "/clusters/two", json!({ "quotas": { "profiles": 3 } })).await;
    let settings = control(&caller, "GET", "/clusters/two", Value::Null).await["settings"].clone();
    assert_eq!((&settings["durations"]["creating"], &settings["durations"]["deleting"]), (&json!(7.5), &json!(120.0)));
    assert_eq!((&settings["quotas"]["profiles"], &settings["quotas"]["labels"]), (&json!(3), &json!(5)));
    assert_eq!(eks.clusters(), ["prod", "two"]);
    let missing = caller.call("PATCH", "/_simulator/clusters/nope", json!({})).await;
    assert_eq!(missing.status, 404);
    let wrong = caller.call("PATCH", "/_simulator/clusters/two", json!({ "quota": {} })).await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn updates_and_outcomes_are_set() {
    let (eks, caller) = standing().await;
    let update = json!({ "seconds": 10, "visibility": "visible" });
    control(&caller, "POST", "/clusters/prod/updates", update).await;
    assert_eq!(caller.get("/clusters/prod").await.ok()["cluster"]["status"], "UPDATING");
    control(&caller, "POST", "/advance", json!({ "seconds": 10 })).await;
    let fail = json!({ "profile": "w*", "times": 1, "outcome":
        { "fail": { "issue": { "code": "AccessDenied", "message": "no" }, "after": 5 } } });
    control(&caller, "POST", "/clusters/prod/creations", fail).await;
    caller.create_named("web").await.ok();
    eks.advance(seconds(5));
    assert_eq!(caller.status("web").await, "CREATE_FAILED");
    control(&caller, "POST", "/clusters/prod/deletions", json!({ "outcome": { "takes": 3 } })).await;
    caller.delete("web").await.ok();
    eks.advance(seconds(3));
    assert_eq!(caller.describe("web").await.status, 404);
    control(&caller, "DELETE", "/clusters/prod/plans", Value::Null).await;
}

#[tokio::test]
async fn faults_are_ordered_listed_and_taken_away() {
    let (_eks, caller) = standing().await;
    let fault =
        json!({ "operations": ["DescribeFargateProfile"], "profile": "web", "from_nth": 2, "effect": "throttled" });
    let id = control(&caller, "POST", "/faults", fault).await["id"].clone();
    assert_eq!(caller.describe("web").await.status, 404);
    assert_eq!(caller.describe("web").await.status, 429);
    let listed = control(&caller, "GET", "/faults", Value::Null).await;
    assert_eq!((&listed[0]["id"], &listed[0]["befell"]), (&id, &json!(1)));
    control(&caller, "DELETE", &format!("/faults/{id}"), Value::Null).await;
    assert_eq!(caller.describe("web").await.status, 404);
    let faults = json!([{ "effect": { "late": { "by": 5, "silent": true } }, "profile": "x" },
        { "effect": { "error": { "status": 502, "code": null, "message": "gateway" } }, "times": 1 }]);
    control(&caller, "PUT", "/faults", faults).await;
    let answer = caller.describe("web").await;
    assert_eq!((answer.status, answer.error), (502, None));
    control(&caller, "PUT", "/faults", json!([])).await;
    assert_eq!(control(&caller, "GET", "/faults", Value::Null).await, json!([]));
}

#[tokio::test]
async fn roles_choices_and_the_callers_identity_are_set() {
    let (_eks, caller) = standing().await;
    let role = json!({ "arn": "arn:aws:iam::111122223333:role/fargate-pods", "trust": { "trusted_after": 5 } });
    control(&caller, "PUT", "/roles", role).await;
    assert!(caller.create_named("web").await.message().starts_with("Misconfigured"));
    control(&caller, "POST", "/advance", json!({ "seconds": 5 })).await;
    control(&caller, "PUT", "/choices", json!({ "omitted_subnets": "refused" })).await;
    assert_eq!(caller.create_named("web").await.status, 400);
    let mut identity = control(&caller, "GET", "/identity", Value::Null).await;
    identity["account"] = json!("444455556666");
    control(&caller, "PUT", "/identity", identity).await;
    assert_eq!(caller.get("/clusters/prod").await.status, 404);
}

#[tokio::test]
async fn an_outsider_can_do_all_its_deeds() {
    let (eks, caller) = with_active("web").await;
    let deed = |deed: Value| control(&caller, "POST", "/outsider", deed);
    let spec = |name: &str| json!(eks_simulator::ProfileSpec::named(name));
    deed(json!({ "create_profile": { "cluster": "prod", "profile": spec("a") } })).await;
    eks.advance(seconds(300));
    deed(json!({ "delete_profile": { "cluster": "prod", "name": "a" } })).await;
    eks.advance(seconds(120));
    deed(json!({ "place_profile": { "cluster": "prod", "profile": spec("b"), "status": "DELETE_FAILED" } })).await;
    assert_eq!(caller.status("b").await, "DELETE_FAILED");
    deed(json!({ "vanish_profile": { "cluster": "prod", "name": "b" } })).await;
    deed(json!({ "replace_profile": { "cluster": "prod", "profile": spec("web") } })).await;
    deed(json!({ "set_tags": { "cluster": "prod", "name": "web", "tags": { "a": "1", "b": "2" } } })).await;
    let stripped = deed(json!({ "strip_tags": { "cluster": "prod", "name": "web", "keys": ["a"] } })).await;
    assert_eq!(stripped["profile"]["tags"], json!({ "b": "2" }));
    deed(json!({ "delete_cluster": { "cluster": "prod" } })).await;
    assert_eq!(eks.clusters(), Vec::<String>::new());
    let missing = json!({ "vanish_profile": { "cluster": "prod", "name": "b" } });
    assert_eq!(caller.call("POST", "/_simulator/outsider", missing).await.status, 404);
}

#[tokio::test]
async fn the_overview_and_the_analysis_tell_how_a_run_went() {
    let (eks, caller) = standing().await;
    let spec = eks_simulator::ProfileSpec::named("web").tagged("owner", "me");
    caller.create(&spec).await.ok();
    eks.advance(seconds(310));
    let overview = control(&caller, "GET", "", Value::Null).await;
    assert_eq!((&overview["unscaled"], &overview["clusters"]), (&json!(310.0), &json!(["prod"])));
    let analysis = control(&caller, "GET", "/clusters/prod/analysis?tag_key=owner&tag_value=me", Value::Null).await;
    assert_eq!(
        analysis,
        json!({ "busy_seconds": 300.0, "conflicts": 0,
            "timeline": { "active": [{ "from": 300.0, "to": 310.0 }], "gaps": [] } })
    );
}

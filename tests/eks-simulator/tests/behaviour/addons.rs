//! UpdateAddon.

use eks_simulator::{Addon, AddonRequest, AddonUpdate, Choices, Simulator};
use serde_json::{Value, json};

use crate::caller::{Answer, Caller, seconds, standing};

const INVALID: &str = "InvalidParameterException";
const FARGATE: &str = r#"{"computeType":"Fargate"}"#;

async fn with_coredns() -> (Simulator, Caller) {
    let (eks, caller) = standing().await;
    eks.change_cluster("prod", |prod| {
        prod.addons.insert("coredns".to_owned(), Addon::default());
    })
    .unwrap();
    (eks, caller)
}

async fn update(caller: &Caller, body: Value) -> Answer {
    caller.call("POST", "/clusters/prod/addons/coredns/update", body).await
}

async fn described(caller: &Caller) -> Value {
    caller.get("/clusters/prod/addons/coredns").await.ok()["addon"].clone()
}

fn addon(eks: &Simulator) -> Addon {
    eks.cluster_settings("prod").unwrap().addons["coredns"].clone()
}

#[tokio::test]
async fn an_update_is_shown_while_it_lasts_and_when_it_is_over() {
    let (eks, caller) = with_coredns().await;
    let before = described(&caller).await;
    eks.advance(seconds(1));
    let update = update(&caller, json!({ "configurationValues": FARGATE, "resolveConflicts": "PRESERVE" })).await.ok();
    let update = &update["update"];
    assert_eq!((&update["type"], &update["status"]), (&json!("AddonUpdate"), &json!("InProgress")));
    let params = json!([
        { "type": "ResolveConflicts", "value": "PRESERVE" },
        { "type": "ConfigurationValues", "value": FARGATE },
    ]);
    assert_eq!(update["params"], params);
    let during = described(&caller).await;
    assert_eq!((&during["status"], &during["configurationValues"]), (&json!("UPDATING"), &json!(FARGATE)));
    assert!(during["modifiedAt"].as_f64() > before["modifiedAt"].as_f64());
    eks.advance(seconds(19));
    assert_eq!(described(&caller).await["status"], "UPDATING");
    eks.advance(seconds(1));
    assert_eq!(described(&caller).await["status"], "ACTIVE");
    let addon = addon(&eks);
    assert_eq!((addon.updates, addon.resolve_conflicts.as_str()), (1, "PRESERVE"));
    assert_eq!(addon.configured("computeType").as_deref(), Some("Fargate"));
}

#[tokio::test]
async fn an_addon_that_is_being_updated_is_not_updated() {
    let (eks, caller) = with_coredns().await;
    update(&caller, json!({ "configurationValues": FARGATE })).await.ok();
    update(&caller, json!({ "configurationValues": "{}" })).await.is_refused(
        409,
        "ResourceInUseException",
        "Addon coredns cannot be updated as it is currently in UPDATING state",
    );
    eks.change_cluster("prod", |prod| prod.durations.addon_updating = seconds(60)).unwrap();
    eks.advance(seconds(20));
    update(&caller, json!({ "configurationValues": "{}" })).await.ok();
    eks.advance(seconds(59));
    assert_eq!(described(&caller).await["status"], "UPDATING");
}

#[tokio::test]
async fn somebody_else_updates_an_addon_by_the_same_rules() {
    let (eks, caller) = with_coredns().await;
    let update = AddonRequest { configuration_values: Some(FARGATE.to_owned()), ..AddonRequest::default() };
    eks.outsider().update_addon("prod", "coredns", &update).unwrap();
    assert_eq!(described(&caller).await["configurationValues"], FARGATE);
    assert_eq!(eks.outsider().update_addon("prod", "coredns", &update).unwrap_err().status, 409);
    eks.advance(seconds(20));
    let update = json!({ "cluster": "prod", "addon": "coredns", "update": { "configurationValues": "{}" } });
    caller.call("POST", "/_simulator/outsider", json!({ "update_addon": update })).await.ok();
    assert_eq!(described(&caller).await["configurationValues"], "{}");
}

#[tokio::test]
async fn what_is_left_out_stays_and_yaml_is_taken_too() {
    let (eks, caller) = with_coredns().await;
    update(&caller, json!({ "configurationValues": "computeType: Fargate\nreplicaCount: 3\n" })).await.ok();
    assert_eq!(addon(&eks).configured("computeType").as_deref(), Some("Fargate"));
    eks.advance(seconds(20));
    update(&caller, json!({ "addonVersion": "v1.12.4-eksbuild.1" })).await.ok();
    let there = addon(&eks);
    assert_eq!((there.version.as_str(), there.resolve_conflicts.as_str()), ("v1.12.4-eksbuild.1", "NONE"));
    assert_eq!(there.configured("computeType").as_deref(), Some("Fargate"));
    eks.advance(seconds(20));
    update(&caller, json!({ "configurationValues": "" })).await.ok();
    assert_eq!(addon(&eks).configuration_values, None);
}

#[tokio::test]
async fn values_that_the_schema_does_not_have_are_refused_in_its_words() {
    let (eks, caller) = with_coredns().await;
    let values = r#"{"computeType":"Fargate","maxReplicas":2,"minReplicas":2}"#;
    update(&caller, json!({ "configurationValues": values })).await.is_refused(
        400,
        INVALID,
        "ConfigurationValue provided in request is not supported: Json schema validation failed with error: [$.maxReplicas: is not defined in the schema and the schema does not allow additional properties, $.minReplicas: is not defined in the schema and the schema does not allow additional properties]",
    );
    for body in [json!({ "configurationValues": "nonsense" }), json!({ "resolveConflicts": "FORCE" })] {
        let refused = update(&caller, body).await;
        assert_eq!((refused.status, refused.error.as_deref()), (400, Some(INVALID)));
    }
    assert_eq!(addon(&eks), Addon::default());
    let missing = caller.call("POST", "/clusters/prod/addons/kube-proxy/update", json!({})).await;
    missing.is_refused(404, "ResourceNotFoundException", "No addon: kube-proxy found in cluster: prod");
}

#[tokio::test]
async fn profiles_wait_for_an_addon_or_do_not() {
    let (eks, caller) = with_coredns().await;
    update(&caller, json!({ "configurationValues": FARGATE })).await.ok();
    caller.create_named("web").await.is_refused(
        409,
        "ResourceInUseException",
        "Cannot create Fargate Profile web because cluster prod currently has an update in progress",
    );
    assert_eq!(caller.get("/clusters/prod").await.ok()["cluster"]["status"], "ACTIVE");
    eks.advance(seconds(20));
    caller.create_named("web").await.ok();
    eks.advance(seconds(300));
    eks.set_choices(Choices { addon_update: AddonUpdate::BesideProfiles, ..Choices::default() });
    update(&caller, json!({ "configurationValues": "{}" })).await.ok();
    caller.create_named("api").await.ok();
}

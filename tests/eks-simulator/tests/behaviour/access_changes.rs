//! Access entries that come and go by calls, and whom they let in.

use eks_simulator::{AccessEntry, Entrance, ProfileSpec, ProfileStatus, RoleTrust, Simulator};
use serde_json::{Value, json};

use crate::caller::{Answer, Caller, seconds, standing};

const ROLE: &str = "arn:aws:iam::111122223333:role/fargate-pods";
const NOT_FOUND: &str = "ResourceNotFoundException";
const NO_ENTRY: &str = "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.";
const WRONG_MODE: &str =
    "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.";

async fn create(caller: &Caller, body: Value) -> Answer {
    caller.call("POST", "/clusters/prod/access-entries", body).await
}

async fn about(caller: &Caller, method: &str) -> Answer {
    let path = format!("/clusters/prod/access-entries/{}", ROLE.replace('/', "%2F"));
    caller.call(method, &path, Value::Null).await
}

fn of_pods() -> Value {
    json!({ "principalArn": ROLE, "type": "FARGATE_LINUX", "tags": { "team": "a" } })
}

async fn in_mode(mode: &str) -> (Simulator, Caller) {
    let (eks, caller) = standing().await;
    eks.change_cluster("prod", |prod| mode.clone_into(&mut prod.authentication_mode)).unwrap();
    (eks, caller)
}

#[tokio::test]
async fn an_entry_is_created_described_and_deleted_once() {
    let (_eks, caller) = standing().await;
    let made = create(&caller, of_pods()).await.ok()["accessEntry"].clone();
    assert_eq!((&made["type"], &made["tags"]), (&json!("FARGATE_LINUX"), &json!({ "team": "a" })));
    assert_eq!(made["username"], "system:node:{{SessionName}}");
    assert_eq!(about(&caller, "GET").await.ok()["accessEntry"], made);
    create(&caller, of_pods()).await.is_refused(
        409,
        "ResourceInUseException",
        "The specified access entry resource is already in use on this cluster.",
    );
    assert_eq!(about(&caller, "DELETE").await.ok(), json!({}));
    for method in ["GET", "DELETE"] {
        about(&caller, method).await.is_refused(404, NOT_FOUND, NO_ENTRY);
    }
    let plain = create(&caller, json!({ "principalArn": ROLE })).await.ok();
    assert_eq!(plain["accessEntry"]["type"], "STANDARD");
}

#[tokio::test]
async fn a_cluster_that_goes_by_its_config_map_has_no_entries() {
    let (_eks, caller) = in_mode("CONFIG_MAP").await;
    create(&caller, of_pods()).await.is_refused(400, "InvalidRequestException", WRONG_MODE);
    about(&caller, "DELETE").await.is_refused(400, "InvalidRequestException", WRONG_MODE);
}

#[tokio::test]
async fn entries_of_nobody_and_with_what_their_type_forbids_are_refused() {
    let (eks, caller) = standing().await;
    let mut named = of_pods();
    named["kubernetesGroups"] = json!(["admins"]);
    assert_eq!(create(&caller, named).await.error.as_deref(), Some("InvalidParameterException"));
    let nobody = "The specified principalArn is invalid: invalid principal.";
    let user = json!({ "principalArn": "arn:aws:iam::111122223333:user/me", "type": "FARGATE_LINUX" });
    create(&caller, user).await.is_refused(400, "InvalidParameterException", nobody);
    eks.set_role(ROLE, RoleTrust::Missing);
    create(&caller, of_pods()).await.is_refused(400, "InvalidParameterException", nobody);
    eks.set_role(ROLE, RoleTrust::TrustedAfter(seconds(5)));
    create(&caller, of_pods()).await.is_refused(400, "InvalidParameterException", nobody);
    eks.advance(seconds(5));
    create(&caller, of_pods()).await.ok();
    assert_eq!(caller.call("POST", "/clusters/no/access-entries", of_pods()).await.status, 404);
}

#[tokio::test]
async fn kubelets_are_let_in_by_an_entry_that_is_not_of_an_earlier_role() {
    let (eks, caller) = in_mode("API").await;
    let spec = ProfileSpec { pod_execution_role_arn: ROLE.to_owned(), ..ProfileSpec::named("web") };
    eks.outsider().place_profile("prod", spec, ProfileStatus::Active).unwrap();
    let entrance = || eks.entrance("prod", "web").unwrap();
    assert_eq!(entrance(), Entrance::Open, "EKS makes an entry by itself");
    about(&caller, "DELETE").await.ok();
    assert_eq!(entrance(), Entrance::NoEntry);
    create(&caller, json!({ "principalArn": ROLE })).await.ok();
    assert_eq!(entrance(), Entrance::NoEntry, "of another type");
    about(&caller, "DELETE").await.ok();
    create(&caller, of_pods()).await.ok();
    assert_eq!(entrance(), Entrance::Open);
    eks.set_role(ROLE, RoleTrust::Missing);
    eks.advance(seconds(1));
    eks.set_role(ROLE, RoleTrust::Trusted);
    assert_eq!(entrance(), Entrance::OfAnotherRole);
    about(&caller, "DELETE").await.ok();
    create(&caller, of_pods()).await.ok();
    assert_eq!(entrance(), Entrance::Open);
    eks.change_cluster("prod", |prod| {
        "API_AND_CONFIG_MAP".clone_into(&mut prod.authentication_mode);
        prod.access_entries.insert(ROLE.to_owned(), AccessEntry::default());
    })
    .unwrap();
    assert_eq!(entrance(), Entrance::Open, "aws-auth lets them in");
}

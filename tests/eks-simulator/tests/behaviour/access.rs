//! What EKS keeps of a cluster beside its profiles: access entries and add-ons.

use eks_simulator::{AccessEntry, Addon, Effect, Fault, HealthIssue, Operation, ProfileSpec, ProfileStatus};

use crate::caller::{Answer, Caller, standing};

const NOT_FOUND: &str = "ResourceNotFoundException";
const ROLE: &str = "arn:aws:iam::111122223333:role/fargate-pods";

async fn entry(caller: &Caller) -> Answer {
    caller.get("/clusters/prod/access-entries/arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Ffargate-pods").await
}

#[tokio::test]
async fn the_role_of_a_new_profile_is_let_in_by_eks_itself() {
    let (_eks, caller) = standing().await;
    entry(&caller).await.is_refused(
        404,
        NOT_FOUND,
        "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.",
    );
    caller.create_named("web").await.ok();
    let made = entry(&caller).await.ok()["accessEntry"].clone();
    assert_eq!((made["type"].as_str(), made["principalArn"].as_str()), (Some("FARGATE_LINUX"), Some(ROLE)));
    assert_eq!(made["username"], "system:node:{{SessionName}}");
    assert!(made["createdAt"].is_f64());
    // Nor does it matter who made the profile, or whether the ARN's slash is encoded.
    let (eks, caller) = standing().await;
    eks.outsider().place_profile("prod", ProfileSpec::named("web"), ProfileStatus::Active).unwrap();
    caller.get(&format!("/clusters/prod/access-entries/{ROLE}")).await.ok();
}

#[tokio::test]
async fn an_entry_that_is_there_stays_as_it_is() {
    let (eks, caller) = standing().await;
    let nodes = AccessEntry { kind: "EC2_LINUX".to_owned(), ..AccessEntry::default() };
    eks.change_cluster("prod", |prod| {
        prod.access_entries.insert(ROLE.to_owned(), nodes);
    })
    .unwrap();
    caller.create_named("web").await.ok();
    assert_eq!(entry(&caller).await.ok()["accessEntry"]["type"], "EC2_LINUX");
}

#[tokio::test]
async fn a_cluster_that_goes_by_its_config_map_has_no_entries() {
    let (eks, caller) = standing().await;
    eks.change_cluster("prod", |prod| "CONFIG_MAP".clone_into(&mut prod.authentication_mode)).unwrap();
    caller.create_named("web").await.ok();
    entry(&caller).await.is_refused(
        400,
        "InvalidRequestException",
        "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
    );
    eks.change_cluster("prod", |prod| "API".clone_into(&mut prod.authentication_mode)).unwrap();
    assert_eq!(entry(&caller).await.status, 404);
}

#[tokio::test]
async fn addons_are_described_with_their_health_and_configuration() {
    let (eks, caller) = standing().await;
    let missing = caller.get("/clusters/prod/addons/coredns").await;
    missing.is_refused(404, NOT_FOUND, "No addon: coredns found in cluster: prod");
    let coredns = Addon {
        status: "DEGRADED".to_owned(),
        configuration_values: Some(r#"{"computeType":"Fargate"}"#.to_owned()),
        issues: vec![HealthIssue::new("InsufficientNumberOfReplicas", "no replica")],
        ..Addon::default()
    };
    eks.change_cluster("prod", |prod| {
        prod.addons.insert("coredns".to_owned(), coredns);
    })
    .unwrap();
    let addon = caller.get("/clusters/prod/addons/coredns").await.ok()["addon"].clone();
    assert_eq!((addon["status"].as_str(), addon["clusterName"].as_str()), (Some("DEGRADED"), Some("prod")));
    assert_eq!(addon["health"]["issues"][0]["code"], "InsufficientNumberOfReplicas");
    assert_eq!(addon["configurationValues"], r#"{"computeType":"Fargate"}"#);
}

#[tokio::test]
async fn denied_looks_name_what_they_were_at() {
    let (eks, caller) = standing().await;
    eks.add_fault(Fault::new(Effect::AccessDenied).on([Operation::DescribeAccessEntry, Operation::DescribeAddon]));
    let at = |answer: Answer| {
        assert_eq!((answer.status, answer.error.as_deref()), (403, Some("AccessDeniedException")));
        let message = answer.message();
        message.split("resource: ").nth(1).unwrap().split(' ').next().unwrap().to_owned()
    };
    let place = "arn:aws:eks:eu-central-1:111122223333";
    assert_eq!(at(entry(&caller).await), format!("{place}:access-entry/prod/role/111122223333/fargate-pods/*"));
    assert_eq!(at(caller.get("/clusters/prod/addons/coredns").await), format!("{place}:addon/prod/coredns/*"));
}

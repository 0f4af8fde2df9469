//! Clusters, missing things and pages.

use eks_simulator::{Choices, ClusterSettings, ErrorFields, ProfileSpec, ProfileStatus};
use serde_json::{Value, json};

use crate::caller::{seconds, standing, with_active};

const NOT_FOUND: &str = "ResourceNotFoundException";

#[tokio::test]
async fn a_missing_cluster_and_a_missing_profile_differ_by_their_message() {
    let (_eks, caller) = standing().await;
    for (method, path) in [
        ("GET", "/clusters/nope"),
        ("DELETE", "/clusters/nope"),
        ("GET", "/clusters/nope/fargate-profiles"),
        ("GET", "/clusters/nope/fargate-profiles/web"),
        ("DELETE", "/clusters/nope/fargate-profiles/web"),
    ] {
        let answer = caller.call(method, path, Value::Null).await;
        answer.is_refused(404, NOT_FOUND, "No cluster found for name: nope.");
    }
    let spec = json!(ProfileSpec::named("web"));
    caller.call("POST", "/clusters/nope/fargate-profiles", spec).await.is_refused(
        404,
        NOT_FOUND,
        "No cluster found for name: nope.",
    );
    for answer in [caller.describe("web").await, caller.delete("web").await] {
        answer.is_refused(404, NOT_FOUND, "No Fargate Profile found with name: web.");
    }
}

#[tokio::test]
async fn errors_carry_the_models_fields_filled_in_or_not_as_chosen() {
    let (eks, caller) = standing().await;
    let null = json!({
        "clusterName": null, "nodegroupName": null, "fargateProfileName": null, "addonName": null,
        "subscriptionId": null, "message": "No Fargate Profile found with name: web.",
    });
    assert_eq!(caller.describe("web").await.json(), null);
    eks.set_choices(Choices { error_fields: ErrorFields::Filled, ..Choices::default() });
    let filled = caller.describe("web").await.json();
    assert_eq!((filled["clusterName"].as_str(), filled["fargateProfileName"].as_str()), (Some("prod"), Some("web")));
}

#[tokio::test]
async fn a_described_cluster_says_where_and_what_it_is() {
    let (eks, caller) = standing().await;
    eks.change_cluster("prod", |prod| prod.certificate_authority = "Y2E=".to_owned()).unwrap();
    let cluster = caller.get("/clusters/prod").await.ok()["cluster"].clone();
    assert_eq!(cluster["arn"], "arn:aws:eks:eu-central-1:111122223333:cluster/prod");
    assert_eq!(cluster["status"], "ACTIVE");
    assert_eq!(cluster["certificateAuthority"]["data"], "Y2E=");
    assert_eq!(cluster["accessConfig"]["authenticationMode"], "API_AND_CONFIG_MAP");
    assert_eq!(cluster["resourcesVpcConfig"]["vpcId"], "vpc-0123456789abcdef0");
    assert_eq!(cluster["resourcesVpcConfig"]["subnetIds"].as_array().unwrap().len(), 6);
    let issuer = cluster["identity"]["oidc"]["issuer"].as_str().unwrap();
    assert!(issuer.starts_with("https://oidc.eks.eu-central-1.amazonaws.com/id/"));
    for field in ["version", "platformVersion", "endpoint", "roleArn"] {
        assert!(!cluster[field].as_str().unwrap().is_empty(), "{field}");
    }
    assert!(cluster["createdAt"].is_f64());
}

#[tokio::test]
async fn a_cluster_is_made_over_time_and_deleted_only_when_empty() {
    let (eks, caller) = with_active("web").await;
    caller.call("DELETE", "/clusters/prod", Value::Null).await.is_refused(
        409,
        "ResourceInUseException",
        "Cluster has Fargate Profiles in ACTIVE/CREATING state",
    );
    let request = json!({ "name": "two", "roleArn": "arn:aws:iam::111122223333:role/eks",
        "resourcesVpcConfig": { "subnetIds": ["subnet-1"] } });
    let created = caller.call("POST", "/clusters", request.clone()).await.ok();
    assert_eq!(created["cluster"]["status"], "CREATING");
    caller.call("POST", "/clusters", request).await.is_refused(
        409,
        "ResourceInUseException",
        "Cluster already exists with name: two",
    );
    let spec = json!(ProfileSpec::named("web"));
    caller.call("POST", "/clusters/two/fargate-profiles", spec.clone()).await.is_refused(
        400,
        "InvalidRequestException",
        "Cluster 'two' is not in ACTIVE status",
    );
    eks.advance(seconds(600));
    assert_eq!(caller.get("/clusters/two").await.ok()["cluster"]["status"], "ACTIVE");
    let deleted = caller.call("DELETE", "/clusters/two", Value::Null).await.ok();
    assert_eq!(deleted["cluster"]["status"], "DELETING");
    eks.advance(seconds(300));
    assert_eq!(caller.get("/clusters/two").await.status, 404);
}

#[tokio::test]
async fn profiles_are_listed_in_pages() {
    let (eks, caller) = standing().await;
    eks.change_cluster("prod", |prod| prod.quotas.profiles = 200).unwrap();
    for n in 0..101 {
        let spec = ProfileSpec::named(format!("p{n:03}"));
        eks.outsider().place_profile("prod", spec, ProfileStatus::Active).unwrap();
    }
    let path = "/clusters/prod/fargate-profiles";
    let mut seen: Vec<Value> = Vec::new();
    let mut query = "?maxResults=40".to_owned();
    for size in [40, 40, 21] {
        let page = caller.get(&format!("{path}{query}")).await.ok();
        let names = page["fargateProfileNames"].as_array().unwrap().clone();
        assert_eq!(names.len(), size);
        seen.extend(names);
        query = match page["nextToken"].as_str() {
            Some(token) => format!("?maxResults=40&nextToken={token}"),
            None => String::new(),
        };
    }
    assert_eq!((seen.len(), query.as_str()), (101, ""));
    assert_eq!(caller.get(path).await.ok()["fargateProfileNames"].as_array().unwrap().len(), 100);
    for wrong in ["maxResults=0", "maxResults=101", "maxResults=x", "nextToken=bogus"] {
        let answer = caller.get(&format!("{path}?{wrong}")).await;
        assert_eq!((answer.status, answer.error.as_deref()), (400, Some("InvalidParameterException")), "{wrong}");
    }
}

#[tokio::test]
async fn clusters_are_listed_in_pages() {
    let (eks, caller) = standing().await;
    eks.add_cluster(ClusterSettings::named("zeta"));
    assert_eq!(caller.get("/clusters").await.ok(), json!({ "clusters": ["prod", "zeta"] }));
    let first = caller.get("/clusters?maxResults=1").await.ok();
    let token = first["nextToken"].as_str().unwrap();
    let second = caller.get(&format!("/clusters?maxResults=1&nextToken={token}")).await.ok();
    assert_eq!(second, json!({ "clusters": ["zeta"] }));
}

#[tokio::test]
async fn what_is_not_spoken_is_answered_as_aws_would_and_never_with_a_page() {
    let (_eks, caller) = standing().await;
    for (method, path) in [
        ("GET", "/clusters/prod/node-groups"),
        ("PUT", "/clusters/prod"),
        ("GET", "/nonsense"),
        ("GET", "/_simulator/nonsense"),
    ] {
        let answer = caller.call(method, path, Value::Null).await;
        assert_eq!((answer.status, answer.error.as_deref()), (404, Some("UnknownOperationException")), "{path}");
        assert_eq!(answer.content_type, "application/json");
        assert!(answer.message().contains(path));
    }
}

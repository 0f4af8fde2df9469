//! States over time.

use std::time::Instant;

use eks_simulator::{ClusterSettings, Control, Outcome, PlannedOutcome, ProfileSpec, ProfileStatus, Settings, start};
use serde_json::json;

use crate::caller::{Caller, seconds, standing, until, with_active};

#[tokio::test]
async fn a_profile_is_creating_until_its_time_is_over_and_then_active() {
    let (eks, caller) = standing().await;
    let created = caller.create_named("web").await.ok();
    assert_eq!(created["fargateProfile"]["status"], "CREATING");
    eks.advance(seconds(299));
    assert_eq!(caller.status("web").await, "CREATING");
    eks.advance(seconds(1));
    assert_eq!(caller.status("web").await, "ACTIVE");
}

#[tokio::test]
async fn a_described_profile_has_the_fields_of_the_model_and_no_others() {
    let (_eks, caller) = standing().await;
    let spec = ProfileSpec::named("web").selecting("shop", &[("app", "web")]).tagged("team", "a");
    caller.create(&spec).await.ok();
    let mut profile = caller.describe("web").await.ok()["fargateProfile"].clone();
    let arn = profile["fargateProfileArn"].take();
    assert!(profile["createdAt"].take().as_f64().unwrap() > 1.7e9);
    let place = "arn:aws:eks:eu-central-1:111122223333:fargateprofile/prod/web/";
    assert_eq!(arn.as_str().unwrap().strip_prefix(place).unwrap().len(), 36);
    assert_eq!(
        profile,
        json!({
            "fargateProfileName": "web", "fargateProfileArn": null, "clusterName": "prod", "createdAt": null,
            "podExecutionRoleArn": "arn:aws:iam::111122223333:role/fargate-pods",
            "subnets": ["subnet-0aaaaaaa000000001", "subnet-0aaaaaaa000000002", "subnet-0aaaaaaa000000003"],
            "selectors": [{ "namespace": "shop", "labels": { "app": "web" } }],
            "status": "CREATING", "tags": { "team": "a" }, "health": { "issues": [] },
        })
    );
}

#[tokio::test]
async fn a_profile_is_deleting_until_its_time_is_over_and_then_gone() {
    let (eks, caller) = with_active("web").await;
    let deleted = caller.delete("web").await.ok();
    assert_eq!(deleted["fargateProfile"]["status"], "DELETING");
    eks.advance(seconds(119));
    assert_eq!(caller.status("web").await, "DELETING");
    eks.advance(seconds(1));
    assert_eq!(caller.describe("web").await.status, 404);
}

#[tokio::test]
async fn a_creation_can_be_made_to_fail_with_a_health_issue_and_the_next_succeeds() {
    let (eks, caller) = standing().await;
    let failure = Outcome::fail("AccessDenied", "no way in");
    eks.next_creation("prod", "web*", failure).unwrap();
    caller.create_named("web").await.ok();
    assert_eq!(caller.describe("web").await.ok()["fargateProfile"]["health"]["issues"], json!([]));
    eks.advance(seconds(300));
    assert_eq!(caller.status("web").await, "CREATE_FAILED");
    assert_eq!(
        caller.describe("web").await.ok()["fargateProfile"]["health"]["issues"],
        json!([{ "code": "AccessDenied", "message": "no way in", "resourceIds": [] }])
    );
    caller.create_named("web-2").await.ok();
    eks.advance(seconds(300));
    assert_eq!(caller.status("web-2").await, "ACTIVE");
}

#[tokio::test]
async fn a_failed_profile_owns_its_name_until_it_is_deleted() {
    let (eks, caller) = standing().await;
    eks.next_creation("prod", "*", Outcome::fail("InternalFailure", "no")).unwrap();
    caller.create_named("web").await.ok();
    eks.advance(seconds(300));
    assert_eq!(caller.create_named("web").await.status, 409);
    caller.delete("web").await.ok();
    eks.advance(seconds(120));
    caller.create_named("web").await.ok();
}

#[tokio::test]
async fn a_deletion_can_be_made_to_fail_and_be_tried_again() {
    let (eks, caller) = with_active("web").await;
    eks.next_deletion("prod", "*", Outcome::fail("ClusterUnreachable", "no")).unwrap();
    caller.delete("web").await.ok();
    eks.advance(seconds(120));
    assert_eq!(caller.status("web").await, "DELETE_FAILED");
    caller.delete("web").await.ok();
    eks.advance(seconds(120));
    assert_eq!(caller.describe("web").await.status, 404);
}

#[tokio::test]
async fn a_plan_can_be_for_one_time_for_every_time_and_for_a_duration_of_its_own() {
    let (eks, caller) = standing().await;
    let short = Outcome::Takes(seconds(10));
    eks.next_creation("prod", "*", short.clone()).unwrap();
    caller.create_named("a").await.ok();
    eks.advance(seconds(10));
    assert_eq!(caller.status("a").await, "ACTIVE");
    caller.create_named("b").await.ok();
    eks.advance(seconds(10));
    assert_eq!(caller.status("b").await, "CREATING");
    eks.advance(seconds(290));
    let every = PlannedOutcome { profile: "c*".into(), outcome: short, times: None };
    eks.plan_creation("prod", every).unwrap();
    for name in ["c1", "c2", "c3"] {
        caller.create_named(name).await.ok();
        eks.advance(seconds(10));
        assert_eq!(caller.status(name).await, "ACTIVE");
    }
}

#[tokio::test]
async fn each_incarnation_of_a_name_has_an_arn_of_its_own() {
    let (eks, caller) = with_active("web").await;
    let first = eks.profile("prod", "web").unwrap().arn;
    caller.delete("web").await.ok();
    eks.advance(seconds(120));
    caller.create_named("web").await.ok();
    assert_ne!(first, eks.profile("prod", "web").unwrap().arn);
}

#[tokio::test]
async fn scaled_time_runs_as_many_times_faster_as_it_says() {
    const SCALE: f64 = 1000.0;
    let before = Instant::now();
    let eks = start(Settings::scaled(SCALE)).await.unwrap();
    let after = Instant::now();
    eks.add_cluster(ClusterSettings::named("prod"));
    let caller = Caller::of(eks.url());
    caller.create_named("web").await.ok();
    let active = |eks: &Control| eks.profile("prod", "web").unwrap().status == ProfileStatus::Active;
    until(&eks, active).await;
    // However long the machine takes between two of these lines.
    let least = after.elapsed().mul_f64(SCALE);
    let now = eks.now();
    let most = before.elapsed().mul_f64(SCALE);
    assert!(least <= now && now <= most && now >= seconds(300), "{least:?} <= {now:?} <= {most:?}");
    let log = eks.log();
    let changes: Vec<f64> = log.iter().filter(|entry| entry.change().is_some()).map(|entry| entry.unscaled).collect();
    assert!((changes[1] - changes[0] - 300.0).abs() < 1e-6, "{changes:?}");
}

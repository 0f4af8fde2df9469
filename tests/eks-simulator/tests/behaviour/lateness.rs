//! Calls that take effect late and looks that show the past.

use eks_simulator::{ClusterSettings, Effect, Fault, Operation, ProfileSpec, ProfileStatus, Settings, start};
use serde_json::json;

use crate::caller::{Caller, seconds, standing, until, with_active};

const CREATE: [Operation; 1] = [Operation::CreateFargateProfile];
const PROFILES: &str = "/clusters/prod/fargate-profiles";

fn late(by: u64, silent: bool) -> Effect {
    Effect::Late { by: seconds(by), silent }
}

#[tokio::test]
async fn a_late_create_lands_after_a_retry_was_made_and_deleted() {
    let (eks, caller) = standing().await;
    eks.add_fault(Fault::new(late(600, false)).on(CREATE).times(1));
    let body = json!(ProfileSpec::named("web")).to_string();
    caller.send("POST", PROFILES, body).await.unwrap_err();
    caller.create_named("web").await.ok();
    eks.advance(seconds(300));
    caller.delete("web").await.ok();
    eks.advance(seconds(299));
    assert_eq!(caller.describe("web").await.status, 404);
    eks.advance(seconds(1));
    assert_eq!(caller.status("web").await, "CREATING");
    let created = eks.calls(&CREATE);
    let fates: Vec<_> = created.iter().map(|call| (call.status, call.answered, call.late_of.is_some())).collect();
    assert_eq!(fates, [(None, false, false), (Some(200), true, false), (Some(200), false, true)]);
}

#[tokio::test]
async fn a_late_delete_hits_the_next_profile_of_its_name() {
    let (eks, caller) = with_active("web").await;
    eks.add_fault(Fault::new(late(100, false)).on([Operation::DeleteFargateProfile]));
    caller.send("DELETE", &format!("{PROFILES}/web"), String::new()).await.unwrap_err();
    let new = eks.outsider().replace_profile("prod", ProfileSpec::named("web")).unwrap();
    eks.advance(seconds(100));
    let hit = eks.profile("prod", "web").unwrap();
    assert_eq!((hit.status, hit.arn), (ProfileStatus::Deleting, new.arn));
}

#[tokio::test]
async fn a_late_call_is_held_against_the_rules_of_when_it_lands() {
    let (eks, caller) = standing().await;
    eks.add_fault(Fault::new(late(10, false)).on(CREATE).times(1));
    let body = json!(ProfileSpec::named("web")).to_string();
    caller.send("POST", PROFILES, body).await.unwrap_err();
    caller.create_named("other").await.ok();
    eks.advance(seconds(10));
    assert_eq!(eks.profile("prod", "web"), None);
    let landed = eks.calls(&CREATE).pop().unwrap();
    assert_eq!((landed.status, landed.late_of.is_some()), (Some(409), true));
}

#[tokio::test]
async fn a_silent_late_call_leaves_its_caller_waiting() {
    let (eks, caller) = standing().await;
    eks.add_fault(Fault::new(late(10, true)).on(CREATE));
    let body = json!(ProfileSpec::named("web")).to_string();
    let mut waiting = tokio::spawn(async move { caller.send("POST", PROFILES, body).await });
    until(&eks, |eks| eks.calls(&CREATE).len() == 1).await;
    eks.advance(seconds(10));
    assert!(eks.profile("prod", "web").is_some());
    let patience = std::time::Duration::from_millis(50);
    assert!(tokio::time::timeout(patience, &mut waiting).await.is_err());
    eks.stop().await;
    waiting.await.unwrap().unwrap_err();
}

#[tokio::test]
async fn a_slow_look_shows_what_was_true_when_it_was_asked() {
    let (eks, caller) = standing().await;
    caller.create_named("web").await.ok();
    eks.add_fault(Fault::new(Effect::Slow { by: seconds(300) }).times(1));
    let mut asking = tokio::spawn(async move { caller.status("web").await });
    until(&eks, |eks| !eks.calls(&[Operation::DescribeFargateProfile]).is_empty()).await;
    let patience = std::time::Duration::from_millis(50);
    assert!(tokio::time::timeout(patience, &mut asking).await.is_err());
    eks.advance(seconds(300));
    assert_eq!(eks.profile("prod", "web").unwrap().status, ProfileStatus::Active);
    assert_eq!(asking.await.unwrap(), "CREATING");
}

#[tokio::test]
async fn a_stale_look_lags_by_a_set_time_and_mutations_do_not() {
    let (eks, caller) = standing().await;
    eks.add_fault(Fault::new(Effect::Stale { by: seconds(60) }));
    caller.create_named("web").await.ok();
    assert_eq!(caller.describe("web").await.status, 404);
    assert_eq!(caller.get(PROFILES).await.ok(), json!({ "fargateProfileNames": [] }));
    assert_eq!(caller.create_named("web").await.status, 409);
    eks.advance(seconds(60));
    assert_eq!(caller.status("web").await, "CREATING");
    eks.advance(seconds(299));
    assert_eq!(caller.status("web").await, "CREATING");
    eks.advance(seconds(1));
    assert_eq!(caller.status("web").await, "ACTIVE");
}

#[tokio::test]
async fn staleness_can_be_for_one_look_for_one_operation_and_for_a_while() {
    let (eks, caller) = with_active("web").await;
    let stale = Fault::new(Effect::Stale { by: seconds(200) });
    eks.add_fault(stale.clone().on([Operation::ListFargateProfiles]).times(1));
    eks.add_fault(stale.on([Operation::DescribeFargateProfile]).lasting(seconds(100)));
    caller.delete("web").await.ok();
    eks.advance(seconds(99));
    assert_eq!(caller.status("web").await, "CREATING");
    eks.advance(seconds(1));
    assert_eq!(caller.status("web").await, "DELETING");
    eks.advance(seconds(20));
    assert_eq!(caller.get(PROFILES).await.ok()["fargateProfileNames"], json!(["web"]));
    assert_eq!(caller.get(PROFILES).await.ok()["fargateProfileNames"], json!([]));
}

#[tokio::test]
async fn a_mutation_does_not_use_up_a_stale_look() {
    let (eks, caller) = with_active("web").await;
    eks.add_fault(Fault::new(Effect::Stale { by: seconds(60) }).times(1));
    caller.delete("web").await.ok();
    assert_eq!(caller.status("web").await, "CREATING");
    assert_eq!(caller.status("web").await, "DELETING");
}

#[tokio::test]
async fn frozen_looks_show_the_moment_of_the_order() {
    let (eks, caller) = with_active("web").await;
    let frozen = eks.add_fault(Fault::new(Effect::Frozen));
    caller.delete("web").await.ok();
    eks.advance(seconds(1000));
    assert_eq!(caller.status("web").await, "ACTIVE");
    eks.remove_fault(frozen);
    assert_eq!(caller.describe("web").await.status, 404);
}

#[tokio::test]
async fn a_look_further_back_than_the_beginning_still_finds_the_cluster() {
    let eks = start(Settings::scaled(1.0)).await.unwrap();
    for name in ["prod", "late"] {
        eks.add_cluster(ClusterSettings::named(name));
    }
    eks.add_fault(Fault::new(Effect::Stale { by: seconds(3600) }));
    let caller = Caller::of(eks.url());
    for path in ["/clusters/prod", "/clusters/late"] {
        assert_eq!(caller.get(path).await.ok()["cluster"]["status"], "ACTIVE");
    }
}

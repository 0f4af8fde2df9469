//! What others do behind the caller's back.

use eks_simulator::{ProfileSpec, ProfileStatus, log::Origin};

use crate::caller::{seconds, standing, with_active};

#[tokio::test]
async fn an_outsider_creates_and_deletes_by_the_same_rules() {
    let (eks, caller) = standing().await;
    let outsider = eks.outsider();
    outsider.create_profile("prod", ProfileSpec::named("theirs")).unwrap();
    assert!(caller.create_named("ours").await.message().contains("theirs in status CREATING"));
    let refused = outsider.delete_profile("prod", "theirs").unwrap_err();
    assert_eq!(refused.status, 409);
    eks.advance(seconds(300));
    outsider.delete_profile("prod", "theirs").unwrap();
    eks.advance(seconds(120));
    assert_eq!(eks.profile("prod", "theirs"), None);
    assert!(eks.calls(&[]).iter().all(|call| call.profile.as_deref() != Some("theirs")));
    let causes: Vec<Origin> = eks.log().iter().filter_map(|entry| Some(entry.change()?.cause)).collect();
    assert_eq!(causes, [Origin::Outsider, Origin::Time, Origin::Outsider, Origin::Time]);
}

#[tokio::test]
async fn a_profile_can_be_placed_in_any_state_and_vanish() {
    let (eks, caller) = standing().await;
    let outsider = eks.outsider();
    outsider.place_profile("prod", ProfileSpec::named("web"), ProfileStatus::CreateFailed).unwrap();
    assert_eq!(caller.status("web").await, "CREATE_FAILED");
    outsider.vanish_profile("prod", "web").unwrap();
    assert_eq!(caller.describe("web").await.status, 404);
    assert_eq!(outsider.vanish_profile("prod", "web").unwrap_err().status, 404);
}

#[tokio::test]
async fn what_was_running_on_a_replaced_profile_does_not_touch_its_successor() {
    let (eks, caller) = with_active("web").await;
    let old = eks.profile("prod", "web").unwrap().arn;
    caller.delete("web").await.ok();
    let new = eks.outsider().replace_profile("prod", ProfileSpec::named("web")).unwrap();
    assert_ne!(old, new.arn);
    eks.advance(seconds(120));
    let log = eks.log();
    let lives = |arn: &str| -> Vec<_> {
        let changes = log.iter().filter_map(|entry| entry.change());
        changes.filter(|change| change.arn == arn).map(|change| (change.from, change.to)).collect()
    };
    let (active, deleting) = (Some(ProfileStatus::Active), Some(ProfileStatus::Deleting));
    assert_eq!(lives(&old)[2..], [(active, deleting), (deleting, None)]);
    assert_eq!(lives(&new.arn), [(None, active)]);
    assert_eq!(eks.profile("prod", "web"), Some(new));
}

#[tokio::test]
async fn tags_can_be_set_and_stripped_all_or_some() {
    let (eks, _caller) = with_active("web").await;
    let outsider = eks.outsider();
    let keys = || -> Vec<String> { eks.profile("prod", "web").unwrap().tags.into_keys().collect() };
    outsider.set_tags("prod", "web", &[("a", "1"), ("b", "2"), ("c", "3")]).unwrap();
    outsider.strip_tags("prod", "web", &["b"]).unwrap();
    assert_eq!(keys(), ["a", "c"]);
    outsider.strip_tags("prod", "web", &[]).unwrap();
    assert!(keys().is_empty());
}

#[tokio::test]
async fn a_cluster_can_be_gone_at_once_and_come_back_as_another() {
    let (eks, caller) = with_active("web").await;
    let settings = eks.cluster_settings("prod").unwrap();
    let issuer = |answer: serde_json::Value| answer["cluster"]["identity"]["oidc"]["issuer"].clone();
    let before = issuer(caller.get("/clusters/prod").await.ok());
    eks.outsider().delete_cluster("prod").unwrap();
    assert!(caller.describe("web").await.message().contains("No cluster found"));
    eks.add_cluster(settings);
    assert!(caller.describe("web").await.message().contains("No Fargate Profile found"));
    assert_ne!(before, issuer(caller.get("/clusters/prod").await.ok()));
}

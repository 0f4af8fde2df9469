//! One mutation at a time in a cluster.

use eks_simulator::{Choices, ClusterSettings, FirstConflict, ProfileSpec, ProfileStatus, RepeatedDelete, Visibility};

use crate::caller::{seconds, standing, with_active};

const IN_USE: &str = "ResourceInUseException";

#[tokio::test]
async fn nothing_is_created_or_deleted_while_a_profile_is_creating() {
    let (eks, caller) = with_active("old").await;
    caller.create_named("a").await.ok();
    caller.create_named("b").await.is_refused(
        409,
        IN_USE,
        "Cannot create Fargate Profile b because cluster prod currently has Fargate profile a in status CREATING",
    );
    caller.delete("old").await.is_refused(
        409,
        IN_USE,
        "Cannot Delete Fargate Profile old because cluster prod currently has Fargate profile a in status CREATING",
    );
    eks.advance(seconds(300));
    caller.create_named("b").await.ok();
}

#[tokio::test]
async fn nothing_is_created_or_deleted_while_a_profile_is_deleting() {
    let (eks, caller) = with_active("old").await;
    eks.outsider().place_profile("prod", ProfileSpec::named("other"), ProfileStatus::Active).unwrap();
    caller.delete("old").await.ok();
    caller.create_named("b").await.is_refused(
        409,
        IN_USE,
        "Cannot create Fargate Profile b because cluster prod currently has Fargate profile old in status DELETING",
    );
    caller.delete("other").await.is_refused(
        409,
        IN_USE,
        "Cannot Delete Fargate Profile other because cluster prod currently has Fargate profile old in status DELETING",
    );
    eks.advance(seconds(120));
    caller.delete("other").await.ok();
}

#[tokio::test]
async fn another_cluster_is_not_in_the_way() {
    let (eks, caller) = standing().await;
    eks.add_cluster(ClusterSettings::named("second"));
    caller.create_named("a").await.ok();
    let spec = serde_json::json!(ProfileSpec::named("a"));
    caller.call("POST", "/clusters/second/fargate-profiles", spec).await.ok();
}

#[tokio::test]
async fn a_visible_update_shows_as_updating_and_blocks_profiles_until_it_ends() {
    let (eks, caller) = with_active("old").await;
    eks.begin_update("prod", seconds(60), Visibility::Visible).unwrap();
    let status = caller.get("/clusters/prod").await.ok()["cluster"]["status"].clone();
    assert_eq!(status, "UPDATING");
    caller.delete("old").await.is_refused(
        409,
        IN_USE,
        "Cannot Delete Fargate Profile old because cluster prod currently has an update in progress",
    );
    eks.advance(seconds(60));
    assert_eq!(caller.get("/clusters/prod").await.ok()["cluster"]["status"], "ACTIVE");
    caller.delete("old").await.ok();
}

#[tokio::test]
async fn a_hidden_update_shows_as_active_and_blocks_profiles_all_the_same() {
    let (eks, caller) = standing().await;
    eks.begin_update("prod", seconds(60), Visibility::Hidden).unwrap();
    eks.begin_update("prod", seconds(90), Visibility::Hidden).unwrap();
    assert_eq!(caller.get("/clusters/prod").await.ok()["cluster"]["status"], "ACTIVE");
    eks.advance(seconds(60));
    caller.create_named("web").await.is_refused(
        409,
        IN_USE,
        "Cannot create Fargate Profile web because cluster prod currently has an update in progress",
    );
    eks.advance(seconds(30));
    caller.create_named("web").await.ok();
}

#[tokio::test]
async fn a_cluster_can_have_a_hidden_update_after_every_creation() {
    let (eks, caller) = standing().await;
    eks.change_cluster("prod", |prod| prod.durations.hidden_update_after_active = seconds(600)).unwrap();
    caller.create_named("web").await.ok();
    eks.advance(seconds(300 + 599));
    assert!(caller.delete("web").await.message().ends_with("an update in progress"));
    eks.advance(seconds(1));
    caller.delete("web").await.ok();
}

#[tokio::test]
async fn a_taken_name_is_told_before_or_after_a_busy_cluster_as_chosen() {
    let (eks, caller) = standing().await;
    caller.create_named("web").await.ok();
    let exists = "A Fargate Profile already exists with this name in this cluster.";
    caller.create_named("web").await.is_refused(409, IN_USE, exists);
    eks.set_choices(Choices { first_conflict: FirstConflict::ClusterBusy, ..Choices::default() });
    assert!(caller.create_named("web").await.message().ends_with("profile web in status CREATING"));
    eks.advance(seconds(300));
    caller.create_named("web").await.is_refused(409, IN_USE, exists);
}

#[tokio::test]
async fn deleting_twice_is_a_conflict_or_accepted_as_chosen() {
    let (eks, caller) = with_active("web").await;
    caller.delete("web").await.ok();
    assert!(caller.delete("web").await.message().ends_with("profile web in status DELETING"));
    eks.set_choices(Choices { repeated_delete: RepeatedDelete::Accepted, ..Choices::default() });
    assert_eq!(caller.delete("web").await.ok()["fargateProfile"]["status"], "DELETING");
}

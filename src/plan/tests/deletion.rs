//! An object that is being deleted.

use std::time::Duration;

use crate::api::{DeletionPolicy, TAG_PREFIX};
use crate::eks::Profile;
use crate::eks::ProfileStatus::{Active, CreateFailed, Creating, DeleteFailed, Deleting};
use crate::plan::Step;
use crate::plan::fixture::{brief, decide};
use crate::state::fixture::{NOW, foreign, outdated, owned, prepared, record, with};
use crate::state::{ActionKey, ClusterState, RetryState, Snapshot};

fn leaving(profiles: &[Profile]) -> Snapshot {
    let mut snapshot = with(profiles);
    snapshot.object.deleting = true;
    snapshot
}

#[test]
fn profiles_go_one_by_one_and_then_the_finalizer() {
    let two = [outdated("web-9999", Active), owned("web-9998", Active)];
    assert_eq!(brief(&leaving(&two)), "delete web-9999 ObjectDeleted");
    assert_eq!(brief(&leaving(&[outdated("web-9999", Deleting), owned("web-9998", Active)])), "await web-9999");
    assert_eq!(brief(&leaving(&[owned("web-9998", Creating)])), "await web-9998");
    assert_eq!(brief(&leaving(&[owned("web-9998", CreateFailed)])), "delete web-9998 ObjectDeleted");
    assert_eq!(brief(&leaving(&[])), "drop finalizer ProfilesGone");
}

#[test]
fn suspension_does_not_stop_a_deletion() {
    let mut snapshot = leaving(&[owned("web-9999", Active)]);
    snapshot.spec.suspend = Some(true);
    assert_eq!(brief(&snapshot), "delete web-9999 ObjectDeleted");
}

#[test]
fn the_finalizer_stays_in_quiet_time_and_while_a_profile_may_only_be_out_of_sight() {
    // A create that has not landed or is not visible yet would become an orphan.
    let mut snapshot = leaving(&[]);
    snapshot.quiet = true;
    assert_eq!(brief(&snapshot), "quiet");
    snapshot.quiet = false;
    snapshot.status.profiles = vec![record(&owned("web-9999", Active))];
    snapshot.absent_since.insert("arn:web-9999".into(), NOW);
    assert_eq!(brief(&snapshot), "doubt web-9999");
}

#[test]
fn delete_failed_is_retried_after_its_back_off_and_keeps_the_finalizer() {
    let mut snapshot = leaving(&[owned("web-9999", DeleteFailed)]);
    assert_eq!(brief(&snapshot), "delete web-9999 ObjectDeleted");
    let later = RetryState { until: NOW + Duration::from_secs(1), ..RetryState::default() };
    snapshot.attempts.insert(ActionKey::Delete("arn:web-9999".into()), later);
    assert_eq!(brief(&snapshot), "back off");
}

#[test]
fn retained_profiles_lose_our_tags_and_no_others() {
    let mut profile = owned("web-9999", Active);
    profile.tags.insert("team".into(), "payments".into());
    let mut snapshot = leaving(&[profile]);
    snapshot.spec.deletion_policy = Some(DeletionPolicy::Retain);
    let Step::Tag { set, remove, .. } = decide(&snapshot) else { panic!("{}", brief(&snapshot)) };
    assert!(set.is_empty());
    assert_eq!(remove.len(), 3);
    assert!(remove.iter().all(|key| key.starts_with(TAG_PREFIX)));
}

#[test]
fn foreign_profiles_are_never_touched() {
    assert_eq!(brief(&leaving(&[foreign("web-9999", Active), foreign("web", Active)])), "drop finalizer ProfilesGone");
}

#[test]
fn a_cluster_that_is_really_gone_releases_the_finalizer_and_a_wrong_account_or_region_never_does() {
    let mut snapshot = leaving(&[]);
    let missing =
        |region: &str, account: &str| ClusterState::Missing { region: region.into(), account: account.into() };
    snapshot.cluster = missing("us-west-2", "111122223333");
    assert_eq!(brief(&snapshot), "drop finalizer ClusterGone");
    snapshot.cluster = missing("us-west-2", "999999999999");
    assert_eq!(brief(&snapshot), "stalled ClusterMismatch");
    snapshot.cluster = missing("eu-west-1", "111122223333");
    assert_eq!(brief(&snapshot), "stalled ClusterMismatch");
}

#[test]
fn without_a_record_of_its_cluster_an_object_with_our_finalizer_is_left_to_a_person() {
    let mut snapshot = prepared();
    snapshot.object.deleting = true;
    snapshot.status.cluster = None;
    snapshot.cluster = ClusterState::Missing { region: "us-west-2".into(), account: "111122223333".into() };
    assert_eq!(brief(&snapshot), "stalled ClusterNotFound");
}

#[test]
fn a_delete_that_was_refused_does_not_make_a_lagging_look_the_truth() {
    let mut snapshot = leaving(&[]);
    snapshot.status.profiles = vec![record(&owned("web-9999", CreateFailed))];
    snapshot.absent_since.insert("arn:web-9999".into(), NOW);
    assert_eq!(brief(&snapshot), "doubt web-9999");
    let mut attempt = RetryState { count: 1, ..RetryState::default() };
    snapshot.attempts.insert(ActionKey::Delete("arn:web-9999".into()), attempt.clone());
    assert_eq!(brief(&snapshot), "drop finalizer ProfilesGone");
    attempt.failure = Some(crate::failure::Failure {
        class: crate::failure::Class::Fix,
        reason: crate::api::Reason::AccessDenied,
        operation: "DeleteFargateProfile",
        code: None,
        message: String::new(),
        definite: true,
    });
    snapshot.attempts.insert(ActionKey::Delete("arn:web-9999".into()), attempt);
    assert_eq!(brief(&snapshot), "doubt web-9999");
}

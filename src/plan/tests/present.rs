//! An object that is to have an EKS profile.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::api::{
    Adoption, ClusterRecord, ReplacementSpec, ResolvedDefaults, Strategy, TAG_INSTALLATION, TAG_OWNER, TAG_OWNER_UID,
};
use crate::eks::Profile;
use crate::eks::ProfileStatus::{Active, CreateFailed, Creating, DeleteFailed, Deleting};
use crate::plan::fixture::{brief, decide};
use crate::plan::{CreateCause, Step};
use crate::state::fixture::{
    NOW, QUIET, ROLE, SETTLE, bare, cluster, draining, foreign, known, on, outdated, owned, prepared, record,
    selecting, selectors, with,
};
use crate::state::{ActionKey, ClusterState, Facts, OtherObject, Pods, PodsUnavailable, RetryState};

#[test]
fn the_finalizer_comes_first_then_the_cluster_is_recorded_then_the_profile_is_created() {
    let mut snapshot = prepared();
    snapshot.object.has_finalizer = false;
    snapshot.status.cluster = None;
    assert_eq!(brief(&snapshot), "add finalizer");
    snapshot.object.has_finalizer = true;
    assert_eq!(brief(&snapshot), "record cluster");
    snapshot.status.cluster = Some(cluster());
    assert_eq!(brief(&snapshot), "create web-9999");
}

#[test]
fn a_create_carries_the_spec_the_users_tags_and_those_of_ownership() {
    let mut snapshot = prepared();
    snapshot.spec.tags = Some(BTreeMap::from([("team".to_owned(), "payments".to_owned())]));
    let Step::Create { profile, cause, .. } = decide(&snapshot) else { panic!("{}", brief(&snapshot)) };
    assert_eq!(cause, CreateCause::First);
    assert_eq!((profile.cluster.as_str(), profile.subnets), ("prod", None));
    for (key, value) in
        [(TAG_OWNER, "web"), (TAG_OWNER_UID, "uid"), (TAG_INSTALLATION, "installation"), ("team", "payments")]
    {
        assert_eq!(profile.tags.get(key).map(String::as_str), Some(value), "{key}");
    }
}

#[test]
fn a_profile_on_its_way_is_awaited_and_one_that_is_active_settles_the_object() {
    assert_eq!(brief(&with(&[owned("web-9999", Creating)])), "await web-9999");
    assert_eq!(brief(&with(&[owned("web-9999", Active)])), "settled");
}

#[test]
fn a_changed_spec_creates_the_next_profile_which_sorts_first_while_the_old_one_serves() {
    assert_eq!(brief(&with(&[outdated("web-9999", Active)])), "create web-9998");
    assert_eq!(brief(&with(&[outdated("web-9999", Active), owned("web-9998", Creating)])), "await web-9998");
}

#[test]
fn reordered_selectors_and_subnets_are_no_change() {
    let mut profile = owned("web-9999", Active);
    profile.selectors.insert(crate::eks::Selector { namespace: "api".into(), labels: BTreeMap::new() });
    profile.subnets.insert("subnet-00000002".into());
    let mut snapshot = with(&[profile]);
    snapshot.spec = selecting(&["web", "api"]);
    snapshot.spec.subnets = Some(vec!["subnet-00000002".into(), "subnet-00000001".into()]);
    assert_eq!(brief(&snapshot), "settled");
    snapshot.spec = selecting(&["api", "web"]);
    snapshot.spec.subnets = None;
    assert_eq!(brief(&snapshot), "settled", "left out, subnets are what EKS chose");
    snapshot.spec.subnets = Some(vec!["subnet-00000001".into()]);
    assert_eq!(brief(&snapshot), "create web-9998");
}

#[test]
fn the_old_profile_goes_after_the_settle_time_and_only_when_nothing_is_known_to_run_on_it() {
    let mut snapshot = with(&[outdated("web-9999", Active), owned("web-9998", Active)]);
    snapshot.status_since.insert("arn:web-9998".into(), NOW - SETTLE / 2);
    assert_eq!(brief(&snapshot), "settling");
    snapshot.status_since.insert("arn:web-9998".into(), NOW - SETTLE);
    for (pods, hold) in [
        (Pods::Unknown(PodsUnavailable::lasting("no permission")), "hold web-9999 for unknown pods"),
        (bare("web-9999", 2), "hold web-9999 for 2 pods"),
    ] {
        let mut snapshot = snapshot.clone();
        snapshot.profiles[0].selectors.extend(selectors("web"));
        snapshot.pods = pods;
        assert_eq!(brief(&snapshot), "record drain of arn:web-9999", "its time begins");
        draining(&mut snapshot, "web-9999", 60);
        assert_eq!(brief(&snapshot), hold);
    }
    snapshot.pods = Pods::Known(Vec::new());
    assert_eq!(brief(&snapshot), "delete web-9999 Superseded");
}

#[test]
fn only_the_profile_that_sorts_first_can_be_the_target() {
    // The spec is back at what 9999 has, but 9998 takes every new pod.
    let mut snapshot = with(&[owned("web-9999", Active), outdated("web-9998", Active)]);
    snapshot.pods = Pods::Known(Vec::new());
    assert_eq!(brief(&snapshot), "create web-9997");
}

#[test]
fn superseded_profiles_retire_from_the_one_that_sorts_last() {
    let profiles = [outdated("web-9999", Active), outdated("web-9998", Active), owned("web-9997", Active)];
    let mut snapshot = with(&profiles);
    snapshot.pods = Pods::Known(Vec::new());
    assert_eq!(brief(&snapshot), "delete web-9999 Superseded");
}

#[test]
fn with_three_live_profiles_none_is_added_but_the_last_one_makes_room() {
    let profiles = [outdated("web-9999", Active), outdated("web-9998", Active), outdated("web-9997", Active)];
    let mut snapshot = with(&profiles);
    draining(&mut snapshot, "web-9999", 60);
    let crowd = ["web-9999", "web-9998", "web-9997"].map(|profile| on(profile, "old", &format!("on-{profile}")));
    snapshot.pods = known(&crowd);
    assert_eq!(brief(&snapshot), "hold web-9999 for 1 pods");
    snapshot.pods = known(&crowd[..1]);
    assert_eq!(brief(&snapshot), "delete web-9998 Superseded", "an empty one only holds a slot");
    snapshot.pods = Pods::Known(Vec::new());
    assert_eq!(brief(&snapshot), "delete web-9999 Superseded");
    snapshot.profiles[2].status = Creating;
    assert_eq!(brief(&snapshot), "await web-9997");
}

#[test]
fn failed_leftovers_go_first_and_one_in_back_off_blocks_nothing() {
    let mut snapshot = with(&[owned("web-9999", CreateFailed)]);
    assert_eq!(brief(&snapshot), "delete web-9999 Leftover");
    let later = RetryState { count: 1, until: NOW + Duration::from_secs(1), failure: None };
    snapshot.attempts.insert(ActionKey::Delete("arn:web-9999".into()), later.clone());
    assert_eq!(brief(&snapshot), "create web-9998");
    snapshot.attempts.insert(ActionKey::Create(1), later);
    assert_eq!(brief(&snapshot), "back off");

    let mut snapshot = with(&[outdated("web-9999", DeleteFailed), owned("web-9998", Active)]);
    assert_eq!(brief(&snapshot), "delete web-9999 Leftover");
    snapshot
        .attempts
        .insert(ActionKey::Delete("arn:web-9999".into()), RetryState { until: NOW + SETTLE, ..RetryState::default() });
    assert_eq!(brief(&snapshot), "back off");
}

#[test]
fn a_try_for_an_older_generation_does_not_hold_up_a_new_one() {
    let mut snapshot = prepared();
    snapshot.attempts.insert(ActionKey::Create(1), RetryState { until: NOW + SETTLE, ..RetryState::default() });
    assert_eq!(brief(&snapshot), "back off");
    snapshot.object.generation = 2;
    assert_eq!(brief(&snapshot), "create web-9999");
}

#[test]
fn nothing_is_derived_in_quiet_time() {
    for profiles in [vec![], vec![outdated("web-9999", Active)], vec![owned("web-9999", CreateFailed)]] {
        let mut snapshot = with(&profiles);
        snapshot.quiet = true;
        assert_eq!(brief(&snapshot), "quiet");
    }
}

#[test]
fn a_profile_that_vanishes_is_looked_for_again_before_another_is_created() {
    let mut snapshot = prepared();
    snapshot.status.profiles = vec![record(&owned("web-9999", Active))];
    snapshot.absent_since = BTreeMap::from([("arn:web-9999".to_owned(), NOW - QUIET / 2)]);
    assert_eq!(brief(&snapshot), "doubt web-9999");
    snapshot.absent_since = BTreeMap::from([("arn:web-9999".to_owned(), NOW - QUIET)]);
    assert_eq!(brief(&snapshot), "create web-9999");
    snapshot.absent_since = BTreeMap::from([("arn:web-9999".to_owned(), NOW)]);
    snapshot.attempts.insert(ActionKey::Delete("arn:web-9999".into()), RetryState::default());
    assert_eq!(brief(&snapshot), "create web-9999", "we deleted it");
}

#[test]
fn a_profile_on_record_without_our_tags_stalls_the_object() {
    // A tag policy strips the tags. One more profile must not be created in each pass.
    let mut snapshot = with(&[foreign("web-9999", Active)]);
    snapshot.status.profiles = vec![record(&owned("web-9999", Active))];
    assert_eq!(brief(&snapshot), "stalled OwnershipLost");
    snapshot.profiles[0].arn = "another incarnation".into();
    snapshot.absent_since = BTreeMap::from([("arn:web-9999".to_owned(), Duration::ZERO)]);
    assert_eq!(brief(&snapshot), "create web-9998", "ours is gone, and the name is somebody else's");
}

#[test]
fn a_new_uid_under_the_same_name_still_owns_and_is_tagged_in_place() {
    let mut snapshot = with(&[owned("web-9999", Active)]);
    snapshot.object.uid = "restored".into();
    let Step::Tag { set, remove, .. } = decide(&snapshot) else { panic!("{}", brief(&snapshot)) };
    assert_eq!(set, BTreeMap::from([(TAG_OWNER_UID.to_owned(), "restored".to_owned())]));
    assert!(remove.is_empty());
}

#[test]
fn tags_are_set_then_removed_and_those_of_others_left_alone() {
    let mut profile = owned("web-9999", Active);
    for (key, value) in [("team", "old"), ("gone", "x"), ("billing", "theirs")] {
        profile.tags.insert(key.into(), value.into());
    }
    let mut snapshot = with(&[profile]);
    snapshot.spec.tags = Some(BTreeMap::from([("team".to_owned(), "new".to_owned())]));
    snapshot.status.applied_tag_keys = vec!["gone".into(), "team".into()];
    let Step::Tag { set, remove, .. } = decide(&snapshot) else { panic!("{}", brief(&snapshot)) };
    assert_eq!((set.len(), set.get("team").map(String::as_str), remove.len()), (1, Some("new"), 0));
    snapshot.profiles[0].tags.insert("team".into(), "new".into());
    let Step::Tag { set, remove, .. } = decide(&snapshot) else { panic!("{}", brief(&snapshot)) };
    assert_eq!((set.len(), remove), (0, vec!["gone".to_owned()]));
    snapshot.profiles[0].tags.remove("gone");
    assert_eq!(brief(&snapshot), "settled");
}

#[test]
fn suspension_begins_nothing() {
    let suspended = |profiles: &[_]| {
        let mut snapshot = with(profiles);
        snapshot.spec.suspend = Some(true);
        brief(&snapshot)
    };
    assert_eq!(suspended(&[]), "suspended pending=true");
    assert_eq!(suspended(&[owned("web-9999", Active)]), "suspended pending=false");
    assert_eq!(suspended(&[outdated("web-9999", Active)]), "suspended pending=true");
    assert_eq!(suspended(&[outdated("web-9999", Active), owned("web-9998", Active)]), "suspended pending=true");
    assert_eq!(suspended(&[owned("web-9999", CreateFailed)]), "suspended pending=true");
    assert_eq!(suspended(&[owned("web-9999", Creating)]), "await web-9999", "what is under way is still watched");
}

#[test]
fn adoption_takes_the_bare_name_only_on_request_and_only_from_nobody() {
    let mut snapshot = with(&[foreign("web", Active)]);
    assert_eq!(brief(&snapshot), "create web-9999");
    snapshot.spec.adoption = Some(Adoption::IfUnowned);
    assert_eq!(brief(&snapshot), "tag web Adopt");
    for managed in ["aws:cloudformation:stack-name", TAG_OWNER, TAG_INSTALLATION] {
        snapshot.profiles[0].tags = BTreeMap::from([(managed.to_owned(), "else".to_owned())]);
        assert_eq!(brief(&snapshot), "stalled NameTaken", "{managed}");
    }
}

#[test]
fn what_was_retained_is_taken_back_on_request() {
    for (left, taken) in [
        (vec![foreign("web-9998", Active)], "tag web-9998 Adopt"),
        (vec![foreign("web-9999", Active), foreign("0-web-9999", Active)], "tag 0-web-9999 Adopt"),
        (vec![foreign("web-9998", Active), foreign("web", Active)], "tag web Adopt"),
        (vec![foreign("web-9998", CreateFailed)], "create web-9999"),
        (vec![foreign("web-prod", Active)], "create web-9999"),
        (
            vec![Profile { tags: [(TAG_OWNER.to_owned(), "api".to_owned())].into(), ..foreign("web-9998", Active) }],
            "create web-9999",
        ),
    ] {
        let mut snapshot = with(&left);
        assert!(brief(&snapshot).starts_with("create"), "{left:?}");
        snapshot.spec.adoption = Some(Adoption::IfUnowned);
        assert_eq!(brief(&snapshot), taken, "{left:?}");
    }
}

#[test]
fn a_name_that_is_too_long_for_a_stem_is_adopted_and_followed_by_a_shorter_one() {
    for strategy in [Strategy::CreateFirst, Strategy::DeleteFirst] {
        let cdk = "ClusterfargateprofileappsE12AB3-0123456789abcdef0123456789abcdef";
        let mut snapshot = with(&[foreign(cdk, Active)]);
        snapshot.spec.adoption = Some(Adoption::IfUnowned);
        snapshot.spec.profile_name = Some(cdk.into());
        snapshot.spec.replacement = Some(ReplacementSpec { strategy: Some(strategy), ..ReplacementSpec::default() });
        assert_eq!(brief(&snapshot), format!("tag {cdk} Adopt"));
        snapshot.profiles = vec![outdated(cdk, Active)];
        let suffix = if strategy == Strategy::CreateFirst { "-9999" } else { "" };
        assert_eq!(
            brief(&snapshot),
            format!("create ClusterfargateprofileappsE12AB3-0123456789abcde-e662df6c{suffix}")
        );
    }
}

#[test]
fn an_adopted_bare_name_is_replaced_by_one_that_sorts_before_it() {
    assert_eq!(brief(&with(&[outdated("web", Active)])), "create 0-web-9999");
}

#[test]
fn of_two_objects_with_one_stem_the_owner_wins_and_else_the_older() {
    let mut snapshot = prepared();
    let other = |created: &str| OtherObject {
        name: "other".into(),
        stem: "web".into(),
        created: Some(created.parse().unwrap()),
        ..OtherObject::default()
    };
    snapshot.other_objects = vec![other("2025-01-01T00:00:00Z")];
    assert_eq!(brief(&snapshot), "stalled NameTaken");
    snapshot.other_objects = vec![other("2027-01-01T00:00:00Z")];
    assert_eq!(brief(&snapshot), "create web-9999");
    let mut theirs = owned("web-9999", Active);
    theirs.tags.insert(TAG_OWNER.into(), "other".into());
    snapshot.profiles = vec![theirs];
    assert_eq!(brief(&snapshot), "stalled NameTaken");
    snapshot.profiles.push(owned("web-9998", Active));
    assert_eq!(brief(&snapshot), "settled");
}

#[test]
fn defaults_fill_in_and_what_they_came_to_stays_until_the_spec_changes() {
    let mut snapshot = prepared();
    snapshot.defaults.pod_execution_role_arn = None;
    assert_eq!(brief(&snapshot), "stalled DefaultMissing");

    let mut snapshot = with(&[owned("web-9999", Active)]);
    let before = snapshot.defaults.clone();
    snapshot.status.resolved =
        Some(ResolvedDefaults { pod_execution_role_arn: before.pod_execution_role_arn, subnets: None });
    snapshot.defaults.pod_execution_role_arn = Some("arn:aws:iam::111122223333:role/another".into());
    assert_eq!(brief(&snapshot), "settled");
    let drift = Facts::of(&snapshot).drift.unwrap();
    assert_eq!(drift.fields, ["podExecutionRoleArn"]);
    let (plan, changes) = drift.plan.unwrap();
    assert_eq!(changes, [format!("podExecutionRoleArn: arn:aws:iam::111122223333:role/another, was {ROLE}")]);

    // Changed defaults apply at once when approved, or with the next change of the spec.
    snapshot.object.approval = Some(plan);
    assert_eq!(brief(&snapshot), "create web-9998");
    snapshot.object.approval = None;
    assert_eq!(brief(&snapshot), "settled");
    snapshot.object.generation = 2;
    assert_eq!(brief(&snapshot), "create web-9998");
}

#[test]
fn another_cluster_than_the_recorded_one_stops_everything() {
    let mut snapshot = with(&[outdated("web-9999", Active)]);
    snapshot.cluster = ClusterState::Found(ClusterRecord { account_id: "999999999999".into(), ..cluster() });
    assert_eq!(brief(&snapshot), "stalled ClusterMismatch");
    snapshot.cluster = ClusterState::Missing { region: "us-west-2".into(), account: "111122223333".into() };
    assert_eq!(brief(&snapshot), "stalled ClusterNotFound");
    snapshot.cluster = ClusterState::Missing { region: "eu-west-1".into(), account: "111122223333".into() };
    assert_eq!(brief(&snapshot), "stalled ClusterMismatch");
}

#[test]
fn a_superseded_profile_on_its_way_out_is_awaited() {
    assert_eq!(brief(&with(&[outdated("web-9999", Deleting), owned("web-9998", Active)])), "await web-9999");
}

#[test]
fn making_room_waits_for_the_settle_time_and_gives_up_what_the_spec_went_back_to_last() {
    let profiles = [owned("web-9999", Active), outdated("web-9998", Active), outdated("web-9997", Active)];
    let mut snapshot = with(&profiles);
    snapshot.pods = Pods::Known(Vec::new());
    snapshot.status_since.insert("arn:web-9997".into(), NOW);
    assert_eq!(brief(&snapshot), "settling");
    snapshot.status_since.insert("arn:web-9997".into(), Duration::ZERO);
    assert_eq!(brief(&snapshot), "delete web-9998 Superseded");
}

#[test]
fn tags_that_cannot_be_changed_at_the_moment_keep_the_old_profile_from_nothing() {
    let mut snapshot = with(&[outdated("web-9999", Active), owned("web-9998", Active)]);
    snapshot.object.uid = "restored".into();
    snapshot.pods = Pods::Known(Vec::new());
    assert_eq!(brief(&snapshot), "tag web-9998 Drift");
    let action = decide(&snapshot).action().unwrap();
    snapshot.attempts.insert(action, RetryState { until: NOW + SETTLE, ..RetryState::default() });
    assert_eq!(brief(&snapshot), "delete web-9999 Superseded");
    snapshot.profiles.remove(0);
    assert_eq!(brief(&snapshot), "back off");
}

#[test]
fn a_failed_profile_is_not_adopted() {
    let mut snapshot = with(&[foreign("web", CreateFailed)]);
    snapshot.spec.adoption = Some(Adoption::IfUnowned);
    assert_eq!(brief(&snapshot), "stalled NameTaken");
}

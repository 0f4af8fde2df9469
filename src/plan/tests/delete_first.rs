//! An object under DeleteFirst, before, in and after the gap. `web` is the exact name.

use crate::api::{POD_PROFILE_LABEL, Reason, ReplacementSpec, Strategy};
use crate::eks::ProfileStatus::{Active, CreateFailed, Creating, DeleteFailed, Deleting};
use crate::eks::{Profile, ProfileStatus};
use crate::failure::Class::{Fix, Propagation, Retry};
use crate::placement::{ClusterDns, DnsService, Pod};
use crate::plan::fixture::{brief, decide};
use crate::plan::{CreateCause, Step, Wait, needs_the_next_turn};
use crate::prerequisites::Read;
use crate::state::fixture::{
    NOW, SETTLE, bare, delete_first, draining, failed, foreign, known, outdated, owned, prepared, previous, replica,
    selectors,
};
use crate::state::{ActionKey, OtherObject, Pods, PodsUnavailable, RetryState, Snapshot};

/// In the gap with these profiles. The previous one is `web`, with another selector.
fn in_gap(profiles: &[Profile]) -> Snapshot {
    let mut snapshot = delete_first(profiles);
    snapshot.status.previous = Some(previous(&outdated("web", Active)));
    snapshot
}

/// The same after EKS refused this generation.
fn rolling_back(profiles: &[Profile]) -> Snapshot {
    let mut snapshot = in_gap(profiles);
    snapshot.status.failed_generation = Some(1);
    snapshot
}

fn stalled(snapshot: &Snapshot) -> String {
    match decide(snapshot) {
        Step::Wait(Wait::Stalled { message, .. }) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_profile_has_the_exact_name_and_waits_for_whoever_has_it() {
    assert_eq!(brief(&delete_first(&[])), "create web");
    assert_eq!(brief(&delete_first(&[foreign("Web", Active)])), "stalled NameTaken");
    assert_eq!(brief(&delete_first(&[owned("web", Deleting)])), "await web");
    assert_eq!(brief(&delete_first(&[owned("web", CreateFailed)])), "delete web Leftover");
}

#[test]
fn a_change_records_what_is_there_and_deletes_it_only_when_that_is_seen() {
    let mut snapshot = delete_first(&[outdated("web", Active)]);
    let Step::Checkpoint(crate::plan::Checkpoint::Previous(recorded)) = decide(&snapshot) else {
        panic!("{}", brief(&snapshot))
    };
    assert_eq!(recorded, previous(&outdated("web", Active)));
    snapshot.status.previous = Some(recorded);
    assert_eq!(brief(&snapshot), "delete web Gap");
    let action = ActionKey::Delete("arn:web".into());
    snapshot.attempts.insert(action, RetryState { until: NOW + SETTLE, ..RetryState::default() });
    assert_eq!(brief(&snapshot), "back off");
}

#[test]
fn a_name_alone_is_never_a_reason_to_replace() {
    assert_eq!(brief(&delete_first(&[owned("web-9999", Active)])), "settled");
    assert_eq!(brief(&delete_first(&[owned("0-web-9999", Active)])), "settled");
}

#[test]
fn a_sole_profile_under_another_name_is_replaced_create_first_where_the_exact_name_sorts_before() {
    let snapshot = delete_first(&[outdated("web-9999", Active)]);
    let Step::Create { profile, cause, .. } = decide(&snapshot) else { panic!("{}", brief(&snapshot)) };
    assert_eq!((profile.name.as_str(), cause), ("web", CreateCause::Replace("web-9999".into())));
    // The name is taken or does not sort first, so only a gap remains, and for that the name must be free.
    assert_eq!(brief(&delete_first(&[outdated("web-9999", Active), foreign("web", Active)])), "stalled NameTaken");
    assert_eq!(brief(&delete_first(&[outdated("0-web-9999", Active)])), "record previous 0-web-9999");
    assert_eq!(brief(&delete_first(&[outdated("0-web-9999", Active), foreign("web", Active)])), "stalled NameTaken");
}

#[test]
fn several_live_profiles_come_down_to_one_first_and_lose_no_pod() {
    let mut snapshot = delete_first(&[outdated("web", Active), outdated("0-web-9999", Active)]);
    draining(&mut snapshot, "web", 60);
    snapshot.pods = Pods::Unknown(PodsUnavailable::lasting("no permission"));
    assert_eq!(brief(&snapshot), "hold web for unknown pods");
    snapshot.profiles[0].selectors.extend(selectors("web"));
    snapshot.pods = bare("web", 2);
    assert_eq!(brief(&snapshot), "hold web for 2 pods");
    snapshot.pods = Pods::Known(Vec::new());
    assert_eq!(brief(&snapshot), "delete web Superseded");
}

#[test]
fn only_an_active_profile_is_put_on_record() {
    for status in [Creating, Deleting] {
        assert_eq!(brief(&delete_first(&[outdated("web", status)])), "await web");
    }
    assert_eq!(brief(&delete_first(&[outdated("web", CreateFailed)])), "delete web Leftover");
    assert_eq!(
        brief(&delete_first(&[outdated("web-1", DeleteFailed), outdated("web", Active)])),
        "delete web-1 Leftover"
    );
}

#[test]
fn the_gap_is_closed_by_what_the_spec_asks_for_now() {
    for (profiles, expected) in [
        (vec![outdated("web", Deleting)], "await web"),
        (vec![], "create web"),
        (vec![owned("web", Creating)], "await web"),
        (vec![owned("web", Active)], "record closed"),
        (vec![outdated("web", DeleteFailed)], "delete web Leftover"),
        // An edit in the gap: a create for an earlier spec is awaited, and its failure says nothing.
        (vec![Profile { arn: "arn:other".into(), ..outdated("web", Creating) }], "await web"),
        (vec![Profile { arn: "arn:other".into(), ..outdated("web", Active) }], "record closed"),
        (vec![Profile { arn: "arn:other".into(), ..outdated("web", CreateFailed) }], "delete web Leftover"),
        (vec![foreign("web", Active)], "stalled NameTaken"),
    ] {
        assert_eq!(brief(&in_gap(&profiles)), expected, "{profiles:?}");
    }
    let Step::Create { cause, .. } = decide(&in_gap(&[])) else { panic!("{}", brief(&in_gap(&[]))) };
    assert_eq!(cause, CreateCause::CloseGap("web".into()));
}

#[test]
fn strategy_suspension_and_approval_wait_until_the_gap_is_closed() {
    let mut snapshot = in_gap(&[]);
    snapshot.spec.suspend = Some(true);
    snapshot.spec.replacement = Some(ReplacementSpec {
        strategy: Some(Strategy::CreateFirst),
        approval: Some(crate::api::Approval::Manual),
        ..ReplacementSpec::default()
    });
    assert_eq!(brief(&snapshot), "create web");
}

#[test]
fn before_the_delete_everything_may_still_call_the_gap_off() {
    let recorded = || in_gap(&[outdated("web", Active)]);
    assert_eq!(brief(&recorded()), "delete web Gap");
    let mut suspended = recorded();
    suspended.spec.suspend = Some(true);
    let mut switched = recorded();
    switched.spec.replacement = None;
    let mut reverted = recorded();
    reverted.spec = delete_first(&[]).spec;
    reverted.profiles = vec![owned("web", Active)];
    let mut unapproved = recorded();
    unapproved.spec.replacement.as_mut().unwrap().approval = Some(crate::api::Approval::Manual);
    let mut own = recorded();
    own.own_profile = Some("web".into());
    let mut without_role = recorded();
    without_role.defaults.pod_execution_role_arn = None;
    for snapshot in [suspended, switched, reverted, unapproved, own, without_role] {
        assert_eq!(brief(&snapshot), "record closed", "{snapshot:?}");
    }
}

#[test]
fn a_refused_generation_is_recorded_its_leftover_deleted_and_what_was_there_put_back() {
    let leftover = owned("web", CreateFailed);
    assert!(
        brief(&in_gap(std::slice::from_ref(&leftover))).starts_with("record failed: EKS profile web is CREATE_FAILED")
    );
    assert_eq!(brief(&rolling_back(&[leftover])), "delete web Leftover");
    let Step::Create { profile, cause, action } = decide(&rolling_back(&[])) else {
        panic!("{}", brief(&rolling_back(&[])))
    };
    let before = outdated("web", Active);
    assert_eq!((profile.name, profile.role, profile.selectors), (before.name, before.role, before.selectors));
    assert_eq!(profile.subnets, Some(before.subnets));
    assert_eq!((cause, action), (CreateCause::PutBack, ActionKey::PutBack));
    assert_eq!(brief(&rolling_back(&[outdated("web", Creating)])), "await web");
    assert_eq!(brief(&rolling_back(&[outdated("web", Active)])), "record closed");
}

#[test]
fn what_is_put_back_and_fails_is_tried_again() {
    assert_eq!(brief(&rolling_back(&[outdated("web", CreateFailed)])), "delete web Leftover");
    let mut snapshot = rolling_back(&[]);
    snapshot.attempts.insert(ActionKey::PutBack, failed(Fix, Reason::CreateFailed, 3));
    assert_eq!(brief(&snapshot), "back off");
}

#[test]
fn a_failed_generation_is_not_tried_again_and_the_next_one_is() {
    let mut snapshot = delete_first(&[outdated("web", Active)]);
    snapshot.status.failed_generation = Some(1);
    snapshot.status.failure = Some("EKS says no".into());
    let message = stalled(&snapshot);
    assert!(message.starts_with("rolled back to EKS profile web: EKS says no. "), "{message}");
    snapshot.object.generation = 2;
    assert_eq!(brief(&snapshot), "record previous web");

    let mut edited = rolling_back(&[]);
    edited.object.generation = 2;
    let Step::Create { cause, .. } = decide(&edited) else { panic!("{}", brief(&edited)) };
    assert_eq!(cause, CreateCause::CloseGap("web".into()), "also from inside the gap");
}

#[test]
fn which_refusals_are_the_specs_fault() {
    for (attempt, expected) in [
        (failed(Fix, Reason::InvalidParameter, 1), "record failed: EKS says no"),
        (failed(Fix, Reason::AccessDenied, 1), "record failed: EKS says no"),
        (failed(Fix, Reason::CreateFailed, 1), "record failed: EKS says no"),
        (failed(Propagation, Reason::TrustPolicy, 5), "back off"),
        (failed(Propagation, Reason::TrustPolicy, 6), "record failed: EKS says no"),
        // The previous profile would fail just as well.
        (failed(Fix, Reason::NoFreeSlot, 1), "back off"),
        (failed(Fix, Reason::NoCredentials, 1), "back off"),
        (failed(Retry, Reason::EksUnavailable, 9), "back off"),
    ] {
        let mut snapshot = in_gap(&[]);
        snapshot.attempts.insert(ActionKey::Create(1), attempt.clone());
        assert_eq!(brief(&snapshot), expected, "{attempt:?}");
    }
}

#[test]
fn a_spec_that_went_back_to_what_was_there_is_tried_until_it_is_there() {
    let mut snapshot = in_gap(&[]);
    snapshot.status.previous = Some(previous(&owned("web", Active)));
    snapshot.attempts.insert(ActionKey::Create(1), failed(Fix, Reason::CreateFailed, 1));
    assert_eq!(brief(&snapshot), "back off");
    snapshot.attempts.clear();
    snapshot.profiles = vec![owned("web", CreateFailed)];
    assert_eq!(brief(&snapshot), "delete web Leftover");
}

#[test]
fn a_role_taken_away_in_the_gap_brings_back_what_was_there() {
    let mut snapshot = in_gap(&[]);
    snapshot.defaults.pod_execution_role_arn = None;
    let Step::Create { cause, .. } = decide(&snapshot) else { panic!("{}", brief(&snapshot)) };
    assert_eq!(cause, CreateCause::PutBack);
}

#[test]
fn a_leftover_that_cannot_be_deleted_keeps_its_name_and_is_waited_for() {
    let mut snapshot = in_gap(&[outdated("web", DeleteFailed)]);
    let action = ActionKey::Delete("arn:web".into());
    snapshot.attempts.insert(action, failed(Propagation, Reason::DeleteFailed, 2));
    assert_eq!(brief(&snapshot), "back off");
}

#[test]
fn the_operator_opens_no_gap_under_itself() {
    let mut snapshot = delete_first(&[outdated("web", Active)]);
    snapshot.own_profile = Some("web".into());
    assert_eq!(brief(&snapshot), "stalled RunsTheOperator");
    snapshot.own_profile = Some("another".into());
    assert_eq!(brief(&snapshot), "record previous web");
}

#[test]
fn no_gap_opens_under_the_cluster_s_dns_unless_another_profile_takes_it() {
    let dns = || Pod {
        namespace: "kube-system".into(),
        labels: [(POD_PROFILE_LABEL.to_owned(), "web".to_owned()), ("k8s-app".to_owned(), "kube-dns".to_owned())]
            .into(),
        ..replica("web", "coredns", 1)
    };
    let profile = |name: &str| Profile { selectors: selectors("kube-system"), ..foreign(name, Active) };
    let sole = Profile { selectors: selectors("kube-system"), ..outdated("web", Active) };
    for (others, pods, expected) in [
        (vec![], vec![dns()], "stalled RunsDNS"),
        (vec![profile("zoo")], vec![dns()], "record previous web"),
        (vec![], vec![Pod { terminating: true, ..dns() }], "record previous web"),
        (vec![], vec![Pod { scheduler: "default-scheduler".into(), ..dns() }], "record previous web"),
        (vec![], vec![], "record previous web"),
    ] {
        let mut snapshot = delete_first(std::slice::from_ref(&sole));
        snapshot.profiles.extend(others);
        snapshot.pods = known(&pods);
        assert_eq!(brief(&snapshot), expected);
    }
}

#[test]
fn no_gap_opens_under_what_is_behind_the_dns_service() {
    let sole = Profile { selectors: selectors("dns"), ..outdated("web", Active) };
    let mut snapshot = delete_first(std::slice::from_ref(&sole));
    snapshot.pods = known(&[Pod { namespace: "dns".into(), ..replica("web", "coredns", 1) }]);
    assert_eq!(brief(&snapshot), "record previous web");
    let selector = [(POD_PROFILE_LABEL.to_owned(), "web".to_owned())].into();
    snapshot.dns = Read::Known(ClusterDns::Service(DnsService { namespace: "dns".into(), selector }));
    assert_eq!(brief(&snapshot), "stalled RunsDNS");
}

#[test]
fn in_a_gap_an_object_keeps_its_name_against_older_ones() {
    let other = OtherObject {
        name: "other".into(),
        stem: "web".into(),
        created: Some("2020-01-01T00:00:00Z".parse().unwrap()),
        ..OtherObject::default()
    };
    let mut snapshot = in_gap(&[]);
    snapshot.other_objects = vec![other.clone()];
    assert_eq!(brief(&snapshot), "create web");

    let mut waiting = prepared();
    waiting.other_objects =
        vec![OtherObject { created: Some("2030-01-01T00:00:00Z".parse().unwrap()), in_gap: true, ..other }];
    assert_eq!(brief(&waiting), "stalled NameTaken");
}

#[test]
fn the_strategy_may_change_between_replacements() {
    let back = |profiles: &[(&str, ProfileStatus)]| {
        let profiles: Vec<Profile> = profiles.iter().map(|(name, status)| outdated(name, status.clone())).collect();
        let mut snapshot = delete_first(&profiles);
        snapshot.spec.replacement = None;
        brief(&snapshot)
    };
    assert_eq!(back(&[("web", Active)]), "create 0-web-9999");
    assert_eq!(back(&[("web-9999", Active)]), "create web-9998");
}

#[test]
fn a_spec_that_went_back_but_leaves_the_subnets_out_gets_those_that_were_there() {
    let mut snapshot = in_gap(&[]);
    snapshot.status.previous = Some(previous(&owned("web", Active)));
    assert_eq!(snapshot.spec.subnets, None);
    let Step::Create { profile, cause, .. } = decide(&snapshot) else { panic!("{}", brief(&snapshot)) };
    assert_eq!((profile.subnets, cause), (Some(owned("web", Active).subnets), CreateCause::CloseGap("web".into())));
}

#[test]
fn a_name_that_differs_in_case_alone_is_taken_and_nobody_takes_the_name_of_an_object_in_its_gap() {
    let created = Some("2020-01-01T00:00:00Z".parse().unwrap());
    let mut snapshot = delete_first(&[]);
    snapshot.other_objects =
        vec![OtherObject { name: "other".into(), stem: "WEB".into(), created, in_gap: true, ..OtherObject::default() }];
    assert_eq!(brief(&snapshot), "stalled NameTaken");
    let mut beside = prepared();
    beside.other_objects = vec![OtherObject {
        name: "other".into(),
        stem: "web-9999".into(),
        created,
        in_gap: true,
        ..OtherObject::default()
    }];
    assert_eq!(brief(&beside), "create web-9998");
}

#[test]
fn a_gap_comes_first_only_while_nothing_serves_and_it_could_use_a_turn() {
    let first = |snapshot: &Snapshot| needs_the_next_turn(snapshot, &decide(snapshot));
    assert!(first(&in_gap(&[])));
    assert!(first(&in_gap(&[outdated("web", Deleting)])));
    assert!(first(&rolling_back(&[])));
    assert!(!first(&in_gap(&[outdated("web", Active)])), "the delete that opens it waits like any other");
    assert!(!first(&in_gap(&[owned("web", Active)])), "it is closed");
    assert!(!first(&in_gap(&[foreign("web", Active)])), "a person has to act");
    assert!(!first(&delete_first(&[])));
    let mut leaving = in_gap(&[]);
    leaving.object.deleting = true;
    assert!(!first(&leaving));
    let mut waiting = in_gap(&[]);
    waiting.attempts.insert(ActionKey::Create(1), failed(Retry, Reason::EksUnavailable, 1));
    assert!(!first(&waiting), "in back-off");
}

#[test]
fn a_finalizer_taken_away_in_the_gap_comes_back_although_the_object_is_suspended() {
    let mut snapshot = in_gap(&[]);
    snapshot.spec.suspend = Some(true);
    snapshot.object.has_finalizer = false;
    assert_eq!(brief(&snapshot), "add finalizer");
}

//! A cluster whose quota of profiles is used up.

use crate::api::{Reason, ReplacementSpec, Strategy};
use crate::eks::Profile;
use crate::eks::ProfileStatus::{Active, CreateFailed, Creating};
use crate::failure::Class::Fix;
use crate::plan::fixture::{brief, decide};
use crate::plan::{Step, Wait};
use crate::state::fixture::{NOW, bare, draining, failed, outdated, owned, prepared, selectors, with};
use crate::state::{ActionKey, Pods, Snapshot};

/// EKS refused to create another profile.
fn full(profiles: &[Profile]) -> Snapshot {
    let mut snapshot = with(profiles);
    snapshot.attempts.insert(ActionKey::Create(1), failed(Fix, Reason::NoFreeSlot, 1));
    snapshot.full_at = Some(profiles.len());
    snapshot
}

#[test]
fn without_a_slot_the_first_and_the_sole_profile_wait_and_try_again() {
    assert_eq!(brief(&full(&[])), "no free slot, approvable=false");
    let mut snapshot = full(&[outdated("web-9999", Active)]);
    assert_eq!(brief(&snapshot), "no free slot, approvable=false");
    snapshot.attempts.get_mut(&ActionKey::Create(1)).unwrap().until = NOW;
    assert_eq!(brief(&snapshot), "create web-9998");
}

#[test]
fn a_failed_leftover_holds_a_slot_and_goes_first() {
    assert_eq!(
        brief(&full(&[outdated("web-9999", Active), owned("web-9998", CreateFailed)])),
        "delete web-9998 Leftover"
    );
}

#[test]
fn an_edit_on_an_edit_drains_the_sort_last_into_the_sort_first() {
    let mut snapshot = full(&[outdated("web-9999", Active), outdated("web-9998", Active)]);
    assert_eq!(brief(&snapshot), "delete web-9999 Superseded");
    draining(&mut snapshot, "web-9999", 60);
    snapshot.profiles[0].selectors.extend(selectors("web"));
    snapshot.pods = bare("web-9999", 1);
    assert_eq!(brief(&snapshot), "hold web-9999 for 1 pods");
    assert_eq!(brief(&full(&[outdated("web-9999", Active), outdated("web-9998", Creating)])), "await web-9998");
}

#[test]
fn what_the_spec_went_back_to_is_given_up_only_on_approval() {
    let mut snapshot = full(&[owned("web-9999", Active), outdated("web-9998", Active)]);
    let Step::Wait(Wait::NoFreeSlot { message, plan: Some(plan) }) = decide(&snapshot) else {
        panic!("{}", brief(&snapshot))
    };
    assert!(message.contains("web-9999"), "{message}");
    snapshot.object.approval = Some(plan);
    assert_eq!(brief(&snapshot), "delete web-9999 Superseded");
    draining(&mut snapshot, "web-9999", 60);
    snapshot.profiles[0].selectors.extend(selectors("web"));
    snapshot.pods = bare("web-9999", 1);
    assert_eq!(brief(&snapshot), "hold web-9999 for 1 pods");
}

#[test]
fn the_strategy_delete_first_needs_no_slot() {
    let mut snapshot = full(&[outdated("web", Active)]);
    snapshot.spec.replacement =
        Some(ReplacementSpec { strategy: Some(Strategy::DeleteFirst), ..ReplacementSpec::default() });
    assert_eq!(brief(&snapshot), "record previous web");
}

#[test]
fn three_live_profiles_that_all_differ_come_down_without_being_asked_about() {
    let mut snapshot = prepared();
    snapshot.profiles = vec![outdated("web-9999", Active), outdated("web-9998", Active), outdated("web-9997", Active)];
    snapshot.pods = Pods::Known(Vec::new());
    assert_eq!(brief(&snapshot), "settling");
    snapshot.status_since.insert("arn:web-9997".into(), std::time::Duration::ZERO);
    assert_eq!(brief(&snapshot), "delete web-9999 Superseded");
}

//! The status of a change that waits for a person or a slot.

use std::time::Duration;

use super::{failure, of, said, tried};
use crate::act::Outcome;
use crate::api::{Approval, FargateProfileStatus, Phase, Reason, ReplacementSpec, TAG_OWNER};
use crate::eks::ProfileStatus::{Active, Creating, Deleting};
use crate::failure::Class;
use crate::plan::fixture::drain_on_record;
use crate::state::fixture::{draining, foreign, known, on, outdated, owned, replica, selectors, with};
use crate::state::{ActionKey, DefaultSubnets, OtherObject, Pods, PodsUnavailable, Snapshot};

fn manual() -> Snapshot {
    let mut snapshot = with(&[outdated("web-9999", Active)]);
    snapshot.spec.replacement =
        Some(ReplacementSpec { approval: Some(Approval::Manual), ..ReplacementSpec::default() });
    snapshot
}

#[test]
fn a_plan_is_shown_with_its_id_and_how_to_approve_it() {
    let status = of(&manual(), &Outcome::Rested).status;
    assert_eq!(said(&status), "Ready=False/AwaitingApproval Available=True/Active");
    let replacement = status.replacement.unwrap();
    let plan = replacement.plan_id.unwrap();
    assert_eq!(replacement.phase, Phase::AwaitingApproval);
    assert_eq!(replacement.changes, ["selectors: + web", "selectors: - old"]);
    assert_eq!(
        status.conditions[0].message,
        format!(
            "waiting for approval (selectors: + web; selectors: - old; affects no pod). Undo the edit, or approve: kubectl annotate --overwrite fp web fargate-operator.dev/approve={plan}"
        )
    );
}

#[test]
fn a_suspended_change_shows_its_plan_too() {
    let mut snapshot = manual();
    snapshot.spec.suspend = Some(true);
    let status = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(said(&status), "Ready=False/Suspended Available=True/Active");
    assert_eq!(status.replacement.unwrap().phase, Phase::Pending);
}

#[test]
fn unknown_pods_are_shown_with_the_plan_that_gives_them_up() {
    let mut snapshot = with(&[outdated("web-9999", Active), owned("web-9998", Active)]);
    draining(&mut snapshot, "web-9999", 60);
    snapshot.pods = Pods::Unknown(PodsUnavailable::lasting("no permission"));
    let status = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(said(&status), "Ready=True/Active Available=True/Active Stalled=True/PodsUnknown");
    let plan = status.replacement.unwrap().plan_id.unwrap();
    assert!(status.conditions[3].message.contains(&plan), "{}", status.conditions[3].message);
}

#[test]
fn pods_that_nobody_takes_are_shown_with_the_plan_that_gives_them_up() {
    let mut snapshot = with(&[outdated("web-9999", Active), owned("web-9998", Active)]);
    draining(&mut snapshot, "web-9999", 60);
    snapshot.pods = Pods::Known(vec![std::sync::Arc::new(on("web-9999", "old", "runner"))]);
    let status = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(said(&status), "Ready=True/Active Available=True/Active Stalled=True/PodsWithoutProfile");
    let plan = status.replacement.unwrap().plan_id.unwrap();
    assert!(status.conditions[3].message.contains(&format!("={plan}")), "{}", status.conditions[3].message);
}

#[test]
fn a_drift_of_the_defaults_is_shown_as_a_plan_while_the_object_stays_ready() {
    let mut snapshot = with(&[owned("web-9999", Active)]);
    snapshot.status = of(&snapshot, &Outcome::Rested).status;
    snapshot.defaults.pod_execution_role_arn = Some("arn:aws:iam::111122223333:role/another".into());
    let status = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(said(&status), "Ready=True/Active Available=True/Active");
    assert_eq!(status.defaults_drifted, ["podExecutionRoleArn"]);
    let replacement = status.replacement.clone().unwrap();
    assert_eq!((replacement.phase, replacement.changes.len()), (Phase::AwaitingApproval, 1));
    assert_eq!(status.resolved, snapshot.status.resolved);

    snapshot.object.approval = replacement.plan_id;
    let approved = of(&snapshot, &Outcome::Created(owned("web-9998", Active))).status;
    assert_eq!(approved.defaults_drifted, [""; 0]);
    assert_eq!(approved.resolved.unwrap().pod_execution_role_arn, snapshot.defaults.pod_execution_role_arn);
}

#[test]
fn subnets_that_are_looked_for_in_vain_are_told_and_nothing_counts_as_resolved() {
    let mut snapshot = with(&[]);
    snapshot.defaults.subnets = DefaultSubnets::Missing("none is there".into());
    let status = of(&snapshot, &Outcome::Rested).status;
    let expected = "Ready=False/DefaultMissing Available=False/NotActive Stalled=True/DefaultMissing";
    assert_eq!((said(&status).as_str(), status.resolved), (expected, None));
    snapshot.defaults.subnets = DefaultSubnets::Found(["subnet-00000001".to_owned()].into());
    let found = of(&snapshot, &Outcome::Rested).status.resolved.unwrap();
    assert_eq!(found.subnets, Some(vec!["subnet-00000001".to_owned()]));
}

#[test]
fn want_of_a_slot_is_stalled_and_making_room_is_not() {
    let mut snapshot = with(&[outdated("web-9999", Active)]);
    snapshot.full_at = Some(1);
    tried(&mut snapshot, ActionKey::Create(1), 1, failure(Class::Fix, Reason::NoFreeSlot));
    let status = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(said(&status), "Ready=False/NoFreeSlot Available=True/Active Stalled=True/NoFreeSlot");

    snapshot.profiles.push(outdated("web-9998", Active));
    snapshot.status_since.insert("arn:web-9998".into(), Duration::ZERO);
    snapshot.pods = Pods::Known(Vec::new());
    let status = of(&snapshot, &Outcome::Done).status;
    assert_eq!(said(&status), "Ready=False/Retiring Available=True/Active Reconciling=True/Retiring");
}

#[test]
fn pods_that_hold_what_makes_room_are_told_of_once() {
    let mut snapshot =
        with(&[outdated("web-9999", Active), outdated("web-9998", Active), outdated("web-9997", Active)]);
    snapshot.status_since.insert("arn:web-9997".into(), snapshot.now);
    snapshot.pods = known(&[on("web-9999", "old", "runner"), on("web-9998", "old", "runner-2")]);
    snapshot.status = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(snapshot.status.replacement.as_ref().unwrap().phase, Phase::Settling);
    snapshot.status_since.insert("arn:web-9997".into(), Duration::ZERO);
    let mut told = 0;
    for reason in ["Draining", "PodsOnSuperseded", "PodsOnSuperseded"] {
        let report = of(&snapshot, &Outcome::Rested);
        let expected = format!("Ready=False/{reason} Available=True/Active Reconciling=True/{reason}");
        assert_eq!(said(&report.status), expected);
        assert_eq!(report.status.replacement.as_ref().unwrap().phase, Phase::Draining);
        told += report.notices.iter().filter(|notice| notice.reason == Reason::Draining).count();
        snapshot.status = report.status;
    }
    assert_eq!(told, 1);
}

#[test]
fn what_was_moved_is_told_when_the_old_profile_goes() {
    let (mut old, new) = (outdated("web-9999", Active), owned("web-9998", Active));
    old.selectors.extend(new.selectors.clone());
    let mut snapshot = with(&[old, new]);
    draining(&mut snapshot, "web-9999", 60);
    snapshot.pods = known(&[replica("web-9999", "a", 1)]);
    snapshot.status = of(&snapshot, &Outcome::Rested).status;
    let moved = |status: &FargateProfileStatus| status.replacement.clone().unwrap().pods.unwrap().moved;
    assert_eq!(moved(&snapshot.status), 1, "it is on its way");
    snapshot.counts_due = false;
    snapshot.pods = known(&[replica("web-9998", "a", 2)]);
    while let Some((_, drain)) = drain_on_record(&snapshot) {
        snapshot.status.profiles[0].drain = Some(drain);
    }
    let gone = of(&snapshot, &Outcome::Done).status;
    assert_eq!((gone.replacement.as_ref().unwrap().phase, moved(&gone)), (Phase::Deleting, 1));
    // The write of that status may have failed.
    snapshot.profiles[0].status = Deleting;
    let going = of(&snapshot, &Outcome::Rested).status;
    assert_eq!((going.replacement.as_ref().unwrap().phase, moved(&going)), (Phase::Deleting, 1));
}

#[test]
fn what_keeps_pods_of_a_deleted_object_is_a_persons_business_only_when_its_deletion_is_no_news() {
    let other =
        OtherObject { name: "web-v2".into(), stem: "web-v2".into(), keeps_its_name: true, ..OtherObject::default() };
    let heir = OtherObject { selectors: selectors("web"), ..other };
    for (other_objects, others, [news, then]) in [
        (vec![heir], vec![], ["HandingOver", "HandoverHeld"]),
        (vec![], vec![foreign("zoo", Active)], ["Deleting", "PodsWithoutProfile"]),
    ] {
        let mut snapshot = with(&[vec![owned("web-9999", Active)], others].concat());
        snapshot.other_objects = other_objects;
        snapshot.pods = known(&[replica("web-9999", "a", 1)]);
        draining(&mut snapshot, "web-9999", 60);
        snapshot.object.deleting = true;
        let told = |after: Duration| {
            let mut later = snapshot.clone();
            later.object.deleting_for = after;
            said(&of(&later, &Outcome::Rested).status)
        };
        let fresh = told(snapshot.notice - Duration::from_secs(1));
        assert!(fresh.ends_with(&format!("Reconciling=True/{news}")), "{fresh}");
        let later = told(snapshot.notice);
        assert!(later.ends_with(&format!("Stalled=True/{then}")), "{later}");
    }
}

#[test]
fn who_takes_over_says_from_whom_while_eks_is_at_it_too() {
    let mut app = owned("app-9999", Active);
    app.tags.insert(TAG_OWNER.into(), "app".into());
    let mut snapshot = with(&[owned("web-9999", Active), owned("0-web-9999", Creating), app]);
    snapshot.other_objects = vec![OtherObject {
        name: "app".into(),
        stem: "app".into(),
        deleting: true,
        leaves: true,
        ..OtherObject::default()
    }];
    snapshot.pods = known(&[replica("app-9999", "a", 1)]);
    let status = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(said(&status), "Ready=True/Active Available=True/Active Reconciling=True/TakingOver");
    let message = &status.conditions[2].message;
    assert_eq!(
        message,
        "EKS profile 0-web-9999 is being created; it sorts before app-9999 and takes over the pods there"
    );
}

#[test]
fn an_old_failure_does_not_hide_what_is_waited_for_now() {
    let retry = || failure(Class::Retry, Reason::Throttled);
    let mut awaiting = manual();
    tried(&mut awaiting, ActionKey::Create(1), 1, retry());
    assert_eq!(said(&of(&awaiting, &Outcome::Rested).status), "Ready=False/AwaitingApproval Available=True/Active");
    let mut suspended = with(&[outdated("web-9999", Active), owned("web-9998", Active)]);
    suspended.spec.suspend = Some(true);
    tried(&mut suspended, ActionKey::Delete("arn:web-9999".into()), 1, retry());
    assert_eq!(said(&of(&suspended, &Outcome::Rested).status), "Ready=True/Active Available=True/Active");
}

#[test]
fn the_plan_that_needs_more_stays_shown_while_its_create_is_tried_again() {
    let mut snapshot = with(&[owned("web-9999", Active), outdated("web-9998", Active)]);
    snapshot.full_at = Some(2);
    tried(&mut snapshot, ActionKey::Create(1), 1, failure(Class::Fix, Reason::NoFreeSlot));
    snapshot.status = of(&snapshot, &Outcome::Rested).status;
    let shown = |snapshot: &Snapshot| snapshot.status.replacement.as_ref().unwrap().plan_id.clone().unwrap();
    let give_up = shown(&snapshot);
    assert_eq!(give_up.split('-').count(), 3, "{give_up}");
    snapshot.attempts.get_mut(&ActionKey::Create(1)).unwrap().until = snapshot.now;
    let refused = failure(Class::Fix, Reason::NoFreeSlot);
    snapshot.status = of(&snapshot, &Outcome::Failed(refused)).status;
    assert_eq!(shown(&snapshot), give_up);
}

//! Approval: which plans wait for a person, and how long an approval holds.

use std::collections::BTreeSet;

use crate::api::{
    Approval, DrainSpec, FailedBy, OnTimeout, Phase, Reason, ReplacementSpec, ReplacementStatus, Strategy,
};
use crate::eks::ProfileStatus::{Active, CreateFailed, Creating};
use crate::failure::Class::Fix;
use crate::plan::fixture::{brief, decide};
use crate::plan::{Step, Wait};
use crate::state::fixture::{draining, failed, outdated, owned, with};
use crate::state::{ActionKey, Facts, Pods, PodsUnavailable, Snapshot};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

fn manual(mut snapshot: Snapshot, strategy: Strategy) -> Snapshot {
    snapshot.spec.replacement = Some(ReplacementSpec {
        strategy: Some(strategy),
        approval: Some(Approval::Manual),
        ..ReplacementSpec::default()
    });
    snapshot
}

fn plan_of(snapshot: &Snapshot) -> String {
    match decide(snapshot) {
        Step::Wait(
            Wait::AwaitingApproval { plan }
            | Wait::PodsUnknown { plan, .. }
            | Wait::NoFreeSlot { plan: Some(plan), .. },
        ) => plan,
        other => panic!("{other:?}"),
    }
}

/// Writes the plan into status.
fn shown(snapshot: &mut Snapshot, plan: &str) {
    snapshot.status.replacement = Some(ReplacementStatus {
        from: "web-9999".into(),
        to: None,
        phase: Phase::AwaitingApproval,
        plan_id: Some(plan.to_owned()),
        changes: Vec::new(),
        effects: Vec::new(),
        ignored_approval: None,
        pods: None,
        started_at: Time("2026-01-01T00:00:00Z".parse().unwrap()),
    });
}

#[test]
fn a_manual_replacement_begins_when_its_plan_is_approved() {
    for (strategy, begins) in [(Strategy::CreateFirst, "create web-9998"), (Strategy::DeleteFirst, "create web")] {
        let mut snapshot = manual(with(&[outdated("web-9999", Active)]), strategy);
        assert_eq!(brief(&snapshot), "await approval");
        snapshot.object.approval = Some(plan_of(&snapshot));
        assert_eq!(brief(&snapshot), begins);
        snapshot.object.approval = Some("1-0000000000000000".into());
        assert_eq!(brief(&snapshot), "await approval");
    }
    let mut snapshot = manual(with(&[outdated("web", Active)]), Strategy::DeleteFirst);
    assert_eq!(brief(&snapshot), "await approval");
    snapshot.object.approval = Some(plan_of(&snapshot));
    assert_eq!(brief(&snapshot), "record previous web");
}

#[test]
fn what_has_nothing_to_lose_or_has_begun_is_not_asked_about() {
    let begun = [outdated("web-9999", Active), owned("web-9998", Creating)];
    assert_eq!(brief(&manual(with(&[]), Strategy::CreateFirst)), "create web-9999");
    assert_eq!(brief(&manual(with(&begun), Strategy::CreateFirst)), "await web-9998");
    let mut serving = manual(with(&[outdated("web-9999", Active), owned("web-9998", Active)]), Strategy::CreateFirst);
    serving.pods = Pods::Known(Vec::new());
    assert_eq!(brief(&serving), "delete web-9999 Superseded");
    let leftover = [outdated("web-9999", Active), owned("web-9998", CreateFailed)];
    assert_eq!(brief(&manual(with(&leftover), Strategy::CreateFirst)), "delete web-9998 Leftover");
}

#[test]
fn a_plan_keeps_its_id_through_edits_that_leave_it_as_it_is() {
    let mut snapshot = manual(with(&[outdated("web-9999", Active)]), Strategy::CreateFirst);
    let plan = plan_of(&snapshot);
    assert!(plan.starts_with("1-"), "{plan}");
    shown(&mut snapshot, &plan);
    snapshot.object.generation = 2;
    snapshot.spec.tags = Some([("team".to_owned(), "a".to_owned())].into());
    assert_eq!(plan_of(&snapshot), plan);
    snapshot.profiles[0].arn = "arn:another".into();
    assert!(plan_of(&snapshot).starts_with("2-"), "it starts from another profile");
}

#[test]
fn an_old_approval_does_not_approve_the_same_change_later() {
    let mut snapshot = manual(with(&[outdated("web-9999", Active)]), Strategy::CreateFirst);
    snapshot.object.approval = Some(plan_of(&snapshot));
    assert_eq!(brief(&snapshot), "create web-9998");
    // Weeks later, the earlier plan is no longer shown.
    snapshot.object.generation = 7;
    snapshot.status.replacement = None;
    assert_eq!(brief(&snapshot), "await approval");
}

#[test]
fn an_approval_holds_for_the_strategy_and_the_end_of_pods_that_it_was_given_for() {
    let approved = |strategy| {
        let mut snapshot = manual(with(&[outdated("web", Active)]), strategy);
        snapshot.object.approval = Some(plan_of(&snapshot));
        snapshot
    };
    let change = |mut snapshot: Snapshot, edit: fn(&mut ReplacementSpec)| {
        snapshot.object.generation = 2;
        edit(snapshot.spec.replacement.as_mut().unwrap());
        brief(&snapshot)
    };
    let proceed = |timeout: Option<&str>| {
        let on_timeout = Some(OnTimeout::Proceed);
        Some(DrainSpec { on_timeout, timeout: timeout.map(str::to_owned), ..DrainSpec::default() })
    };
    for (strategy, edit) in [
        (Strategy::CreateFirst, (|it| it.strategy = Some(Strategy::DeleteFirst)) as fn(&mut ReplacementSpec)),
        (Strategy::DeleteFirst, |it| it.strategy = Some(Strategy::CreateFirst)),
    ] {
        assert_eq!(change(approved(strategy), edit), "await approval", "{strategy:?}");
    }
    let ending = |timeout: Option<&str>| {
        let mut snapshot = approved(Strategy::CreateFirst);
        snapshot.spec.replacement.as_mut().unwrap().drain = proceed(timeout);
        plan_of(&snapshot)
    };
    let plans =
        [plan_of(&manual(with(&[outdated("web", Active)]), Strategy::CreateFirst)), ending(None), ending(Some("1m"))];
    let different: BTreeSet<&String> = plans.iter().collect();
    assert_eq!(different.len(), 3, "{plans:?}");
    // A plan that costs no pod needs no approval.
    let mut held = approved(Strategy::CreateFirst);
    let plan = held.object.approval.clone().unwrap();
    shown(&mut held, &plan);
    let longer = |it: &mut ReplacementSpec| {
        it.drain = Some(DrainSpec { timeout: Some("2h".into()), ..DrainSpec::default() });
    };
    assert_eq!(change(held, longer), "create 0-web-9999");
}

#[test]
fn an_approval_ends_with_the_try_that_it_was_given_for() {
    let mut snapshot = manual(with(&[outdated("web-9999", Active)]), Strategy::CreateFirst);
    let plan = plan_of(&snapshot);
    shown(&mut snapshot, &plan);
    snapshot.object.approval = Some(plan.clone());
    assert_eq!(brief(&snapshot), "create web-9998");
    // Pods did not start on it, and it was taken back. Then somebody suspends the object and resumes it.
    snapshot.status.failed_generation = Some(1);
    snapshot.status.failed_by = Some(FailedBy::Pods);
    snapshot.object.generation = 3;
    let again = plan_of(&snapshot);
    assert!(again.starts_with("3-") && again[2..] == plan[2..], "{plan}, then {again}");
    snapshot.object.approval = Some(again);
    assert_eq!(brief(&snapshot), "create web-9998");
}

#[test]
fn an_approval_is_for_one_plan_and_no_other() {
    let mut snapshot = with(&[outdated("web-9999", Active), owned("web-9998", Active)]);
    draining(&mut snapshot, "web-9999", 60);
    snapshot.pods = Pods::Unknown(PodsUnavailable::lasting("no permission"));
    let lose_pods = plan_of(&snapshot);
    let replace = Facts::of(&with(&[outdated("web-9999", Active)])).plan.unwrap();
    assert_ne!(lose_pods, replace);
    snapshot.object.approval = Some(replace);
    assert_eq!(brief(&snapshot), "hold web-9999 for unknown pods");
    snapshot.object.approval = Some(lose_pods);
    assert_eq!(brief(&snapshot), "delete web-9999 Approved");
}

#[test]
fn suspension_outweighs_an_approval() {
    let mut snapshot = manual(with(&[outdated("web-9999", Active)]), Strategy::CreateFirst);
    snapshot.object.approval = Some(plan_of(&snapshot));
    snapshot.spec.suspend = Some(true);
    assert_eq!(brief(&snapshot), "suspended pending=true");
}

/// Manual, full, and the spec went back to the sort-last profile.
fn full_and_reverted() -> Snapshot {
    let profiles = [owned("web-9999", Active), outdated("web-9998", Active)];
    let mut snapshot = manual(with(&profiles), Strategy::CreateFirst);
    snapshot.attempts.insert(ActionKey::Create(1), failed(Fix, Reason::NoFreeSlot, 1));
    snapshot.full_at = Some(2);
    snapshot.pods = Pods::Known(Vec::new());
    draining(&mut snapshot, "web-9999", 60);
    snapshot
}

#[test]
fn who_approves_more_approves_the_plan_too() {
    let mut snapshot = full_and_reverted();
    let replace = plan_of(&snapshot);
    snapshot.object.approval = Some(replace.clone());
    let give_up = plan_of(&snapshot);
    assert!(give_up.starts_with(&replace) && give_up != replace, "{replace} {give_up}");
    snapshot.object.approval = Some(give_up.clone());
    assert_eq!(brief(&snapshot), "delete web-9999 Superseded");

    // The pods cannot be seen either, so all three consents go into one approval.
    snapshot.pods = Pods::Unknown(PodsUnavailable::lasting("no permission"));
    let lose_pods = plan_of(&snapshot);
    snapshot.object.approval = Some(lose_pods.clone());
    assert_eq!(brief(&snapshot), "delete web-9999 Approved");
    // The consent does not cover another reason.
    snapshot.pods = Pods::Unknown(PodsUnavailable::lasting("took too long"));
    assert_eq!(brief(&snapshot), "hold web-9999 for unknown pods");

    // When it is gone, the plan itself is still approved, also after an edit that does not change the plan.
    shown(&mut snapshot, &lose_pods);
    snapshot.object.approval = Some(lose_pods);
    snapshot.profiles.remove(0);
    snapshot.attempts.clear();
    snapshot.object.generation = 2;
    assert_eq!(brief(&snapshot), "create web-9997");
}

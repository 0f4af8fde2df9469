//! What a person reads beside the conditions: the word and the times of a wait, plans, warnings, and answers to annotations.

use std::time::Duration;

use super::{of, reasons, said, tried};
use crate::act::Outcome;
use crate::api::{
    Approval, ConditionType, FailedBy, FargateProfileStatus, PendingPods, Phase, Reason, ReplacementSpec, Truth,
};
use crate::eks::ProfileStatus::{Active, Creating};
use crate::eks::Selector;
use crate::failure::{Class, Failure};
use crate::placement::{Pod, PodPhase};
use crate::plan::fixture::drain_on_record;
use crate::report::{Notice, Severity};
use crate::state::fixture::{
    NOW, bare, delete_first, draining, known, on, outdated, owned, prepared, previous, replica, selectors, wall, with,
};
use crate::state::{ActionKey, NearMiss, Outside, Snapshot};

fn status(snapshot: &Snapshot) -> FargateProfileStatus {
    of(snapshot, &Outcome::Rested).status
}

fn word(snapshot: &Snapshot) -> String {
    status(snapshot).reason.unwrap()
}

fn refused(reason: Reason) -> Failure {
    super::failure(Class::Fix, reason)
}

/// Two pods of one ReplicaSet on a superseded profile, with its drain recorded.
fn moving() -> Snapshot {
    let mut old = outdated("web-9999", Active);
    old.selectors.extend(selectors("web"));
    let mut snapshot = with(&[old, owned("web-9998", Active)]);
    draining(&mut snapshot, "web-9999", 60);
    snapshot.pods = known(&[replica("web-9999", "a", 1), replica("web-9999", "a", 2)]);
    snapshot
}

fn manual() -> Snapshot {
    let mut snapshot = with(&[outdated("web-9999", Active)]);
    let approval = Some(Approval::Manual);
    snapshot.spec.replacement = Some(ReplacementSpec { approval, ..ReplacementSpec::default() });
    snapshot
}

/// Another pass over what the last one has written, with its events.
fn again(snapshot: &mut Snapshot) -> Vec<Notice> {
    let report = of(snapshot, &Outcome::Rested);
    snapshot.status = report.status;
    report.notices
}

#[test]
fn all_conditions_are_always_there_and_can_be_waited_for() {
    let settled = with(&[owned("web-9999", Active)]);
    let mut stalled = prepared();
    tried(&mut stalled, ActionKey::Create(1), 1, refused(Reason::InvalidParameter));
    let mut quiet = prepared();
    quiet.quiet = true;
    for (snapshot, [reconciling, held_up]) in [
        (&settled, [Truth::False, Truth::False]),
        (&with(&[owned("web-9999", Creating)]), [Truth::True, Truth::False]),
        (&stalled, [Truth::False, Truth::True]),
        (&manual(), [Truth::False, Truth::False]),
        (&quiet, [Truth::True, Truth::False]),
    ] {
        let status = status(snapshot);
        let says = |kind: ConditionType| kind.find(&status.conditions).unwrap().status.clone();
        assert_eq!(status.conditions.len(), ConditionType::ALL.len());
        assert_eq!(
            [says(ConditionType::Reconciling), says(ConditionType::Stalled)],
            [reconciling.name(), held_up.name()],
            "{}",
            said(&status)
        );
    }
}

#[test]
fn one_word_says_what_is_going_on_with_a_count_while_pods_move() {
    let mut suspended = with(&[owned("web-9999", Active)]);
    suspended.spec.suspend = Some(true);
    let mut stalled = prepared();
    tried(&mut stalled, ActionKey::Create(1), 1, refused(Reason::InvalidParameter));
    let mut held = moving();
    held.pods = bare("web-9999", 3);
    for (snapshot, expected) in [
        (with(&[owned("web-9999", Active)]), "Active"),
        (with(&[owned("web-9999", Creating)]), "Creating"),
        (stalled, "InvalidParameter"),
        (manual(), "AwaitingApproval"),
        (suspended, "Suspended"),
        (held, "PodsOnSuperseded"),
        (moving(), "Probing 1/2"),
    ] {
        assert_eq!(word(&snapshot), expected);
    }
    let mut later = moving();
    for (pods, expected) in [
        (vec![replica("web-9999", "a", 2), replica("web-9998", "a", 3)], "Draining 1/2"),
        (vec![replica("web-9999", "a", 2), replica("web-9998", "a", 3)], "Draining 2/2"),
    ] {
        let (_, drain) = drain_on_record(&later).unwrap();
        later.status = status(&later);
        later.status.profiles[0].drain = Some(drain);
        later.pods = known(&pods);
        assert_eq!(word(&later), expected);
    }
}

#[test]
fn a_wait_says_since_when_until_when_and_when_the_next_try_is() {
    let mut held = moving();
    held.pods = bare("web-9999", 3);
    let first = status(&held);
    let waiting = first.waiting.clone().unwrap();
    assert_eq!((waiting.since.0, waiting.until.unwrap().0), (wall(0), wall(1740)), "its time began a minute ago");
    assert!(first.conditions[2].message.ends_with(" (until 12:29 UTC)"), "{}", first.conditions[2].message);
    held.status = first.clone();
    (held.wall, held.now) = (wall(30), NOW + Duration::from_secs(30));
    assert_eq!(status(&held).waiting, first.waiting);

    let mut refused_now = with(&[outdated("web-9999", Active)]);
    tried(&mut refused_now, ActionKey::Create(1), 1, refused(Reason::InvalidParameter));
    refused_now.attempts.get_mut(&ActionKey::Create(1)).unwrap().until = NOW + Duration::from_secs(300);
    let first = status(&refused_now);
    assert_eq!(first.waiting.as_ref().unwrap().next_try.as_ref().unwrap().0, wall(300));
    assert!(first.conditions[3].message.ends_with(" (next try 12:05 UTC)"), "{}", first.conditions[3].message);
    refused_now.status = first.clone();
    (refused_now.wall, refused_now.now) = (wall(11), NOW + Duration::from_secs(10));
    assert_eq!(status(&refused_now).waiting, first.waiting, "clocks that are rounded change nothing");

    let mut soon = refused_now.clone();
    soon.status = FargateProfileStatus::default();
    soon.attempts.get_mut(&ActionKey::Create(1)).unwrap().until = soon.now + Duration::from_secs(60);
    assert_eq!(status(&soon).waiting.unwrap().next_try, None, "tries that follow soon are not announced");
    assert_eq!(status(&with(&[owned("web-9999", Active)])).waiting, None);
}

#[test]
fn another_try_that_somebody_asks_for_is_made_and_answered_once() {
    let mut snapshot = with(&[outdated("web-9999", Active)]);
    snapshot.status.failed_generation = Some(1);
    snapshot.status.failed_by = Some(FailedBy::Pods);
    again(&mut snapshot);
    assert_eq!(snapshot.status.reason.as_deref(), Some("ReplacementUnhealthy"));
    snapshot.object.retry = Some("1".into());
    let report = of(&snapshot, &Outcome::Created(owned("web-9998", Creating)));
    assert_eq!(reasons(&report.notices), [Reason::CreateRequested, Reason::RetryRequested]);
    assert_eq!((report.status.failed_generation, report.status.handled_retry.as_deref()), (None, Some("1")));
    snapshot.status = report.status;
    // It fails again: the same value asks for nothing more, another one does.
    snapshot.status.failed_generation = Some(1);
    snapshot.status.failed_by = Some(FailedBy::Pods);
    again(&mut snapshot);
    assert_eq!(snapshot.status.reason.as_deref(), Some("ReplacementUnhealthy"));
    snapshot.object.retry = Some("2".into());
    assert_eq!(of(&snapshot, &Outcome::Done).status.failed_generation, None);
}

#[test]
fn in_an_open_gap_the_old_profile_is_put_back_before_another_try() {
    let mut snapshot = delete_first(&[]);
    snapshot.status.previous = Some(previous(&outdated("web", Active)));
    snapshot.status.failed_generation = Some(1);
    snapshot.object.retry = Some("1".into());
    assert!(snapshot.generation_failed());
}

#[test]
fn an_approval_of_something_else_is_answered() {
    let mut snapshot = manual();
    assert_eq!(reasons(&again(&mut snapshot)), [Reason::AwaitingApproval]);
    let plan = snapshot.status.replacement.as_ref().unwrap().plan_id.clone().unwrap();
    snapshot.object.approval = Some("yes".into());
    let notices = again(&mut snapshot);
    assert_eq!(reasons(&notices), [Reason::ApprovalIgnored]);
    assert_eq!(notices[0].severity, Severity::Warning);
    let expected = format!("fargate-operator.dev/approve=yes approves nothing: the plan that waits is {plan}");
    assert_eq!(notices[0].note, expected);
    assert_eq!(snapshot.status.replacement.as_ref().unwrap().ignored_approval.as_deref(), Some("yes"));
    assert!(snapshot.status.conditions[0].message.starts_with("yes is not the plan that waits. "));
    assert_eq!(reasons(&again(&mut snapshot)), [], "once");

    // What approved an earlier plan stays on the object, and nobody needs to hear of it.
    let mut later = manual();
    later.object.approval = Some("1-0123456789abcdef".into());
    assert_eq!(reasons(&again(&mut later)), [Reason::AwaitingApproval]);
    assert_eq!(reasons(&again(&mut later)), []);
}

#[test]
fn a_suspension_is_told_once_even_if_nothing_is_pending() {
    for profile in [owned("web-9999", Active), outdated("web-9999", Active)] {
        let mut snapshot = with(&[profile]);
        again(&mut snapshot);
        snapshot.spec.suspend = Some(true);
        assert_eq!(reasons(&again(&mut snapshot)), [Reason::Suspended]);
        assert_eq!(reasons(&again(&mut snapshot)), []);
    }
}

#[test]
fn a_plan_says_what_it_does_in_lines_that_anyone_can_read() {
    let mut snapshot = manual();
    snapshot.pods = known(&[replica("web-9999", "a", 1), on("web-9999", "old", "runner")]);
    snapshot.profiles[0].selectors.extend(selectors("web"));
    let replacement = status(&snapshot).replacement.unwrap();
    assert_eq!(
        replacement.effects,
        [
            "moves 1 pod",
            "leaves 1 pod without a Fargate profile",
            "takes 2 operations of EKS: 1 creation, 1 deletion",
            "takes 1 more Fargate profile of the quota while it lasts",
            "takes about 4 to 28 minutes once it has its turn",
        ]
    );
    let mut gap = delete_first(&[outdated("web", Active)]);
    gap.spec.replacement.as_mut().unwrap().approval = Some(Approval::Manual);
    gap.profiles[0].selectors.extend(selectors("web"));
    gap.pods = known(&[replica("web", "a", 1), replica("web", "a", 2)]);
    let replacement = status(&gap).replacement.unwrap();
    assert_eq!(replacement.phase, Phase::AwaitingApproval);
    assert_eq!(
        replacement.effects[..3],
        [
            "ends 2 pods at once, with no Fargate profile for minutes",
            "takes 2 operations of EKS: 1 creation, 1 deletion",
            "takes no further Fargate profile of the quota"
        ]
    );
}

#[test]
fn what_is_probably_not_meant_is_told_once_and_stays_in_status() {
    let mut snapshot = with(&[owned("web-9999", Active)]);
    again(&mut snapshot);
    let typo = Selector { namespace: "web".into(), labels: [("compute".to_owned(), "fargte".to_owned())].into() };
    snapshot.outside = Some(Outside {
        pods: 0,
        missing_namespaces: vec!["chekout".into()],
        near_misses: vec![NearMiss { selector: typo, pod: "web/a".into(), labels: "compute=fargate".into() }],
    });
    let unfit = Pod {
        node: None,
        phase: PodPhase::Pending,
        unfit: vec!["hostNetwork: Fargate has no host network for pods".into()],
        ..replica("web-9999", "a", 1)
    };
    snapshot.pods = known(&[unfit]);
    snapshot.spec.pending_pods = Some(PendingPods::Ignore);
    let notices = again(&mut snapshot);
    assert_eq!(reasons(&notices), [Reason::CheckSelectors]);
    assert_eq!(
        snapshot.status.warnings,
        [
            "a selector names namespace chekout, which does not exist: correct spec.selectors or create it",
            "no pod on Fargate matches the selector web with compute=fargte, but pod web/a has compute=fargate",
            "pod web/a-1 can never run on Fargate: hostNetwork: Fargate has no host network for pods",
        ]
    );
    assert_eq!(reasons(&again(&mut snapshot)), []);
}

#[test]
fn pods_are_told_by_cause_with_one_example_and_all_of_them_stand_in_status() {
    let mut snapshot = moving();
    let pods: Vec<Pod> = (0..4).map(|n| on("web-9999", "web", &format!("bare-{n}"))).collect();
    let spared = Pod { do_not_disrupt: true, ..replica("web-9999", "b", 1) };
    snapshot.pods = known(&[pods, vec![spared]].concat());
    let status = status(&snapshot);
    let message = &status.conditions[2].message;
    let expected = "5 pods left on EKS profile web-9999: web/bare-0 and 3 more: no controller would recreate it; delete it when you can spare it; 1 pod for other causes (until 12:29 UTC)";
    assert_eq!(message, expected);
    assert_eq!(status.held_pods.len(), 5);
    assert_eq!(status.held_pods[0], "web/b-1: the annotation do-not-disrupt");
}

#[test]
fn a_budget_is_told_of_when_it_holds_a_pod_for_longer_than_pods_take_to_start() {
    let mut snapshot = moving();
    let budget =
        Failure { message: "the disruption budget web has no room".into(), ..refused(Reason::EvictionBlocked) };
    let budget = Failure { class: Class::Wait, ..budget };
    tried(&mut snapshot, ActionKey::Evict("uid-a".into()), 3, budget);
    let told = |snapshot: &Snapshot| {
        let status = status(snapshot);
        let stalled = ConditionType::Stalled.holding(&status.conditions);
        let said = stalled.or(ConditionType::Reconciling.holding(&status.conditions)).unwrap();
        (said.reason.clone(), said.message.contains("the disruption budget web has no room"), status.held_pods.len())
    };
    assert_eq!(told(&snapshot), ("Draining".into(), false, 0), "a minute after the last move");
    draining(&mut snapshot, "web-9999", 180);
    assert_eq!(told(&snapshot), ("Draining".into(), true, 2), "three minutes after it");
    draining(&mut snapshot, "web-9999", 60);
    snapshot.drain_timeout = Duration::from_secs(60);
    assert_eq!(told(&snapshot), ("DrainHeld".into(), true, 2), "when the time is over, however short it is");
}

//! The table of conditions: situations and their status.

mod counted;
mod delete_first;
mod held;
mod overlaps;
mod people;
mod pod_issues;
mod prerequisites;
mod situations;

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use super::{Notice, Report, report, report_blind};
use crate::act::{Blocked, Outcome, Retry};
use crate::api::{ConditionType, FargateProfileStatus, Phase, Reason, ReplacementStatus, Truth};
use crate::eks::HealthIssue;
use crate::eks::ProfileStatus::{Active, CreateFailed, Creating, DeleteFailed, Deleting};
use crate::failure::{Class, Failure};
use crate::intervals::{DEFAULTS, Intervals};
use crate::plan::plan;
use crate::state::fixture::{self, NOW, bare, draining, outdated, owned, prepared, record, selectors, with};
use crate::state::{ActionKey, ClusterState, Facts, Pods, PodsUnavailable, RetryState, Snapshot};

const INTERVALS: Intervals = DEFAULTS;

fn wall() -> Timestamp {
    fixture::wall(0)
}

/// The report of the planned step on a snapshot, with this outcome. Whatever it is, conditions refer to each other truly, also
/// when EKS cannot be looked at afterwards.
fn of(snapshot: &Snapshot, outcome: &Outcome) -> Report {
    let facts = Facts::of(snapshot);
    let report = report(&facts, &plan(&facts), outcome, &INTERVALS);
    refer_truly(&report.status);
    let mut unseen = report.status.clone();
    for stalled in [false, true, false] {
        let failure = failure(Class::Retry, Reason::EksUnavailable);
        let generation = snapshot.object.generation;
        unseen =
            report_blind(&unseen, (generation, None), &failure, stalled, Duration::ZERO, wall(), &INTERVALS).status;
        refer_truly(&unseen);
    }
    report
}

/// A condition that sends people to another one finds its own reason there, and what holds up the object: `Stalled` that is
/// True, or `Ready` that is not.
fn refer_truly(status: &FargateProfileStatus) {
    for condition in &status.conditions {
        for (kind, truth) in [(ConditionType::Stalled, Truth::True), (ConditionType::Ready, Truth::False)] {
            if condition.message.contains(&format!("see {}", kind.name())) {
                let other = kind.find(&status.conditions).unwrap();
                let expected = (truth.name(), condition.reason.as_str());
                assert_eq!((other.status.as_str(), other.reason.as_str()), expected, "{:#?}", status.conditions);
            }
        }
    }
}

/// The conditions in the form `Ready=True/Active Available=… `. `Reconciling` and `Stalled` are told only while they are
/// true.
fn said(status: &FargateProfileStatus) -> String {
    let is_told = |condition: &&Condition| match condition.type_.as_str() {
        "Reconciling" | "Stalled" => condition.status != Truth::False.name(),
        "PrerequisitesMet" => condition.status == Truth::False.name(),
        _ => true,
    };
    let words: Vec<String> = status
        .conditions
        .iter()
        .filter(is_told)
        .map(|condition| format!("{}={}/{}", condition.type_, condition.status, condition.reason))
        .collect();
    words.join(" ")
}

fn reasons(notices: &[Notice]) -> Vec<Reason> {
    notices.iter().map(|notice| notice.reason).collect()
}

fn failure(class: Class, reason: Reason) -> Failure {
    Failure {
        class,
        reason,
        operation: "CreateFargateProfile",
        code: Some("X".into()),
        message: "EKS's own words".into(),
        definite: true,
    }
}

fn tried(snapshot: &mut Snapshot, action: ActionKey, count: u32, failure: Failure) {
    snapshot
        .attempts
        .insert(action, RetryState { count, until: NOW + Duration::from_secs(60), failure: Some(failure) });
}

fn blocked() -> Outcome {
    Outcome::NotOurTurn(Blocked {
        by: "profile other-9999 is DELETING".into(),
        since: wall(),
        retry: Retry::Woken,
        ahead: 2,
        unforeseen: false,
    })
}

#[test]
fn the_first_create_is_reconciling_until_the_profile_is_active() {
    let snapshot = prepared();
    assert_eq!(
        said(&of(&snapshot, &Outcome::Done).status),
        "Ready=False/Creating Available=False/NotActive Reconciling=True/Creating"
    );
    let waiting = of(&snapshot, &blocked()).status;
    assert_eq!(said(&waiting), "Ready=False/WaitingForTurn Available=False/NotActive Reconciling=True/WaitingForTurn");
    assert_eq!(waiting.queue.unwrap().blocked_by, "profile other-9999 is DELETING");
    let creating = of(&with(&[owned("web-9999", Creating)]), &Outcome::Rested).status;
    assert_eq!(said(&creating), "Ready=False/Creating Available=False/NotActive Reconciling=True/Creating");
    assert_eq!(creating.profile.unwrap().status, "CREATING");
    let ready = of(&with(&[owned("web-9999", Active)]), &Outcome::Rested);
    assert_eq!(said(&ready.status), "Ready=True/Active Available=True/Active");
    assert_eq!(ready.notices.len(), 1);
    assert_eq!(ready.status.replacement, None);
}

#[test]
fn a_replacement_is_available_all_along_and_ready_as_soon_as_the_target_is_active() {
    let mut snapshot = with(&[outdated("web-9999", Active)]);
    assert_eq!(of(&snapshot, &blocked()).status.replacement.unwrap().to, None);
    let begun = of(&snapshot, &Outcome::Created(owned("web-9998", Creating))).status;
    assert_eq!(said(&begun), "Ready=False/Replacing Available=True/Active Reconciling=True/Replacing");
    let plan = begun.replacement.unwrap();
    assert_eq!((plan.from.as_str(), plan.to.as_deref()), ("web-9999", Some("web-9998")));
    assert_eq!(plan.changes, ["selectors: + web", "selectors: - old"]);

    snapshot = with(&[outdated("web-9999", Active), owned("web-9998", Creating)]);
    let creating = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(said(&creating), "Ready=False/Replacing Available=True/Active Reconciling=True/Replacing");
    assert_eq!(creating.replacement.unwrap().phase, Phase::Creating);

    snapshot.profiles[1].status = Active;
    snapshot.status_since.insert("arn:web-9998".into(), NOW);
    let settling = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(said(&settling), "Ready=True/Active Available=True/Active Reconciling=True/Retiring");
    assert_eq!(settling.replacement.unwrap().phase, Phase::Settling);

    snapshot.status_since.clear();
    snapshot.status_since.insert("arn:web-9998".into(), Duration::ZERO);
    draining(&mut snapshot, "web-9999", 60);
    snapshot.profiles[0].selectors.extend(selectors("web"));
    snapshot.pods = bare("web-9999", 3);
    let held = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(said(&held), "Ready=True/Active Available=True/Active Reconciling=True/PodsOnSuperseded");
    assert_eq!(held.replacement.unwrap().phase, Phase::Draining);

    snapshot.pods = Pods::Unknown(PodsUnavailable::transient("listing pods took too long"));
    let hidden = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(said(&hidden), "Ready=True/Active Available=True/Active Reconciling=True/Draining");
    assert_eq!(hidden.replacement.unwrap().phase, Phase::Draining);

    snapshot.pods = Pods::Unknown(PodsUnavailable::lasting("no permission"));
    let unknown = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(said(&unknown), "Ready=True/Active Available=True/Active Stalled=True/PodsUnknown");

    snapshot.profiles[0].status = Deleting;
    let deleting = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(said(&deleting), "Ready=True/Active Available=True/Active Reconciling=True/Retiring");
    assert_eq!(deleting.replacement.unwrap().phase, Phase::Deleting);
}

#[test]
fn a_refused_change_is_stalled_with_eks_words_while_the_old_profile_stays_available() {
    let mut snapshot = with(&[outdated("web-9999", Active)]);
    tried(&mut snapshot, ActionKey::Create(1), 1, failure(Class::Fix, Reason::InvalidParameter));
    let refused = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(said(&refused), "Ready=False/InvalidParameter Available=True/Active Stalled=True/InvalidParameter");
    assert_eq!(refused.conditions[0].message, "EKS profile web-9999 serves an earlier spec: see Stalled");
    assert_eq!(refused.conditions[3].message, "EKS's own words");
    let retried = of(&snapshot, &blocked()).status;
    assert_eq!(said(&retried), said(&refused), "the next try does not hide why it stalls");
}

#[test]
fn what_may_pass_by_itself_gets_some_tries_before_it_stalls() {
    let mut snapshot = prepared();
    tried(&mut snapshot, ActionKey::Create(1), 5, failure(Class::Propagation, Reason::TrustPolicy));
    assert_eq!(
        said(&of(&snapshot, &Outcome::Rested).status),
        "Ready=False/TrustPolicy Available=False/NotActive Reconciling=True/TrustPolicy"
    );
    tried(&mut snapshot, ActionKey::Create(1), 6, failure(Class::Propagation, Reason::TrustPolicy));
    assert_eq!(
        said(&of(&snapshot, &Outcome::Rested).status),
        "Ready=False/TrustPolicy Available=False/NotActive Stalled=True/TrustPolicy"
    );
    tried(&mut snapshot, ActionKey::Create(1), 40, failure(Class::Retry, Reason::Throttled));
    assert_eq!(
        said(&of(&snapshot, &Outcome::Rested).status),
        "Ready=False/Throttled Available=False/NotActive Reconciling=True/Throttled"
    );
}

#[test]
fn suspended_with_a_change_pending_is_neither_reconciling_nor_stalled() {
    let mut snapshot = with(&[outdated("web-9999", Active)]);
    snapshot.spec.suspend = Some(true);
    let status = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(said(&status), "Ready=False/Suspended Available=True/Active");
    assert_eq!(status.replacement.unwrap().phase, Phase::Pending);
    snapshot = with(&[owned("web-9999", Active)]);
    snapshot.spec.suspend = Some(true);
    assert_eq!(said(&of(&snapshot, &Outcome::Rested).status), "Ready=True/Active Available=True/Active");
}

#[test]
fn a_deletion_is_reconciling_and_stalls_when_delete_failed_persists() {
    let mut snapshot = with(&[owned("web-9999", Active)]);
    snapshot.object.deleting = true;
    assert_eq!(
        said(&of(&snapshot, &Outcome::Done).status),
        "Ready=False/Deleting Available=True/Active Reconciling=True/Deleting"
    );
    snapshot.profiles[0].status = DeleteFailed;
    tried(
        &mut snapshot,
        ActionKey::Delete("arn:web-9999".into()),
        6,
        failure(Class::Propagation, Reason::DeleteFailed),
    );
    assert_eq!(
        said(&of(&snapshot, &Outcome::Rested).status),
        "Ready=False/Deleting Available=False/Deleting Stalled=True/DeleteFailed"
    );
}

#[test]
fn nothing_is_claimed_in_quiet_time() {
    let mut snapshot = with(&[owned("web-9999", Active)]);
    snapshot.quiet = true;
    assert_eq!(
        said(&of(&snapshot, &Outcome::Rested).status),
        "Ready=Unknown/AwaitingConfirmation Available=Unknown/AwaitingConfirmation Reconciling=True/AwaitingConfirmation"
    );
    snapshot.quiet = false;
    snapshot.status = of(&with(&[owned("web-9999", Creating)]), &Outcome::Rested).status;
    snapshot.quiet = true;
    assert_eq!(of(&snapshot, &Outcome::Rested).status, snapshot.status);
}

#[test]
fn when_eks_cannot_be_looked_at_old_claims_keep_the_generation_they_were_made_for() {
    let old = of(&with(&[owned("web-9999", Active)]), &Outcome::Rested).status;
    let blind = |class, stalled| {
        report_blind(
            &old,
            (2, None),
            &failure(class, Reason::EksUnavailable),
            stalled,
            Duration::from_secs(5),
            wall(),
            &INTERVALS,
        )
        .status
    };
    let unavailable = blind(Class::Retry, false);
    assert_eq!(said(&unavailable), "Ready=True/Active Available=True/Active Reconciling=True/EksUnavailable");
    assert_eq!(unavailable.conditions[0].observed_generation, Some(1));
    assert_eq!(unavailable.observed_generation, Some(1));
    let denied = blind(Class::Fix, true);
    assert_eq!(said(&denied), "Ready=True/Active Available=True/Active Stalled=True/EksUnavailable");
    assert_eq!(denied.conditions[0].observed_generation, Some(1));
    assert_eq!(denied.observed_generation, Some(2), "kstatus shows a stall only of the observed generation");

    let first = report_blind(
        &FargateProfileStatus::default(),
        (1, None),
        &failure(Class::Retry, Reason::Throttled),
        false,
        Duration::ZERO,
        wall(),
        &INTERVALS,
    );
    assert_eq!(said(&first.status), "Ready=Unknown/Throttled Available=Unknown/Throttled Reconciling=True/Throttled");
}

#[test]
fn another_try_that_was_asked_for_is_made_with_a_look_that_fails_too() {
    let mut old = of(&with(&[owned("web-9999", Active)]), &Outcome::Rested).status;
    let denied = failure(Class::Fix, Reason::AccessDenied);
    let blind = |old: &FargateProfileStatus| {
        report_blind(old, (1, Some("again")), &denied, true, Duration::ZERO, wall(), &INTERVALS)
    };
    let told = blind(&old);
    assert_eq!(told.status.handled_retry.as_deref(), Some("again"));
    assert!(told.notices.iter().any(|notice| notice.reason == Reason::RetryRequested), "{:?}", told.notices);
    // A generation that was taken back is tried again when EKS can be seen.
    old.failed_generation = Some(1);
    assert_eq!(blind(&old).status.handled_retry, None);

    let mut missing = with(&[]);
    missing.cluster = ClusterState::Missing { region: "us-west-2".to_owned(), account: "111122223333".to_owned() };
    missing.object.retry = Some("again".to_owned());
    assert_eq!(of(&missing, &Outcome::Rested).status.handled_retry.as_deref(), Some("again"));
}

#[test]
fn ready_has_its_own_reason_when_what_stalled_is_not_seen_any_more() {
    let mut snapshot = with(&[outdated("web-9999", Active)]);
    tried(&mut snapshot, ActionKey::Create(1), 1, failure(Class::Fix, Reason::InvalidParameter));
    let refused = of(&snapshot, &Outcome::Rested).status;
    let unavailable = failure(Class::Retry, Reason::EksUnavailable);
    let unseen = report_blind(&refused, (2, None), &unavailable, false, Duration::ZERO, wall(), &INTERVALS).status;
    assert_eq!(said(&unseen), "Ready=False/EksUnavailable Available=True/Active Reconciling=True/EksUnavailable");
    let [before, ready] = [&refused, &unseen].map(|status| &status.conditions[0]);
    assert_eq!(ready.message, "no EKS profile served the spec when EKS was last looked at");
    assert_eq!(ready.observed_generation, before.observed_generation);
    assert_eq!(ready.last_transition_time, before.last_transition_time);
}

#[test]
fn a_lost_profile_stays_on_record_so_that_no_second_one_is_created() {
    let mut snapshot = with(&[owned("web-9999", Active)]);
    snapshot.profiles[0].tags.clear();
    let status = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(said(&status), "Ready=False/OwnershipLost Available=True/Active Stalled=True/OwnershipLost");
    assert_eq!(status.profiles.len(), 1);
}

#[test]
fn a_doubtful_profile_stays_on_record_but_is_not_claimed_to_serve() {
    let mut snapshot = prepared();
    snapshot.status = of(&with(&[owned("web-9999", Active)]), &Outcome::Rested).status;
    snapshot.absent_since.insert("arn:web-9999".into(), NOW);
    let status = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(
        said(&status),
        "Ready=False/AwaitingConfirmation Available=True/Active Reconciling=True/AwaitingConfirmation"
    );
    assert_eq!(status.profiles.len(), 1);
}

#[test]
fn a_report_on_what_it_left_behind_changes_nothing() {
    let later = fixture::wall(30);
    let mut refused = with(&[outdated("web-9999", Active)]);
    tried(&mut refused, ActionKey::Create(1), 1, failure(Class::Fix, Reason::InvalidParameter));
    let mut held = with(&[outdated("web-9999", Active), owned("web-9998", Active)]);
    held.profiles[0].selectors.extend(selectors("web"));
    held.pods = bare("web-9999", 3);
    draining(&mut held, "web-9999", 60);
    for (mut snapshot, outcome) in [
        (with(&[owned("web-9999", Active)]), Outcome::Rested),
        (with(&[owned("web-9999", Creating)]), Outcome::Rested),
        (held, Outcome::Rested),
        (refused, Outcome::Rested),
        (prepared(), blocked()),
    ] {
        snapshot.status = of(&snapshot, &outcome).status;
        snapshot.wall = later;
        snapshot.now += Duration::from_secs(30);
        let again = of(&snapshot, &outcome);
        assert_eq!(again.status, snapshot.status);
        assert_eq!(again.notices, []);
    }
}

#[test]
fn events_tell_what_was_asked_what_failed_and_what_went_away() {
    let reasons = |report: &Report| report.notices.iter().map(|notice| notice.reason).collect::<Vec<_>>();
    let report = of(&with(&[outdated("web-9999", Active)]), &Outcome::Done);
    assert_eq!(reasons(&report), [Reason::CreateRequested]);
    assert!(report.notices[0].note.contains("web-9998 to replace web-9999: selectors: + web; selectors: - old"));

    let mut failed = owned("web-9999", CreateFailed);
    failed.issues.push(HealthIssue {
        code: "AccessDenied".into(),
        message: "no".into(),
        resource_ids: vec!["subnet-1".into()],
    });
    let mut snapshot = with(&[failed]);
    snapshot.status.profiles[0].status = "CREATING".into();
    let report = of(&snapshot, &Outcome::Done);
    assert_eq!(reasons(&report), [Reason::CreateFailed, Reason::DeleteRequested]);
    assert_eq!(
        report.notices[0].note,
        "EKS profile web-9999 is CREATE_FAILED: AccessDenied: no (subnet-1); check the pod execution role's trust policy, permissions and access entry of the cluster"
    );
    let complaint = Failure { message: report.notices[0].note.clone(), ..failure(Class::Fix, Reason::CreateFailed) };
    tried(&mut snapshot, ActionKey::Create(1), 1, complaint);
    let report = of(&snapshot, &Outcome::Done);
    assert_eq!(said(&report.status).split(' ').next_back(), Some("Stalled=True/CreateFailed"));
    assert_eq!(reasons(&report), [Reason::CreateFailed, Reason::DeleteRequested], "told once");

    let mut snapshot = prepared();
    snapshot.status.profiles = vec![record(&owned("web-9999", Active))];
    assert_eq!(reasons(&of(&snapshot, &Outcome::Done)), [Reason::ProfileVanished, Reason::CreateRequested]);
    snapshot.attempts.insert(ActionKey::Delete("arn:web-9999".into()), RetryState::default());
    assert_eq!(reasons(&of(&snapshot, &Outcome::Done)), [Reason::Deleted, Reason::CreateRequested]);
}

#[test]
fn a_profile_that_an_earlier_process_was_about_to_delete_has_not_vanished() {
    let reasons = |snapshot: &Snapshot| -> Vec<Reason> {
        of(snapshot, &Outcome::Rested).notices.iter().map(|notice| notice.reason).collect()
    };
    let mut snapshot = with(&[owned("web-9998", Active)]);
    snapshot.status.conditions = of(&snapshot, &Outcome::Rested).status.conditions;
    let old = outdated("web-9999", Active);
    snapshot.status.profiles.push(record(&old));
    assert_eq!(reasons(&snapshot), [Reason::ProfileVanished]);
    for (phase, expected) in [
        (Phase::Pending, Reason::ProfileVanished),
        (Phase::Creating, Reason::ProfileVanished),
        (Phase::Settling, Reason::Deleted),
        (Phase::Draining, Reason::ProfileVanished),
        (Phase::Deleting, Reason::Deleted),
    ] {
        snapshot.status.replacement = Some(ReplacementStatus {
            from: old.name.clone(),
            to: Some("web-9998".into()),
            phase,
            plan_id: None,
            changes: Vec::new(),
            effects: Vec::new(),
            ignored_approval: None,
            pods: None,
            started_at: Time(wall()),
        });
        assert_eq!(reasons(&snapshot), [expected], "{phase:?}");
    }
    snapshot.status.replacement = None;
    for status in [Deleting, CreateFailed, DeleteFailed] {
        snapshot.status.profiles[1].status = status.name().into();
        assert_eq!(reasons(&snapshot), [Reason::Deleted], "{status:?}");
    }
}

#[test]
fn an_operation_is_polled_every_25th_of_its_age() {
    let polled_after = |age: u64| {
        let mut snapshot = with(&[owned("web-9999", Creating)]);
        snapshot.status_since.insert("arn:web-9999".into(), NOW - Duration::from_secs(age));
        of(&snapshot, &Outcome::Rested).requeue.after.as_secs()
    };
    assert_eq!([0, 60, 300, 1200, 3600].map(polled_after), [5, 5, 12, 48, 60]);
}

#[test]
fn what_defaults_came_to_for_an_older_generation_is_not_carried_over_by_a_blind_pass() {
    let old = of(&with(&[owned("web-9999", Active)]), &Outcome::Rested).status;
    assert!(old.resolved.is_some());
    let after = |generation| {
        report_blind(
            &old,
            (generation, None),
            &failure(Class::Fix, Reason::AccessDenied),
            true,
            Duration::ZERO,
            wall(),
            &INTERVALS,
        )
        .status
    };
    assert_eq!(after(1).resolved, old.resolved);
    assert_eq!(after(2).resolved, None);
}

#[test]
fn a_profile_that_eks_has_just_begun_is_on_record_before_it_is_seen() {
    let status = of(&prepared(), &Outcome::Created(owned("web-9999", Creating))).status;
    assert_eq!(status.profiles.len(), 1);
    assert_eq!(status.profiles[0].arn, "arn:web-9999");
}

#[test]
fn a_profile_that_was_released_has_not_vanished() {
    let mut snapshot = with(&[owned("web-9999", Active)]);
    snapshot.object.deleting = true;
    snapshot.spec.deletion_policy = Some(crate::api::DeletionPolicy::Retain);
    snapshot.profiles[0].tags.clear();
    assert_eq!(of(&snapshot, &Outcome::Done).notices, []);
}

#[test]
fn a_replacement_stays_on_record_while_the_old_profile_may_only_be_out_of_sight() {
    let mut snapshot = with(&[outdated("web-9999", Active), owned("web-9998", Active)]);
    snapshot.pods = Pods::Known(Vec::new());
    snapshot.status = of(&snapshot, &Outcome::Done).status;
    snapshot.profiles.remove(0);
    snapshot.absent_since.insert("arn:web-9999".into(), NOW);
    let doubtful = of(&snapshot, &Outcome::Rested).status;
    assert_eq!(doubtful.replacement, snapshot.status.replacement);
    snapshot.status = doubtful;
    snapshot.absent_since.insert("arn:web-9999".into(), Duration::ZERO);
    let reasons: Vec<Reason> = of(&snapshot, &Outcome::Rested).notices.iter().map(|notice| notice.reason).collect();
    assert_eq!(reasons, [Reason::Deleted], "the operator had asked for it, in whichever process");
}

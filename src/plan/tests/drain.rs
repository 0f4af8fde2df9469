//! Moving pods off a superseded profile.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::{DrainRecord, DrainSpec, OnTimeout, OnUnhealthy, Reason, ReplacementSpec};
use crate::eks::ProfileStatus::Active;
use crate::eks::{Profile, ProfileStatus, Selector};
use crate::failure::Class;
use crate::placement::{ClusterDns, DnsService, Issue, IssueCause, Pod, PodPhase};
use crate::plan::fixture::{brief, decide, drain_on_record};
use crate::plan::{Blocker, Drain, Stage, Step, Wait, forecast};
use crate::prerequisites::Read;
use crate::state::fixture::{
    NOW, draining, failed, foreign, known, on, outdated, owned, replica, selecting, selectors, wall, with,
};
use crate::state::{ActionKey, Facts, Pods, PodsUnavailable, Snapshot};

const OLD: &str = "web-9999";
const NEW: &str = "web-9998";

/// The serving profile and the one that it supersedes, with these pods. The drain has begun, and Ready pods on the new
/// profile are recorded.
fn moving(pods: &[Pod]) -> Snapshot {
    let (mut old, new) = (outdated(OLD, Active), owned(NEW, Active));
    old.selectors.extend(new.selectors.clone());
    let mut snapshot = with(&[old, new]);
    draining(&mut snapshot, OLD, 60);
    if pods.iter().any(|pod| pod.ready && pod.profile() == Some(NEW)) {
        record_of(&mut snapshot).proven.push(NEW.to_owned());
    }
    snapshot.pods = known(pods);
    snapshot
}

fn record_of(snapshot: &mut Snapshot) -> &mut DrainRecord {
    snapshot.status.profiles[0].drain.as_mut().unwrap()
}

/// Applies the step's record to the snapshot.
fn see_recorded(snapshot: &mut Snapshot) -> String {
    let said = brief(snapshot);
    let (arn, drain) = drain_on_record(snapshot).expect(&said);
    snapshot.status.profiles.iter_mut().find(|record| record.arn == arn).unwrap().drain = Some(drain);
    said
}

fn waits(snapshot: &Snapshot) -> Drain {
    match decide(snapshot) {
        Step::Wait(Wait::Draining(drain)) => drain,
        other => panic!("{other:?}"),
    }
}

fn blocker(snapshot: &Snapshot) -> Blocker {
    waits(snapshot).held.remove(0).1
}

fn unready(pod: Pod) -> Pod {
    Pod { ready: false, phase: PodPhase::Pending, created: wall(0), ..pod }
}

fn settings(drain: DrainSpec) -> Option<ReplacementSpec> {
    Some(ReplacementSpec { drain: Some(drain), ..ReplacementSpec::default() })
}

#[test]
fn the_first_pod_is_put_on_record_and_evicted_and_the_others_wait_for_its_replacement() {
    let mut snapshot = moving(&[replica(OLD, "a", 1), replica(OLD, "a", 2), replica(OLD, "b", 1)]);
    assert_eq!(see_recorded(&mut snapshot), "record eviction of web/a-1", "the controller with the most pods");
    assert_eq!(brief(&snapshot), "evict a-1 for web-9998");

    let ending = Pod { terminating: true, ..replica(OLD, "a", 1) };
    snapshot.pods = known(&[ending, replica(OLD, "a", 2), replica(OLD, "b", 1)]);
    assert_eq!(waits(&snapshot).stage, Stage::Probing(NEW.into()));
    snapshot.pods = known(&[replica(OLD, "a", 2), replica(OLD, "b", 1)]);
    assert_eq!(waits(&snapshot).stage, Stage::Probing(NEW.into()));
    snapshot.pods = known(&[replica(OLD, "a", 2), replica(OLD, "b", 1), unready(replica(NEW, "a", 3))]);
    assert_eq!(waits(&snapshot).stage, Stage::Probing(NEW.into()));

    snapshot.pods = known(&[replica(OLD, "a", 2), replica(OLD, "b", 1), replica(NEW, "a", 3)]);
    assert_eq!(see_recorded(&mut snapshot), "record proof of [\"web-9998\"]");
    assert_eq!(see_recorded(&mut snapshot), "record eviction of web/a-2");
    assert_eq!(brief(&snapshot), "evict a-2 for web-9998");
    // One pod per controller at a time, but several controllers together.
    snapshot.pods = known(&[replica(OLD, "b", 1), replica(NEW, "a", 3), unready(replica(NEW, "a", 4))]);
    assert_eq!(see_recorded(&mut snapshot), "record eviction of web/b-1");
    snapshot.pods = known(&[replica(NEW, "a", 3), replica(NEW, "a", 4), replica(NEW, "b", 2)]);
    assert_eq!(brief(&snapshot), "delete web-9999 Superseded");
}

#[test]
fn a_controller_whose_last_pod_is_on_its_way_is_left_alone() {
    let mut snapshot = moving(&[replica(OLD, "a", 1), replica(NEW, "a", 2), unready(replica(NEW, "a", 3))]);
    assert_eq!(blocker(&snapshot), Blocker::Moving);
    snapshot.pods =
        known(&[replica(OLD, "a", 1), Pod { terminating: true, ..replica(NEW, "a", 2) }, on(NEW, "web", "x")]);
    assert_eq!(blocker(&snapshot), Blocker::Moving);
    // An unready pod that is to go does not hold up itself.
    snapshot.pods = known(&[replica(OLD, "a", 1), unready(replica(OLD, "a", 2)), replica(NEW, "a", 3)]);
    assert_eq!(see_recorded(&mut snapshot), "record eviction of web/a-2", "that serves nobody goes first");
}

#[test]
fn each_kind_of_pod_that_is_not_evicted_holds_the_profile_for_its_reason() {
    let of_kind = |kind: &str| {
        let mut pod = replica(OLD, "a", 1);
        let controller = pod.controller.as_mut().unwrap();
        controller.kind = kind.into();
        controller.api_version = if kind == "Job" { "batch/v1".into() } else { "apps/v1".into() };
        pod
    };
    for (pod, expected) in [
        (on(OLD, "web", "bare"), Blocker::Bare),
        (of_kind("Job"), Blocker::Job),
        (of_kind("Workflow"), Blocker::Controller("Workflow".into())),
        (Pod { do_not_disrupt: true, ..replica(OLD, "a", 1) }, Blocker::DoNotDisrupt),
        (Pod { terminating: true, ..replica(OLD, "a", 1) }, Blocker::Ending),
    ] {
        let snapshot = moving(&[pod, replica(NEW, "z", 1)]);
        assert_eq!(blocker(&snapshot), expected);
        assert_eq!(waits(&snapshot).stage, Stage::Pods);
    }
    let mut stateful = moving(&[of_kind("StatefulSet"), replica(NEW, "z", 1)]);
    assert_eq!(see_recorded(&mut stateful), "record eviction of web/a-1");
}

#[test]
fn only_a_pod_that_another_profile_takes_first_is_evicted() {
    let elsewhere = Pod { namespace: "old".into(), ..replica(OLD, "a", 1) };
    let mut narrowed = moving(&[elsewhere.clone(), replica(NEW, "z", 1)]);
    assert_eq!(blocker(&narrowed), Blocker::NoProfile);
    let Stage::Losing(plan) = waits(&narrowed).stage else { panic!() };
    narrowed.object.approval = Some(plan);
    assert_eq!(brief(&narrowed), "delete web-9999 Approved");
    // Pods that can move go first, even if the loss of the others is approved.
    narrowed.pods = known(&[elsewhere.clone(), replica(OLD, "b", 1), replica(NEW, "z", 1)]);
    assert_eq!(see_recorded(&mut narrowed), "record eviction of web/b-1");

    // A profile of another owner takes it, if that sorts before.
    let other = |name: &str| Profile { selectors: outdated(name, Active).selectors, ..foreign(name, Active) };
    let mut taken = moving(&[elsewhere.clone(), replica("batch", "z", 1)]);
    taken.profiles.push(other("batch"));
    taken.status_since.insert("arn:batch".into(), std::time::Duration::ZERO);
    record_of(&mut taken).proven.push("batch".into());
    assert_eq!(see_recorded(&mut taken), "record eviction of old/a-1");
    assert_eq!(brief(&taken), "evict a-1 for batch");
    let mut behind = moving(&[elsewhere]);
    behind.profiles.push(other("zoo"));
    assert_eq!(blocker(&behind), Blocker::Behind("zoo".into()));
}

#[test]
fn a_template_that_names_the_old_profile_keeps_its_pods_there() {
    let mut snapshot = moving(&[replica(OLD, "a", 1), replica(NEW, "z", 1)]);
    snapshot.attempts.insert(ActionKey::Evict("uid-a".into()), failed(Class::Fix, Reason::PodPinned, 1));
    assert_eq!(blocker(&snapshot), Blocker::Pinned);
    assert!(matches!(waits(&snapshot).stage, Stage::Losing(_)));
}

#[test]
fn a_budget_that_blocks_one_controller_lets_the_others_go_on() {
    let mut snapshot = moving(&[replica(OLD, "a", 1), replica(OLD, "b", 1), replica(NEW, "z", 1)]);
    assert_eq!(see_recorded(&mut snapshot), "record eviction of web/a-1");
    snapshot.attempts.insert(ActionKey::Evict("uid-a".into()), failed(Class::Wait, Reason::EvictionBlocked, 1));
    let mut due_again = snapshot.clone();
    due_again.attempts.get_mut(&ActionKey::Evict("uid-a".into())).unwrap().until = NOW;
    assert_eq!(see_recorded(&mut due_again), "record eviction of web/b-1", "also when it is due again");
    assert_eq!(see_recorded(&mut snapshot), "record eviction of web/b-1");
    snapshot.pods = known(&[replica(OLD, "a", 1), replica(NEW, "b", 2), replica(NEW, "z", 1)]);
    assert_eq!(blocker(&snapshot), Blocker::Blocked("EKS says no".into()));
    snapshot.attempts.get_mut(&ActionKey::Evict("uid-a".into())).unwrap().until = NOW;
    assert_eq!(see_recorded(&mut snapshot), "record eviction of web/a-1");
}

#[test]
fn what_serves_dns_goes_last() {
    let mut dns = replica(OLD, "coredns", 1);
    dns.namespace = "kube-system".into();
    dns.labels.insert("k8s-app".into(), "kube-dns".into());
    let mut snapshot = moving(&[dns.clone(), replica(OLD, "web", 1), replica(NEW, "z", 1)]);
    snapshot.spec = selecting(&["*"]);
    for profile in &mut snapshot.profiles {
        profile.selectors = [Selector { namespace: "*".into(), labels: BTreeMap::new() }].into();
    }
    snapshot.profiles[0].role = "another".into();
    assert_eq!(see_recorded(&mut snapshot), "record eviction of web/web-1");
    snapshot.pods = known(&[dns, replica(NEW, "web", 2), replica(NEW, "z", 1)]);
    assert_eq!(see_recorded(&mut snapshot), "record eviction of kube-system/coredns-1");
}

#[test]
fn what_serves_dns_is_what_is_behind_its_service_whatever_its_labels_and_namespace() {
    let mut dns = replica(OLD, "coredns", 1);
    dns.namespace = "dns".into();
    dns.labels.insert("app".into(), "names".into());
    let mut snapshot = moving(&[dns, replica(OLD, "web", 1), replica(NEW, "z", 1)]);
    snapshot.spec = selecting(&["*"]);
    for profile in &mut snapshot.profiles {
        profile.selectors = [Selector { namespace: "*".into(), labels: BTreeMap::new() }].into();
    }
    snapshot.profiles[0].role = "another".into();
    assert_eq!(see_recorded(&mut snapshot.clone()), "record eviction of dns/coredns-1", "in the order of their paths");
    let selector = [("app".to_owned(), "names".to_owned())].into();
    snapshot.dns = Read::Known(ClusterDns::Service(DnsService { namespace: "dns".into(), selector }));
    assert_eq!(see_recorded(&mut snapshot), "record eviction of web/web-1");
}

#[test]
fn a_pod_that_comes_back_stops_the_drain_until_one_is_made_where_it_should() {
    let mut snapshot = moving(&[replica(OLD, "a", 1), replica(OLD, "a", 2)]);
    see_recorded(&mut snapshot);
    let back = Pod { created: wall(1), ..unready(replica(OLD, "a", 3)) };
    snapshot.pods = known(&[replica(OLD, "a", 2), back.clone()]);
    assert_eq!(waits(&snapshot).stage, Stage::Bounced("web/a-3".into(), NEW.into()));
    // That stays so, whatever has run there before.
    record_of(&mut snapshot).proven.push(NEW.to_owned());
    snapshot.pods = known(&[replica(OLD, "a", 2), back.clone(), replica(NEW, "z", 1)]);
    assert!(matches!(waits(&snapshot).stage, Stage::Bounced(..)));
    let later = Pod { created: wall(5), ..replica(NEW, "z", 2) };
    snapshot.pods = known(&[replica(OLD, "a", 2), back, later]);
    assert_eq!(see_recorded(&mut snapshot), "record eviction of web/a-3");
}

#[test]
fn pods_that_do_not_become_ready_in_time_take_the_generation_back() {
    let mut snapshot = moving(&[replica(OLD, "a", 1), replica(OLD, "a", 2)]);
    see_recorded(&mut snapshot);
    let stuck = |age: i64| Pod {
        created: wall(-age),
        issue: Some(Issue {
            cause: IssueCause::ImagePull,
            message: "ImagePullBackOff: no route".into(),
            since: None,
            ended: None,
        }),
        ..unready(replica(NEW, "a", 3))
    };
    snapshot.pods = known(&[replica(OLD, "a", 2), stuck(599)]);
    assert_eq!(waits(&snapshot).stage, Stage::Probing(NEW.into()));
    snapshot.pods = known(&[replica(OLD, "a", 2), stuck(600)]);
    let why = "pod web/a-3 is not Ready on EKS profile web-9998: ImagePullBackOff: no route";
    assert_eq!(brief(&snapshot), format!("record unhealthy: {why}"));

    snapshot.spec.replacement = settings(DrainSpec { on_unhealthy: Some(OnUnhealthy::Hold), ..DrainSpec::default() });
    assert_eq!(waits(&snapshot).stage, Stage::Unhealthy(why.into()));
    record_of(&mut snapshot).proven.push(NEW.to_owned());
    assert_eq!(blocker(&snapshot), Blocker::Moving, "the profile is not to blame where another pod has been Ready");
}

#[test]
fn the_last_pod_is_waited_for_as_well_before_its_old_profile_goes() {
    let mut snapshot = moving(&[replica(OLD, "a", 1)]);
    see_recorded(&mut snapshot);
    snapshot.pods = known(&[unready(replica(NEW, "a", 2))]);
    assert_eq!(waits(&snapshot).stage, Stage::Probing(NEW.into()));
    snapshot.pods = known(&[replica(NEW, "a", 2)]);
    assert_eq!(see_recorded(&mut snapshot), "record proof of [\"web-9998\"]");
    assert_eq!(brief(&snapshot), "delete web-9999 Superseded");
}

#[test]
fn a_generation_that_pods_refused_goes_and_is_not_tried_again() {
    let mut snapshot = moving(&[replica(OLD, "a", 1), unready(replica(NEW, "a", 2))]);
    snapshot.status.failed_generation = Some(1);
    snapshot.status.failed_by = Some(crate::api::FailedBy::Pods);
    assert_eq!(brief(&snapshot), "delete web-9998 Unhealthy");
    let mut unavailable = snapshot.clone();
    unavailable.pods = Pods::Unknown(PodsUnavailable::lasting("no permission"));
    assert_eq!(brief(&unavailable), "stalled ReplacementUnhealthy", "nobody knows what would be lost");
    unavailable.pods = Pods::Unknown(PodsUnavailable::transient("took too long"));
    assert_eq!(brief(&unavailable), "keep web-9998 while pods are out of sight");
    let mut late = snapshot.clone();
    late.pods = known(&[replica(OLD, "a", 1), replica(NEW, "a", 2)]);
    assert_eq!(brief(&late), "record recovered", "they became Ready after all");
    let mut alone = snapshot.clone();
    alone.profiles.remove(0);
    alone.status.profiles.remove(0);
    assert_eq!(brief(&alone), "record recovered", "there is nothing to go back to");

    snapshot.profiles.pop();
    snapshot.status.profiles.pop();
    snapshot.pods = known(&[replica(OLD, "a", 1)]);
    assert_eq!(brief(&snapshot), "stalled ReplacementUnhealthy");
    snapshot.object.generation = 2;
    assert_eq!(brief(&snapshot), "create web-9998");
}

#[test]
fn after_the_timeout_the_profile_is_held_or_deleted_as_the_spec_says() {
    for pods in [known(&[on(OLD, "web", "bare")]), Pods::Unknown(PodsUnavailable::lasting("no permission"))] {
        let mut snapshot = moving(&[]);
        snapshot.pods = pods;
        draining(&mut snapshot, OLD, 1799);
        snapshot.spec.replacement =
            settings(DrainSpec { on_timeout: Some(OnTimeout::Proceed), ..DrainSpec::default() });
        assert!(brief(&snapshot).starts_with("hold web-9999"));
        draining(&mut snapshot, OLD, 1800);
        assert_eq!(brief(&snapshot), "delete web-9999 TimedOut");
        snapshot.spec.replacement = None;
        assert!(brief(&snapshot).starts_with("hold web-9999"));
    }
    let mut held = moving(&[on(OLD, "web", "bare"), replica(OLD, "a", 1), replica(NEW, "z", 1)]);
    record_of(&mut held).since = Some(Time(wall(-1800)));
    assert_eq!(see_recorded(&mut held), "record eviction of web/a-1", "it goes on all the same");
    held.pods = known(&[on(OLD, "web", "bare"), replica(NEW, "z", 1)]);
    assert_eq!(see_recorded(&mut held), "record drain of arn:web-9999", "it has moved");
    assert!(!waits(&held).overdue);
    record_of(&mut held).since = Some(Time(wall(-1800)));
    assert!(waits(&held).overdue);
}

#[test]
fn pods_out_of_sight_are_waited_for_as_long_as_a_drain_may_take() {
    let mut snapshot = moving(&[]);
    snapshot.pods = Pods::Unknown(PodsUnavailable::transient("took too long"));
    draining(&mut snapshot, OLD, 1799);
    assert_eq!(brief(&snapshot), "keep web-9999 while pods are out of sight");
    draining(&mut snapshot, OLD, 1800);
    assert_eq!(brief(&snapshot), "hold web-9999 for unknown pods");
}

#[test]
fn pods_that_nobody_saw_when_the_drain_began_are_counted_when_they_are_seen() {
    let mut snapshot = moving(&[replica(OLD, "a", 1), replica(OLD, "b", 1)]);
    draining(&mut snapshot, OLD, 60);
    record_of(&mut snapshot).total = 0;
    assert_eq!(see_recorded(&mut snapshot), "record eviction of web/a-1");
    assert_eq!(record_of(&mut snapshot).total, 2);
}

#[test]
fn nothing_is_evicted_while_suspended_settling_or_quiet() {
    let mut snapshot = moving(&[replica(OLD, "a", 1)]);
    snapshot.spec.suspend = Some(true);
    assert_eq!(brief(&snapshot), "suspended pending=true");
    snapshot.spec.suspend = None;
    snapshot.status_since.insert(format!("arn:{NEW}"), NOW);
    assert_eq!(brief(&snapshot), "settling");
    snapshot.quiet = true;
    assert_eq!(brief(&snapshot), "quiet");
}

#[test]
fn the_pods_of_a_deleted_object_move_to_a_foreign_profile_that_takes_them_and_else_go() {
    let mut snapshot = moving(&[replica(OLD, "a", 1), replica(NEW, "b", 1)]);
    snapshot.object.deleting = true;
    assert_eq!(brief(&snapshot), "delete web-9999 ObjectDeleted", "the next one is to go as well");
    snapshot.profiles.push(foreign("batch", Active));
    assert_eq!(brief(&snapshot), "settling");
    snapshot.status_since.insert("arn:batch".into(), std::time::Duration::ZERO);
    assert_eq!(see_recorded(&mut snapshot), "record eviction of web/a-1");
    assert_eq!(brief(&snapshot), "evict a-1 for batch");
    snapshot.pods = known(&[on(OLD, "web", "bare"), replica("batch", "a", 2), replica(NEW, "b", 1)]);
    assert_eq!(see_recorded(&mut snapshot), "record proof of [\"web-9998\", \"batch\"]");
    assert_eq!(blocker(&snapshot), Blocker::Bare);
    snapshot.pods = Pods::Unknown(PodsUnavailable::lasting("no permission"));
    assert_eq!(brief(&snapshot), "delete web-9999 ObjectDeleted");
}

#[test]
fn what_a_change_does_to_the_pods_is_known_before_it_begins() {
    let mut snapshot = with(&[outdated(OLD, Active)]);
    snapshot.profiles[0].selectors.extend(selectors("web"));
    let loses = Pod { namespace: "old".into(), ..replica(OLD, "b", 1) };
    snapshot.pods = known(&[replica(OLD, "a", 1), replica(OLD, "a", 2), loses]);
    let before = forecast(&Facts::of(&snapshot)).unwrap();
    assert_eq!((before.to_move, before.ending, before.losing, before.pinned), (2, 0, 1, 0));
    snapshot.pods = Pods::Unknown(PodsUnavailable::lasting("no permission"));
    assert_eq!(forecast(&Facts::of(&snapshot)), None);
}

#[test]
fn what_a_pod_has_shown_holds_when_all_of_them_are_unready_later() {
    let mut snapshot = moving(&[on(OLD, "web", "bare"), replica(NEW, "a", 2)]);
    snapshot.pods = known(&[on(OLD, "web", "bare"), unready(replica(NEW, "a", 2))]);
    assert_eq!(waits(&snapshot).stage, Stage::Pods);
    // A pod that the old profile does not select says nothing about the order.
    let mut foreign_to_old = moving(&[replica(OLD, "a", 1)]);
    foreign_to_old.profiles[1].selectors.extend(selectors("more"));
    foreign_to_old.spec = selecting(&["web", "more"]);
    foreign_to_old.pods = known(&[replica(OLD, "a", 1), Pod { namespace: "more".into(), ..replica(NEW, "z", 1) }]);
    assert_eq!(see_recorded(&mut foreign_to_old), "record eviction of web/a-1");
}

#[test]
fn a_probe_that_is_not_made_again_stops_the_drain_and_one_that_was_not_ready_proves_nothing() {
    let mut snapshot = moving(&[replica(OLD, "a", 1), replica(OLD, "a", 2)]);
    see_recorded(&mut snapshot);
    snapshot.pods = known(&[replica(OLD, "a", 2)]);
    record_of(&mut snapshot).evicting.as_mut().unwrap().at = Time(wall(-599));
    assert_eq!(waits(&snapshot).stage, Stage::Probing(NEW.into()));
    record_of(&mut snapshot).evicting.as_mut().unwrap().at = Time(wall(-600));
    assert_eq!(waits(&snapshot).stage, Stage::Unanswered(NEW.into()));
    snapshot.pods = known(&[]);
    assert_eq!(brief(&snapshot), "delete web-9999 Superseded", "nothing is left to be lost");

    let mut sick = moving(&[unready(replica(OLD, "a", 1))]);
    assert_eq!(see_recorded(&mut sick), "record eviction of web/a-1");
    let stuck = Pod { created: wall(-900), ..unready(replica(NEW, "a", 3)) };
    sick.pods = known(&[stuck]);
    assert_eq!(waits(&sick).stage, Stage::Probing(NEW.into()));
}

#[test]
fn a_ready_pod_stays_as_long_as_another_of_its_controller_is_not_ready() {
    let mut snapshot = moving(&[replica(OLD, "a", 1), unready(replica(OLD, "a", 2)), replica(NEW, "z", 1)]);
    assert_eq!(see_recorded(&mut snapshot), "record eviction of web/a-2");
    let kept = Pod { do_not_disrupt: true, ..unready(replica(OLD, "a", 2)) };
    let snapshot = moving(&[replica(OLD, "a", 1), kept, replica(NEW, "z", 1)]);
    assert_eq!(blocker(&snapshot), Blocker::Moving);
}

#[test]
fn pods_stuck_on_a_profile_that_was_edited_away_move_first() {
    let stuck = unready(replica(NEW, "a", 3));
    let mut snapshot = moving(&[replica(OLD, "a", 1), stuck]);
    snapshot.profiles[1].role = "broken".into();
    let mut newest = owned("web-9997", Active);
    newest.selectors.extend(outdated(OLD, Active).selectors);
    snapshot.spec = selecting(&["web", "old"]);
    snapshot.status_since.insert(newest.arn.clone(), std::time::Duration::ZERO);
    snapshot.profiles.push(newest);
    assert_eq!(brief(&snapshot), "record drain of arn:web-9998");
}

#[test]
fn the_operator_moves_itself_only_to_where_another_pod_is_ready() {
    let mut snapshot = moving(&[replica(OLD, "op", 1)]);
    snapshot.own_pod = Some("web/op-1".into());
    assert_eq!(blocker(&snapshot), Blocker::Operator);
    record_of(&mut snapshot).proven.push(NEW.to_owned());
    assert_eq!(see_recorded(&mut snapshot), "record eviction of web/op-1");
}

#[test]
fn the_time_of_a_drain_does_not_count_while_it_may_not_go_on_or_nobody_was_there() {
    let mut snapshot = moving(&[on(OLD, "web", "bare")]);
    snapshot.spec.replacement = settings(DrainSpec { on_timeout: Some(OnTimeout::Proceed), ..DrainSpec::default() });
    record_of(&mut snapshot).since = None;
    assert_eq!(see_recorded(&mut snapshot), "record drain of arn:web-9999");
    assert!(brief(&snapshot).starts_with("hold"));
    draining(&mut snapshot, OLD, 1800);
    // A standby that has taken over, or a process that could not reach EKS, has not tried yet, however long it has been
    // up.
    let long = std::time::Duration::from_secs(86_400);
    for (able_since, tried) in [(0, false), (86_400, false), (86_400 - 599, false), (86_400 - 600, true), (0, true)] {
        snapshot.now = if tried || able_since > 0 { long } else { std::time::Duration::from_secs(599) };
        snapshot.able_since = std::time::Duration::from_secs(able_since);
        let said = brief(&snapshot);
        assert_eq!(said == "delete web-9999 TimedOut", tried, "able since {able_since}: {said}");
    }
}

#[test]
fn a_probe_under_way_is_waited_for_also_when_the_time_is_over() {
    let mut snapshot = moving(&[replica(OLD, "a", 1), replica(OLD, "a", 2)]);
    snapshot.spec.replacement = settings(DrainSpec { on_timeout: Some(OnTimeout::Proceed), ..DrainSpec::default() });
    see_recorded(&mut snapshot);
    snapshot.pods = known(&[replica(OLD, "a", 2), unready(replica(NEW, "a", 3))]);
    record_of(&mut snapshot).since = Some(Time(wall(-3600)));
    assert_eq!(waits(&snapshot).stage, Stage::Probing(NEW.into()));
}

#[test]
fn a_pod_that_comes_back_is_noticed_though_another_one_has_left_meanwhile() {
    let mut snapshot = moving(&[replica(OLD, "a", 1), replica(OLD, "a", 2)]);
    see_recorded(&mut snapshot);
    snapshot.pods = known(&[Pod { created: wall(1), ..replica(OLD, "a", 3) }]);
    assert!(matches!(waits(&snapshot).stage, Stage::Bounced(..)));
    // Other pods, which the operator did not evict, come and go.
    snapshot.pods =
        known(&[replica(OLD, "a", 2), Pod { created: wall(1), ..replica(OLD, "b", 1) }, on(OLD, "web", "x")]);
    assert_eq!(waits(&snapshot).stage, Stage::Probing(NEW.into()));
}

#[test]
fn a_pod_that_somebody_else_had_made_on_a_sick_profile_tells_as_well_where_its_like_is_ready() {
    let stuck = Pod { created: wall(-600), ..unready(replica(NEW, "a", 2)) };
    let snapshot = moving(&[replica(OLD, "a", 1), stuck.clone()]);
    assert!(brief(&snapshot).starts_with("record unhealthy: pod web/a-2"), "{}", brief(&snapshot));
    let snapshot = moving(&[replica(OLD, "b", 1), stuck]);
    assert_eq!(brief(&snapshot), "record eviction of web/b-1", "of that one nobody knows whether it ever starts");
}

#[test]
fn an_eviction_that_was_blocked_for_long_is_put_on_record_anew() {
    let mut snapshot = moving(&[replica(OLD, "a", 1)]);
    see_recorded(&mut snapshot);
    record_of(&mut snapshot).evicting.as_mut().unwrap().at = Time(wall(-300));
    assert_eq!(see_recorded(&mut snapshot), "record eviction of web/a-1");
    assert_eq!(brief(&snapshot), "evict a-1 for web-9998");
}

#[test]
fn a_ready_pod_that_only_the_new_profile_selects_does_not_turn_the_verdict_round_and_round() {
    let mut snapshot = moving(&[replica(OLD, "a", 1), replica(OLD, "a", 2)]);
    see_recorded(&mut snapshot);
    snapshot.profiles[1].selectors.extend(selectors("more"));
    snapshot.spec = selecting(&["web", "more"]);
    let stuck = Pod { created: wall(-600), ..unready(replica(NEW, "a", 3)) };
    let more = Pod { namespace: "more".into(), ..replica(NEW, "m", 1) };
    snapshot.pods = known(&[replica(OLD, "a", 2), stuck, more]);
    assert!(matches!(waits(&snapshot).stage, Stage::Unhealthy(_)), "{}", brief(&snapshot));
    // A label that somebody else wrote does not keep a generation that was taken back.
    let (failed, by) = (Some(1), Some(crate::api::FailedBy::Pods));
    (snapshot.status.failed_generation, snapshot.status.failed_by) = (failed, by);
    assert_eq!(brief(&snapshot), "record recovered");
    let forged = Pod { namespace: "tenant".into(), ..replica(NEW, "m", 1) };
    snapshot.pods = known(&[replica(OLD, "a", 2), forged]);
    assert_eq!(brief(&snapshot), "delete web-9998 Unhealthy");
}

#[test]
fn the_label_alone_puts_no_pod_on_a_profile() {
    let tenant = |profile: &str| Pod { namespace: "tenant".into(), ..on(profile, "tenant", "squat") };
    let waiting = Pod { node: None, ready: false, phase: PodPhase::Pending, ..tenant(OLD) };
    let on_ec2 =
        Pod { node: Some("ip-10-0-0-1".into()), scheduler: "default-scheduler".into(), ..replica(NEW, "a", 9) };
    let mut snapshot = moving(&[waiting.clone(), tenant(OLD)]);
    assert_eq!(brief(&snapshot), "delete web-9999 Superseded", "nothing of them is on it");
    snapshot.pods = known(&[replica(OLD, "a", 1), replica(OLD, "a", 2), on_ec2, tenant(NEW)]);
    assert_eq!(see_recorded(&mut snapshot), "record eviction of web/a-1");
    assert_eq!(snapshot.status.profiles[0].drain.as_ref().unwrap().proven, Vec::<String>::new(), "nothing is proven");
    // A pod that runs there counts, whatever its labels are edited to.
    snapshot.profiles[0].selectors =
        [Selector { namespace: "web".into(), labels: [("app".into(), "web".into())].into() }].into();
    snapshot.pods = known(&[on(OLD, "web", "relabelled")]);
    assert!(brief(&snapshot).starts_with("hold web-9999 for 1"), "{}", brief(&snapshot));
}

#[test]
fn the_time_of_a_drain_counts_from_the_last_move() {
    let mut snapshot = moving(&[replica(OLD, "a", 1), replica(OLD, "a", 2), replica(NEW, "z", 1)]);
    snapshot.spec.replacement = settings(DrainSpec { on_timeout: Some(OnTimeout::Proceed), ..DrainSpec::default() });
    see_recorded(&mut snapshot);
    record_of(&mut snapshot).since = Some(Time(wall(-7200)));
    // It was moved, and its replacement is starting.
    snapshot.pods = known(&[replica(OLD, "a", 2), unready(replica(NEW, "a", 3)), replica(NEW, "z", 1)]);
    assert_eq!(see_recorded(&mut snapshot), "record drain of arn:web-9999");
    assert_eq!(record_of(&mut snapshot).left, Some(1));
    // A timeout shorter than a pod's start ends no pod that waits for its turn.
    snapshot.drain_timeout = std::time::Duration::from_secs(60);
    record_of(&mut snapshot).since = Some(Time(wall(-599)));
    assert_eq!(blocker(&snapshot), Blocker::Moving);
    record_of(&mut snapshot).since = Some(Time(wall(-600)));
    assert_eq!(brief(&snapshot), "delete web-9999 TimedOut");
}

#[test]
fn a_pod_that_a_profile_may_take_of_which_nobody_knows_is_not_evicted() {
    let unknown = |name: &str, selects: &str| Profile {
        status: ProfileStatus::Unknown("DEGRADED".into()),
        selectors: if selects.is_empty() { BTreeSet::new() } else { selectors(selects) },
        ..foreign(name, Active)
    };
    for (name, selects, holds) in [
        ("theirs", "", true),
        ("theirs", "web", true),
        ("theirs", "other", false),
        ("xyz", "", false),
        ("web-9997", "", true),
    ] {
        let mut snapshot = moving(&[replica(OLD, "a", 1), replica(OLD, "a", 2)]);
        snapshot.profiles.push(unknown(name, selects));
        let said = brief(&snapshot);
        assert_eq!(said.starts_with("hold"), holds, "{name} selects {selects:?}: {said}");
        if holds {
            assert_eq!(waits(&snapshot).held[0].1, Blocker::Unsure(name.into()));
        }
    }
}

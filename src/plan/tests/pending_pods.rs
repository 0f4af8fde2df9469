//! Pods older than their profile.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use crate::api::{Approval, PendingPods, Reason, ReplacementSpec, Strategy};
use crate::eks::ProfileStatus::{Active, Creating};
use crate::failure::Class;
use crate::placement::Pod;
use crate::plan::fixture::brief;
use crate::plan::next_due;
use crate::state::fixture::{failed, foreign, known, owned, waiting as pod, wall, with};
use crate::state::{ActionKey, Facts, Snapshot};

/// The profile has been ACTIVE for ten minutes. The pod is older and has been pending all that time.
fn waiting(pod: Pod) -> Snapshot {
    let mut snapshot = with(&[owned("web-9999", Active)]);
    snapshot.status.profiles[0].active_since = Some(Time(wall(-600)));
    snapshot.pods = known(&[pod]);
    snapshot
}

fn of_kind(kind: &str) -> Pod {
    let mut pod = pod();
    let controller = pod.controller.as_mut().unwrap();
    controller.kind = kind.into();
    controller.api_version = if kind == "Job" { "batch/v1".into() } else { "apps/v1".into() };
    pod
}

#[test]
fn a_pod_older_than_its_profile_is_made_again() {
    assert_eq!(brief(&waiting(pod())), "evict web-1 for web-9999");
    let gone = Pod { scheduler: "fargate-scheduler".into(), ..pod() };
    let labelled = |profile: &str| {
        let mut pod = gone.clone();
        pod.labels.insert("eks.amazonaws.com/fargate-profile".into(), profile.into());
        pod
    };
    assert_eq!(brief(&waiting(labelled("gone"))), "evict web-1 for web-9999", "its profile is gone");
    assert_eq!(brief(&waiting(labelled("web-9999"))), "settled", "Fargate is at it");
    // Created when EKS's webhook may not have known the profile yet.
    assert_eq!(brief(&waiting(Pod { created: wall(-571), ..pod() })), "evict web-1 for web-9999");
    assert_eq!(brief(&waiting(of_kind("Job"))), "evict web-1 for web-9999");
}

#[test]
fn what_must_not_be_touched_is_not() {
    for (why, pod) in [
        ("it was made after its profile, and by us if need be", Pod { created: wall(-570), ..pod() }),
        ("it may yet be scheduled", Pod { unscheduled_since: Some(wall(-59)), ..pod() }),
        ("nobody makes it again", Pod { controller: None, ..pod() }),
        ("nobody may make it again", of_kind("Workflow")),
        ("a DaemonSet's is not Fargate's", of_kind("DaemonSet")),
        ("it waits for its gates", Pod { gated: true, ..pod() }),
        ("a node is being cleared for it", Pod { nominated: true, ..pod() }),
        ("it is to run on EC2", Pod { wants_ec2: true, ..pod() }),
        ("it asks not to be disrupted", Pod { do_not_disrupt: true, ..pod() }),
        ("Fargate cannot run it", Pod { unfit: vec!["hostNetwork".into()], ..pod() }),
        ("another scheduler looks after it", Pod { scheduler: "mine".into(), ..pod() }),
        ("it has a node", Pod { node: Some("ip-10-0-0-1".into()), ..pod() }),
        ("it is ending", Pod { terminating: true, ..pod() }),
        ("no selector matches it", Pod { namespace: "other".into(), ..pod() }),
    ] {
        assert_eq!(brief(&waiting(pod)), "settled", "{why}");
    }
}

#[test]
fn it_is_left_alone_by_the_spec_by_another_profile_and_after_a_refusal() {
    let mut ignored = waiting(pod());
    ignored.spec.pending_pods = Some(PendingPods::Ignore);
    assert_eq!(brief(&ignored), "settled");
    let mut suspended = waiting(pod());
    suspended.spec.suspend = Some(true);
    assert_eq!(brief(&suspended), "evict web-1 for web-9999", "what serves gets its pods");
    let mut taken = waiting(pod());
    taken.profiles.push(foreign("batch", Active));
    assert_eq!(brief(&taken), "settled");
    let mut refused = waiting(pod());
    refused.attempts.insert(ActionKey::Evict("uid-web".into()), failed(Class::Fix, Reason::EvictionRefused, 1));
    assert_eq!(brief(&refused), "settled");
    let mut young = waiting(pod());
    young.status.profiles[0].active_since = Some(Time(wall(-29)));
    assert_eq!(brief(&young), "settled", "the webhook may not know the profile yet");
    assert_eq!(next_due(&Facts::of(&young)), Some(Duration::from_secs(1)));
    assert_eq!(next_due(&Facts::of(&refused)), None);
}

#[test]
fn whatever_the_plan_what_serves_gets_its_pods() {
    let refused = |snapshot: &mut Snapshot| {
        snapshot.spec.pod_execution_role_arn = Some("arn:aws:iam::111122223333:role/another".into());
        snapshot.attempts.insert(ActionKey::Create(1), failed(Class::Fix, Reason::TrustPolicy, 1));
    };
    let manual = |snapshot: &mut Snapshot| {
        snapshot.spec.pod_execution_role_arn = Some("arn:aws:iam::111122223333:role/another".into());
        snapshot.spec.replacement =
            Some(ReplacementSpec { approval: Some(Approval::Manual), ..ReplacementSpec::default() });
    };
    let put_back = |snapshot: &mut Snapshot| {
        snapshot.spec.pod_execution_role_arn = Some("arn:aws:iam::111122223333:role/another".into());
        snapshot.spec.replacement =
            Some(ReplacementSpec { strategy: Some(Strategy::DeleteFirst), ..ReplacementSpec::default() });
        snapshot.status.failed_generation = Some(1);
    };
    // Its turn may take long.
    let about_to_create = |snapshot: &mut Snapshot| {
        snapshot.spec.pod_execution_role_arn = Some("arn:aws:iam::111122223333:role/another".into());
    };
    let creating = |snapshot: &mut Snapshot| snapshot.profiles.push(owned("web-9998", Creating));
    let changes: [&dyn Fn(&mut Snapshot); 5] = [&refused, &manual, &put_back, &about_to_create, &creating];
    for (n, change) in changes.into_iter().enumerate() {
        let mut snapshot = waiting(pod());
        change(&mut snapshot);
        assert_eq!(brief(&snapshot), "evict web-1 for web-9999", "{n}");
        snapshot.pods = known(&[]);
        assert_ne!(brief(&snapshot), "settled", "{n}");
    }
}

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::aws::Unread;
use crate::eks::Selector;
use crate::placement::{Controller, Pod, PodPhase};
use crate::prerequisites::fixture::*;
use crate::prerequisites::{Creation, Evidence, Question, Read, reads};
use crate::quotas::Quota;

const PROFILES: Quota = Quota { service: "eks", code: "L-33415657" };
const SELECTORS: Quota = Quota { service: "eks", code: "L-D78D8AF8" };
const LABELS: Quota = Quota { service: "eks", code: "L-23414FF3" };

/// Gives the object so many selectors, each with so many label pairs.
fn select(question: &mut Question, selectors: usize, labels: usize) {
    let labels: BTreeMap<String, String> = (0..labels).map(|n| (format!("l{n}"), "x".to_owned())).collect();
    let selector = |n: usize| Selector { namespace: format!("shop-{n:02}"), labels: labels.clone() };
    question.selectors = (0..selectors).map(selector).collect();
}

fn allow(evidence: &mut Evidence, quota: Quota, value: u64) {
    evidence.quotas.insert(quota, Read::Known(Some(value)));
}

#[test]
fn a_cluster_without_a_free_slot_is_told_of_to_whom_needs_one() {
    check_all(&[
        (
            |q, e| {
                (q.creates, e.profiles) = (Some(Creation::First), 10);
                allow(e, PROFILES, 10);
            },
            &["Advisory ProfileQuota: 10 of 10 EKS profiles are there, so EKS refuses one more: delete one, or aws \
                 service-quotas request-service-quota-increase --service-code eks --quota-code L-33415657 \
                 --desired-value 11"],
        ),
        (
            |q, e| {
                (q.creates, e.profiles) = (Some(Creation::Replacement), 10);
                allow(e, PROFILES, 10);
            },
            &[
                "Advisory ProfileQuota: 10 of 10 EKS profiles are there: to replace one, delete another, use DeleteFirst, \
                 or aws service-quotas request-service-quota-increase --service-code eks --quota-code L-33415657 \
                 --desired-value 11",
            ],
        ),
        // The last slot.
        (
            |q, e| {
                (q.creates, e.profiles) = (Some(Creation::Replacement), 9);
                allow(e, PROFILES, 10);
            },
            &[],
        ),
        // It needs none.
        (
            |_, e| {
                e.profiles = 10;
                allow(e, PROFILES, 10);
            },
            &[],
        ),
        // Nobody knows how many there may be.
        (
            |q, e| {
                (q.creates, e.profiles) = (Some(Creation::First), 10);
                e.quotas.insert(PROFILES, Read::Known(None));
            },
            &[],
        ),
    ]);
}

#[test]
fn more_selectors_and_label_pairs_than_the_quotas_allow_block() {
    check_all(&[
        (
            |q, e| {
                select(q, 6, 0);
                allow(e, SELECTORS, 5);
            },
            &["Blocking SelectorQuota: EKS refuses 6 selectors (quota 5): spread them over FargateProfiles, or aws \
                 service-quotas request-service-quota-increase --service-code eks --quota-code L-D78D8AF8 \
                 --desired-value 6"],
        ),
        (
            |q, e| {
                select(q, 1, 7);
                allow(e, LABELS, 5);
            },
            &["Blocking SelectorQuota: EKS refuses 7 label pairs for namespace shop-00 (quota 5): use fewer, or aws \
                 service-quotas request-service-quota-increase --service-code eks --quota-code L-23414FF3 \
                 --desired-value 7"],
        ),
        // A quota that AWS has raised.
        (
            |q, e| {
                select(q, 10, 7);
                allow(e, SELECTORS, 10);
                allow(e, LABELS, 7);
            },
            &[],
        ),
    ]);
}

/// So many pods of a quarter of a vCPU.
fn sized(count: usize) -> Vec<Arc<Pod>> {
    vec![pod("web-1", "web"); count]
}

#[test]
fn pods_that_fargate_will_not_run_need_no_vcpu() {
    fn is_asked(change: fn(&mut Pod)) -> bool {
        let (mut question, mut evidence) = sound();
        evidence.quotas.clear();
        question.pods = pods(&["web-1"], change);
        reads(&[question], &evidence).quotas.contains(&VCPU)
    }
    assert!(is_asked(|_| {}));
    assert!(!is_asked(|pod| pod.phase = PodPhase::Ended));
    assert!(!is_asked(|pod| pod.unfit.push("hostNetwork".into())));
    assert!(!is_asked(|pod| {
        pod.controller =
            Some(Controller { api_version: "apps/v1".into(), kind: "DaemonSet".into(), ..Controller::default() });
    }));
}

#[test]
fn pods_that_take_more_vcpus_than_the_account_may_have_are_told_of() {
    check_all(&[
        (
            |q, _| q.pods = sized(25),
            &["Advisory FargateVcpu: the pods take 7 vCPU, but the quota is 6, so some stay Pending: aws \
                 service-quotas request-service-quota-increase --service-code fargate --quota-code L-3032A538 \
                 --desired-value 7"],
        ),
        (|q, _| q.pods = sized(24), &[]),
    ]);
}

#[test]
fn quotas_that_cannot_be_read_are_told_of_to_whom_they_matter() {
    fn deny(evidence: &mut Evidence) {
        let denied = || Read::Unread(Unread::Denied { action: "servicequotas:GetServiceQuota".into() });
        for quota in [PROFILES, SELECTORS, LABELS, VCPU] {
            evidence.quotas.insert(quota, denied());
        }
    }
    check_all(&[
        (
            |q, e| {
                select(q, 6, 6);
                deny(e);
            },
            &[
                "Unknown SelectorQuota: the operator may not servicequotas:GetServiceQuota, so it cannot tell whether the \
                 quotas suffice: allow it to the operator's IAM role (see deploy/iam/checks.json)",
            ],
        ),
        (
            |q, e| {
                q.pods.clear();
                deny(e);
            },
            &[],
        ),
    ]);
}

#[test]
fn a_quota_is_asked_only_if_it_may_be_exceeded() {
    fn asked(change: Change) -> BTreeSet<Quota> {
        let (mut question, mut evidence) = sound();
        evidence.quotas.clear();
        question.pods.clear();
        change(&mut question, &mut evidence);
        reads(&[question], &evidence).quotas
    }
    assert_eq!(asked(|q, _| select(q, 5, 5)), [].into());
    assert_eq!(asked(|q, _| select(q, 6, 5)), [SELECTORS].into());
    let taken: Change = |q, _| {
        select(q, 6, 6);
        q.is_served = true;
    };
    assert_eq!(asked(taken), [].into(), "EKS has taken it");
    assert_eq!(asked(|q, _| select(q, 5, 6)), [LABELS].into());
    assert_eq!(asked(|q, _| q.pods = sized(1)), [VCPU].into());
    assert_eq!(asked(|q, e| (q.creates, e.profiles) = (Some(Creation::First), 9)), [].into());
    assert_eq!(asked(|q, e| (q.creates, e.profiles) = (Some(Creation::First), 10)), [PROFILES].into());
    assert_eq!(asked(|_, e| e.profiles = 10), [].into());
    let again: Change = |q, e| {
        select(q, 6, 5);
        allow(e, SELECTORS, 5);
    };
    assert_eq!(asked(again), [].into());
}

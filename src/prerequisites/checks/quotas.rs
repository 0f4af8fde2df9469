//! How much the account may have (EKS and Fargate service quotas, Service Quotas user guide). Nobody has less of EKS than the
//! defaults, so EKS's quotas are asked only by whoever goes beyond those.

use std::sync::Arc;

use crate::message::{cut, message};
use crate::placement::Pod;
use crate::prerequisites::evidence::{Creation, Evidence, Question, Read};
use crate::prerequisites::finding::{Check, Finding};
use crate::quotas::Quota;

/// Fargate profiles per cluster, selectors per profile, label pairs per selector.
pub(crate) const PROFILES: (Quota, u64) = (Quota { service: "eks", code: "L-33415657" }, 10);
const SELECTORS: (Quota, u64) = (Quota { service: "eks", code: "L-D78D8AF8" }, 5);
const LABELS: (Quota, u64) = (Quota { service: "eks", code: "L-23414FF3" }, 5);
/// Fargate On-Demand vCPU resource count. What an account has by default differs from account to account.
const VCPU: Quota = Quota { service: "fargate", code: "L-3032A538" };

pub(super) const ALL: [Quota; 4] = [PROFILES.0, SELECTORS.0, LABELS.0, VCPU];

/// How much of a namespace a message has room for.
const NAMESPACE: usize = 16;

/// The quotas that matter to an object, and what each is for.
pub(in crate::prerequisites) fn wanted(question: &Question, evidence: &Evidence) -> Vec<(Check, Quota)> {
    let beyond = [
        (Check::ProfileQuota, PROFILES, profiles_then(question, evidence)),
        (Check::SelectorQuota, SELECTORS, selector_count(question)),
        (Check::SelectorQuota, LABELS, most_labels(question).map_or(0, |(_, count)| count)),
    ];
    let eks = beyond.into_iter().filter(|(_, (_, default), count)| count > default);
    let eks = eks.map(|(check, (quota, _), _)| (check, quota));
    eks.chain((millicpu(question) > 0).then_some((Check::FargateVcpu, VCPU))).collect()
}

/// Advisory: a slot may become free, and the planner makes room where it can.
pub(super) fn profiles(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let (quota, wanted) = (PROFILES.0, profiles_then(question, evidence));
    let (Some(creation), Some(limit)) = (question.creates, exceeded(evidence, quota, wanted)) else {
        return Vec::new();
    };
    let (profiles, raise) = (evidence.profiles, raise(quota, wanted));
    let message = match creation {
        Creation::First => {
            message!("{profiles} of {limit} EKS profiles are there, so EKS refuses one more: delete one, or {raise}")
        }
        Creation::Replacement => message!(
            "{profiles} of {limit} EKS profiles are there: to replace one, delete another, use DeleteFirst, or {raise}"
        ),
    };
    vec![Finding::advisory(Check::ProfileQuota, message)]
}

pub(super) fn selectors(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let mut findings = Vec::new();
    let count = selector_count(question);
    if let Some(limit) = exceeded(evidence, SELECTORS.0, count) {
        let raise = raise(SELECTORS.0, count);
        findings.push(message!(
            "EKS refuses {count} selectors (quota {limit}): spread them over FargateProfiles, or {raise}"
        ));
    }
    let most = most_labels(question);
    if let Some((namespace, count, limit)) =
        most.and_then(|(namespace, count)| Some((namespace, count, exceeded(evidence, LABELS.0, count)?)))
    {
        let (namespace, raise) = (cut(namespace, NAMESPACE), raise(LABELS.0, count));
        findings.push(message!(
            "EKS refuses {count} label pairs for namespace {namespace} (quota {limit}): use fewer, or {raise}"
        ));
    }
    findings.into_iter().map(|message| Finding::blocking(Check::SelectorQuota, message)).collect()
}

/// Advisory: what else runs on Fargate in the account is not known, and pods may go as others come.
pub(super) fn vcpu(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let wanted = u64::from(millicpu(question).div_ceil(1000));
    let Some(limit) = exceeded(evidence, VCPU, wanted) else { return Vec::new() };
    let raise = raise(VCPU, wanted);
    let message = message!("the pods take {wanted} vCPU, but the quota is {limit}, so some stay Pending: {raise}");
    vec![Finding::advisory(Check::FargateVcpu, message)]
}

/// Thousandths of a vCPU that Fargate provides for the object's pods, once it has all of them.
fn millicpu(question: &Question) -> u32 {
    let has_size = |pod: &&Arc<Pod>| pod.is_live() && !pod.is_of_daemon_set() && pod.unfit.is_empty();
    question.pods.iter().filter(has_size).map(|pod| pod.millicpu).fold(0, u32::saturating_add)
}

/// How many EKS profiles the cluster has once this object has what it asks for.
fn profiles_then(question: &Question, evidence: &Evidence) -> u64 {
    if question.creates.is_some() { evidence.profiles as u64 + 1 } else { 0 }
}

/// How many selectors EKS is to take. What it has taken already needs no quota.
fn selector_count(question: &Question) -> u64 {
    if question.is_served { 0 } else { question.selectors.len() as u64 }
}

/// The namespace of the selector with most label pairs, and how many it has, if EKS is to take it.
fn most_labels(question: &Question) -> Option<(&str, u64)> {
    let all = question.selectors.iter().filter(|_| !question.is_served);
    all.map(|selector| (selector.namespace.as_str(), selector.labels.len() as u64)).max_by_key(|(_, count)| *count)
}

/// The quota, if it is known and less than that.
fn exceeded(evidence: &Evidence, quota: Quota, wanted: u64) -> Option<u64> {
    let limit = evidence.quotas.get(&quota).and_then(Read::known).copied().flatten()?;
    (wanted > limit).then_some(limit)
}

/// The command that asks AWS for so much.
fn raise(Quota { service, code }: Quota, value: u64) -> String {
    message!(
        "aws service-quotas request-service-quota-increase --service-code {service} --quota-code {code} \
         --desired-value {value}"
    )
}

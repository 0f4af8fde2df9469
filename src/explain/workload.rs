//! One answer for all pods of a workload.

use std::collections::BTreeMap;

use serde::Serialize;

use super::cause::{Cause, Verdict};
use super::words::{Who, because, sentence};
use super::{Kind, Makes, Question, judge};
use crate::placement::{Pod, PodPhase};

/// Pods of a workload with the same cause, on the same EKS profile if one has taken them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Group {
    pub(crate) pods: usize,
    pub(crate) verdict: Verdict,
    pub(crate) cause: &'static str,
    /// Name of one of them.
    pub(crate) example: String,
    /// Why, of that one.
    pub(crate) why: String,
}

/// What it comes to.
pub(super) struct Answer<'a> {
    pub(super) cause: Cause,
    pub(super) who: Who,
    /// The pod that has this cause.
    pub(super) pod: Option<&'a Pod>,
    pub(super) groups: Vec<Group>,
    pub(super) next_pods: Option<String>,
}

pub(super) fn answer(question: &Question) -> Answer<'_> {
    let next = question.template.as_ref().map(|pod| judge::created_now(&question.profiles, pod));
    let gathered = gathered(question, next.as_ref());
    let who = who(question);
    // Most pods first, but those that are well last.
    let is_well = |cause: &Cause| cause.verdict() == Verdict::OnFargate;
    let worst = gathered.values().max_by_key(|(cause, pods)| (!is_well(cause), pods.len()));
    let all: usize = gathered.values().map(|(_, pods)| pods.len()).sum();
    let mut groups: Vec<Group> = gathered.values().filter_map(|(cause, pods)| group(cause, pods)).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.pods));
    let (cause, pod, who) = match worst {
        Some((cause, pods)) => (cause.clone(), pods.first().copied(), of_some(who, question, pods.len(), all)),
        None => (without_pods(question, next.as_ref()), None, who),
    };
    let next_pods = next.as_ref().filter(|next| is_news(question, next, &cause, pod)).map(told);
    Answer { cause, who, pod, groups, next_pods }
}

/// By the name of the cause and the EKS profiles that take the pods.
type Gathered<'a> = BTreeMap<(&'static str, Vec<String>), (Cause, Vec<&'a Pod>)>;

/// The pods, those that go together with the cause of the first.
fn gathered<'a>(question: &'a Question, next: Option<&Cause>) -> Gathered<'a> {
    let mut gathered = Gathered::new();
    let is_one = question.subject.kind == Kind::Pod;
    let counts = |pod: &&Pod| is_one || !pod.terminating && pod.phase != PodPhase::Ended;
    for pod in question.pods.iter().filter(counts) {
        let mut cause = judge::present(&question.profiles, pod, question.now);
        if let (true, Some(Cause::WouldRun(taking))) = (cause.is_of_template(), next) {
            cause = Cause::OlderTemplate(taking.clone());
        }
        let profiles = cause.taking().map(|taking| taking.eks_profiles.clone()).unwrap_or_default();
        gathered.entry((cause.name(), profiles)).or_insert_with(|| (cause, Vec::new())).1.push(pod);
    }
    gathered
}

fn group(cause: &Cause, pods: &[&Pod]) -> Option<Group> {
    let first = pods.first()?;
    let one = Who { name: String::new(), it: "it", are: false, pods: 1, is_planned: false };
    Some(Group {
        pods: pods.len(),
        verdict: cause.verdict(),
        cause: cause.name(),
        example: first.name.clone(),
        why: because(cause, &one),
    })
}

fn who(question: &Question) -> Who {
    let subject = &question.subject;
    let name = format!("{} {}/{}", subject.kind.name(), subject.namespace, subject.name);
    let it = if subject.kind == Kind::Pod { "it" } else { "its pods" };
    Who { name, it, are: false, pods: 0, is_planned: subject.file.is_some() }
}

/// The subject of the sentence, if the cause holds for only some of the pods.
fn of_some(who: Who, question: &Question, some: usize, all: usize) -> Who {
    if some == all || question.subject.kind == Kind::Pod {
        return Who { pods: some, ..who };
    }
    let it = if some == 1 { "it" } else { "they" };
    Who { name: format!("{some} of {all} pods of {}", who.name), it, are: some > 1, pods: some, is_planned: false }
}

fn without_pods(question: &Question, next: Option<&Cause>) -> Cause {
    match (&question.makes, next) {
        (Makes::None(field), _) => Cause::NoReplicas(field),
        (Makes::Ended, _) => Cause::Ended,
        // What else the spec says does not tell what became of pods that it has made before.
        _ if let Some(why) = &question.unlisted => Cause::PodsUnknown(why.clone()),
        (Makes::Suspended(field), _) => Cause::WorkloadSuspended(field),
        (Makes::Refused(said), _) => Cause::PodsRefused(said.clone()),
        (Makes::Pods, Some(next)) => next.clone(),
        (Makes::Pods, None) => Cause::Ended,
    }
}

/// Whether the next pods have another cause than this one, and the answer does not say so yet.
fn is_news(question: &Question, next: &Cause, cause: &Cause, pod: Option<&Pod>) -> bool {
    if matches!(cause, Cause::PodsUnknown(_)) {
        return !matches!(next, Cause::ProfilesUnknown(_));
    }
    let Some((pod, template)) = pod.zip(question.template.as_ref()) else { return false };
    // Of the profile that has taken it nothing is known, so nor is who takes the next one.
    let is_unknown = |profile: &&str| !question.profiles.declared().iter().any(|declared| declared.has(profile));
    if next.wants_foreign() && pod.profile().as_ref().is_some_and(is_unknown) {
        return false;
    }
    if next.verdict() == Verdict::WouldRun {
        return matches!(
            cause,
            Cause::OlderThanProfile { .. } | Cause::OlderOnNode { .. } | Cause::SlippedPastWebhook { .. }
        );
    }
    // Fargate has taken a pod of the same template.
    let is_alike = pod.steering == template.steering && pod.unfit == template.unfit;
    let is_of_spec = matches!(next, Cause::NodeSelector(_) | Cause::OtherScheduler(_) | Cause::NotSupported(_));
    next.name() != cause.name() && !(is_of_spec && is_alike)
}

fn told(next: &Cause) -> String {
    let who = Who { name: String::new(), it: "they", are: true, pods: 0, is_planned: true };
    let run = if next.verdict() == Verdict::WouldRun { "run" } else { "do not run" };
    format!("Its next pods {run} on Fargate: {}", sentence(&because(next, &who)))
}

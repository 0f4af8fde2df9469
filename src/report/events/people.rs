//! Events about what people hold back, ask for or have probably not meant.

use super::notice::{About, Notice, Severity};
use crate::api::{
    APPROVE_ANNOTATION, ConditionType, FargateProfileStatus, PodIssueRecord, RETRY_ANNOTATION, Reason, Truth,
};
use crate::message::message;
use crate::report::bounds::{clause, word};
use crate::report::overlaps;
use crate::state::Facts;

/// What the new status says and the old one did not.
pub(super) fn told(old: &FargateProfileStatus, new: &FargateProfileStatus) -> Vec<Notice> {
    [held_back(old, new), ignored_approval(old, new), retry(old, new)]
        .into_iter()
        .flatten()
        .chain(warnings(old, new))
        .chain(prerequisites(old, new))
        .chain(pod_issues(old, new))
        .collect()
}

/// A change waits for approval, or the object is suspended.
fn held_back(old: &FargateProfileStatus, new: &FargateProfileStatus) -> Option<Notice> {
    let held = [Reason::AwaitingApproval, Reason::Suspended];
    let reason = held.into_iter().find(|reason| new.reason.as_deref() == Some(reason.name()))?;
    if old.reason == new.reason {
        return None;
    }
    let ready = ConditionType::Ready.find(&new.conditions).filter(|ready| ready.reason == reason.name());
    let note = ready.map_or_else(|| message!("spec.suspend is set: no change begins"), |ready| ready.message.clone());
    Some(notice(Severity::Normal, reason, note))
}

/// Somebody approved something else while a plan waited. An approval of an earlier plan may stay on the object.
fn ignored_approval(old: &FargateProfileStatus, new: &FargateProfileStatus) -> Option<Notice> {
    let (before, now) = (old.replacement.as_ref()?, new.replacement.as_ref()?);
    let approval = now.ignored_approval.as_ref().filter(|_| before.ignored_approval != now.ignored_approval)?;
    let plan = now.plan_id.as_ref().filter(|plan| before.plan_id.as_ref() == Some(plan))?;
    let note = message!("{APPROVE_ANNOTATION}={approval} approves nothing: the plan that waits is {plan}");
    Some(notice(Severity::Warning, Reason::ApprovalIgnored, note))
}

/// Somebody asked for another try, and it is made.
pub(super) fn retry(old: &FargateProfileStatus, new: &FargateProfileStatus) -> Option<Notice> {
    let asked = new.handled_retry.as_ref().filter(|_| old.handled_retry != new.handled_retry)?;
    let note = message!("trying again at once: {RETRY_ANNOTATION}={}", word(asked));
    // On a new object there is nothing to try again.
    (!old.conditions.is_empty()).then(|| notice(Severity::Normal, Reason::RetryRequested, note))
}

/// Each warning once, when it comes up.
fn warnings(old: &FargateProfileStatus, new: &FargateProfileStatus) -> Option<Notice> {
    let (mut before, mut now) = (of_pods(old), of_pods(new));
    let first = now.find(|warning| !old.warnings.contains(warning))?;
    // One event per change: pods that come and go would make one each.
    before.next().is_none().then(|| notice(Severity::Warning, Reason::CheckSelectors, first.clone()))
}

/// The warnings that have no event of their own.
fn of_pods(status: &FargateProfileStatus) -> impl Iterator<Item = &String> {
    status.warnings.iter().filter(|warning| !overlaps::is_line(warning))
}

/// Another EKS profile has begun to take the pods of a selector: one event, whatever number of selectors it takes from.
pub(super) fn overlapped(facts: &Facts<'_>, new: &FargateProfileStatus) -> Option<Notice> {
    overlaps::news(facts, &new.warnings).map(|line| notice(Severity::Warning, Reason::SelectorsOverlap, line))
}

/// A prerequisite turns out to be missing, or what was missing is there.
fn prerequisites(old: &FargateProfileStatus, new: &FargateProfileStatus) -> Option<Notice> {
    let of = |status: &FargateProfileStatus| ConditionType::PrerequisitesMet.find(&status.conditions).cloned();
    let (now, before) = (of(new)?, of(old));
    let was = |truth: Truth| before.as_ref().is_some_and(|before| before.status == truth.name());
    if now.status == Truth::False.name() {
        let is_news = before.as_ref().is_none_or(|before| !was(Truth::False) || before.message != now.message);
        return is_news.then(|| notice(Severity::Warning, Reason::PrerequisitesNotMet, now.message));
    }
    was(Truth::False).then(|| notice(Severity::Normal, Reason::PrerequisitesMet, message!("what was missing is there")))
}

/// Each cause once, when it comes up.
fn pod_issues(old: &FargateProfileStatus, new: &FargateProfileStatus) -> impl Iterator<Item = Notice> {
    let is_new = |issue: &&PodIssueRecord| !old.pod_issues.iter().any(|before| before.reason == issue.reason);
    new.pod_issues.iter().filter(is_new).map(|issue| {
        let PodIssueRecord { reason, example, .. } = issue;
        let told = clause(&issue.message);
        let note = match issue.pods {
            1 => message!("{reason}: pod {example}: {told}"),
            pods => message!("{reason}: {pods} pods such as {example}: {told}"),
        };
        notice(Severity::Warning, Reason::PodsNotWorking, note)
    })
}

/// Whether what is missing was told when this generation was met before.
pub(super) fn is_known(old: &FargateProfileStatus, new: &FargateProfileStatus) -> bool {
    let missing = |status: &FargateProfileStatus| {
        let found = ConditionType::PrerequisitesMet.find(&status.conditions).cloned();
        found.filter(|condition| condition.status == Truth::False.name()).map(|condition| condition.message)
    };
    let is_same = missing(new).is_some_and(|missing_now| missing(old) == Some(missing_now));
    is_same && old.observed_generation == new.observed_generation
}

fn notice(severity: Severity, reason: Reason, note: String) -> Notice {
    Notice { severity, reason, note, profile: None, about: About::Object }
}

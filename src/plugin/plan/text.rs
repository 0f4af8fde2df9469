//! The answer for people.

use std::fmt::Write as _;

use super::answer::{Answer, ObjectPlan, Verdict};
use crate::api::ReplacementStatus;
use crate::forecast::{Mutation, Operation};
use crate::plugin::terminal::{Terminal, bold, green, red, yellow};
use crate::prerequisites::Severity;

/// Names of pods that a line holds. JSON has all of them.
const NAMED: usize = 5;

/// The whole answer.
pub(super) fn text(answer: &Answer, terminal: &Terminal) -> String {
    let mut lines = Lines { text: String::new(), terminal };
    for object in answer.objects.iter().filter(|object| object.verdict != Verdict::NoChange || is_told(object)) {
        told(&mut lines, object);
    }
    for handover in &answer.handovers {
        let pods = counted(handover.pods, "pod", "pods");
        lines.put(0, &format!("{} takes over {pods} of {}", bold(&handover.to), bold(&handover.from)));
    }
    let others: Vec<&Mutation> = answer.mutations.iter().filter(|it| is_of_others(answer, it)).collect();
    if !others.is_empty() {
        lines.put(0, "Also, for FargateProfiles that are not in these manifests:");
        others.iter().for_each(|it| lines.put(2, &format!("{} (for {})", call(it), it.object)));
    }
    if !answer.in_opposite_order.is_empty() {
        lines.put(0, "If the last of these gets its turn in EKS first:");
        answer.in_opposite_order.iter().for_each(|it| lines.put(2, &format!("{} (for {})", call(it), it.object)));
    }
    summary(&mut lines, answer);
    lines.text
}

struct Lines<'a> {
    text: String,
    terminal: &'a Terminal,
}

impl Lines<'_> {
    fn put(&mut self, indent: usize, line: &str) {
        let blanks = " ".repeat(indent);
        let wrapped = self.terminal.wrapped(&format!("{blanks}{line}"), indent + 2);
        // Writing to a String does not fail.
        let _ = writeln!(self.text, "{wrapped}");
    }
}

/// Whether there is something to say of an object that does not change.
fn is_told(object: &ObjectPlan) -> bool {
    object.waits.is_some()
        || !object.mends.is_empty()
        || !object.warnings.is_empty()
        || object.findings.iter().any(|it| it.severity == Severity::Blocking)
}

fn is_of_others(answer: &Answer, mutation: &Mutation) -> bool {
    !answer.objects.iter().any(|object| object.name == mutation.object)
}

fn told(lines: &mut Lines<'_>, object: &ObjectPlan) {
    lines.put(0, &format!("{} {}", bold(&object.name), word(object)));
    if let Some(refusal) = &object.refused {
        lines.put(2, refusal);
    }
    for warning in &object.warnings {
        // Which policy it was is no help.
        let text = warning.split_once("with binding '").and_then(|(_, rest)| rest.split_once("': "));
        let text = text.map_or(warning.as_str(), |(_, text)| text);
        lines.put(2, &format!("{} {text}", yellow("warning:")));
    }
    let replaces = |field: &str| {
        ["spec.selectors", "spec.subnets", "spec.podExecutionRoleArn"].contains(&field) && object.replacement.is_some()
    };
    if object.verdict != Verdict::Create {
        object.fields.iter().filter(|it| !replaces(&it.field)).for_each(|it| lines.put(2, &it.to_string()));
    }
    if let Some(replacement) = &object.replacement {
        replacement_lines(lines, replacement);
    }
    risks(lines, object);
    calls(object).iter().for_each(|call| lines.put(2, &format!("-> {call}")));
    if object.moves > 0 {
        lines.put(2, &format!("evicts {} in all, within their budgets", counted(object.moves, "pod", "pods")));
    }
    if let Some(why) = &object.not_foretold {
        lines.put(2, &format!("{} {why}", yellow("not foretold:")));
    }
    if let Some(waits) = &object.waits {
        lines.put(2, &format!("{} {}: {}", yellow("then waits for you:"), waits.reason, waits.message));
    }
    for finding in &object.findings {
        let severity: &str = match finding.severity {
            Severity::Blocking => &red("blocking"),
            Severity::Advisory => "advisory",
            Severity::Unknown => continue,
        };
        lines.put(2, &format!("{severity} {}: {}", finding.check.name(), finding.message));
    }
    // Their messages are about the operator's rights, and these were the reader's.
    let unknown = object.findings.iter().filter(|it| it.severity == Severity::Unknown);
    let unknown: Vec<&str> = unknown.map(|it| it.check.name()).collect();
    if !unknown.is_empty() {
        lines.put(2, &format!("not known by your rights (-o json tells more): {}", unknown.join(", ")));
    }
}

fn word(object: &ObjectPlan) -> String {
    match object.verdict {
        Verdict::NoChange => "does not change".to_owned(),
        Verdict::Settings => "changes settings, and nothing in EKS".to_owned(),
        Verdict::Tags => "changes tags in place".to_owned(),
        Verdict::Create => green("gets its EKS profile"),
        Verdict::Replace => format!("{} ({})", yellow("is replaced"), object.strategy),
        Verdict::AwaitingApproval => yellow("waits for approval"),
        Verdict::Stalled => red("cannot go on without you"),
        Verdict::Refused => red("is refused by the API server"),
    }
}

fn replacement_lines(lines: &mut Lines<'_>, replacement: &ReplacementStatus) {
    replacement.changes.iter().chain(&replacement.effects).for_each(|line| lines.put(2, line));
    if let Some(plan) = &replacement.plan_id {
        lines.put(2, &format!("plan {plan}"));
    }
}

fn risks(lines: &mut Lines<'_>, object: &ObjectPlan) {
    if !matches!(object.verdict, Verdict::Replace | Verdict::AwaitingApproval) {
        return;
    }
    for (profile, pods) in object.pods.by_profile.iter().filter(|(_, pods)| **pods > 0) {
        lines.put(2, &format!("{} on {profile} now", counted(*pods, "pod is", "pods are")));
    }
    for (why, pods) in [
        ("no controller recreates; the old EKS profile stays until they are gone", &object.pods.bare),
        ("are annotated do-not-disrupt; the old EKS profile stays until they are gone", &object.pods.do_not_disrupt),
        (
            "have a template that names an EKS profile; the old EKS profile stays until they are gone",
            &object.pods.pinned,
        ),
        (
            "have budgets that allow no eviction; the old EKS profile stays until they can be evicted",
            &object.pods.budgets,
        ),
    ] {
        if !pods.is_empty() {
            let named = pods.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
            let more = if pods.len() > NAMED { format!(" and {} more", pods.len() - NAMED) } else { String::new() };
            lines.put(2, &format!("{} pods that {why}: {named}{more}", yellow("at risk:")));
        }
    }
}

/// What is mended and what is changed in EKS, in order.
fn calls(object: &ObjectPlan) -> Vec<String> {
    let mends = object.mends.iter().map(|mended| (mended.at, format!("mend: {}, {}", mended.call, when(mended.at))));
    let changes = object.mutations.iter().map(|mutation| (mutation.at, call(mutation)));
    let mut calls: Vec<(u64, String)> = mends.chain(changes).collect();
    calls.sort_by_key(|(at, _)| *at);
    calls.into_iter().map(|(_, call)| call).collect()
}

/// A change in EKS, and when it begins.
fn call(mutation: &Mutation) -> String {
    let what = match mutation.operation {
        Operation::CreateFargateProfile => "create EKS profile",
        Operation::DeleteFargateProfile => "delete EKS profile",
        Operation::TagResource => "set tags of EKS profile",
        Operation::UntagResource => "remove tags of EKS profile",
    };
    format!("{what} {}, {}", mutation.profile, when(mutation.at))
}

fn when(seconds: u64) -> String {
    if seconds < 60 { "at once".to_owned() } else { format!("after about {} min", seconds.div_ceil(60)) }
}

fn summary(lines: &mut Lines<'_>, answer: &Answer) {
    let count = |verdict| answer.objects.iter().filter(|object| object.verdict == verdict).count();
    let counts = [
        (Verdict::Create, "to create"),
        (Verdict::Replace, "to replace"),
        (Verdict::Tags, "to tag"),
        (Verdict::Settings, "with new settings"),
        (Verdict::AwaitingApproval, "to approve"),
        (Verdict::Stalled, "stalled"),
        (Verdict::Refused, "refused"),
        (Verdict::NoChange, "unchanged"),
    ];
    let counts = counts.into_iter().map(|(verdict, word)| (count(verdict), word)).filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
    let time = match (answer.mutations.is_empty(), answer.is_open) {
        (true, _) => String::new(),
        (false, true) => "; no end is in sight".to_owned(),
        (false, false) => format!("; about {} min if nothing goes wrong", answer.seconds.div_ceil(60)),
    };
    lines.put(0, &format!("{} {}{time}", bold("Plan:"), counts.join(", ")));
    if !answer.not_in_manifests.is_empty() {
        lines.put(0, &format!("Not in these manifests, and left alone: {}", answer.not_in_manifests.join(", ")));
    }
    if answer.other_kinds > 0 {
        lines.put(
            0,
            &format!("Of other kinds, and not looked at: {}", counted(answer.other_kinds, "object", "objects")),
        );
    }
    answer.notes.iter().for_each(|note| lines.put(0, &format!("{} {note}", yellow("note:"))));
}

fn counted(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

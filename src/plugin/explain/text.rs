//! The answer for people.

use crate::explain::{Explanation, Fit, Group, Verdict};
use crate::plugin::terminal::{Terminal, bold, green, red, yellow};

/// So many selectors are shown.
const SELECTORS: usize = 10;

/// Several answers, one below the other.
pub(super) fn of(answers: &[Explanation], terminal: Terminal) -> String {
    answers.iter().map(|answer| one(answer, terminal)).collect::<Vec<_>>().join("\n")
}

fn one(answer: &Explanation, terminal: Terminal) -> String {
    let mut parts = vec![headline(answer, terminal)];
    parts.extend(selectors(answer, terminal));
    parts.extend(pods(&answer.pods, terminal));
    let facts = facts(answer, terminal);
    if !facts.is_empty() {
        parts.push(facts.join("\n"));
    }
    parts.extend(next(answer, terminal));
    parts.join("\n\n") + "\n"
}

/// The first line. Its colour says once more what the words say.
fn headline(answer: &Explanation, terminal: Terminal) -> String {
    let line = terminal.wrapped(&answer.headline, 0);
    match answer.verdict {
        Verdict::OnFargate | Verdict::WouldRun => green(&line),
        Verdict::Starting | Verdict::NotYet | Verdict::NotWorking | Verdict::Unknown => yellow(&line),
        Verdict::NotOnFargate => red(&line),
    }
}

/// The selectors that matter: those for the namespace, else the nearest.
fn selectors(answer: &Explanation, terminal: Terminal) -> Option<String> {
    const NEAREST: usize = 3;
    let is_disputed = answer.profile.as_ref().is_some_and(|profile| !profile.before.is_empty());
    if answer.verdict != Verdict::NotOnFargate && !is_disputed || answer.selectors.is_empty() {
        return None;
    }
    let here = answer.selectors.iter().filter(|fit| fit.namespace_met).count();
    let shown = if here == 0 { NEAREST } else { here.min(SELECTORS) };
    let rows = answer.selectors.iter().take(shown).map(row);
    let table = terminal.table(&["SELECTOR", "NAMESPACE", "LABELS"], rows);
    let more = answer.selectors.len().saturating_sub(shown);
    Some(if more == 0 { table } else { format!("{table}\n({more} more selectors: -o json)") })
}

fn row(fit: &Fit) -> Vec<String> {
    let profile = match &fit.eks_profile {
        Some(profile) => format!("EKS profile {profile}"),
        None => "no ACTIVE EKS profile".to_owned(),
    };
    let namespace = if fit.namespace_met { "met".to_owned() } else { format!("{} is wanted", fit.namespace) };
    let labels = match fit.misses.as_slice() {
        [] if fit.labels.is_empty() => "none wanted".to_owned(),
        [] => "met".to_owned(),
        misses => misses.iter().map(|miss| miss.text()).collect::<Vec<_>>().join(", "),
    };
    vec![format!("{} ({profile}) #{}", fit.fargate_profile, fit.number), namespace, labels]
}

/// The pods of a workload, where they differ.
fn pods(groups: &[Group], terminal: Terminal) -> Option<String> {
    if groups.len() < 2 {
        return None;
    }
    let row =
        |group: &Group| vec![group.pods.to_string(), group.cause.to_owned(), group.example.clone(), group.why.clone()];
    Some(terminal.table(&["PODS", "CAUSE", "SUCH AS", "WHY"], groups.iter().map(row)))
}

/// What else is known, line by line.
fn facts(answer: &Explanation, terminal: Terminal) -> Vec<String> {
    let mut facts = Vec::new();
    facts.extend(answer.next_pods.clone());
    let is_told = |text: &str| answer.headline.contains(text.trim_end_matches('.'));
    for reason in answer.unfit.iter().filter(|reason| !is_told(reason)) {
        facts.push(format!("Fargate cannot run it: {reason}."));
    }
    if let Some(said) = answer.said.as_ref().filter(|said| !is_told(said)) {
        let who = if answer.node.is_some() { "Said of it" } else { "Its scheduler says" };
        facts.push(format!("{who}: {said}"));
    }
    let since = answer.profile.as_ref().and_then(|profile| profile.active_since);
    if let (Some(created), Some(since), Verdict::NotOnFargate) = (answer.created, since, answer.verdict) {
        facts.push(format!("Created {created}; the EKS profile is ACTIVE since {since}."));
    }
    facts.extend(answer.notes.iter().cloned());
    facts.iter().map(|fact| terminal.wrapped(fact, 2)).collect()
}

fn next(answer: &Explanation, terminal: Terminal) -> Option<String> {
    let next = answer.next.as_ref()?;
    let mut lines = vec![bold("Next:")];
    lines.extend(next.advice.as_ref().map(|advice| format!("  {}", terminal.wrapped(&sentence(advice), 2))));
    // A command is copied, so it is never wrapped.
    lines.extend(next.command.as_ref().map(|command| indented(command)));
    Some(lines.join("\n"))
}

/// As the first word of a line.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A here-document ends at the left edge, so what has several lines begins there.
fn indented(command: &str) -> String {
    if command.contains('\n') { command.to_owned() } else { format!("  {command}") }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::explain::{Declared, Kind, Makes, Profiles, Question, Subject, explain};
    use crate::placement::Pod;

    fn answer() -> Explanation {
        let declared = |name: &str, key: &str| {
            let record = json!({ "name": format!("{name}-9999"), "arn": "", "status": "ACTIVE" });
            let object = json!({
                "apiVersion": "fargate-operator.dev/v1alpha1", "kind": "FargateProfile",
                "metadata": { "name": name },
                "spec": { "selectors": [{ "namespace": "shop", "labels": { key: "yes" } }] },
                "status": { "profile": record, "profiles": [record] },
            });
            Declared::of(&serde_json::from_value(object).unwrap())
        };
        let pod = Pod {
            namespace: "shop".into(),
            name: "checkout".into(),
            labels: BTreeMap::from([("example.com/fargate".to_owned(), "yes".to_owned())]),
            unfit: vec!["hostNetwork: Fargate has no host network for pods".into()],
            ..Pod::default()
        };
        let subject = Subject { kind: Kind::Pod, namespace: "shop".into(), name: "checkout".into(), file: None };
        let profiles =
            Profiles::Known(vec![declared("shop", "fargate"), declared("a-profile-of-a-long-name", "batch")]);
        let now = Timestamp::UNIX_EPOCH;
        explain(&Question {
            subject,
            template: None,
            pods: vec![pod],
            unlisted: None,
            makes: Makes::Pods,
            match_labels: BTreeMap::new(),
            profiles,
            now,
        })
    }

    #[test]
    fn every_line_but_a_command_keeps_to_the_width() {
        for width in [60, 80, 120] {
            let text = of(&[answer()], Terminal { width: Some(width), height: None, is_interactive: false });
            let text = anstream::adapter::strip_str(&text).to_string();
            for line in text.lines().filter(|line| !line.contains("kubectl")) {
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn an_answer_has_the_selectors_what_else_is_wrong_and_the_next_thing_to_do() {
        let text = of(&[answer()], Terminal { width: None, height: None, is_interactive: false });
        let expected = r#"Pod shop/checkout is not on Fargate: it has example.com/fargate=yes, and FargateProfile shop asks for fargate=yes: was that meant?

SELECTOR                                                                  NAMESPACE   LABELS
shop (EKS profile shop-9999) #1                                           met         fargate=yes is missing; is example.com/fargate=yes meant?
a-profile-of-a-long-name (EKS profile a-profile-of-a-long-name-9999) #1   met         batch=yes is missing

Fargate cannot run it: hostNetwork: Fargate has no host network for pods.

Next:
  Put this into its manifest FILE, and create it anew: {"metadata":{"labels":{"fargate":"yes"}}}
  kubectl -n shop replace --force -f FILE
"#;
        assert_eq!(anstream::adapter::strip_str(&text).to_string(), expected);
    }
}

//! The answer as text: a row for each object, and a block for each that has something to say.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::course::Course;
use super::phase::{Outlook, Phase};
use crate::plugin::terminal::{Terminal, bold, green, red, yellow};
use crate::plugin::times::{age, range};
use crate::time::elapsed;

/// How many lines of a kind are shown without --verbose.
const SHOWN: usize = 3;

/// How the text is made.
#[derive(Clone, Copy, Debug)]
pub(in crate::plugin) struct Look<'a> {
    pub(in crate::plugin) terminal: &'a Terminal,
    pub(in crate::plugin) verbose: bool,
    pub(in crate::plugin) now: Timestamp,
}

impl Look<'_> {
    /// The table, the blocks and the counts.
    pub(in crate::plugin) fn all(&self, courses: &[Course]) -> String {
        if courses.is_empty() {
            return "There are no FargateProfiles.\n".to_owned();
        }
        let mut text = format!("{}\n", self.table(courses));
        for course in courses.iter().filter(|course| self.verbose || has_something_to_say(course)) {
            text += &format!("\n{}", self.block(course));
        }
        if courses.len() > 1 {
            text += &format!("\n{}\n", self.terminal.wrapped(&count(courses), 2));
        }
        text
    }

    fn table(&self, courses: &[Course]) -> String {
        let row = |course: &Course| {
            vec![
                course.name.clone(),
                phase(course),
                self.since(course).unwrap_or_else(none),
                left(course).unwrap_or_else(none),
                course.pods.as_ref().map_or_else(none, |pods| pods.summary.clone()),
            ]
        };
        self.terminal.table(&["NAME", "PHASE", "FOR", "LEFT", "PODS"], courses.iter().map(row))
    }

    fn since(&self, course: &Course) -> Option<String> {
        course.since.as_ref().map(|since| age(elapsed(since.0, self.now)))
    }

    /// What there is to say of one object.
    pub(in crate::plugin) fn block(&self, course: &Course) -> String {
        let headline = format!("{}: {}", bold(&course.name), self.headline(course));
        let mut block = Block { look: self, text: format!("{}\n", self.terminal.wrapped(&headline, 4)) };
        match &course.queue {
            Some(queue) if course.phase == Phase::Queued => block.line("", &queue.blocked_by),
            // The plan below says it better.
            _ if course.phase == Phase::AwaitingApproval && !self.verbose => {}
            _ => block.line("", &course.message()),
        }
        self.replacement(course, &mut block);
        // The message already says what holds most of them.
        match course.held_pods.len() {
            held if self.verbose || held <= 1 => block.list("Held pod", &course.held_pods),
            held => block.line("Held pods", &format!("{held}: --verbose names each with its cause")),
        }
        let issue = |issue: &crate::api::PodIssueRecord| {
            let pods = if issue.pods == 1 { "1 pod".to_owned() } else { format!("{} pods", issue.pods) };
            format!(
                "{}, {pods} such as {}: {}; {}",
                issue.reason,
                issue.example,
                issue.message.trim_end_matches('.'),
                issue.advice
            )
        };
        block.list("Pods", &course.pod_issues.iter().map(issue).collect::<Vec<_>>());
        block.list("Warning", &course.warnings);
        for (severity, lines) in findings(course) {
            if self.verbose || severity != "Unknown" {
                block.list(severity, &lines);
            }
        }
        if self.verbose {
            details(course, &mut block);
        }
        for (label, command) in commands(course) {
            block.command(label, &command);
        }
        block.text
    }

    /// The phase, how long it has lasted and may last.
    fn headline(&self, course: &Course) -> String {
        let since = self.since(course).map(|since| format!(" for {since}")).unwrap_or_default();
        let left = left(course).map(|left| match course.phase {
            Phase::Queued => format!(", takes {left} once it begins"),
            _ if is_late(course) => format!(", {left}"),
            _ => format!(", {left} left"),
        });
        format!("{}{since}{}", phase(course), left.unwrap_or_default())
    }

    fn replacement(&self, course: &Course, block: &mut Block<'_>) {
        let Some(replacement) = &course.replacement else { return };
        let from = &replacement.from;
        match &replacement.to {
            Some(to) if to == from => block.line("Replaces", &format!("{from}, under the same name")),
            Some(to) => block.line("Replaces", &format!("{from} by {to}")),
            None if course.outlook == Outlook::UnderWay => block.line("Replaces", from),
            None => block.line("Would replace", from),
        }
        block.list("Change", &replacement.changes);
        // A person who is asked for approval has to see them all.
        if self.verbose || course.waiting_plan.is_some() {
            replacement.effects.iter().for_each(|effect| block.line("Effect", effect));
        }
        if let Some(ignored) = &replacement.ignored_approval {
            block.line("Approval", &format!("of {ignored} is of another plan, and changes nothing"));
        }
    }
}

/// The lines of a block, two blanks indented.
struct Block<'a> {
    look: &'a Look<'a>,
    text: String,
}

impl Block<'_> {
    fn line(&mut self, label: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let line = if label.is_empty() { format!("  {text}") } else { format!("  {label}: {text}") };
        self.text += &format!("{}\n", self.look.terminal.wrapped(&line, 4));
    }

    /// A command is copied, so it is never wrapped.
    fn command(&mut self, label: &str, command: &str) {
        self.text += &format!("  {label}: {command}\n");
    }

    fn list(&mut self, label: &str, lines: &[String]) {
        let shown = if self.look.verbose { lines.len() } else { SHOWN };
        lines.iter().take(shown).for_each(|line| self.line(label, line));
        if lines.len() > shown {
            self.line(label, &format!("and {} more: --verbose shows them", lines.len() - shown));
        }
    }
}

/// The phase, coloured by its outlook.
fn phase(course: &Course) -> String {
    let phase = course.phase();
    match course.outlook {
        Outlook::Settled if course.phase != Phase::Suspended => green(&phase),
        Outlook::Settled | Outlook::Held => yellow(&phase),
        Outlook::UnderWay => phase,
        Outlook::Stalled => red(&phase),
    }
}

fn none() -> String {
    "-".to_owned()
}

fn is_late(course: &Course) -> bool {
    course.left.is_some_and(|left| left.most.is_zero())
}

fn left(course: &Course) -> Option<String> {
    let left = course.left?;
    Some(if is_late(course) { "longer than usual".to_owned() } else { range(left.least, left.most) })
}

/// Whether an object has a block of its own.
fn has_something_to_say(course: &Course) -> bool {
    let finds = course.findings.iter().any(|finding| finding.severity != "Unknown");
    course.phase != Phase::Settled
        || course.waiting_plan.is_some()
        || finds
        || !course.pod_issues.is_empty()
        || !course.warnings.is_empty()
}

/// Findings by severity, the worst first, as status has them.
fn findings(course: &Course) -> Vec<(&str, Vec<String>)> {
    let mut found: Vec<(&str, Vec<String>)> = Vec::new();
    let told = course.message();
    for finding in course.findings.iter().filter(|finding| !told.contains(&finding.message)) {
        let line = format!("{}: {}", finding.check, finding.message);
        match found.iter_mut().find(|(severity, _)| *severity == finding.severity) {
            Some((_, lines)) => lines.push(line),
            None => found.push((&finding.severity, vec![line])),
        }
    }
    found
}

/// What only --verbose shows.
fn details(course: &Course, block: &mut Block<'_>) {
    for profile in &course.profiles {
        let issues: Vec<String> =
            profile.health_issues.iter().map(|issue| format!("; {}: {}", issue.code, issue.message)).collect();
        block.line("EKS profile", &format!("{} {}{}", profile.name, profile.status, issues.concat()));
    }
    if let Some(pods) = &course.pods {
        let crate::api::PodCounts { on_fargate, pending, elsewhere, .. } = pods;
        block.line("Pods", &format!("{on_fargate} on Fargate, {pending} pending, {elsewhere} elsewhere"));
    }
    if let Some(next_try) = &course.next_try {
        block.line("Next try", &next_try.0.strftime("%H:%M UTC").to_string());
    }
    for condition in &course.conditions {
        let (kind, is, reason) = (&condition.type_, &condition.status, &condition.reason);
        block.line("Condition", &format!("{kind} is {is} ({reason}): {}", condition.message));
    }
}

/// What a person can do about it: commands, each with its label.
fn commands(course: &Course) -> Vec<(&'static str, String)> {
    let name = &course.name;
    let mut commands = Vec::new();
    if course.waiting_plan.is_some() {
        commands.push(("Do", format!("kubectl fargate approve {name}")));
    }
    if course.suspended {
        commands.push(("Do", format!("kubectl fargate resume {name}")));
    }
    if course.outlook == Outlook::Stalled && course.waiting_plan.is_none() {
        commands.push(("Do, once that is fixed", format!("kubectl fargate retry {name}")));
    }
    commands
}

/// How many there are of each phase.
fn count(courses: &[Course]) -> String {
    let mut counts: BTreeMap<Phase, usize> = BTreeMap::new();
    for course in courses {
        *counts.entry(course.phase).or_default() += 1;
    }
    let counts: Vec<String> =
        counts.iter().map(|(phase, count)| format!("{count} {}", phase.words().to_lowercase())).collect();
    format!("{} FargateProfiles: {}", courses.len(), counts.join(", "))
}

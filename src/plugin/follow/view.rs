//! How what is followed is shown: redrawn on a terminal, else a line for each change, or a JSON document for each.

use std::collections::BTreeMap;
use std::io::Write;

use jiff::Timestamp;

use super::Goal;
use crate::plugin::status::{Course, Look};
use crate::plugin::terminal::{Terminal, columns};

/// Where it is shown.
pub(in crate::plugin) enum View {
    /// Rows drawn last time.
    Screen { drawn: usize, is_single: bool, verbose: bool },
    /// What was said last of each object.
    Lines(BTreeMap<String, String>),
    /// One document a line, as kubectl get --watch -o json.
    Documents(BTreeMap<String, String>),
}

impl View {
    pub(in crate::plugin) fn screen(is_single: bool, verbose: bool) -> Self {
        Self::Screen { drawn: 0, is_single, verbose }
    }

    pub(in crate::plugin) fn lines() -> Self {
        Self::Lines(BTreeMap::new())
    }

    pub(in crate::plugin) fn documents() -> Self {
        Self::Documents(BTreeMap::new())
    }

    /// Whether it shows times, and so is to be drawn anew as they pass.
    pub(super) fn has_a_clock(&self) -> bool {
        matches!(self, Self::Screen { .. })
    }

    /// Says something beside it, on standard error. The next picture comes below that.
    pub(super) fn aside(&mut self, line: &str) {
        if let Self::Screen { drawn, .. } = self {
            *drawn = 0;
        }
        anstream::eprintln!("{line}");
    }

    /// # Errors
    /// If a document cannot be written down.
    pub(super) fn show(
        &mut self,
        terminal: &Terminal,
        goal: &Goal,
        courses: &[Course],
        now: Timestamp,
    ) -> anyhow::Result<()> {
        match self {
            Self::Screen { drawn, is_single, verbose } => {
                let look = Look { terminal, verbose: *verbose, now };
                let picture = picture(&look, goal, courses, *is_single);
                anstream::print!("{}{picture}", erase(*drawn, terminal));
                let _ = std::io::stdout().flush();
                *drawn = rows(&picture, terminal.width.unwrap_or(usize::MAX));
            }
            Self::Lines(said) => {
                for (name, line) in news(said, courses, line_of) {
                    anstream::println!("{}  {name}  {}", now.strftime("%H:%M:%SZ"), line.as_deref().unwrap_or("Gone"));
                }
            }
            Self::Documents(said) => {
                let documents = courses.iter().map(|course| Ok((course.name.clone(), serde_json::to_string(course)?)));
                let documents: BTreeMap<String, String> = documents.collect::<Result<_, serde_json::Error>>()?;
                for (_, document) in news(said, courses, |course| documents[&course.name].clone()) {
                    // Nothing is written for an object that is gone.
                    document.iter().for_each(|document| anstream::println!("{document}"));
                }
            }
        }
        Ok(())
    }
}

fn picture(look: &Look<'_>, goal: &Goal, courses: &[Course], is_single: bool) -> String {
    match courses {
        // That the one that is followed is not there is told in the end. Others may be.
        [] if goal.name().is_some() => String::new(),
        [one] if is_single => look.block(one),
        all => look.all(all),
    }
}

/// What has changed since it was said last; nothing of an object that is gone.
fn news(
    said: &mut BTreeMap<String, String>,
    courses: &[Course],
    of: impl Fn(&Course) -> String,
) -> Vec<(String, Option<String>)> {
    let now: BTreeMap<String, String> = courses.iter().map(|course| (course.name.clone(), of(course))).collect();
    let gone = said.keys().filter(|name| !now.contains_key(*name)).map(|name| (name.clone(), None));
    let new = now.iter().filter(|(name, line)| said.get(*name) != Some(*line));
    let news = gone.chain(new.map(|(name, line)| (name.clone(), Some(line.clone())))).collect();
    *said = now;
    news
}

fn line_of(course: &Course) -> String {
    let message = course.message();
    if message.is_empty() { course.phase() } else { format!("{}: {message}", course.phase()) }
}

/// Erases what was drawn last. If it was taller than the terminal it has scrolled, so the whole screen is cleared.
fn erase(drawn: usize, terminal: &Terminal) -> String {
    match drawn {
        0 => String::new(),
        drawn if terminal.height.is_some_and(|height| drawn >= height) => "\x1b[H\x1b[J".to_owned(),
        drawn => format!("\x1b[{drawn}A\x1b[J"),
    }
}

/// How many rows a text takes in so many columns.
fn rows(text: &str, width: usize) -> usize {
    text.lines().map(|line| columns(line).div_ceil(width).max(1)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::wall;

    const TERMINAL: Terminal = Terminal { width: Some(80), height: Some(24), is_interactive: true };

    #[test]
    fn without_the_one_that_is_followed_there_is_no_picture() {
        let look = Look { terminal: &TERMINAL, verbose: false, now: wall(0) };
        for (goal, expected) in
            [(Goal::Settled("web".to_owned()), ""), (Goal::Quiet(None), "There are no FargateProfiles.\n")]
        {
            assert_eq!(picture(&look, &goal, &[], true), expected, "{goal:?}");
        }
    }

    #[test]
    fn a_picture_takes_as_many_rows_as_its_lines_and_what_is_too_long_more() {
        assert_eq!(rows("", 10), 0);
        assert_eq!(rows("one\n\n\x1b[31mtwo\x1b[0m\n", 10), 3);
        assert_eq!(rows("twenty-one characters\nshort", 10), 4);
    }

    #[test]
    fn a_picture_is_taken_away_as_far_as_it_is_seen() {
        let erased = [0, 3, 24].map(|drawn| erase(drawn, &TERMINAL));
        assert_eq!(erased, ["", "\x1b[3A\x1b[J", "\x1b[H\x1b[J"]);
    }
}

//! How the story is written: plain lines of at most [`WIDTH`] columns.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use eks_simulator::Control;

/// Columns.
const WIDTH: usize = 80;
/// Where the text of a line with a time and a source begins.
const INDENT: usize = 15;

/// Standard output, shared by who tells and who shows. Clones write to the same page.
#[derive(Clone, Debug)]
pub(super) struct Page {
    eks: Control,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    /// When the first command was given.
    began: Option<Duration>,
    written: Instant,
    heading_due: bool,
    /// While a command runs: what is seen meanwhile, to be shown after what the command prints.
    held: Option<Vec<String>>,
}

impl Page {
    /// A page whose clock is EKS's, from the first command on.
    pub(super) fn new(eks: Control) -> Self {
        let state = State { began: None, written: Instant::now(), heading_due: true, held: None };
        Self { eks, state: Arc::new(Mutex::new(state)) }
    }

    /// A paragraph.
    pub(super) fn paragraph(&self, text: &str) -> io::Result<()> {
        self.write(&format!("{}\n", wrapped(text, 0)))
    }

    /// Begins a step. What users see is headed anew.
    pub(super) fn step(&self, title: &str, why: &str) -> io::Result<()> {
        self.state().heading_due = true;
        let line: String = std::iter::repeat_n('-', WIDTH.saturating_sub(title.len() + 4)).collect();
        self.write(&format!("\n-- {title} {line}\n\n{}\n\n", wrapped(why, 0)))
    }

    /// A command, which `run` carries out, and what it printed.
    pub(super) fn command(&self, words: &[String], run: impl FnOnce() -> anyhow::Result<String>) -> anyhow::Result<()> {
        self.write(&typed(words))?;
        self.state().began.get_or_insert(self.eks.now());
        self.state().held = Some(Vec::new());
        let output = run();
        let held = self.state().held.take().unwrap_or_default();
        self.write(&output?.lines().map(|line| format!("    {line}\n")).chain(["\n".to_owned()]).collect::<String>())?;
        for line in held {
            self.write(&line)?;
        }
        Ok(())
    }

    /// A line of one of the sources, at the present time.
    pub(super) fn seen(&self, source: &str, text: &str) -> io::Result<()> {
        self.seen_at(self.eks.now(), source, text)
    }

    /// A line of one of the sources, at a time of EKS's clock.
    pub(super) fn seen_at(&self, at: Duration, source: &str, text: &str) -> io::Result<()> {
        let began = self.state().began.unwrap_or(at);
        let seconds = at.saturating_sub(began).as_secs();
        let text = wrapped(text, INDENT);
        self.show(format!("{:>2}:{:02} {source:<9}{}", seconds / 60, seconds % 60, text.trim_start()))
    }

    /// The same with a heading before it, if there was none in this step.
    pub(super) fn seen_under(&self, heading: &str, source: &str, text: &str) -> io::Result<()> {
        let due = std::mem::take(&mut self.state().heading_due);
        if due {
            self.show(format!("{:INDENT$}{heading}", ""))?;
        }
        self.seen(source, text)
    }

    /// A claim that held.
    pub(super) fn checked(&self, claim: &str) -> io::Result<()> {
        let text = wrapped(claim, INDENT);
        self.write(&format!("{:6}{:<9}{}", "", "checked", text.trim_start()))
    }

    /// Waits until nothing has been written for a moment: the sources have told what they know.
    pub(super) async fn quiet(&self) {
        const MOMENT: Duration = Duration::from_millis(400);
        const LIMIT: Duration = Duration::from_secs(3);
        let began = Instant::now();
        loop {
            let written = self.state().written;
            let since = written.max(began).elapsed();
            if since >= MOMENT || began.elapsed() >= LIMIT {
                return;
            }
            tokio::time::sleep(MOMENT.saturating_sub(since)).await;
        }
    }

    fn show(&self, text: String) -> io::Result<()> {
        let mut state = self.state();
        if let Some(held) = &mut state.held {
            held.push(text);
            return Ok(());
        }
        drop(state);
        self.write(&text)
    }

    fn write(&self, text: &str) -> io::Result<()> {
        let mut state = self.state();
        state.written = Instant::now();
        let mut out = io::stdout().lock();
        for line in text.lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        out.flush()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A command as one types it, in several lines if need be.
fn typed(words: &[String]) -> String {
    let mut text = "  $".to_owned();
    let mut column = text.len();
    for (index, word) in words.iter().enumerate() {
        if index > 0 && column + word.len() + 3 > WIDTH {
            text.push_str(" \\\n     ");
            column = 5;
        }
        text.push(' ');
        text.push_str(word);
        column += word.len() + 1;
    }
    text
}

/// Breaks lines at blanks and puts `indent` blanks before each.
fn wrapped(text: &str, indent: usize) -> String {
    let before = " ".repeat(indent);
    let mut lines = vec![];
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && indent + line.chars().count() + 1 + word.chars().count() > WIDTH {
                lines.push(format!("{before}{line}"));
                line.clear();
            } else if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(format!("{before}{line}"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{WIDTH, typed, wrapped};

    #[test]
    fn a_long_command_continues_on_the_next_line() {
        let words = ["kubectl", "patch", "fp", "fp-dev", "--type=merge", "-p", &"x".repeat(60)].map(str::to_owned);
        let text = typed(&words);
        assert!(text.lines().count() == 2 && text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert_eq!(text.replace(" \\\n     ", ""), format!("  $ {}", words.join(" ")));
    }

    #[test]
    fn lines_break_at_blanks_and_columns_within_a_line_stay() {
        let long = format!("a   b {}", ["word"; 20].join(" "));
        let lines: Vec<String> = wrapped(&long, 8).lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("        a   b word") && lines[0].len() <= WIDTH, "{lines:?}");
        assert!(lines[1].starts_with("        word"), "{lines:?}");
    }
}

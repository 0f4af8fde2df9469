//! What people type: `kubectl fargate`, run as its users run it.

mod change;
mod completion;
mod doctor;
mod explain;
mod get;
mod help;
mod import;
mod packages;
mod person;
mod plan;
mod scale;
mod session;
mod snapshots;
mod status;
mod wait;

use std::io::Write;
use std::process::{Command, Stdio};

use bed::Bed;

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Typed {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Typed {
    /// What it says, if it ends well.
    pub(crate) fn said(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self.out
    }
}

/// Types `kubectl fargate` and these words, with `input` on standard input, off a terminal. The simulated AWS goes on meanwhile in a
/// test whose runtime has another thread.
pub(crate) fn fargate(bed: &Bed, words: &[&str], input: &str) -> Typed {
    let mut command = bed.plugin().unwrap();
    command.args(words);
    typed(command, input)
}

/// The same where a terminal would have so many columns.
pub(crate) fn fargate_in(bed: &Bed, columns: usize, words: &[&str]) -> Typed {
    let mut command = bed.plugin().unwrap();
    command.args(words).env("COLUMNS", columns.to_string());
    typed(command, "")
}

/// The same beside what the test does meanwhile.
pub(crate) fn typing(bed: &Bed, words: &[&str]) -> tokio::task::JoinHandle<Typed> {
    let mut command = bed.plugin().unwrap();
    command.args(words);
    tokio::task::spawn_blocking(move || typed(command, ""))
}

/// A text without how long ago something was, which no two runs have in common.
pub(crate) fn untimed(text: &str) -> String {
    let is_age = |word: &str| {
        let number = word.trim_end_matches(['s', 'm', 'h', 'd']);
        number.len() < word.len() && !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
    };
    let word = |word: &str| match word.strip_suffix(',').unwrap_or(word) {
        age if is_age(age) => format!("{:1$}", "T", word.len()),
        _ => word.to_owned(),
    };
    let line = |line: &str| line.split(' ').map(word).collect::<Vec<_>>().join(" ").trim_end().to_owned();
    text.lines().map(|text| line(text) + "\n").collect()
}

/// The same on a terminal of 80 columns, as `script` (util-linux) provides one.
pub(crate) fn on_terminal(bed: &Bed, words: &[&str]) -> Typed {
    let plugin = bed.plugin().unwrap();
    let program = plugin.get_program().to_str().unwrap();
    let line = format!("stty cols 80 rows 50; {program} {}", words.join(" "));
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--return", "--command", &line, "/dev/null"]).env("TERM", "xterm").env_remove("NO_COLOR");
    for (key, value) in plugin.get_envs() {
        match value {
            Some(value) => terminal.env(key, value),
            None => terminal.env_remove(key),
        };
    }
    typed(terminal, "")
}

/// Makes a namespace, unless an earlier test of the same control plane has left it.
pub(crate) fn namespace(bed: &Bed, name: &str) {
    if let Err(error) = bed.kubectl().run(&format!("create namespace {name}")) {
        assert!(error.to_string().contains("already exists"), "{error}");
    }
}

fn typed(mut command: Command, input: &str) -> Typed {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Typed { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
}

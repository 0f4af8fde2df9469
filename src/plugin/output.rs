//! Answers for programs, and programs that do not read them to the end.

use std::panic;

use serde::Serialize;

/// Forms in which an answer has all that its text shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Form {
    Json,
    Yaml,
}

impl Form {
    /// # Errors
    /// If it cannot be written down.
    pub(super) fn print(self, answer: &impl Serialize) -> anyhow::Result<()> {
        match self {
            Self::Json => anstream::println!("{}", serde_json::to_string_pretty(answer)?),
            Self::Yaml => anstream::print!("{}", serde_saphyr::to_string(answer)?),
        }
        Ok(())
    }
}

/// As the shell tells of a program that SIGPIPE has ended.
const BROKEN_PIPE: i32 = 141;

/// Ends the process without a word where whoever reads its answer has seen enough, as `head` does. Rust ignores SIGPIPE, and what
/// prints panics.
pub(super) fn end_where_nobody_reads() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if info.payload_as_str().is_some_and(|told| told.starts_with("failed printing to") && told.contains("pipe")) {
            std::process::exit(BROKEN_PIPE);
        }
        usual(info);
    }));
}

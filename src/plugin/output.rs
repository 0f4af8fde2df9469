//! Output for programs, and readers that close the pipe early.

use std::panic;

use serde::Serialize;

/// Output formats for programs. They have everything that the text shows.
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

/// The exit code that a shell reports for a program killed by SIGPIPE.
const BROKEN_PIPE: i32 = 141;

/// Exits silently if the reader closes the pipe, as `head` does. Rust ignores SIGPIPE, so printing would panic.
pub(super) fn end_where_nobody_reads() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if info.payload_as_str().is_some_and(|told| told.starts_with("failed printing to") && told.contains("pipe")) {
            std::process::exit(BROKEN_PIPE);
        }
        usual(info);
    }));
}

//! Answers for programs.

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

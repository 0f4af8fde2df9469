//! What one check says.

use serde::Serialize;

use super::gather::{Missed, Read};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Level {
    Ok,
    /// It works, but is probably not intended.
    Warn,
    Fail,
    /// It was not checked.
    Skip,
}

impl Level {
    pub(super) const ALL: [Self; 4] = [Self::Fail, Self::Warn, Self::Ok, Self::Skip];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
            Self::Skip => "SKIP",
        }
    }
}

/// What one check says of one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line {
    pub(super) level: Level,
    /// Name of the check. It is an API, by `-o json`.
    pub(super) check: &'static str,
    /// What it is about, such as `FargateProfile web`.
    pub(super) about: String,
    pub(super) detail: String,
    /// What to do about it. Where a command follows, what it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cure: Option<String>,
    /// The command to run. It is copied, so it is never wrapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) command: Option<String>,
}

/// The name of a check, and what its lines are about unless they say otherwise.
#[derive(Clone, Copy, Debug)]
pub(super) struct Check(pub(super) &'static str, pub(super) &'static str);

impl Check {
    pub(super) fn line(self, level: Level, detail: impl Into<String>) -> Line {
        Line { level, check: self.0, about: self.1.to_owned(), detail: detail.into(), cure: None, command: None }
    }

    pub(super) fn ok(self, detail: impl Into<String>) -> Line {
        self.line(Level::Ok, detail)
    }

    pub(super) fn warn(self, detail: impl Into<String>) -> Line {
        self.line(Level::Warn, detail)
    }

    pub(super) fn fail(self, detail: impl Into<String>) -> Line {
        self.line(Level::Fail, detail)
    }

    pub(super) fn skip(self, detail: impl Into<String>) -> Line {
        self.line(Level::Skip, detail)
    }

    /// A missing right says nothing about the installation. A failed read may.
    pub(super) fn missed(self, missed: &Missed) -> Line {
        let level = if missed.is_refused { Level::Skip } else { Level::Warn };
        self.line(level, format!("not checked: {}", missed.why))
    }

    /// The lines about what was read, or one that says why it was not.
    pub(super) fn of<T>(self, read: &Read<T>, judge: impl FnOnce(&T) -> Vec<Line>) -> Vec<Line> {
        match read {
            Ok(found) => judge(found),
            Err(missed) => vec![self.missed(missed)],
        }
    }
}

impl Line {
    pub(super) fn about(self, about: impl Into<String>) -> Self {
        Self { about: about.into(), ..self }
    }

    pub(super) fn cure(self, cure: impl Into<String>) -> Self {
        Self { cure: Some(cure.into()), ..self }
    }

    pub(super) fn command(self, command: impl Into<String>) -> Self {
        Self { command: Some(command.into()), ..self }
    }
}

//! How a creation or deletion is going to end, set in advance.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{HealthIssue, Pattern};

/// How one creation or deletion goes. What is not said stays as the cluster's [`crate::Durations`] have it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It succeeds after this time (unscaled seconds in JSON).
    Takes(#[serde(with = "crate::seconds")] Duration),
    /// It ends in CREATE_FAILED or DELETE_FAILED.
    Fail {
        /// Shown in `health.issues`.
        issue: HealthIssue,
        /// After this time instead of the cluster's.
        #[serde(default, with = "crate::seconds::option")]
        after: Option<Duration>,
    },
}

impl Outcome {
    /// A failure with one of the model's codes, after the cluster's usual time.
    pub fn fail(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Fail { issue: HealthIssue::new(code, message), after: None }
    }
}

/// An outcome waiting for the operations it is meant for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlannedOutcome {
    /// Which profiles.
    #[serde(default)]
    pub profile: Pattern,
    /// How it goes.
    pub outcome: Outcome,
    /// How often; absent means every time.
    #[serde(default)]
    pub times: Option<u32>,
}

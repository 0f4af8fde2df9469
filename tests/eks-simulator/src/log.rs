//! The record of a run: every call and every change of state, in order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Operation, ProfileStatus};

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Counts from 1 without holes.
    pub seq: u64,
    /// Wall time in milliseconds since the epoch, with a fraction. Of a change that time brought about, when it was due.
    pub at_ms: f64,
    /// The service's own time: unscaled seconds since the simulator started.
    pub unscaled: f64,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

impl Entry {
    /// The call, if it is one.
    #[must_use]
    pub fn call(&self) -> Option<&CallRecord> {
        match &self.event {
            Event::Call(call) => Some(call),
            Event::Change(_) | Event::Cluster(_) => None,
        }
    }

    /// The change of a profile, if it is one.
    #[must_use]
    pub fn change(&self) -> Option<&ProfileChange> {
        match &self.event {
            Event::Change(change) => Some(change),
            Event::Call(_) | Event::Cluster(_) => None,
        }
    }
}

/// What a line of the log is about; in JSON the field `kind` tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// A call arrived (or, if it was late, took effect).
    Call(CallRecord),
    /// A profile changed its state or its tags.
    Change(ProfileChange),
    /// A cluster changed its state.
    Cluster(ClusterChange),
}

/// A call and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallRecord {
    /// The operation.
    pub operation: Operation,
    /// HTTP method.
    pub method: String,
    /// Path and query as received.
    pub path: String,
    /// The cluster it names.
    pub cluster: Option<String>,
    /// The profile it names.
    pub profile: Option<String>,
    /// The request's body, null if there was none.
    pub body: Value,
    /// HTTP status of the answer; absent when none was given, or was decided on only later.
    pub status: Option<u16>,
    /// Error code.
    pub error: Option<String>,
    /// Error text.
    pub message: Option<String>,
    /// The effect of the fault that befell it.
    pub fault: Option<String>,
    /// Whether the caller was sent the answer.
    pub answered: bool,
    /// Of a call that took effect late: the line of its arrival.
    pub late_of: Option<u64>,
    /// `User-Agent`.
    pub user_agent: Option<String>,
}

/// Who made a profile or brought about a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A call over HTTP.
    Call,
    /// Somebody else: [`crate::Outsider`].
    Outsider,
    /// The service itself, when the time had come.
    Time,
}

/// A profile's change. `from` equal to `to` means that the tags changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProfileChange {
    /// The cluster.
    pub cluster: String,
    /// The name.
    pub profile: String,
    /// The incarnation.
    pub arn: String,
    /// State before; absent if it did not exist.
    pub from: Option<ProfileStatus>,
    /// State after; absent if it is gone.
    pub to: Option<ProfileStatus>,
    /// Who did it.
    pub cause: Origin,
    /// Who made the profile.
    pub origin: Origin,
    /// Its tags, afterwards.
    pub tags: BTreeMap<String, String>,
}

/// A cluster's change as DescribeCluster would show it, a hidden update's beginning and end, or the end of an add-on's update
/// (`from` equal to `to`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClusterChange {
    /// The cluster.
    pub cluster: String,
    /// State before; absent if it did not exist.
    pub from: Option<String>,
    /// State after; absent if it is gone.
    pub to: Option<String>,
    /// How many updates are in progress afterwards, hidden ones included.
    pub updates: usize,
    /// Who did it.
    pub cause: Origin,
}

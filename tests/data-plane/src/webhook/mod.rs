//! The webhook that decides which pods are Fargate's, when they are created (UG; aws/karpenter-provider-aws 7455).
//!
//! - `certificate`: its TLS.
//! - `server`: receives reviews and lets the ordered state befall them.
//! - `review`: answers one.
//! - `configuration`: has the API server call it, or not.

mod certificate;
mod configuration;
mod review;
mod server;

use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::watch;

use crate::settings::{FailurePolicy, Settings, Webhook};

pub(crate) use configuration::{set, set_policy};
pub(crate) use server::prepare;

/// What is known of the webhook beside its server.
pub(crate) struct Endpoint {
    /// Where it listens.
    pub(crate) url: String,
    /// Its authority, PEM.
    pub(crate) authority: String,
    pub(crate) timeout: i32,
    /// How it answers; never `Absent`.
    pub(crate) manner: Mutex<Manner>,
    /// What the API server has been told to do when it fails.
    pub(crate) policy: Mutex<FailurePolicy>,
    /// The name of the last probe that it was asked about.
    pub(crate) probed: watch::Sender<String>,
}

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Well,
    After(Duration),
    Badly,
}

impl Endpoint {
    pub(crate) fn new(url: String, authority: String, settings: &Settings) -> Self {
        Self {
            url,
            authority,
            timeout: settings.webhook_timeout,
            manner: Mutex::new(Manner::Well),
            policy: Mutex::new(settings.failure_policy),
            probed: watch::Sender::default(),
        }
    }
}

impl Webhook {
    /// How it answers in this state; `None` if nobody asks.
    pub(crate) fn manner(self) -> Option<Manner> {
        match self {
            Self::Present => Some(Manner::Well),
            Self::Absent => None,
            Self::Slow(by) => Some(Manner::After(by)),
            Self::Failing => Some(Manner::Badly),
        }
    }
}

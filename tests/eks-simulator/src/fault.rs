//! Faults on order: what goes wrong with which calls.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Operation, Pattern};

/// Identifies an ordered fault, to take it away again.
pub type FaultId = u64;

/// A fault and the calls it befalls. Without [`Fault::times`], [`Fault::nth`] or [`Fault::lasting`] it stays until removed.
///
/// Where several faults match a call, each counts it and the one ordered first befalls it; the others have their turn
/// with the next matching call.
///
/// ```
/// use eks_simulator::{Effect, Fault, Operation};
/// // The third CreateFargateProfile of a profile web-… is carried out, but the caller never hears of it.
/// let fault = Fault::new(Effect::LoseReply)
///     .on([Operation::CreateFargateProfile])
///     .profile("web-*")
///     .nth(3);
/// # let _ = fault;
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The operations; none means all of them.
    #[serde(default)]
    pub operations: Vec<Operation>,
    /// Clusters. Anything but `*` passes over calls that name no cluster.
    #[serde(default)]
    pub cluster: Pattern,
    /// Profiles. Anything but `*` passes over calls that name no profile.
    #[serde(default)]
    pub profile: Pattern,
    /// Begins with the n-th matching call, counted from 1 and from when the fault was ordered.
    #[serde(default = "one")]
    pub from_nth: u64,
    /// How many calls it befalls; absent means any number.
    #[serde(default)]
    pub times: Option<u64>,
    /// How long after the order it works; absent means for ever.
    #[serde(default, with = "crate::seconds::option")]
    pub lasts: Option<Duration>,
    /// Which part of the calls it could befall it does befall, drawn for each; 1 is every one.
    #[serde(default = "certain")]
    pub probability: f64,
    /// Seed of that draw, so that the same calls meet the same faults.
    #[serde(default = "seed")]
    pub seed: u64,
    /// What happens.
    pub effect: Effect,
}

fn one() -> u64 {
    1
}

fn certain() -> f64 {
    1.0
}

fn seed() -> u64 {
    1
}

impl Fault {
    /// This effect on every call.
    #[must_use]
    pub fn new(effect: Effect) -> Self {
        Self {
            operations: Vec::new(),
            cluster: Pattern::default(),
            profile: Pattern::default(),
            from_nth: 1,
            times: None,
            lasts: None,
            probability: certain(),
            seed: seed(),
            effect,
        }
    }

    /// Only on these operations. [`Operation::MUTATIONS`] and [`Operation::LOOKS`] are ready-made sets.
    #[must_use]
    pub fn on(mut self, operations: impl IntoIterator<Item = Operation>) -> Self {
        self.operations.extend(operations);
        self
    }

    /// Only in clusters whose name matches.
    #[must_use]
    pub fn cluster(mut self, pattern: impl Into<Pattern>) -> Self {
        self.cluster = pattern.into();
        self
    }

    /// Only on profiles whose name matches.
    #[must_use]
    pub fn profile(mut self, pattern: impl Into<Pattern>) -> Self {
        self.profile = pattern.into();
        self
    }

    /// On this many calls.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// On the n-th matching call (from 1) and no other.
    #[must_use]
    pub fn nth(mut self, n: u64) -> Self {
        self.from_nth = n;
        self.times(1)
    }

    /// For this long, unscaled.
    #[must_use]
    pub fn lasting(mut self, unscaled: Duration) -> Self {
        self.lasts = Some(unscaled);
        self
    }

    /// On this part of the calls, by chance: 0.1 is every tenth.
    #[must_use]
    pub fn probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// Another run of chance.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

/// What happens to a call. Durations are unscaled. In messages, `{cluster}` and `{profile}` stand for the call's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// 429 ThrottlingException `Rate exceeded` (model).
    Throttled,
    /// 500 ServerException (model).
    ServerError,
    /// 503 ServiceUnavailableException (model).
    Unavailable,
    /// 500 with a page of HTML and no error code, as gateways and moto give.
    HtmlError,
    /// 428 ResourcePropagationDelayException: a fresh service-linked role (model).
    PropagationDelay,
    /// 403 AccessDeniedException in IAM's words, naming caller, action and resource (IAM User Guide, access denied messages).
    AccessDenied,
    /// 409 ResourceInUseException, an update is in progress, whatever the cluster's state (terraform-aws-eks 2194).
    UpdateInProgress,
    /// Any other error. Nothing is carried out.
    Error {
        /// HTTP status.
        status: u16,
        /// Error code; absent leaves the header out.
        code: Option<String>,
        /// Text.
        message: String,
    },
    /// Carried out at once, answered later: of a look, the answer is old when it comes.
    Slow {
        /// By how much.
        #[serde(with = "crate::seconds")]
        by: Duration,
    },
    /// The connection closes, nothing is carried out.
    Cut,
    /// Carried out, then the connection closes without a reply.
    LoseReply,
    /// The call is held on the wire: it is carried out later, as if it had arrived then, and its answer is lost.
    Late {
        /// How much later.
        #[serde(with = "crate::seconds")]
        by: Duration,
        /// Whether the caller is left waiting until it gives up by itself; otherwise its connection closes at once.
        #[serde(default)]
        silent: bool,
    },
    /// A look is answered from what was true this long ago. Calls that change something are neither affected nor counted.
    Stale {
        /// How long ago.
        #[serde(with = "crate::seconds")]
        by: Duration,
    },
    /// A look is answered from what was true when the fault was ordered; the same.
    Frozen,
}

impl Effect {
    /// The name it has on the control endpoint and in the log.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::ServerError => "server_error",
            Self::Unavailable => "unavailable",
            Self::HtmlError => "html_error",
            Self::PropagationDelay => "propagation_delay",
            Self::AccessDenied => "access_denied",
            Self::UpdateInProgress => "update_in_progress",
            Self::Error { .. } => "error",
            Self::Slow { .. } => "slow",
            Self::Cut => "cut",
            Self::LoseReply => "lose_reply",
            Self::Late { .. } => "late",
            Self::Stale { .. } => "stale",
            Self::Frozen => "frozen",
        }
    }

    /// Whether it can befall looks only.
    pub(crate) fn is_for_looks(&self) -> bool {
        matches!(self, Self::Stale { .. } | Self::Frozen)
    }
}

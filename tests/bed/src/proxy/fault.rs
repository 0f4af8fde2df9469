//! What can be done to an effect.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What is done to an effect.
#[derive(Clone)]
pub enum Fault {
    /// The operator dies, and the request with it.
    KillBefore,
    /// The request takes effect, and the operator dies before the answer reaches it.
    KillAfter,
    /// The operator dies with the request on the wire. It arrives when the next operator has been at work for a while.
    KillWithLate {
        /// How long the next one has been asking.
        by: Duration,
    },
    /// The request takes effect; in place of the answer, the connection closes.
    LoseReply,
    /// The request is forwarded later, and its answer is lost.
    Late {
        /// How much later.
        by: Duration,
        /// Whether the operator is left waiting; otherwise its connection closes at once.
        silent: bool,
    },
    /// The request is answered with an error and forwarded never.
    Refuse(Refusal),
    /// The request takes effect, and is answered with a server error.
    Belie,
    /// This is called, then the request is forwarded as if nothing were.
    First(Arc<dyn Fn() + Send + Sync>),
}

/// With which error a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 500.
    ServerError,
    /// What a client has to put up with: EKS throttles, Kubernetes sees a conflict.
    TurnedAway,
    /// Who asks has no right to it.
    Denied,
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KillBefore => f.write_str("killed before it"),
            Self::KillAfter => f.write_str("killed after it"),
            Self::KillWithLate { by } => write!(f, "killed with it on the wire for {by:?}"),
            Self::LoseReply => f.write_str("its reply is lost"),
            Self::Late { by, silent: true } => write!(f, "it is silently late by {by:?}"),
            Self::Late { by, silent: false } => write!(f, "cut, and late by {by:?}"),
            Self::Refuse(Refusal::ServerError) => f.write_str("it is answered 500"),
            Self::Refuse(Refusal::TurnedAway) => f.write_str("it is turned away"),
            Self::Refuse(Refusal::Denied) => f.write_str("it is denied"),
            Self::Belie => f.write_str("it takes effect and is answered 500"),
            Self::First(_) => f.write_str("something is done first"),
        }
    }
}

//! How calls fail.

/// How a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fail {
    /// 409.
    Busy,
    /// 404.
    Gone,
    /// EKS has no free slot.
    Quota,
    /// EKS refuses the spec.
    Refused,
    /// There was no definite answer.
    NoAnswer,
    Blocked,
    EvictionRefused,
}

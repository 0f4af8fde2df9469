//! How calls fail.

/// How a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fail {
    /// 409.
    Busy,
    /// 404.
    Gone,
    /// EKS has no room for it.
    Quota,
    /// EKS refuses the spec.
    Refused,
    /// Nobody knows.
    NoAnswer,
    /// An eviction is not possible now.
    Blocked,
    /// An eviction is not allowed.
    EvictionRefused,
}

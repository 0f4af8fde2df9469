//! Decides what to do next: [`Snapshot`] → [`Step`]. Pure: no client, no clock, no randomness; time and identity are
//! arguments.
//!
//! The operator owns a *set* of EKS profiles for each object, known by their tags. EKS shows nearly everything that a
//! decision needs, so that a decision hardly ever depends on what an earlier one remembered.
//!
//! # Guarantees
//! - Only profiles that carry our ownership tags are deleted or changed, or one whose adoption was asked for.
//! - A superseded profile is deleted only while an owned profile that equals the spec is ACTIVE and sorts before it, and
//!   only when the pods on it are known to be none.
//! - Nothing is derived in quiet time.

mod drift;
#[cfg(test)]
pub(crate) mod fixture;
mod leaving;
mod living;
mod name;
mod obstacle;
mod ownership;
mod picture;
mod snapshot;
mod step;
#[cfg(test)]
mod tests;
mod wanted;

pub use drift::{changes, tag_drift};
pub use ownership::{is_of_installation, is_owned};
pub use picture::Picture;
pub use snapshot::{Attempt, ClusterState, Defaults, Effect, Pods, Rival, Snapshot, Subject};
pub use step::{DeleteCause, DropCause, Rest, Step, TagCause};
pub use wanted::{Wanted, stem};

/// The one thing to do next.
#[must_use]
pub fn plan(snapshot: &Snapshot, picture: &Picture<'_>) -> Step {
    if snapshot.object.deleting { leaving::decide(snapshot, picture) } else { living::decide(snapshot, picture) }
}

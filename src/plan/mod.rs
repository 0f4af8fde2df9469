//! Decides what to do next: [`Snapshot`] → [`Step`]. Pure: no client, no clock, no randomness; time and identity are
//! arguments.
//!
//! The operator owns a *set* of EKS profiles for each object, known by their tags. EKS shows nearly everything that a
//! decision needs, so that a decision hardly ever depends on what an earlier one remembered.
//!
//! # Guarantees
//! - Only profiles that carry our ownership tags are deleted or changed, or one whose adoption was asked for.
//! - A superseded profile is deleted only while an owned profile is ACTIVE that sorts before it, and only when the pods on
//!   it are known to be none, the time for moving them is over under `onTimeout: Proceed`, or a person has approved its
//!   end.
//! - A pod is evicted only for a profile that takes it before its own one does.
//! - The only profile is deleted only under DeleteFirst, while it is ACTIVE and on record to be put back.
//! - Nothing is derived in quiet time.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

mod approval;
mod capacity;
mod create_first;
mod creation;
mod delete_first;
mod deletion;
mod desired;
mod drain;
mod drift;
mod facts;
#[cfg(test)]
pub(crate) mod fixture;
mod handover;
mod leftovers;
mod name;
mod other_object;
mod ownership;
mod pending_pods;
mod preconditions;
mod present;
mod settle;
mod snapshot;
mod steady;
mod step;
#[cfg(test)]
mod tests;
mod unknown;
mod wait;

pub use delete_first::{needs_the_next_turn, refusal};
pub use desired::{Desired, stem};
pub use drain::{Blocker, Drain, Forecast, Stage, forecast, next_to_go};
pub use drift::{changes, changes_since, tag_drift};
pub use facts::{Drift, Facts};
pub use handover::{Obstacle, Successor};
pub use name::is_of as is_name_of;
pub use other_object::OtherObject;
pub use ownership::{is_of_installation, is_owned};
pub use pending_pods::next_due;
pub use snapshot::{ActionKey, ClusterState, Defaults, ObjectInfo, Pods, PodsUnavailable, RetryState, Snapshot};
pub use step::{Checkpoint, CreateCause, DeleteCause, DropCause, EvictCause, Eviction, Step, TagCause};
pub use wait::Wait;

/// The one thing to do next.
#[must_use]
pub fn plan(facts: &Facts<'_>) -> Step {
    if facts.snapshot.object.deleting { deletion::decide(facts) } else { present::decide(facts) }
}

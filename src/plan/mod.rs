//! Decides what to do next: [`Facts`] → [`Step`]. Pure, as [`state`](crate::state) is.
//!
//! # Guarantees
//! - Only profiles with our ownership tags are deleted or changed, or a profile whose adoption was requested.
//! - A superseded profile is deleted only while an owned profile that sorts before it is ACTIVE. It must also have no
//!   pods, have reached the time limit under `onTimeout: Proceed`, or be approved by a person.
//! - A pod is evicted only for a profile that takes it before its own one does.
//! - The only profile is deleted only under DeleteFirst, while it is ACTIVE and recorded for restoring.
//! - Nothing is derived in quiet time.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

mod capacity;
mod create_first;
mod creation;
mod delete_first;
mod deletion;
mod drain;
#[cfg(test)]
pub(crate) mod fixture;
mod leftovers;
mod mending;
mod pending_pods;
mod preconditions;
mod prerequisites;
mod present;
mod settle;
mod steady;
mod step;
#[cfg(test)]
mod tests;
mod unknown;
mod wait;

pub use delete_first::needs_the_next_turn;
pub(crate) use delete_first::{opens_gap, refusal};
pub use drain::{Blocker, Drain, Stage, next_to_go};
pub(crate) use drain::{Forecast, forecast};
pub(crate) use mending::{due as mends_due, role_left_behind};
pub(crate) use pending_pods::next_due;
pub(crate) use step::TagCause;
pub use step::{Checkpoint, CreateCause, DeleteCause, DropCause, EvictCause, Eviction, Step};
pub use wait::Wait;

use crate::state::Facts;

/// The one step to take next.
#[must_use]
pub fn plan(facts: &Facts<'_>) -> Step {
    if facts.snapshot.object.deleting { deletion::decide(facts) } else { present::decide(facts) }
}

//! The facts about one object, without any decision. Pure: no client, no clock, no randomness. Time and identity are
//! arguments.
//!
//! The operator owns a *set* of EKS profiles for each object and finds them by their tags. EKS shows nearly everything
//! that a decision needs, so a decision hardly ever depends on what an earlier one remembered.

#![cfg_attr(not(test), deny(clippy::wildcard_enum_match_arm))]

pub(crate) mod approval;
mod defaults;
mod desired;
mod drift;
mod facts;
#[cfg(test)]
pub(crate) mod fixture;
pub(crate) mod handover;
mod installation;
pub(crate) mod name;
mod other_object;
mod overlap;
pub(crate) mod ownership;
mod pods;
mod snapshot;

pub use defaults::{DefaultSubnets, Defaults};
pub use desired::Desired;
pub(crate) use desired::{first_name, given_name, selectors, stem};
pub(crate) use drift::{changes, changes_since, tag_drift};
pub use facts::{Drift, Facts};
pub use handover::{Obstacle, Successor};
pub use installation::InstallationRecord;
pub(crate) use name::is_of as is_name_of;
pub use other_object::OtherObject;
pub(crate) use overlap::{Loss, Overlap, Rival, overlaps};
pub use ownership::Manager;
pub(crate) use ownership::{is_of_installation, is_owned, manager, managers, owner};
pub use pods::{NearMiss, Outside, Pods, PodsUnavailable};
pub use snapshot::{ActionKey, ClusterState, Mending, ObjectInfo, RetryState, Snapshot};

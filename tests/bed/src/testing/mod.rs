//! What the tests of more than one crate share: waits for a condition, and a namespace with what tests do in it.
//!
//! A helper ends with a panic, as a test does.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod dns;
mod mending;
mod namespace;
mod pods;
mod profiles;
mod record;
mod wait;
mod workloads;

pub use dns::{dns_service, install_coredns};
pub use mending::{MENDING, managed_role, surroundings};
pub use namespace::TestNamespace;
pub use pods::{is_ready, pod_condition};
pub use wait::{LIMIT, found, in_time, until, until_async, until_blocking};
pub use workloads::{deployment, template};

//! The real binary against a real kube-apiserver and the EKS simulator, in scaled time.
//!
//! Each test has a bed of its own. Tests wait on conditions, never for a time; where "nothing happens" is the point, they
//! count the passes and looks in which nothing happened.

// Helpers of tests may end with a panic as tests may; clippy.toml's setting only reaches into functions with #[test].
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod cost;
mod drain;
mod faults;
mod handover;
mod install;
mod known_traps;
mod lifecycle;
mod mending;
mod messages;
mod plugin;
mod pod_issues;
mod pods;
mod prerequisites;
mod simulator;
mod support;

//! The real binary against a real kube-apiserver and the EKS simulator, in scaled time.
//!
//! Each test has a bed of its own. Tests wait on conditions, never for a time; where "nothing happens" is the point, they
//! count the passes and looks in which nothing happened.

// Helpers of tests may end with a panic as tests may; clippy.toml's setting only reaches into functions with #[test].
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod approval;
mod aws_cli;
mod calm;
mod chart;
mod delete_first;
mod delete_first_refused;
mod drain;
mod edit_on_edit;
mod film;
mod first_profiles;
mod footprint;
mod ha;
mod handover;
mod iam;
mod largest;
mod lookout;
mod oracle;
mod outages;
mod outsiders;
mod ownership;
mod pace;
mod patience;
mod play;
mod pods;
mod policies;
mod random_edits;
mod refused;
mod replacement;
mod restart;
mod rides;
mod scenes;
mod second_opinion;
mod skew;
mod steady;
mod support;
mod sweep;
mod throughput;
mod traces;
mod traces_gap;
mod traces_names;
mod traces_slots;
mod trouble;
mod two_objects;
mod unknown;

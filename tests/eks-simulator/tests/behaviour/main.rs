//! The simulator's behaviour, seen over HTTP as a client sees it.
//!
//! Most tests stop the simulator's clock and move it by hand, so that "just before" and "just after" are exact.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod access_changes;
mod addons;
mod caller;
mod clusters;
mod control_endpoint;
mod ec2;
mod faults;
mod iam;
mod iam_changes;
mod identity;
mod lateness;
mod log;
mod mending;
mod network;
mod outsiders;
mod program;
mod quotas;
mod requests;
mod states;
mod tags;
mod tokens;
mod turns;

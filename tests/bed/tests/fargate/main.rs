//! Fargate on the bed: a real control plane that all tests share, each with its own namespace and profiles.
//!
//! Tests that change what concerns every pod have the bed to themselves ([`setup::exclusive`]).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod choice;
mod coredns;
mod deletion;
mod ec2;
mod knowledge;
mod leftovers;
mod lives;
mod many;
mod setup;
mod trouble;
mod unfit;
mod webhook;

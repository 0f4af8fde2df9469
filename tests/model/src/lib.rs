//! A model checker over the operator's real planner, turns and status derivation. See docs/architecture.md.
#![cfg(test)]
// All of this is test code, and tests may end with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod apply;
mod calls;
mod clock;
mod config;
mod config_handover;
mod config_pods;
mod digest;
mod drains;
mod edits;
mod eks;
mod event_budget;
mod eviction;
mod fail;
mod handover;
mod invariants;
mod memo;
mod moves;
mod mutants;
mod other_objects;
mod pass;
mod pod_moves;
mod pods;
mod print;
mod real;
mod rollout;
mod search;
mod served;
mod sight;
mod start;
mod storms;
mod tests;
mod webhook;
mod world;

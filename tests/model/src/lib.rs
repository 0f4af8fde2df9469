//! A model checker over the operator's real planner, turns and status derivation. See docs/architecture.md.
#![cfg(test)]
// All of it is test code, and tests may end with a panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod book;
mod config;
mod edits;
mod eks;
mod invariants;
mod memory;
mod moves;
mod mutants;
mod pass;
mod print;
mod real;
mod search;
mod tests;
mod world;

//! The charts: what they render, what a release of them does in a real API server, and what the operator may do by it.
//!
//! Nothing here executes containers: where it matters, the test is the kubelet (see [`kubelet`]).

mod deploy;
pub mod helm;
mod kubelet;
mod mending;
mod messages;
mod recorder;
mod release;
mod rendered;
mod rights;
mod settings;
mod take_over;
mod uninstall;

//! fargate-operator: a Kubernetes operator for AWS EKS Fargate profiles.
//!
//! A reconcile pass is one straight way through the house, and the modules are its rooms in order. Nothing flows back.
//!
//! ```text
//! controller ──► observe ──► plan ──► act ──► report
//!                reads        pure     one     status, events,
//!                EKS, pods    decision effect  requeue
//! ```
//!
//! - [`time`], [`intervals`], [`message`], [`failure`]: what every room may use.
//! - [`api`]: what users write and read.
//! - [`kubernetes`]: calls to Kubernetes, each within a time limit.
//! - [`aws`], [`ec2`], [`quotas`]: what the ports to AWS share, and those that only read.
//! - [`iam`], [`eks`]: the ports to IAM and EKS, in our own types.
//! - [`controller`]: wiring, the loop, back-off.
//! - [`leader`]: which of several processes acts.
//! - [`observe`]: gathers a [`state::Snapshot`].
//! - [`placement`]: which pods an EKS profile takes, and whether they can run there.
//! - [`prerequisites`]: what a Fargate profile needs of network, role and cluster, and what of it is missing.
//! - [`mending`]: what of that the operator may put right by itself, if the install asks for it.
//! - [`state`]: what is known of one object, and what follows from it.
//! - `explain`: why a pod is, or is not, on Fargate.
//! - [`import`]: profiles that other tools made or describe, as manifests.
//! - [`plan`]: decides on exactly one [`plan::Step`], without I/O, clock or randomness.
//! - [`act`]: carries out that step, in its turn.
//! - [`memory`]: what was tried, and when it is tried again.
//! - [`report`]: what happened becomes status, events and the time of the next pass.
//! - `forecast`: what is going to happen: passes, played on a copy of a cluster.
//! - [`telemetry`]: logs, metrics, health endpoints, traces.
//! - [`cli`]: the subcommands.
//! - [`plugin`]: `kubectl fargate`, what people type.

#![forbid(unsafe_code)]
#![warn(unreachable_pub)]
#![allow(missing_docs)]

pub mod act;
// The types of the API are public, wherever they stand: a derive of kube asks for it.
#[allow(unreachable_pub)]
#[warn(missing_docs)]
pub mod api;
pub mod aws;
pub mod cli;
mod controller;
pub mod ec2;
pub mod eks;
mod explain;
pub mod failure;
mod forecast;
pub mod iam;
pub mod import;
pub mod intervals;
mod kubernetes;
mod leader;
pub mod memory;
pub mod mending;
mod message;
pub mod observe;
pub mod placement;
pub mod plan;
pub mod plugin;
pub mod prerequisites;
pub mod quotas;
pub mod report;
pub mod state;
pub mod telemetry;
mod time;

//! The test bed: a real Kubernetes control plane, the EKS simulator and the operator, started and stopped together.
//!
//! - [`programs`]: where the executables come from.
//! - [`child`]: child processes that never outlive this one.
//! - [`port`]: ports that stay with whoever has them.
//! - [`certificates`]: the control plane's TLS.
//! - [`control_plane`]: etcd, kube-apiserver and kube-controller-manager.
//! - `install`: what a user installs, put there for every bed.
//! - [`operator`]: the operator's own binary.
//! - Fargate itself is the crate [`data_plane`].
//! - [`bed`]: all of it together, with a pool of control planes for tests, each of which is `reset` before it is used again.
//! - [`kubectl`] and [`aws`]: the command lines, as a user types them.
//! - [`proxy`]: proxies between the operator and its two APIs, and what they do to its effects.
//! - [`moto`]: an EKS of somebody else's making.
//! - [`testing`]: what the tests of more than one crate share.

#![forbid(unsafe_code)]

pub mod aws;
pub mod bed;
pub mod certificates;
pub mod child;
pub mod control_plane;
mod install;
pub mod kubectl;
pub mod moto;
pub mod operator;
pub mod port;
pub mod programs;
pub mod proxy;
mod reset;
pub mod testing;
mod webhook;

pub use aws::Aws;
pub use bed::{Bed, CLUSTER, OTHER_ROLE, Options, ROLE};
pub use control_plane::{ControlPlane, DNS_ADDRESS};
pub use kubectl::Kubectl;
pub use moto::Moto;
pub use operator::{Operator, OperatorSettings};
pub use port::Port;
pub use proxy::{Fault, Proxies, Refusal};

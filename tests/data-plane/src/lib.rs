//! AWS Fargate for EKS as a cluster sees it, played against a real kube-apiserver: which pods a profile takes, what
//! becomes of them, what the end of a profile does to them, and where EKS has CoreDNS run.
//!
//! - `webhook`: labels pods as they are created, by `choice` among the `profiles` it knows of.
//! - `pass`: looks at one pod and does the next thing to it: `scheduler` (a node of its own, if `fitness` allows),
//!   `kubelet` (running, ready, finished, stopped), `reaper` (the end of its profile), `ec2` (pods not meant for Fargate).
//! - `coredns` is what the add-on of that name does to its Deployment when it is updated.
//! - `lives` remembers what a pod's object does not say; [`record`] is what the watch has told, in order.
//! - [`Settings`] and [`Switches`] say what kind of world it is, [`Control`] changes that while it runs.
//!
//! Durations are unscaled throughout, and times are those of the EKS simulator: a node that takes 45 seconds is there
//! after 0.75 s at 60 times the speed. Kubernetes' own clocks do not scale: the API server's patience with the webhook,
//! `minReadySeconds`, a Job's back-off.
//!
//! # Sources
//!
//! Each behaviour carries where it is known from: "UG" is the EKS User Guide's chapters on Fargate, a name with a number
//! is an issue or a pull request on GitHub. What nobody outside AWS knows can be set either way.
//!
//! # Not played
//!
//! Resource sizes and the account's vCPU quota, networking (Services get endpoints, nothing listens), volumes,
//! taints and affinities for pods on EC2 nodes but for the node that a DaemonSet names, node leases (the bed's
//! controller-manager runs no node lifecycle).
//!
//! # Why not kwok
//!
//! kwok plays nodes and pod states by rules in YAML. It knows nothing of a profile: not the webhook, not the choice, not a
//! node for each pod, not the end of a profile's pods, which are the greater part of what is here. It is a program in Go
//! with a clock and a state of its own beside the simulator's; what remains for it, a pod that becomes ready and goes, is
//! the two files `kubelet` and `status`, in the simulator's time, changeable by a test for one profile at a time.

#![forbid(unsafe_code)]

mod choice;
mod control;
mod coredns;
mod ec2;
mod fitness;
mod kubelet;
mod lives;
mod names;
mod node;
mod pass;
mod plane;
mod profiles;
mod reaper;
pub mod record;
mod scheduler;
mod settings;
mod status;
mod watch;
mod webhook;

pub use control::Control;
pub use coredns::coredns;
pub use names::{COMPUTE_TYPE, COREDNS, COREDNS_NAMESPACE, EKS_MANAGER, PROFILE_LABEL, RUNS_FOR, SCHEDULER, WEBHOOK};
pub use plane::{DataPlane, start};
pub use record::{Entry, Record, What};
pub use settings::{Ended, FailurePolicy, Order, Refusal, Settings, Switches, Trouble, TroubleKind, Webhook};

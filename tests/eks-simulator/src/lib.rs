//! An Amazon EKS that keeps the real service's rules for Fargate profiles, on loopback, for tests, demonstrations and benchmarks.
//!
//! It speaks EKS's REST API (clusters, Fargate profiles, tags, access entries, add-ons), what EC2 tells of the network,
//! IAM's API for roles, Service Quotas' GetServiceQuota and STS's GetCallerIdentity, over plain HTTP on one port, without
//! looking at signatures. Profiles go through their states over time, one mutation at a time in a cluster, with the
//! service's own error codes and texts; see the README for each behaviour and where it is known from.
//!
//! ```no_run
//! # use std::time::Duration;
//! # use eks_simulator::{ClusterSettings, Effect, Fault, Operation, Settings, Visibility, start};
//! # async fn example() -> std::io::Result<()> {
//! let eks = start(Settings::scaled(60.0)).await?;
//! eks.add_cluster(ClusterSettings::named("prod"));
//! eks.add_fault(Fault::new(Effect::Throttled).on([Operation::DescribeFargateProfile]).times(3));
//! eks.begin_update("prod", Duration::from_secs(600), Visibility::Hidden)
//!     .map_err(std::io::Error::other)?;
//! // point a client at eks.url() …
//! eks.wait_for(|eks| eks.profile("prod", "web").is_some()).await;
//! eks.stop().await;
//! # Ok(()) }
//! ```
//!
//! The rooms of the house: `http` receives a call and lets the ordered faults befall it, `eks`, `ec2`, `iam`, `quotas` and
//! `sts` answer it by the `rules` from the `world`, and whatever happens is written to the [`log`]. [`Control`] is how a test
//! sets all this, from Rust or over `/_simulator/…`. What EC2 tells of a cluster's network and what EKS thinks of its
//! subnets come from the same `network`; likewise `role` for IAM and EKS, and the settings' quotas for Service Quotas and EKS.

#![forbid(unsafe_code)]

mod access_entry;
mod addon;
pub mod analysis;
mod choices;
mod clock;
mod cluster_settings;
mod control;
mod ec2;
mod eks;
mod fault;
mod http;
mod iam;
pub mod log;
mod network;
mod operation;
mod outcome;
mod outsider;
mod pattern;
mod profile;
mod quotas;
mod role;
mod role_settings;
mod rules;
mod seconds;
mod service;
mod settings;
mod simulator;
mod sts;
mod world;
mod xml;

pub use access_entry::{AccessEntry, Entrance};
pub use addon::Addon;
pub use choices::{
    AddonUpdate, Choices, ErrorFields, FirstConflict, NameCharacters, OmittedSubnets, RepeatedDelete, TokenReplay,
};
pub use cluster_settings::{ApiServer, ClusterSettings, Durations, Quotas};
pub use control::Control;
pub use eks::addon::AddonRequest;
pub use eks::error::ApiError;
pub use fault::{Effect, Fault, FaultId};
pub use network::{NatGateway, Network, Permission, Route, RouteTable, SecurityGroup, Subnet, Vpc, VpcEndpoint};
pub use operation::Operation;
pub use outcome::{Outcome, PlannedOutcome};
pub use outsider::Outsider;
pub use pattern::Pattern;
pub use profile::{HealthIssue, Profile, ProfileSpec, ProfileStatus, Selector};
pub use role::{Role, RoleTrust};
pub use role_settings::RoleSettings;
pub use settings::Settings;
pub use simulator::{Simulator, start};
pub use world::cluster::Visibility;
pub use world::identity::Identity;

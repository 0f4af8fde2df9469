//! What pods depend on beside their profile: the network and the roles.

use std::sync::Arc;

use super::Control;
use crate::{ApiError, Network, Role, RoleTrust};

impl Control {
    /// Changes the network of a cluster. Clusters with the same network go on sharing it.
    pub fn change_network(&self, cluster: &str, change: impl FnOnce(&mut Network)) -> Result<(), ApiError> {
        self.shared.with(|world| {
            world.change_settings(cluster, |found| {
                let mut network = found.network().into_owned();
                change(&mut network);
                Arc::make_mut(&mut found.settings).network = Some(network);
            })
        })
    }

    /// The network of a cluster.
    pub fn network(&self, cluster: &str) -> Result<Network, ApiError> {
        self.shared.with(|world| Ok(world.cluster(cluster)?.network().into_owned()))
    }

    /// Says whether EKS may use a role, and leaves the rest of it. [`RoleTrust::TrustedAfter`] counts from now.
    pub fn set_role(&self, arn: &str, trust: RoleTrust) {
        self.shared.with(|world| {
            let role = Role::with(world.role(arn), trust, world.now, world.clock.wall(world.now));
            world.roles.insert(arn.to_owned(), role);
        });
    }

    /// Changes a role: its trust policy, what is attached to it and so on. One that does not exist is made.
    pub fn change_role(&self, arn: &str, change: impl FnOnce(&mut Role)) {
        self.shared.with(|world| {
            let made = Role { created_at: world.clock.wall(world.now), ..Role::default() };
            let mut role = world.role(arn).unwrap_or(made);
            change(&mut role);
            world.roles.insert(arn.to_owned(), Some(role));
        });
    }

    /// A role as it is, if there is one.
    #[must_use]
    pub fn role(&self, arn: &str) -> Option<Role> {
        self.shared.with(|world| world.role(arn))
    }
}

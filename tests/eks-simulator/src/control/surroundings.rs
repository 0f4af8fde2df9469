//! What pods depend on beside their profile: the network and the roles.

use std::sync::Arc;

use super::Control;
use crate::{Addon, ApiError, Entrance, Network, Role, RoleSettings, RoleTrust, eks::access};

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

    /// An add-on as it is, if there is one; also on the control endpoint, in the settings of its cluster.
    #[must_use]
    pub fn addon(&self, cluster: &str, name: &str) -> Option<Addon> {
        self.shared.with(|world| world.clusters.get(cluster)?.settings.addons.get(name).cloned())
    }

    /// Whether kubelets that have the role of this profile are let into its cluster.
    pub fn entrance(&self, cluster: &str, profile: &str) -> Result<Entrance, ApiError> {
        self.shared.with(|world| {
            let found = world.cluster(cluster)?;
            let profile = found.profiles.get(profile).ok_or_else(|| ApiError::no_profile(cluster, profile))?;
            Ok(access::entrance(world, found, &profile.pod_execution_role_arn))
        })
    }

    /// Says whether EKS may use a role, and leaves the rest of it. [`RoleTrust::TrustedAfter`] counts from now.
    pub fn set_role(&self, arn: &str, trust: RoleTrust) {
        self.shared.with(|world| {
            let role = Role::with(world.role_or_new(arn), trust, world.now);
            world.roles.insert(arn.to_owned(), role);
        });
    }

    /// Changes a role: its trust policy, what is attached to it and so on. One that does not exist is made.
    pub fn change_role(&self, arn: &str, change: impl FnOnce(&mut Role)) {
        self.shared.with(|world| {
            let mut role = world.role_or_new(arn);
            change(&mut role);
            world.roles.insert(arn.to_owned(), Some(role));
        });
    }

    /// Changes what holds for all roles.
    pub fn change_role_settings(&self, change: impl FnOnce(&mut RoleSettings)) {
        self.shared.with(|world| change(&mut world.role_settings));
    }

    /// A role as it is, if there is one.
    #[must_use]
    pub fn role(&self, arn: &str) -> Option<Role> {
        self.shared.with(|world| world.role(arn))
    }
}

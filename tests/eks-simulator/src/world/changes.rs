//! The changes of the world, each written to the log as it is made.

use std::{sync::Arc, time::Duration};

use super::{
    World,
    agenda::Due,
    cluster::{Cluster, ClusterStatus, Update, Visibility},
    identity::partition,
};
use crate::{
    ApiError, ClusterSettings, Profile,
    log::{ClusterChange, Event, Origin, ProfileChange},
};

impl World {
    /// Adds a profile or puts it in the place of the one of its name.
    pub(crate) fn put_profile(&mut self, cluster: &str, profile: Profile, cause: Origin) {
        let (name, after) = (profile.name.clone(), profile.clone());
        let before = self.edit(cluster, |cluster| {
            if !profile.status.is_changing() {
                cluster.failures.remove(&profile.arn);
            }
            cluster.profiles.insert(name, Arc::new(profile))
        });
        let Ok(before) = before else { return };
        // Another incarnation is not the same profile in another state: the old one is gone, the new one begins.
        let same = before.as_ref().is_some_and(|before| before.arn == after.arn);
        if let Some(gone) = before.as_ref().filter(|_| !same) {
            self.write_profile_change(gone, Some(gone.status), None, cause);
        }
        let from = before.filter(|_| same).map(|before| before.status);
        self.write_profile_change(&after, from, Some(after.status), cause);
    }

    /// Makes a profile disappear.
    pub(crate) fn remove_profile(&mut self, cluster: &str, name: &str, cause: Origin) -> bool {
        let removed = self.edit(cluster, |cluster| {
            let removed = cluster.profiles.remove(name);
            if let Some(profile) = &removed {
                cluster.failures.remove(&profile.arn);
            }
            removed
        });
        let Ok(Some(profile)) = removed else {
            return false;
        };
        self.write_profile_change(&profile, Some(profile.status), None, cause);
        true
    }

    fn write_profile_change(
        &mut self,
        profile: &Profile,
        from: Option<crate::ProfileStatus>,
        to: Option<crate::ProfileStatus>,
        cause: Origin,
    ) {
        self.write(Event::Change(ProfileChange {
            cluster: profile.cluster.clone(),
            profile: profile.name.clone(),
            arn: profile.arn.clone(),
            from,
            to,
            cause,
            origin: profile.origin,
            tags: profile.tags.clone(),
        }));
    }

    /// Makes a cluster; one of the same name is gone with all it had.
    pub(crate) fn put_cluster(&mut self, settings: ClusterSettings, status: ClusterStatus, cause: Origin) {
        let name = settings.name.clone();
        self.remove_cluster(&name, cause);
        let (account, region) = (self.identity.account.clone(), self.identity.region.clone());
        let cluster = Cluster {
            arn: format!("arn:{}:eks:{region}:{account}:cluster/{name}", partition(&region)),
            account,
            region,
            id: self.chance.cluster_id(),
            created_at: self.clock.wall(self.now),
            status,
            updates: Vec::new(),
            profiles: std::collections::BTreeMap::new(),
            failures: std::collections::BTreeMap::new(),
            planned_creations: Vec::new(),
            planned_deletions: Vec::new(),
            settings: Arc::new(settings),
        };
        let shown = cluster.shown_status().to_owned();
        let cluster = Arc::new(cluster);
        if status == ClusterStatus::Active {
            self.past.always_had(&name, &cluster);
        }
        self.clusters.insert(name.clone(), cluster);
        self.past.remember(self.now, &self.clusters);
        self.write(Event::Cluster(ClusterChange { cluster: name, from: None, to: Some(shown), updates: 0, cause }));
    }

    /// Makes a cluster disappear with its profiles.
    pub(crate) fn remove_cluster(&mut self, name: &str, cause: Origin) {
        let Some(cluster) = self.clusters.remove(name) else {
            return;
        };
        self.tokens.forget_cluster(name);
        self.past.remember(self.now, &self.clusters);
        for profile in cluster.profiles.values() {
            self.write_profile_change(profile, Some(profile.status), None, cause);
        }
        self.write(Event::Cluster(ClusterChange {
            cluster: name.to_owned(),
            from: Some(cluster.shown_status().to_owned()),
            to: None,
            updates: 0,
            cause,
        }));
    }

    /// Changes the settings of a cluster. If a network was given to it, those of the same place that had the same
    /// network have it too.
    pub(crate) fn change_settings(&mut self, name: &str, change: impl FnOnce(&mut Cluster)) -> Result<(), ApiError> {
        let before = self.cluster(name)?.network().into_owned();
        self.edit(name, change)?;
        let changed = Arc::clone(self.cluster(name)?);
        let Some(after) = changed.settings.network.as_ref().filter(|after| **after != before) else {
            return Ok(());
        };
        let shares = |other: &Cluster| {
            (&other.account, &other.region) == (&changed.account, &changed.region) && *other.network() == before
        };
        let sharing: Vec<String> =
            self.clusters.values().filter(|other| shares(other)).map(|other| other.settings.name.clone()).collect();
        for other in sharing {
            self.edit(&other, |other| Arc::make_mut(&mut other.settings).network = Some(after.clone()))?;
        }
        Ok(())
    }

    /// Changes the state or the updates of a cluster.
    pub(crate) fn change_cluster_state(&mut self, name: &str, cause: Origin, change: impl FnOnce(&mut Cluster)) {
        let changed = self.edit(name, |cluster| {
            let before = cluster.shown_status();
            change(cluster);
            (before, cluster.shown_status(), cluster.updates.len())
        });
        if let Ok((from, to, updates)) = changed {
            self.write(Event::Cluster(ClusterChange {
                cluster: name.to_owned(),
                from: Some(from.to_owned()),
                to: Some(to.to_owned()),
                updates,
                cause,
            }));
        }
    }

    /// Begins a cluster update that ends by itself.
    pub(crate) fn begin_update(
        &mut self,
        name: &str,
        takes: Duration,
        visibility: Visibility,
        cause: Origin,
    ) -> Result<(), ApiError> {
        self.cluster(name)?;
        let update = self.record.len() + 1;
        self.change_cluster_state(name, cause, |cluster| {
            cluster.updates.push(Update { id: update, visibility });
        });
        self.agenda.note(self.now + takes, Due::UpdateEnds { cluster: name.to_owned(), update });
        Ok(())
    }
}

//! What is going to happen by itself, and its happening.

use std::{collections::BTreeMap, sync::Arc};

use super::World;
use crate::{
    ProfileStatus, Visibility,
    clock::Time,
    http::call::Call,
    log::{CallRecord, Event, Origin},
    service,
    world::cluster::ClusterStatus,
};

/// Something that will happen.
#[derive(Debug)]
pub(crate) enum Due {
    /// A profile's CREATING or DELETING is over. By ARN: a later profile of the same name is none of its business.
    ProfileSettles { cluster: String, arn: String },
    /// A cluster's CREATING or DELETING is over; by the cluster's own identifier.
    ClusterSettles { cluster: String, id: String },
    /// An add-on's UPDATING is over; by the cluster's own identifier.
    AddonSettles { cluster: String, id: String, addon: String },
    /// A cluster update ends.
    UpdateEnds { cluster: String, update: u64 },
    /// A call that was held on the wire arrives.
    CallArrives { call: Box<Call>, of: u64 },
}

/// What is due, by time and then in the order in which it was noted.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    noted: u64,
    items: BTreeMap<(Time, u64), Due>,
}

impl Agenda {
    pub(crate) fn note(&mut self, at: Time, due: Due) {
        self.noted += 1;
        self.items.insert((at, self.noted), due);
    }

    pub(crate) fn next(&self) -> Option<Time> {
        self.items.keys().next().map(|(at, _)| *at)
    }

    pub(crate) fn take_due(&mut self, now: Time) -> Option<(Time, Due)> {
        let first = self.items.first_entry()?;
        let at = first.key().0;
        (at <= now).then(|| (at, first.remove()))
    }
}

impl World {
    pub(crate) fn carry_out(&mut self, due: Due) {
        match due {
            Due::ProfileSettles { cluster, arn } => self.settle_profile(&cluster, &arn),
            Due::ClusterSettles { cluster, id } => self.settle_cluster(&cluster, &id),
            Due::AddonSettles { cluster, id, addon } => self.settle_addon(&cluster, &id, &addon),
            Due::UpdateEnds { cluster, update } => {
                self.change_cluster_state(&cluster, Origin::Time, |cluster| {
                    cluster.updates.retain(|running| running.id != update);
                });
            }
            Due::CallArrives { call, of } => {
                let result = service::answer(self, &call, Origin::Call, None);
                let record = CallRecord { late_of: Some(of), ..call.record(result.as_ref().err(), Some(200)) };
                self.write(Event::Call(record));
            }
        }
    }

    /// CREATING becomes ACTIVE or CREATE_FAILED, DELETING gone or DELETE_FAILED.
    fn settle_profile(&mut self, cluster: &str, arn: &str) {
        let Some(found) = self.clusters.get(cluster) else {
            return;
        };
        let Some(profile) = found.profiles.values().find(|profile| profile.arn == arn) else {
            return;
        };
        let failure = found.failures.get(arn).cloned();
        let hidden = found.settings.durations.hidden_update_after_active;
        let mut profile = profile.as_ref().clone();
        profile.health.extend(failure.clone());
        let failed = failure.is_some();
        profile.status = match (profile.status, failed) {
            (ProfileStatus::Creating, false) => ProfileStatus::Active,
            (ProfileStatus::Creating, true) => ProfileStatus::CreateFailed,
            (ProfileStatus::Deleting, true) => ProfileStatus::DeleteFailed,
            (ProfileStatus::Deleting, false) => {
                let name = profile.name;
                self.remove_profile(cluster, &name, Origin::Time);
                return;
            }
            (ProfileStatus::Active | ProfileStatus::CreateFailed | ProfileStatus::DeleteFailed, _) => return,
        };
        let active = profile.status == ProfileStatus::Active;
        self.put_profile(cluster, profile, Origin::Time);
        if active && !hidden.is_zero() {
            let _ = self.begin_update(cluster, hidden, Visibility::Hidden, Origin::Time);
        }
    }

    /// UPDATING becomes ACTIVE. Whether the workload is healthy is not looked at.
    fn settle_addon(&mut self, name: &str, id: &str, addon: &str) {
        if self.clusters.get(name).is_none_or(|cluster| cluster.id != id) {
            return;
        }
        self.change_cluster_state(name, Origin::Time, |cluster| {
            let updating = Arc::make_mut(&mut cluster.settings).addons.get_mut(addon);
            if let Some(addon) = updating.filter(|addon| addon.status == "UPDATING") {
                "ACTIVE".clone_into(&mut addon.status);
                addon.issues.clear();
            }
        });
    }

    fn settle_cluster(&mut self, name: &str, id: &str) {
        match self.clusters.get(name) {
            Some(cluster) if cluster.id == id => match cluster.status {
                ClusterStatus::Creating => {
                    self.change_cluster_state(name, Origin::Time, |cluster| {
                        cluster.status = ClusterStatus::Active;
                    });
                }
                ClusterStatus::Deleting => self.remove_cluster(name, Origin::Time),
                ClusterStatus::Active => {}
            },
            _ => {}
        }
    }
}

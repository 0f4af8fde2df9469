//! What a test can do to a simulator and learn from it. Each function is also on the control endpoint (README).

mod surroundings;

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    ApiError, Choices, ClusterSettings, Fault, FaultId, Identity, Operation, Outcome, Outsider, Pattern,
    PlannedOutcome, Profile, Visibility,
    analysis::{self, Timeline},
    log::{CallRecord, Entry, Origin},
    world::{Shared, World, cluster::ClusterStatus},
};

/// The controls of a simulator; clones control the same one. Durations are unscaled throughout.
///
/// # Errors
/// Functions that name a cluster or profile give the service's own 404 if there is none.
#[derive(Clone)]
pub struct Control {
    pub(crate) shared: Arc<Shared>,
}

impl fmt::Debug for Control {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Control").finish_non_exhaustive()
    }
}

impl Control {
    pub(crate) fn of(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// The service's time: unscaled, since the start.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.shared.clock.now()
    }

    /// How much faster than the wall clock the service's time runs.
    #[must_use]
    pub fn time_scale(&self) -> f64 {
        self.shared.clock.scale()
    }

    /// Skips over a stretch of time; all that was due in it has happened when this returns.
    pub fn advance(&self, unscaled: Duration) {
        self.shared.clock.skip(unscaled);
        self.shared.with(|_| ());
    }

    /// Adds an ACTIVE cluster to the caller's account and region. One of the same name is gone with all it had.
    pub fn add_cluster(&self, settings: ClusterSettings) {
        self.shared.with(|world| world.put_cluster(settings, ClusterStatus::Active, Origin::Outsider));
    }

    /// Changes the settings of a cluster: quotas, durations, network, certificate authority and so on, but not its
    /// name.
    pub fn change_cluster(&self, cluster: &str, change: impl FnOnce(&mut ClusterSettings)) -> Result<(), ApiError> {
        self.shared.with(|world| {
            world.change_settings(cluster, |found| {
                let settings = Arc::make_mut(&mut found.settings);
                change(settings);
                cluster.clone_into(&mut settings.name);
            })
        })
    }

    /// The settings of a cluster.
    pub fn cluster_settings(&self, cluster: &str) -> Result<ClusterSettings, ApiError> {
        self.shared.with(|world| Ok(world.cluster(cluster)?.settings.as_ref().clone()))
    }

    /// The names of all clusters, of whatever account.
    #[must_use]
    pub fn clusters(&self) -> Vec<String> {
        self.shared.with(|world| world.clusters.keys().cloned().collect())
    }

    /// Begins a cluster update that ends by itself. Several may run at once.
    pub fn begin_update(&self, cluster: &str, takes: Duration, visibility: Visibility) -> Result<(), ApiError> {
        self.shared.with(|world| world.begin_update(cluster, takes, visibility, Origin::Outsider))
    }

    /// Sets how the next creation of a matching profile goes.
    pub fn next_creation(&self, cluster: &str, profile: impl Into<Pattern>, outcome: Outcome) -> Result<(), ApiError> {
        self.plan_creation(cluster, once(profile, outcome))
    }

    /// Sets how the next deletion of a matching profile goes.
    pub fn next_deletion(&self, cluster: &str, profile: impl Into<Pattern>, outcome: Outcome) -> Result<(), ApiError> {
        self.plan_deletion(cluster, once(profile, outcome))
    }

    /// Plans how creations go, once, n times or every time. Of several plans that match, the first made counts.
    pub fn plan_creation(&self, cluster: &str, plan: PlannedOutcome) -> Result<(), ApiError> {
        self.shared.with(|world| world.edit(cluster, |cluster| cluster.planned_creations.push(plan)))
    }

    /// Plans how deletions go.
    pub fn plan_deletion(&self, cluster: &str, plan: PlannedOutcome) -> Result<(), ApiError> {
        self.shared.with(|world| world.edit(cluster, |cluster| cluster.planned_deletions.push(plan)))
    }

    /// Forgets all plans for a cluster's creations and deletions.
    pub fn forget_plans(&self, cluster: &str) -> Result<(), ApiError> {
        self.shared.with(|world| {
            world.edit(cluster, |cluster| {
                cluster.planned_creations.clear();
                cluster.planned_deletions.clear();
            })
        })
    }

    /// Orders a fault. It counts calls from now on.
    pub fn add_fault(&self, fault: Fault) -> FaultId {
        self.shared.with(|world| order(world, fault))
    }

    /// Takes a fault away; false if there is none of this number.
    pub fn remove_fault(&self, id: FaultId) -> bool {
        self.shared.with(|world| world.faults.remove(id))
    }

    /// Replaces all faults on order by these.
    pub fn set_faults(&self, faults: impl IntoIterator<Item = Fault>) -> Vec<FaultId> {
        self.shared.with(|world| {
            world.faults.clear();
            faults.into_iter().map(|fault| order(world, fault)).collect()
        })
    }

    /// The faults that can still befall a call, each with how many it has befallen.
    #[must_use]
    pub fn faults(&self) -> Vec<(FaultId, Fault, u64)> {
        self.shared.with(|world| world.faults.standing(world.now))
    }

    /// Sets who calls. Clusters stay in the account and region they were made in.
    pub fn set_identity(&self, identity: Identity) {
        self.shared.with(|world| world.identity = identity);
    }

    /// Who calls.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.shared.with(|world| world.identity.clone())
    }

    /// Sets the undocumented behaviours.
    pub fn set_choices(&self, choices: Choices) {
        self.shared.with(|world| world.choices = choices);
    }

    /// Does things behind the caller's back.
    #[must_use]
    pub fn outsider(&self) -> Outsider {
        Outsider::of(self.clone())
    }

    /// A profile as it is, whatever the caller may see of it.
    #[must_use]
    pub fn profile(&self, cluster: &str, name: &str) -> Option<Profile> {
        self.shared.with(|world| {
            let profile = world.clusters.get(cluster)?.profiles.get(name)?;
            Some(profile.as_ref().clone())
        })
    }

    /// All profiles of a cluster, by name; none if there is no such cluster.
    #[must_use]
    pub fn profiles(&self, cluster: &str) -> Vec<Profile> {
        self.shared.with(|world| {
            let cluster = world.clusters.get(cluster);
            cluster.map_or_else(Vec::new, |cluster| {
                cluster.profiles.values().map(|profile| profile.as_ref().clone()).collect()
            })
        })
    }

    /// The whole log.
    #[must_use]
    pub fn log(&self) -> Vec<Entry> {
        self.log_since(0)
    }

    /// The log after this line.
    #[must_use]
    pub fn log_since(&self, seq: u64) -> Vec<Entry> {
        self.shared.with(|world| world.record.since(seq).to_vec())
    }

    /// The calls of these operations so far; of all operations if none is named.
    #[must_use]
    pub fn calls(&self, operations: &[Operation]) -> Vec<CallRecord> {
        let wanted = |call: &CallRecord| operations.is_empty() || operations.contains(&call.operation);
        self.shared.with(|world| {
            world.record.since(0).iter().filter_map(Entry::call).filter(|call| wanted(call)).cloned().collect()
        })
    }

    /// Waits until `condition` holds, asking again after each new line of the log. Put a time limit around it.
    pub async fn wait_for(&self, mut condition: impl FnMut(&Self) -> bool) {
        let mut grown = self.shared.grown.subscribe();
        while !condition(self) {
            if grown.changed().await.is_err() {
                return;
            }
        }
    }

    /// [`analysis::busy_seconds`] up to now.
    #[must_use]
    pub fn busy_seconds(&self, cluster: &str) -> f64 {
        let log = self.log();
        analysis::busy_seconds(&log, cluster, self.now())
    }

    /// [`analysis::conflicts`].
    #[must_use]
    pub fn conflicts(&self) -> Vec<Entry> {
        analysis::conflicts(&self.log())
    }

    /// [`analysis::active_timeline`] up to now.
    #[must_use]
    pub fn active_timeline(&self, cluster: &str, tag_key: &str, tag_value: &str) -> Timeline {
        let log = self.log();
        analysis::active_timeline(&log, cluster, tag_key, tag_value, self.now())
    }
}

fn order(world: &mut World, fault: Fault) -> FaultId {
    let moment = world.past.present();
    world.faults.order(fault, world.now, moment)
}

fn once(profile: impl Into<Pattern>, outcome: Outcome) -> PlannedOutcome {
    PlannedOutcome { profile: profile.into(), outcome, times: Some(1) }
}

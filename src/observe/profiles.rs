//! A cache of the profiles of one EKS cluster: ListFargateProfiles and the Describes behind it, loaded once for all objects
//! of the cluster.
//!
//! # Guarantees
//! - Callers that come while a look is under way wait for it, and share it if it is new enough for them (coalesced).
//! - A profile's immutable part is not described again while its name stays listed, except every `describe_again`, for
//!   health and for a recreation behind our back, or when a caller asks to look closely. A profile that is not ACTIVE is
//!   described at every look.
//! - A failed look is cached as well: callers for which it is fresh enough get the same failure.
//! - A profile that cannot be described does not make the look fail. It is shown as [`UNDESCRIBED`], with what was known of it
//!   before, and asked about again at every look.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use crate::eks::{Cluster, Described, Eks, Profile, ProfileStatus, UNDESCRIBED};
use crate::failure::{Class, Failure};
use crate::time::Clock;

/// What EKS showed at one moment.
#[derive(Debug)]
pub struct EksSnapshot {
    pub began: Duration,
    /// The cluster, or the account in which it is missing.
    pub cluster: Found,
    /// All of its Fargate profiles.
    pub profiles: Vec<Profile>,
    /// By name, why a profile could not be described.
    pub undescribed: BTreeMap<String, Failure>,
    /// By ARN, when the profile's status was first seen as it is.
    pub status_since: BTreeMap<String, Duration>,
}

/// Result of DescribeCluster.
#[derive(Clone, Debug)]
pub enum Found {
    Cluster(Box<Cluster>),
    /// It is not there, asked with credentials of this account.
    Missing {
        account: String,
    },
}

/// The profiles of one EKS cluster, as EKS showed them last.
pub(crate) struct ProfileCache {
    cluster: String,
    eks: Arc<dyn Eks>,
    clock: Clock,
    describe_again: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    latest: Option<(Duration, Result<Arc<EksSnapshot>, Failure>)>,
    cluster: Option<(Duration, Cluster)>,
    known: BTreeMap<String, Known>,
    /// The names of profiles that could not be described at the last look.
    undescribed: BTreeSet<String>,
}

struct Known {
    profile: Profile,
    described: Duration,
    since: Duration,
    doubtful: bool,
}

impl ProfileCache {
    /// A cache for `cluster` that describes settled profiles every `describe_again`.
    pub(crate) fn new(cluster: String, eks: Arc<dyn Eks>, clock: Clock, describe_again: Duration) -> Self {
        Self { cluster, eks, clock, describe_again, state: Mutex::default() }
    }

    /// A look that began at `not_before` or later, taken now if there is none. The profiles named in `closely` have been
    /// described since then, too.
    ///
    /// # Errors
    /// The classified failure of the call that failed.
    pub(crate) async fn get(&self, not_before: Duration, closely: &[String]) -> Result<Arc<EksSnapshot>, Failure> {
        let mut state = self.state.lock().await;
        let stale = |known: Option<&Known>| known.is_some_and(|known| known.described < not_before);
        if let Some((began, latest)) = &state.latest
            && *began >= not_before
            && (latest.is_err() || !closely.iter().any(|name| stale(state.known.get(name))))
        {
            return latest.clone();
        }
        let began = self.clock.now();
        for name in closely {
            state.invalidate(name);
        }
        let latest = self.load(&mut state, began).await.map(Arc::new);
        state.latest = Some((began, latest.clone()));
        latest
    }

    /// Has every profile described at the next look, since something happened that the cache cannot explain.
    pub(crate) async fn invalidate(&self) {
        let mut state = self.state.lock().await;
        state.latest = None;
        for known in state.known.values_mut() {
            known.doubtful = true;
        }
    }

    async fn load(&self, state: &mut State, began: Duration) -> Result<EksSnapshot, Failure> {
        if state.cluster.as_ref().is_none_or(|(described, _)| began >= *described + self.describe_again) {
            state.cluster = None;
            match self.eks.describe_cluster(&self.cluster).await {
                Ok(cluster) => state.cluster = Some((began, cluster)),
                Err(failure) if failure.class == Class::Gone => return self.missing(state, began).await,
                Err(failure) => return Err(failure),
            }
        }
        let names = match self.eks.list(&self.cluster).await {
            Ok(names) => names,
            // Only DescribeCluster decides that a cluster is gone.
            Err(failure) if failure.class == Class::Gone => {
                state.cluster = None;
                return Err(Failure { class: Class::Retry, ..failure });
            }
            Err(failure) => return Err(failure),
        };
        state.known.retain(|name, _| names.contains(name));
        let stale = names.into_iter().filter(|name| self.is_stale(state.known.get(name), began)).collect();
        let Described { profiles, undescribed, gone } = Described::of(&*self.eks, &self.cluster, stale).await;
        profiles.into_iter().for_each(|profile| state.learn(profile, began));
        state.known.retain(|name, _| !gone.contains(name));
        for (name, failure) in &undescribed {
            state.invalidate(name);
            if !state.undescribed.contains(name) {
                tracing::warn!(profile = name, "an EKS profile cannot be described: {}", failure.message);
            }
        }
        state.undescribed = undescribed.keys().cloned().collect();
        let cluster = state.cluster.as_ref().map(|(_, cluster)| Found::Cluster(Box::new(cluster.clone())));
        let cluster = match cluster {
            Some(cluster) => cluster,
            None => return self.missing(state, began).await,
        };
        let unknown = ProfileStatus::Unknown(UNDESCRIBED.to_owned());
        let undescribed_profiles = undescribed.keys().map(|name| {
            let known = state.known.get(name).map(|known| known.profile.clone());
            Profile { status: unknown.clone(), ..known.unwrap_or_else(|| Profile::named(name)) }
        });
        let described = state.known.iter().filter(|(name, _)| !undescribed.contains_key(*name));
        Ok(EksSnapshot {
            began,
            cluster,
            profiles: described.map(|(_, known)| known.profile.clone()).chain(undescribed_profiles).collect(),
            undescribed,
            status_since: state.known.values().map(|known| (known.profile.arn.clone(), known.since)).collect(),
        })
    }

    async fn missing(&self, state: &mut State, began: Duration) -> Result<EksSnapshot, Failure> {
        state.known.clear();
        let account = self.eks.account().await?;
        Ok(EksSnapshot {
            began,
            cluster: Found::Missing { account },
            profiles: Vec::new(),
            undescribed: BTreeMap::new(),
            status_since: BTreeMap::new(),
        })
    }

    fn is_stale(&self, known: Option<&Known>, began: Duration) -> bool {
        known.is_none_or(|known| {
            known.doubtful
                || known.profile.status != ProfileStatus::Active
                || began >= known.described + self.describe_again
        })
    }
}

impl State {
    fn invalidate(&mut self, name: &str) {
        if let Some(known) = self.known.get_mut(name) {
            known.doubtful = true;
        }
    }

    fn learn(&mut self, profile: Profile, began: Duration) {
        let since = self
            .known
            .get(&profile.name)
            .filter(|known| known.profile.arn == profile.arn && known.profile.status == profile.status)
            .map_or(began, |known| known.since);
        self.known.insert(profile.name.clone(), Known { profile, described: began, since, doubtful: false });
    }
}

#[cfg(test)]
pub(super) mod tests;

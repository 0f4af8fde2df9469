//! What all objects of one EKS cluster share: the cache of its profiles, and the turn.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use kube::ResourceExt;
use parking_lot::Mutex;

use crate::act::Turn;
use crate::api::{FINALIZER, FargateProfile};
use crate::ec2::Ec2;
use crate::eks::Eks;
use crate::iam::Iam;
use crate::intervals::Intervals;
use crate::leader::Takeover;
use crate::observe::{InCluster, PrerequisiteCache, ProfileCache, is_in_gap};
use crate::quotas::Quotas;
use crate::state::Defaults;
use crate::time::Clock;

/// The services of AWS that are asked.
#[derive(Clone)]
pub(crate) struct Aws {
    pub(crate) eks: Arc<dyn Eks>,
    pub(crate) ec2: Arc<dyn Ec2>,
    pub(crate) iam: Arc<dyn Iam>,
    pub(crate) quotas: Arc<dyn Quotas>,
}

/// Caches and turn of one EKS cluster.
pub(super) struct EksCluster {
    pub(super) profiles: ProfileCache,
    pub(super) prerequisites: PrerequisiteCache,
    pub(super) turn: Mutex<Turn>,
    /// Held from the look to the end of what mends something: several objects may want the same.
    pub(super) mending: tokio::sync::Mutex<()>,
}

/// The clusters by name.
pub(super) struct EksClusters {
    aws: Aws,
    in_cluster: InCluster,
    clock: Clock,
    intervals: Intervals,
    clusters: Mutex<BTreeMap<String, Arc<EksCluster>>>,
}

impl EksClusters {
    pub(super) fn new(aws: Aws, in_cluster: InCluster, clock: Clock, intervals: Intervals) -> Self {
        Self { aws, in_cluster, clock, intervals, clusters: Mutex::default() }
    }

    /// The cluster of this name. A new one takes its queue from the status of the objects, and begins in quiet time if an
    /// earlier process may have left a mutation on the wire.
    pub(super) fn of(
        &self,
        name: &str,
        objects: &[Arc<FargateProfile>],
        defaults: &Defaults,
        takeover: Takeover,
    ) -> Arc<EksCluster> {
        let mut clusters = self.clusters.lock();
        if let Some(cluster) = clusters.get(name) {
            return Arc::clone(cluster);
        }
        let here = || objects.iter().filter(|object| defaults.cluster_of(&object.spec) == name);
        let queue = here().filter_map(|object| {
            let queue = object.status.as_ref()?.queue.as_ref()?;
            Some((object.name_any(), queue.since.0))
        });
        let gaps = here().filter(|object| is_in_gap(object)).map(|object| object.name_any()).collect();
        let quiet_until = quiet_until(takeover, here().map(AsRef::as_ref), self.intervals.quiet);
        let turn = Turn::new(self.intervals, queue.collect(), gaps, self.clock.now(), quiet_until);
        let Aws { eks, ec2, iam, quotas } = self.aws.clone();
        let profiles = ProfileCache::new(name.to_owned(), Arc::clone(&eks), self.clock, self.intervals.describe_again);
        let inside = self.in_cluster.clone();
        let prerequisites = PrerequisiteCache::new(eks, ec2, iam, quotas, inside, self.clock, self.intervals);
        let cluster = Arc::new(EksCluster {
            profiles,
            prerequisites,
            turn: Mutex::new(turn),
            mending: tokio::sync::Mutex::default(),
        });
        clusters.insert(name.to_owned(), Arc::clone(&cluster));
        cluster
    }

    /// Drops the clusters that no object names any more: not while a pass works on one, nor while the effect of a
    /// mutation has yet to be seen there.
    pub(super) fn keep_only(&self, objects: &[Arc<FargateProfile>], defaults: &Defaults) {
        let named: BTreeSet<&str> = objects.iter().map(|object| defaults.cluster_of(&object.spec)).collect();
        self.clusters.lock().retain(|name, cluster| {
            named.contains(name.as_str()) || Arc::strong_count(cluster) > 1 || cluster.turn.lock().is_quiet()
        });
    }

    /// Whether nothing is under way: the effect of everything that was sent has been seen, and what an earlier process may
    /// have left in clusters that no pass has looked at yet is over.
    pub(super) fn are_settled(&self, takeover: Option<Takeover>) -> bool {
        if let Some(Takeover::Unclean { at }) = takeover
            && self.clock.now() < at + self.intervals.quiet
        {
            return false;
        }
        self.clusters.lock().values().all(|cluster| !cluster.turn.lock().is_quiet())
    }
}

/// Until when a mutation of an earlier process may still take effect: if it has not handed over with nothing under way, and
/// any object of the cluster has our finalizer, without which nothing is mutated.
fn quiet_until<'a>(
    takeover: Takeover,
    mut objects: impl Iterator<Item = &'a FargateProfile>,
    quiet: Duration,
) -> Option<Duration> {
    let may_have_mutated = |object: &FargateProfile| object.finalizers().iter().any(|it| it == FINALIZER);
    match takeover {
        Takeover::Clean => None,
        Takeover::Unclean { at } => objects.any(may_have_mutated).then_some(at + quiet),
    }
}

#[cfg(test)]
mod tests {
    use kube::api::ObjectMeta;

    use super::*;
    use crate::api::FargateProfileSpec;
    use crate::aws::{SdkSettings, Session};
    use crate::ec2::SdkEc2;
    use crate::eks::SdkEks;
    use crate::iam::SdkIam;
    use crate::intervals::DEFAULTS;
    use crate::quotas::SdkQuotas;
    use crate::telemetry::metrics::Metrics;

    #[test]
    fn quiet_time_follows_whoever_may_have_left_something_under_way() {
        let object = |finalizer: &str| FargateProfile {
            metadata: ObjectMeta { finalizers: Some(vec![finalizer.to_owned()]), ..ObjectMeta::default() },
            spec: FargateProfileSpec::default(),
            status: None,
        };
        let (ours, foreign) = (object(FINALIZER), object("example.com/keep"));
        let quiet = Duration::from_secs(60);
        let at = Duration::from_secs(7);
        let until = |takeover, objects: &[&FargateProfile]| quiet_until(takeover, objects.iter().copied(), quiet);
        assert_eq!(until(Takeover::Unclean { at }, &[&foreign, &ours]), Some(at + quiet));
        assert_eq!(until(Takeover::Unclean { at }, &[&foreign]), None);
        assert_eq!(until(Takeover::Clean, &[&ours]), None);
    }
    #[tokio::test]
    async fn a_cluster_that_nobody_names_any_more_is_forgotten_unless_something_is_under_way_there() {
        let second = Duration::from_secs(1);
        let settings = SdkSettings { region: "eu".into(), operation_timeout: second, retry_backoff: second };
        let session = Session::load(&settings, Metrics::new("0")).await;
        let aws = Aws {
            eks: Arc::new(SdkEks::new(&session)),
            ec2: Arc::new(SdkEc2::new(&session)),
            iam: Arc::new(SdkIam::new(&session)),
            quotas: Arc::new(SdkQuotas::new(&session)),
        };
        let clusters = EksClusters::new(aws, InCluster::nowhere(), Clock::start(), DEFAULTS);
        let defaults = Defaults { cluster_name: "own".into(), ..Defaults::default() };
        let object = |cluster: &str| {
            let spec = FargateProfileSpec { cluster_name: Some(cluster.to_owned()), ..FargateProfileSpec::default() };
            let metadata = ObjectMeta { finalizers: Some(vec![FINALIZER.to_owned()]), ..ObjectMeta::default() };
            Arc::new(FargateProfile { metadata, spec, status: None })
        };
        let abrupt = Takeover::Unclean { at: Duration::ZERO };
        let open = |cluster: &str, takeover| clusters.of(cluster, &[object(cluster)], &defaults, takeover);
        let pass = open("passed-by", Takeover::Clean);
        for (cluster, takeover) in [("named", Takeover::Clean), ("gone", Takeover::Clean), ("quiet", abrupt)] {
            drop(open(cluster, takeover));
        }
        let left = || {
            clusters.keep_only(&[object("named")], &defaults);
            clusters.clusters.lock().keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(left(), ["named", "passed-by", "quiet"]);
        drop(pass);
        assert_eq!(left(), ["named", "quiet"]);
    }
}

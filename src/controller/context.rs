//! What every pass shares.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use futures::channel::mpsc::UnboundedSender;
use jiff::Timestamp;
use kube::api::Api;
use kube::runtime::events::{Recorder, Reporter};
use kube::runtime::reflector::{ObjectRef, Store};
use kube::{Client, ResourceExt};
use parking_lot::Mutex;

use super::Setup;
use super::clusters::{EksCluster, EksClusters};
use crate::api::{ConditionType, FargateProfile, FargateProfileStatus};
use crate::eks::Eks;
use crate::iam::Iam;
use crate::intervals::Intervals;
use crate::leader::{Leadership, Takeover};
use crate::memory::Memory;
use crate::observe::{InCluster, Installation, PodWatcher, retry_of};
use crate::report::{Requeue, Writer};
use crate::telemetry::health::Health;
use crate::telemetry::metrics::{Metrics, ReplacementOutcome};
use crate::time::{Clock, elapsed};

/// What every pass shares.
pub(super) struct Context {
    pub(super) client: Client,
    pub(super) objects: Api<FargateProfile>,
    pub(super) store: Store<FargateProfile>,
    pub(super) eks: Arc<dyn Eks>,
    pub(super) iam: Arc<dyn Iam>,
    pub(super) clusters: EksClusters,
    pub(super) memories: Memories,
    pub(super) pods: Arc<PodWatcher>,
    pub(super) recorder: Recorder,
    pub(super) writer: Writer,
    pub(super) wake: UnboundedSender<ObjectRef<FargateProfile>>,
    pub(super) installation: Installation,
    pub(super) intervals: Intervals,
    pub(super) clock: Clock,
    pub(super) metrics: Metrics,
    pub(super) health: Health,
    pub(super) leadership: Leadership,
}

impl Context {
    pub(super) fn new(
        setup: &Setup,
        installation: Installation,
        store: Store<FargateProfile>,
        wake: UnboundedSender<ObjectRef<FargateProfile>>,
    ) -> Self {
        let Setup { client, authorities, aws, intervals, metrics, health, leadership, clock, .. } = setup;
        let objects = Api::all(client.clone());
        let reporter = Reporter { controller: "fargate-operator".to_owned(), instance: std::env::var("POD_NAME").ok() };
        let recorder = Recorder::new(client.clone(), reporter);
        Self {
            clusters: EksClusters::new(
                aws.clone(),
                InCluster::new(client.clone(), authorities.clone(), intervals.operation_timeout),
                *clock,
                *intervals,
            ),
            memories: Memories::default(),
            pods: Arc::new(PodWatcher::new(client.clone(), authorities.clone(), *intervals)),
            writer: Writer::new(objects.clone(), recorder.clone(), intervals.operation_timeout),
            recorder,
            objects,
            store,
            wake,
            installation,
            client: client.clone(),
            eks: Arc::clone(&aws.eks),
            iam: Arc::clone(&aws.iam),
            intervals: *intervals,
            clock: *clock,
            metrics: metrics.clone(),
            health: health.clone(),
            leadership: leadership.clone(),
        }
    }

    /// A random number between 0 and 1, which spreads passes and back-offs.
    pub(super) fn jitter(&self) -> f64 {
        fastrand::f64()
    }

    /// Reconciles an object at once.
    pub(super) fn wake(&self, object: Option<String>) {
        if let Some(name) = object {
            // The receiver lives as long as the controller; without one there is nobody to wake.
            let _ = self.wake.unbounded_send(ObjectRef::new(&name));
        }
    }

    /// Why no pass is made now: this process may not act, or looks at EKS have failed.
    pub(super) fn put_off(&self, memory: &mut Memory) -> Option<Requeue> {
        let now = self.clock.now();
        if !self.leadership.may_act(now) {
            memory.ability.hindered();
            return Some(self.soon());
        }
        memory.blind_for(now).map(|after| Requeue { after, look_age: Duration::ZERO })
    }

    /// When to try again a pass that may not go on now, for want of the Lease or because the process is about to end.
    pub(super) fn soon(&self) -> Requeue {
        Requeue { after: self.intervals.poll_least, look_age: Duration::ZERO }
    }

    /// What the objects of this object's EKS cluster share. State of objects that are gone, and of clusters that no object
    /// names any more, is dropped.
    pub(super) fn cluster(
        &self,
        object: &FargateProfile,
        objects: &[Arc<FargateProfile>],
        takeover: Takeover,
    ) -> Arc<EksCluster> {
        self.pods.retain(objects.iter().map(|object| self.installation.defaults.cluster_of(&object.spec)));
        let cluster = self.clusters.of(
            self.installation.defaults.cluster_of(&object.spec),
            objects,
            &self.installation.defaults,
            takeover,
        );
        let names: BTreeSet<&str> = objects.iter().filter_map(|object| object.metadata.name.as_deref()).collect();
        cluster.turn.lock().keep_only(|name| names.contains(name));
        self.memories.keep_only(objects);
        self.clusters.keep_only(objects, &self.installation.defaults);
        cluster
    }

    /// Counts the result of a pass that saw EKS.
    pub(super) fn measure(&self, object: &FargateProfile, status: &FargateProfileStatus, wall: Timestamp) {
        let old = object.status.as_ref();
        // An object that has only been made has no conditions yet.
        let before = old.map(|old| old.conditions.as_slice()).unwrap_or_default();
        let ready = ConditionType::Ready;
        if ready.is_true(&status.conditions) && !ready.is_true(before) {
            let since = ready.find(before).map(|it| it.last_transition_time.0);
            let since = since.or_else(|| object.metadata.creation_timestamp.as_ref().map(|time| time.0));
            self.metrics.became_ready(since.map_or(Duration::ZERO, |since| elapsed(since, wall)));
        }
        let replaced = ReplacementOutcome::between(old, status);
        if let Some(outcome) = replaced.filter(|_| object.metadata.deletion_timestamp.is_none()) {
            self.metrics.replaced(outcome);
        }
        self.metrics.success(wall.as_second() as f64);
    }

    /// Counts the end of an object.
    pub(super) fn ended(&self, object: &FargateProfile, wall: Timestamp) {
        if let Some(since) = object.metadata.deletion_timestamp.as_ref() {
            self.metrics.deleted(elapsed(since.0, wall));
        }
    }
}

/// The memories of all objects, by uid.
#[derive(Default)]
pub(super) struct Memories(Mutex<BTreeMap<String, Memory>>);

impl Memories {
    /// Takes the memory of an object out for a pass.
    pub(super) fn check_out(&self, object: &FargateProfile) -> CheckedOut<'_> {
        let uid = object.uid().unwrap_or_default();
        let mut memory = self.0.lock().remove(&uid).unwrap_or_default();
        memory.meet(object.metadata.generation.unwrap_or_default(), retry_of(object));
        CheckedOut { memories: self, uid, memory }
    }

    /// Drops the memory of an object that has just gone.
    pub(super) fn forget(&self, object: &FargateProfile) {
        self.0.lock().remove(&object.uid().unwrap_or_default());
    }

    /// Drops the memories of objects that are gone.
    fn keep_only(&self, objects: &[Arc<FargateProfile>]) {
        let there: HashSet<&String> = objects.iter().filter_map(|object| object.metadata.uid.as_ref()).collect();
        self.0.lock().retain(|uid, _| there.contains(uid));
    }

    pub(super) fn in_back_off(&self, now: Duration) -> usize {
        self.0.lock().values().filter(|memory| memory.is_in_back_off(now)).count()
    }
}

/// A memory that goes back when the pass is over, however it ends.
pub(super) struct CheckedOut<'a> {
    memories: &'a Memories,
    uid: String,
    memory: Memory,
}

impl Deref for CheckedOut<'_> {
    type Target = Memory;

    fn deref(&self) -> &Memory {
        &self.memory
    }
}

impl DerefMut for CheckedOut<'_> {
    fn deref_mut(&mut self) -> &mut Memory {
        &mut self.memory
    }
}

impl Drop for CheckedOut<'_> {
    fn drop(&mut self) {
        self.memories.0.lock().insert(std::mem::take(&mut self.uid), std::mem::take(&mut self.memory));
    }
}

#[cfg(test)]
mod tests {
    use kube::api::ObjectMeta;

    use super::*;
    use crate::api::FargateProfileSpec;

    #[test]
    fn a_memory_goes_back_after_its_pass_and_is_dropped_once_its_object_is_gone() {
        let object = |uid: &str| {
            let metadata = ObjectMeta { uid: Some(uid.to_owned()), ..ObjectMeta::default() };
            Arc::new(FargateProfile { metadata, spec: FargateProfileSpec::default(), status: None })
        };
        let memories = Memories::default();
        let kept = || memories.0.lock().keys().cloned().collect::<Vec<_>>();
        let age = Duration::from_secs(7);
        memories.check_out(&object("a")).look_age = age;
        drop(memories.check_out(&object("b")));
        assert_eq!(memories.check_out(&object("a")).look_age, age);
        assert_eq!(kept(), ["a", "b"]);
        memories.keep_only(&[object("a")]);
        assert_eq!(kept(), ["a"]);
        memories.forget(&object("a"));
        assert!(kept().is_empty());
    }
}

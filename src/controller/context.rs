//! What every pass shares.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::channel::mpsc::UnboundedSender;
use jiff::Timestamp;
use kube::Client;
use kube::api::Api;
use kube::runtime::reflector::{ObjectRef, Store};

use super::desk::Desks;
use super::memory::Memory;
use crate::api::{ConditionType, FargateProfile, FargateProfileStatus, Truth};
use crate::eks::Eks;
use crate::intervals::Intervals;
use crate::leader::Tenure;
use crate::observe::PodSight;
use crate::plan::Defaults;
use crate::report::Writer;
use crate::telemetry::health::Health;
use crate::telemetry::metrics::{Metrics, ReplacementOutcome};
use crate::time::{Clock, elapsed};

/// What every pass shares.
pub(super) struct Context {
    pub(super) client: Client,
    pub(super) objects: Api<FargateProfile>,
    pub(super) store: Store<FargateProfile>,
    pub(super) eks: Arc<dyn Eks>,
    pub(super) desks: Arc<Desks>,
    pub(super) memories: Memories,
    pub(super) pods: Arc<PodSight>,
    pub(super) writer: Writer,
    pub(super) wake: UnboundedSender<ObjectRef<FargateProfile>>,
    pub(super) defaults: Defaults,
    pub(super) own_profile: Option<String>,
    pub(super) own_pod: Option<String>,
    pub(super) installation: String,
    pub(super) intervals: Intervals,
    pub(super) clock: Clock,
    pub(super) metrics: Metrics,
    pub(super) health: Health,
    pub(super) tenure: Tenure,
}

impl Context {
    /// Between 0 and 1, for spreading passes and back-offs.
    pub(super) fn jitter(&self) -> f64 {
        fastrand::f64()
    }

    /// Has an object reconciled at once.
    pub(super) fn wake(&self, object: Option<String>) {
        if let Some(name) = object {
            // The receiver lives as long as the controller; without one there is nobody to wake.
            let _ = self.wake.unbounded_send(ObjectRef::new(&name));
        }
    }

    /// Counts what a pass that looked at EKS came to.
    pub(super) fn measure(
        &self,
        object: &FargateProfile,
        status: &FargateProfileStatus,
        objects: &[Arc<FargateProfile>],
        wall: Timestamp,
    ) {
        let old = object.status.as_ref();
        if holds(status, ConditionType::Ready) && !old.is_some_and(|old| holds(old, ConditionType::Ready)) {
            // An object that has only been made has no conditions yet.
            let conditions = old.into_iter().flat_map(|old| &old.conditions);
            let lost = conditions.into_iter().find(|it| it.type_ == ConditionType::Ready.name());
            let since = lost.map(|it| it.last_transition_time.0);
            let since = since.or_else(|| object.metadata.creation_timestamp.as_ref().map(|time| time.0));
            self.metrics.became_ready(since.map_or(Duration::ZERO, |since| elapsed(since, wall)));
        }
        let replaced = ReplacementOutcome::between(old, status);
        if let Some(outcome) = replaced.filter(|_| object.metadata.deletion_timestamp.is_none()) {
            self.metrics.replaced(outcome);
        }
        self.metrics.success(wall.as_second() as f64);
        self.memories.keep_only(objects);
        self.desks.keep_only(objects, &self.defaults);
    }

    /// Counts the end of an object.
    pub(super) fn ended(&self, object: &FargateProfile, wall: Timestamp) {
        if let Some(since) = object.metadata.deletion_timestamp.as_ref() {
            self.metrics.deleted(elapsed(since.0, wall));
        }
    }
}

fn holds(status: &FargateProfileStatus, kind: ConditionType) -> bool {
    status.conditions.iter().any(|c| c.type_ == kind.name() && c.status == Truth::True.name())
}

/// The memories of all objects, by uid.
#[derive(Default)]
pub(super) struct Memories(Mutex<BTreeMap<String, Memory>>);

impl Memories {
    /// Takes the memory of an object out for a pass. A pass that is cut short loses it, which is no harm.
    pub(super) fn take(&self, uid: &str, generation: i64) -> Memory {
        let mut memory = self.lock().remove(uid).unwrap_or_else(|| Memory::new(generation));
        memory.meet(generation);
        memory
    }

    pub(super) fn put(&self, uid: &str, memory: Memory) {
        self.lock().insert(uid.to_owned(), memory);
    }

    /// Drops the memories of objects that are gone.
    fn keep_only(&self, objects: &[Arc<FargateProfile>]) {
        let there: HashSet<&String> = objects.iter().filter_map(|object| object.metadata.uid.as_ref()).collect();
        self.lock().retain(|uid, _| there.contains(uid));
    }

    pub(super) fn in_back_off(&self, now: Duration) -> usize {
        self.lock().values().filter(|memory| memory.is_in_back_off(now)).count()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Memory>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

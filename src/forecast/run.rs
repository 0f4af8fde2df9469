//! The passes of all objects, one after another, and the time between them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kube::ResourceExt;

use super::eks::Eks;
use super::pods::Fargate;
use super::reach::Reach;
use super::{Forecast, World};
use crate::act::{Outcome, Turn};
use crate::api::{FargateProfile, ReplacementStatus};
use crate::intervals::Intervals;
use crate::memory::Memory;
use crate::observe::{Installation, is_in_gap};
use crate::plan::{Step, Wait};
use crate::prerequisites::Finding;
use crate::report::report;
use crate::state::Facts;

/// The process has run for longer than any interval.
const BEGAN: Duration = Duration::from_secs(24 * 3600);

/// No forecast is worth more than this.
const MOST_PASSES: usize = 20_000;

/// Stop this long after the longest drain timeout if nothing has happened.
const PATIENCE: Duration = Duration::from_secs(3600);

pub(super) struct Run {
    pub(super) world: World,
    pub(super) installation: Installation,
    pub(super) intervals: Intervals,
    pub(super) began: Duration,
    pub(super) now: Duration,
    pub(super) turn: Turn,
    pub(super) memories: BTreeMap<String, Memory>,
    pub(super) eks: Eks,
    pub(super) fargate: Fargate,
    pub(super) forecast: Forecast,
    pub(super) reach: Reach,
    due: BTreeMap<String, Duration>,
    /// Objects that need no pass until something happens.
    resting: BTreeMap<String, Rest>,
    /// When something happened last.
    happened: Duration,
}

/// What wakes a resting object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// Only for something within its reach.
    Settled,
    /// For anything: it may wait for a slot.
    Held,
}

/// Delay between the first passes of two objects, so that the earlier one gets its turn first.
const HEAD_START: Duration = Duration::from_secs(10);

/// What the operator is going to do in this world. Objects are passed in the order in which they stand there.
pub(crate) fn forecast(world: World, intervals: &Intervals) -> Forecast {
    let mut run = Run::new(world, *intervals);
    run.play();
    run.told()
}

/// The same, if these objects come to be passed in this order.
pub(crate) fn forecast_in_order(world: World, intervals: &Intervals, order: &[String]) -> Forecast {
    let mut run = Run::new(world, *intervals);
    let mut late = Duration::ZERO;
    for name in order {
        if let Some(due) = run.due.get_mut(name) {
            *due = BEGAN + late;
        }
        late += HEAD_START;
    }
    run.play();
    run.told()
}

/// How the operator sees an object before anything begins.
pub(crate) struct Preview {
    /// What it finds of the prerequisites.
    pub(crate) findings: Vec<Finding>,
    /// The replacement that the object is in for, as the operator tells it.
    pub(crate) replacement: Option<ReplacementStatus>,
}

pub(crate) fn preview(world: &World, object: &FargateProfile, intervals: &Intervals) -> Preview {
    let mut run = Run::new(world.clone(), *intervals);
    let snapshot = run.look(object);
    let facts = Facts::of(&snapshot);
    let replacement = facts.plan.clone().and_then(|plan| {
        let wait = Step::Wait(Wait::AwaitingApproval { plan });
        report(&facts, &wait, &Outcome::Rested, intervals).status.replacement
    });
    Preview { findings: snapshot.findings.clone().unwrap_or_default(), replacement }
}

impl Run {
    pub(super) fn new(mut world: World, intervals: Intervals) -> Self {
        let installation = Installation {
            id: world.installation.clone(),
            defaults: world.defaults.clone(),
            own_profile: world.own_profile.clone(),
            own_pod: world.own_pod.clone(),
            region: world.region.clone(),
        };
        let queue = world.objects.iter().filter_map(|object| {
            let queue = object.status.as_ref()?.queue.as_ref()?;
            Some((object.name_any(), queue.since.0))
        });
        let gaps = world.objects.iter().filter(|object| is_in_gap(object)).map(ResourceExt::name_any).collect();
        let turn = Turn::new(intervals, queue.collect(), gaps, BEGAN, None);
        let (eks, reach) = (Eks::of(&world, BEGAN), Reach::of(&world));
        let fargate = Fargate::of(world.pods.take(), BEGAN);
        let due = world.objects.iter().map(|object| (object.name_any(), BEGAN)).collect();
        Self {
            world,
            installation,
            intervals,
            began: BEGAN,
            now: BEGAN,
            turn,
            memories: BTreeMap::new(),
            eks,
            fargate,
            forecast: Forecast::default(),
            reach,
            due,
            resting: BTreeMap::new(),
            happened: BEGAN,
        }
    }

    pub(super) fn play(&mut self) {
        while !self.is_over() && self.forecast.passes < MOST_PASSES {
            let Some(at) = self.next() else { break };
            self.advance(at);
            for name in self.names() {
                if self.is_due(&name) {
                    self.forecast.passes += 1;
                    self.pass_over(&name);
                }
            }
        }
    }

    fn told(self) -> Forecast {
        let ends = self.world.objects.iter().map(|it| (it.name_any(), it.status.clone().unwrap_or_default()));
        Forecast {
            is_open: self.forecast.passes >= MOST_PASSES,
            seconds: (self.happened - self.began).as_secs(),
            ends: ends.collect(),
            ..self.forecast
        }
    }

    fn names(&self) -> Vec<String> {
        self.world.objects.iter().map(ResourceExt::name_any).collect()
    }

    fn is_due(&self, name: &str) -> bool {
        !self.resting.contains_key(name) && self.due.get(name).is_some_and(|due| *due <= self.now)
    }

    /// Whether nobody has anything more to do, or nothing has happened for longer than any time limit.
    fn is_over(&self) -> bool {
        let waits = self.world.objects.iter().map(|object| object.spec.drain_timeout());
        let patience = waits.max().unwrap_or_default() + PATIENCE;
        let is_at_rest = self.names().iter().all(|name| self.resting.contains_key(name))
            && self.eks.next().is_none()
            && self.fargate.next().is_none();
        is_at_rest || self.now > self.happened + patience
    }

    /// When something happens next.
    fn next(&self) -> Option<Duration> {
        let due = self.due.iter().filter(|(name, _)| !self.resting.contains_key(*name)).map(|(_, due)| *due);
        due.chain(self.eks.next()).chain(self.fargate.next()).min().map(|at| at.max(self.now))
    }

    /// Lets time pass. What EKS and Fargate have done by then is seen at once.
    fn advance(&mut self, at: Duration) {
        self.world.wall = self.world.wall.checked_add(at - self.now).unwrap_or(self.world.wall);
        self.now = at;
        let changed = self.eks.end(&mut self.world, at);
        let started = self.fargate.end(at, self.world.wall);
        let profiles = || self.world.profiles.iter().filter(|profile| started.contains(&profile.name)).chain(&changed);
        let reached: BTreeSet<String> = profiles().flat_map(|profile| self.reach.of_profile(profile)).collect();
        if !changed.is_empty() || !started.is_empty() {
            self.happens(&reached);
        }
    }

    /// Something has happened. The objects that it reaches are passed again.
    fn happens(&mut self, reached: &BTreeSet<String>) {
        self.happened = self.now;
        self.resting.retain(|name, rest| *rest == Rest::Settled && !reached.contains(name));
        // An object that was not passed yet keeps its own time.
        let begun = |name: &String| self.memories.contains_key(name);
        let due = self.due.iter_mut().filter(|(name, _)| begun(name));
        due.for_each(|(_, due)| *due = (*due).min(self.now));
    }

    fn pass_over(&mut self, name: &str) {
        let Some(object) = self.world.objects.iter().find(|object| object.name_any() == name).cloned() else { return };
        let passed = self.pass(&object);
        if passed.is_news {
            let reached = self.reach.of_object(name);
            self.happens(&reached);
        }
        if self.world.objects.iter().any(|object| object.metadata.name.as_deref() == Some(name)) {
            // Without a delay the forecast would never end.
            let after = passed.after.max(Duration::from_secs(1));
            self.due.insert(name.to_owned(), self.now + after);
        } else {
            // One that is gone is passed no more.
            self.due.remove(name);
        }
        if let Some(rest) = passed.rests.filter(|_| !passed.is_news) {
            self.resting.insert(name.to_owned(), rest);
        }
        for woken in passed.woken {
            self.resting.remove(&woken);
            if let Some(due) = self.due.get_mut(&woken) {
                *due = self.now;
            }
        }
    }
}

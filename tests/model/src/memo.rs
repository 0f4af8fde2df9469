//! The real planner and the real report, called once for each situation. Both are pure, so their answers are kept.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::{self, Debug, Write};
use std::rc::Rc;

use fargate_operator::act::Outcome;
use fargate_operator::api::FargateProfileStatus;
use fargate_operator::eks::Profile;
use fargate_operator::intervals::DEFAULTS;
use fargate_operator::memory::Memory;
use fargate_operator::plan::{Drain, Stage, Step, Wait, plan};
use fargate_operator::report::report;
use fargate_operator::state::{Facts, Snapshot};

use crate::config::Config;
use crate::digest::{ByDigest, digest};
use crate::fail::Fail;
use crate::mutants::{Flaw, Mutant};
use crate::pods::Pod;
use crate::real;
use crate::served::is_fair;
use crate::sight::{plain, plan_in};
use crate::world::{Meaning, ModelProfile, Object, World};

/// Everything that a pass over an object rests on.
#[derive(Hash)]
pub struct Observation {
    pub index: u8,
    pub object: Object,
    pub look: Vec<ModelProfile>,
    pub quiet: bool,
    pub pods: Vec<Pod>,
    pub namespaces: Vec<&'static str>,
    pub blind: bool,
    /// The existing objects, as others see them.
    pub other_objects: Vec<Option<Rc<Other>>>,
}

/// What others see of an object rests on: its number, its spec and generation, what else the spec says, and its status.
pub type OthersKey = (usize, (u8, u8), (bool, bool, bool), u32);

#[derive(Hash)]
pub struct Other {
    pub spec: u8,
    pub delete_first: bool,
    pub deleting: bool,
    pub in_gap: bool,
    pub taken_back: bool,
    pub held: Option<String>,
}

impl Observation {
    pub fn namespace(&self, pod: &Pod) -> &'static str {
        self.pods.iter().position(|it| it.id == pod.id).map_or("", |at| self.namespaces[at])
    }
}

/// The outcome of a step, in short.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum OutcomeKey {
    Rested,
    Done,
    Created(Rc<str>, u8),
    Blocked(String),
    Failed(Fail),
    Outdated,
    NoAnswer,
}

/// What the turn concludes from a look.
#[derive(Clone, Copy)]
pub struct Waits {
    /// A mutation is still in flight.
    pub awaits: bool,
    pub quiet: bool,
}

/// What the planner decides on it.
pub struct Planned {
    pub id: usize,
    pub snapshot: Snapshot,
    pub memory: Rc<Memory>,
    pub step: Step,
    /// The ARN of the profile that takes new pods.
    pub foremost: Option<String>,
}

/// Statuses by number, and all answers so far.
pub struct Memo<'a> {
    pub config: &'a Config,
    pub mutant: Option<&'a Mutant>,
    /// Whether `Stalled` has to be right.
    pub fair: bool,
    statuses: Vec<Rc<FargateProfileStatus>>,
    /// For each status, the plan that a message says how to approve.
    named_plans: Vec<Option<Rc<str>>>,
    numbers: HashMap<String, u32>,
    plans: ByDigest<Rc<Planned>>,
    reports: HashMap<(usize, OutcomeKey), Option<u32>>,
    waits: ByDigest<Waits>,
    /// Looks in the operator's types.
    looks: ByDigest<Rc<Vec<Profile>>>,
    /// Objects as others see them.
    pub others: HashMap<OthersKey, Rc<Other>>,
    /// Situations that were found to be stable.
    pub calm: HashSet<usize>,
    /// What the plans that were shown mean.
    meanings: HashMap<String, Meaning>,
    /// How often each kind of step was decided.
    pub steps: BTreeMap<String, usize>,
}

impl<'a> Memo<'a> {
    pub fn new(config: &'a Config, mutant: Option<&'a Mutant>) -> Self {
        let mut memo = Self {
            config,
            mutant,
            fair: is_fair(config),
            statuses: Vec::new(),
            named_plans: Vec::new(),
            numbers: HashMap::new(),
            plans: ByDigest::default(),
            reports: HashMap::new(),
            waits: ByDigest::default(),
            looks: ByDigest::default(),
            others: HashMap::new(),
            calm: HashSet::new(),
            meanings: HashMap::new(),
            steps: BTreeMap::new(),
        };
        // Number 0 is the status of an object that no pass has seen.
        memo.number(FargateProfileStatus::default());
        memo
    }

    pub fn status(&self, number: u32) -> Rc<FargateProfileStatus> {
        Rc::clone(&self.statuses[number as usize])
    }

    /// The plan that a message of this status says how to approve.
    pub fn named_plan(&self, number: u32) -> Option<&Rc<str>> {
        self.named_plans[number as usize].as_ref()
    }

    fn number(&mut self, status: FargateProfileStatus) -> u32 {
        let status = plain(status);
        let key = serde_json::to_string(&status).expect("a status is JSON");
        let next = u32::try_from(self.statuses.len()).expect("fewer than 2^32 statuses");
        let (statuses, named_plans) = (&mut self.statuses, &mut self.named_plans);
        *self.numbers.entry(key).or_insert_with(|| {
            let named = status.conditions.iter().find_map(|condition| plan_in(&condition.message));
            named_plans.push(named.map(Rc::from));
            statuses.push(Rc::new(status));
            next
        })
    }

    pub fn look(&mut self, look: &[ModelProfile]) -> Rc<Vec<Profile>> {
        let shown = || Rc::new(look.iter().map(real::profile).collect());
        Rc::clone(self.looks.entry(digest(&look)).or_insert_with(shown))
    }

    /// What the turn concludes from a look.
    pub fn wait(&mut self, world: &World, look: &[ModelProfile]) -> Waits {
        let key = digest(&(&world.air, world.started, world.quiet_passed, look));
        if let Some(waits) = self.waits.get(&key) {
            return *waits;
        }
        let (mut turn, began) = real::turn(world, true);
        turn.learn(&self.look(look), began, began);
        let waits = Waits { awaits: turn.awaited().is_some(), quiet: turn.is_quiet() };
        self.waits.insert(key, waits);
        waits
    }

    /// Observes as `controller::look` does, and plans.
    pub fn plan(&mut self, told: Observation) -> Rc<Planned> {
        let key = digest(&told);
        if let Some(planned) = self.plans.get(&key) {
            return Rc::clone(planned);
        }
        let status = self.status(told.object.status);
        let mut memory = Memory::clone(&told.object.memory);
        let profiles = Vec::clone(&self.look(&told.look));
        let mut snapshot = real::snapshot(&told, profiles, &status, self.config);
        memory.recall(&mut snapshot);
        if let Some(mutant) = self.mutant {
            (mutant.tell)(&mut snapshot);
        }
        let facts = Facts::of(&snapshot);
        memory.learn(&facts, &real::INTERVALS, 0.0);
        let memory = real::coarse(memory);
        snapshot.full_at = memory.full_at();
        memory.tell_attempts(&mut snapshot);
        let facts = Facts::of(&snapshot);
        let foremost = facts.foremost.map(|profile| profile.arn.clone());
        let mut step = plan(&facts);
        if let Some(mutant) = self.mutant {
            step = (mutant.step)(&snapshot, step);
        }
        if let (Some(plan), Some(from)) = (&facts.plan, facts.foremost) {
            self.meanings.insert(plan.clone(), Meaning::Change(from.arn.clone(), told.object.spec));
        }
        let loss = match &step {
            Step::Wait(Wait::PodsUnknown { name, plan, .. }) => Some((name, plan)),
            Step::Wait(Wait::Draining(Drain {
                name, stage: Stage::Losing(plan) | Stage::HandingOver(plan), ..
            })) => Some((name, plan)),
            _ => None,
        };
        if let Some((name, plan)) = loss
            && let Some(old) = snapshot.profiles.iter().find(|profile| profile.name == *name)
        {
            self.meanings.insert(plan.clone(), Meaning::Loss(old.arn.clone()));
        }
        *self.steps.entry(kind_of(&step)).or_default() += 1;
        let planned = Rc::new(Planned { id: self.plans.len(), snapshot, memory: Rc::new(memory), step, foremost });
        self.plans.insert(key, Rc::clone(&planned));
        planned
    }

    /// The number of the status that the pass writes, if any.
    pub fn report(
        &mut self,
        planned: &Planned,
        memory: &Rc<Memory>,
        outcome: &Outcome,
        came: OutcomeKey,
    ) -> Option<u32> {
        let key = (planned.id, came);
        if let Some(number) = self.reports.get(&key) {
            return *number;
        }
        let amended = (!Rc::ptr_eq(memory, &planned.memory)).then(|| planned.snapshot.clone()).map(|mut snapshot| {
            memory.tell_attempts(&mut snapshot);
            snapshot
        });
        let snapshot = amended.as_ref().unwrap_or(&planned.snapshot);
        let facts = Facts::of(snapshot);
        let new = report(&facts, &planned.step, outcome, &DEFAULTS);
        let number = new.writes.then(|| self.number(new.status));
        self.reports.insert(key, number);
        number
    }

    pub fn has(&self, flaw: Flaw) -> bool {
        self.mutant.is_some_and(|mutant| mutant.flaws.contains(&flaw))
    }

    /// What a shown plan means. That includes the plan that it extends, since their ids begin alike.
    pub fn meanings(&self, plan: &str) -> Vec<Meaning> {
        let ends = plan.match_indices('-').map(|(at, _)| at).chain([plan.len()]);
        ends.filter_map(|end| self.meanings.get(&plan[..end]).cloned()).collect()
    }

    /// The number of situations that were planned.
    pub fn situations(&self) -> usize {
        self.plans.len()
    }
}

/// The variant of a step, with its cause or wait.
pub fn kind_of(step: &Step) -> String {
    match step {
        Step::AddFinalizer => "AddFinalizer".to_owned(),
        Step::DropFinalizer(cause) => format!("DropFinalizer {cause:?}"),
        Step::Create { cause, .. } => format!("Create {}", first_word(cause)),
        Step::Delete { cause, .. } => format!("Delete {cause:?}"),
        Step::Tag { cause, .. } => format!("Tag {cause:?}"),
        Step::Wait(Wait::Stalled { reason, .. }) => format!("Rest Stalled {}", reason.name()),
        Step::Mend(_) => "Mend".to_owned(),
        Step::Ask { .. } => "Ask".to_owned(),
        Step::Evict(eviction) => format!("Evict {}", first_word(&eviction.cause)),
        Step::Wait(Wait::Draining(drain)) => format!("Rest Draining {}", first_word(&drain.stage)),
        Step::Checkpoint(record) => format!("Record {}", first_word(record)),
        Step::Wait(rest) => format!("Rest {}", first_word(rest)),
    }
}

/// The name of a variant, without its contents.
fn first_word(it: &impl Debug) -> String {
    struct Word(String);
    impl Write for Word {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let word = text.split([' ', '{', '(']).next().unwrap_or_default();
            self.0.push_str(word);
            if word == text { Ok(()) } else { Err(fmt::Error) }
        }
    }
    let mut word = Word(String::new());
    // The writer stops early.
    write!(word, "{it:?}").ok();
    word.0
}

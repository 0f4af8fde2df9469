//! The configurations. Each bounds how often some things may happen, so all its states can be visited.

use crate::eks::Rules;
use crate::event_budget::{Event, EventBudget};
use crate::real;
use crate::webhook::Webhook;
use crate::world::{Object, World};
use Event::{
    Approve, Blind, Busy, Crash, CreateFails, Delete, DeleteFails, Edit, Lag, Late, Lost, Outsider, Pod, Refused,
    ReplyLost, Retag, Squatter, Strip, Suspend, Switch, Unwritten,
};

/// Pods that do not start: on the profiles of one spec or of all, and of one controller or of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sick {
    pub spec: Option<u8>,
    pub set: Option<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Config {
    pub name: &'static str,
    pub objects: usize,
    /// How many specs, A, B, …, edits choose from.
    pub specs: u8,
    pub rules: Rules,
    pub adopts: bool,
    pub retains: bool,
    /// A look may show less than an earlier one did.
    pub looks_go_back: bool,
    /// `approval: Manual`.
    pub manual: bool,
    /// The initial strategy.
    pub delete_first: bool,
    /// Both objects want the same EKS names.
    pub same_stem: bool,
    /// A profile of this name exists already, without an owner.
    pub there: Option<&'static str>,
    /// How many pods each controller keeps, and in which namespace.
    pub sets: &'static [(u8, &'static str)],
    pub webhook: Webhook,
    pub sick: Option<Sick>,
    /// The initial spec.
    pub first: u8,
    /// The specs of the second object, if they differ from the first one's.
    pub second: &'static [u8],
    /// The object whose profile has the pods at first.
    pub home: u8,
    pub later: Option<usize>,
    /// Pods that no profile takes are reported for a while before they end with their object's profile.
    pub notices: bool,
    /// Edits switch between A and the spec that selects less.
    pub narrowing: bool,
    /// The controllers are the ReplicaSets of one Deployment. The second is that of its next template.
    pub deployment: bool,
    /// `onTimeout: Proceed`.
    pub proceed: bool,
    /// `onUnhealthy: Hold`.
    pub holds: bool,
    /// At first all objects are settled and all pods Ready.
    pub running: bool,
    /// It has too many states to visit them all, so generated sequences run in it.
    pub vast: bool,
    pub left: EventBudget,
}

impl Config {
    pub fn new(name: &'static str, left: &[(Event, u8)]) -> Self {
        Self {
            name,
            objects: 1,
            specs: 2,
            rules: Rules { quota: 100, refused: None },
            adopts: false,
            retains: false,
            looks_go_back: false,
            manual: false,
            delete_first: false,
            same_stem: false,
            there: None,
            sets: &[],
            webhook: Webhook::InTime,
            sick: None,
            first: 0,
            second: &[],
            home: 0,
            later: None,
            notices: false,
            narrowing: false,
            deployment: false,
            proceed: false,
            holds: false,
            running: false,
            vast: false,
            left: EventBudget::of(left),
        }
    }

    /// The configuration in which mutants run.
    pub fn mutated() -> Self {
        Self::new("mutated", &[])
    }

    /// Whether both have the same states: only the name differs.
    pub fn is_like(&self, other: &Self) -> bool {
        Self { name: other.name, ..*self } == *other
    }

    /// Whether pods of a controller start on profiles of a spec.
    pub fn starts(&self, set: Option<u8>, spec: u8) -> bool {
        let is_it = |wanted: Option<u8>, it: Option<u8>| wanted.is_none() || wanted == it;
        !self.sick.is_some_and(|sick| is_it(sick.spec, Some(spec)) && is_it(sick.set, set))
    }

    pub fn choices(&self, object: usize) -> Vec<u8> {
        match (object, self.second) {
            (0, _) | (_, []) if self.narrowing => vec![0, real::NARROW],
            (0 | 2.., _) | (_, []) => (0..self.specs).collect(),
            (_, specs) => specs.to_vec(),
        }
    }

    pub fn fresh(&self, object: usize) -> Object {
        let spec = self.second.first().filter(|_| object == 1).copied().unwrap_or(self.first);
        Object { spec, generation: 1, delete_first: self.delete_first, memory: real::fresh(1), ..Object::default() }
    }

    /// Objects just created. EKS has no profile except one without an owner.
    pub fn empty(&self) -> World {
        let gone = || Object { gone: true, ..Object::default() };
        let object = |index| if self.later == Some(index) { gone() } else { self.fresh(index) };
        let mut world = World {
            profiles: Vec::new(),
            objects: (0..self.objects).map(object).collect(),
            pasts: vec![crate::world::Past::default(); self.objects],
            air: None,
            started: false,
            quiet_passed: false,
            wire: None,
            lag: None,
            busy: false,
            pods: Vec::new(),
            sets: Vec::new(),
            seen_pods: None,
            letter: None,
            rolled: false,
            budget: false,
            blind: false,
            left: self.left,
        };
        if let Some(name) = self.there {
            let there = crate::eks::profile(&name.into(), 0, 0);
            crate::eks::add(
                &mut world,
                crate::world::ModelProfile { status: crate::world::Status::Active, settled: true, ..there },
            );
        }
        world
    }
}

pub fn all() -> Vec<Config> {
    let quota = |quota| Rules { quota, refused: None };
    let refusing_b = Rules { quota: 100, refused: Some(1) };
    let delete_first = |name, left| Config { delete_first: true, ..Config::new(name, left) };
    vec![
        Config::new(
            "calls: lost, refused, late",
            &[(Edit, 1), (Delete, 1), (Lost, 1), (ReplyLost, 1), (Late, 1), (Refused, 1), (Lag, 1)],
        ),
        Config::new("crashes", &[(Edit, 1), (Delete, 1), (Crash, 2), (Late, 1), (Lag, 1), (Unwritten, 1)]),
        Config { specs: 3, ..Config::new("edits, pods", &[(Edit, 3), (Pod, 1)]) },
        Config {
            specs: 3,
            ..Config::new("edits, calls", &[(Edit, 2), (Delete, 1), (Late, 1), (ReplyLost, 1), (Lag, 1)])
        },
        Config::new("suspended", &[(Edit, 2), (Suspend, 1), (Delete, 1), (Pod, 1), (Late, 1)]),
        Config::new("EKS fails", &[(Edit, 1), (Delete, 1), (CreateFails, 1), (DeleteFails, 1), (Late, 1), (Lag, 1)]),
        Config { rules: refusing_b, ..Config::new("EKS refuses B", &[(Edit, 2), (Delete, 1), (Late, 1), (Pod, 1)]) },
        Config {
            rules: quota(2),
            specs: 3,
            ..Config::new("quota of 2", &[(Edit, 2), (Pod, 1), (CreateFails, 1), (Late, 1)])
        },
        Config {
            rules: quota(2),
            ..Config::new("quota of 2, approval", &[(Edit, 2), (Pod, 1), (Blind, 1), (Approve, 2)])
        },
        Config::new("outsiders", &[(Edit, 1), (Delete, 1), (Outsider, 1), (Squatter, 1), (Lag, 1)]),
        Config::new("tags stripped", &[(Edit, 1), (Delete, 1), (Retag, 1), (Strip, 2), (Crash, 1)]),
        Config::new(
            "pods unseen, cluster busy",
            &[(Edit, 1), (Pod, 2), (Blind, 1), (Busy, 1), (Approve, 1), (Delete, 1)],
        ),
        Config { manual: true, specs: 3, ..Config::new("approval", &[(Edit, 3), (Approve, 2), (Lag, 1), (Late, 1)]) },
        Config { objects: 2, ..Config::new("two objects", &[(Edit, 1), (Delete, 1), (Late, 1)]) },
        Config {
            objects: 2,
            ..Config::new("two objects, crash", &[(Delete, 1), (Late, 1), (Crash, 1), (ReplyLost, 1)])
        },
        Config { objects: 2, rules: quota(3), ..Config::new("two objects, one free slot", &[(Edit, 2), (Pod, 1)]) },
        Config {
            objects: 2,
            same_stem: true,
            ..Config::new("two objects, one name", &[(Edit, 1), (Delete, 2), (Lag, 1)])
        },
        Config {
            adopts: true,
            there: Some("web"),
            ..Config::new("adoption", &[(Edit, 1), (Delete, 1), (Pod, 1), (Late, 1), (Lag, 1)])
        },
        Config { retains: true, ..Config::new("retain", &[(Edit, 1), (Delete, 1), (Late, 1), (Lag, 1), (Crash, 1)]) },
        delete_first("DeleteFirst, calls", &[(Edit, 2), (Delete, 1), (Late, 1), (ReplyLost, 1), (Lag, 1), (Pod, 1)]),
        delete_first("DeleteFirst, crashes", &[(Edit, 2), (Crash, 2), (Late, 1), (Lag, 1), (Unwritten, 1)]),
        Config { specs: 3, ..delete_first("DeleteFirst, EKS fails", &[(Edit, 2), (CreateFails, 2), (DeleteFails, 1)]) },
        Config {
            rules: refusing_b,
            specs: 3,
            ..delete_first("DeleteFirst, EKS refuses B", &[(Edit, 2), (Late, 1), (Crash, 1), (Unwritten, 1)])
        },
        Config {
            manual: true,
            ..delete_first("DeleteFirst, approval", &[(Edit, 2), (Approve, 2), (Suspend, 1), (CreateFails, 1)])
        },
        delete_first("strategy switched", &[(Edit, 2), (Switch, 1), (CreateFails, 1)]),
        delete_first("DeleteFirst, outsiders", &[(Edit, 1), (Delete, 1), (Outsider, 1), (Squatter, 1), (Lag, 1)]),
        Config { objects: 2, rules: quota(2), ..delete_first("DeleteFirst, two objects, quota", &[(Edit, 2)]) },
        Config { looks_go_back: true, ..Config::new("looks that go back", &[(Edit, 1), (Delete, 1), (Lag, 2)]) },
    ]
}

/// The configurations in which generated sequences of edits run.
pub fn of_edits() -> Vec<Config> {
    let left = [
        (Edit, 12),
        (Suspend, 3),
        (Switch, 3),
        (Crash, 3),
        (Lost, 2),
        (ReplyLost, 2),
        (Late, 3),
        (Refused, 2),
        (Unwritten, 2),
        (Lag, 3),
        (CreateFails, 2),
        (DeleteFails, 2),
        (Busy, 2),
        (Pod, 4),
        (Blind, 1),
        (Approve, 3),
    ];
    let two = |name| Config { objects: 2, specs: 3, ..Config::new(name, &left) };
    vec![
        two("edits under CreateFirst"),
        Config { delete_first: true, ..two("edits under DeleteFirst") },
        Config { manual: true, rules: Rules { quota: 5, refused: None }, ..two("edits under approval, few slots") },
    ]
}

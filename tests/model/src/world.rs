//! A state of the model: EKS, the objects, the operator's process and the faults that may still happen.

use std::collections::BTreeMap;
use std::rc::Rc;

use fargate_operator::memory::Memory;

use crate::clock::{Stamp, Times};
use crate::event_budget::EventBudget;
use crate::eviction::LateEviction;
use crate::memo::Memo;
use crate::mutants::Flaw;
use crate::pods::{Pod, Set};
use crate::real;

#[derive(Clone, PartialEq, Eq, Hash)]
pub struct World {
    pub profiles: Vec<ModelProfile>,
    pub objects: Vec<Object>,
    /// What the invariants need to know about the past of each object.
    pub pasts: Vec<Past>,
    /// The mutation in flight whose effect the process waits for.
    pub air: Option<InFlightCall>,
    /// The process has just started and is in quiet time.
    pub started: bool,
    /// Quiet time has passed since `air` or `started`.
    pub quiet_passed: bool,
    /// A call that has not reached EKS yet.
    pub wire: Option<Call>,
    /// What a lagging look shows.
    pub lag: Option<Vec<ModelProfile>>,
    /// The cluster is being updated, which no look shows.
    pub busy: bool,
    pub pods: Vec<Pod>,
    pub sets: Vec<Set>,
    /// What the watches of pods show, if they lag.
    pub seen_pods: Option<Vec<Pod>>,
    /// An eviction that has not reached the API server yet.
    pub letter: Option<LateEviction>,
    /// The Deployment's template has been edited.
    pub rolled: bool,
    /// A disruption budget blocks evictions.
    pub budget: bool,
    /// Pods cannot be seen.
    pub blind: bool,
    /// How often each event may still happen.
    pub left: EventBudget,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModelProfile {
    pub name: Rc<str>,
    /// It tells the incarnations of a name apart.
    pub life: u8,
    /// The object that its tags name.
    pub owner: Option<u8>,
    /// Another one of its tags is wrong.
    pub untidy: bool,
    /// The object that it was created for.
    pub maker: Option<u8>,
    pub spec: u8,
    pub status: Status,
    /// It has been ACTIVE for the settle time.
    pub settled: bool,
    /// When that was, if pods are pending without a profile.
    pub settled_at: Stamp,
    /// A webhook that learns late knows it.
    pub known: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    Creating,
    Active,
    Deleting,
    CreateFailed,
    DeleteFailed,
}

/// A `FargateProfile`, with what the process remembers of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Object {
    pub spec: u8,
    pub generation: u8,
    pub suspended: bool,
    pub delete_first: bool,
    /// The plan that a person approved last.
    pub approval: Option<Rc<str>>,
    pub deleting: bool,
    /// It has been deleting long enough that pods without a taker have been reported.
    pub noticed: bool,
    pub finalizer: bool,
    /// It no longer exists in Kubernetes.
    pub gone: bool,
    /// The index of the status in the [`crate::memo::Memo`].
    pub status: u32,
    /// The times in its drain records, by ARN.
    pub times: Rc<BTreeMap<String, Times>>,
    /// The process reserves the turn for this object's gap.
    pub reserved: bool,
    pub memory: Rc<Memory>,
}

/// The history of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Past {
    /// A DeleteFirst gap is open.
    pub gap: bool,
    /// The generation for which the last gap was opened.
    pub opened_for: Option<u8>,
    /// What a person approved last.
    pub accepted: Vec<Meaning>,
    /// It asks for a person, and no person has acted.
    pub left_alone: bool,
}

/// What a plan means.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// The pods on the profile of this ARN are lost.
    Loss(String),
    /// A profile of this spec replaces the profile of this ARN.
    Change(String, u8),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InFlightCall {
    pub call: Call,
    /// EKS accepted it. A create then has this incarnation.
    pub answered: bool,
    pub life: Option<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    pub by: u8,
    pub name: Rc<str>,
    pub kind: Kind,
    /// The pods on the profile when it was sent, if it arrives late.
    pub there: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Create { spec: u8 },
    Delete { life: u8, before: Status, why: Why },
    Own { life: u8 },
    Tidy { life: u8 },
    Release { life: u8 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// It is a leftover or superseded, or its object is being deleted.
    Plain,
    /// A person has accepted that pods may be lost.
    Approved,
    /// The time limit for moving pods has passed.
    TimedOut,
    /// Pods do not start on it.
    Unhealthy,
    /// The next profile needs its slot. Meanwhile the profile that goes takes all its pods.
    GivesWay,
    /// DeleteFirst, for this generation.
    Gap(u8),
}

impl Status {
    pub fn is_live(self) -> bool {
        matches!(self, Self::Creating | Self::Active)
    }

    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Creating | Self::Deleting)
    }
}

impl ModelProfile {
    pub fn arn(&self) -> String {
        arn(&self.name, self.life)
    }

    /// Whether it is the incarnation of this ARN.
    pub fn is(&self, arn: &str) -> bool {
        let life = arn.strip_prefix("arn:").and_then(|it| it.strip_prefix(&*self.name)?.strip_prefix('/'));
        life.is_some_and(|life| life.parse() == Ok(self.life))
    }

    pub fn serves(&self, object: usize) -> bool {
        self.owner == Some(number(object)) && self.status == Status::Active
    }
}

impl Kind {
    /// The incarnation that the call is about.
    pub fn life(&self) -> Option<u8> {
        match self {
            Self::Create { .. } => None,
            Self::Delete { life, .. } | Self::Own { life } | Self::Tidy { life } | Self::Release { life } => {
                Some(*life)
            }
        }
    }
}

pub fn arn(name: &str, life: u8) -> String {
    format!("arn:{name}/{life}")
}

/// An object's index in the state's type.
pub fn number(object: usize) -> u8 {
    u8::try_from(object).unwrap_or(u8::MAX)
}

impl World {
    pub fn find(&self, name: &str) -> Option<usize> {
        self.profiles.iter().position(|profile| &*profile.name == name)
    }

    pub fn owned(&self, object: usize) -> impl Iterator<Item = &ModelProfile> {
        self.profiles.iter().filter(move |profile| profile.owner == Some(number(object)))
    }

    /// The process ends, and a new one starts.
    pub fn crash(&mut self, memo: &Memo<'_>) {
        self.air = None;
        self.started = self.objects.iter().any(|object| object.finalizer) && !memo.has(Flaw::QuietStart);
        self.quiet_passed = false;
        for object in &mut self.objects {
            object.memory = real::fresh(object.generation);
            object.reserved = memo.status(object.status).previous.is_some() && !object.deleting;
        }
    }
}

//! What befalls an object: how it comes about, what its conditions then say to the letter, and that nothing else suffers.
//!
//! Every row has an EKS cluster of its own, with the name of its object, so that many rows share one bed.

use eks_simulator::{ClusterSettings, Control, Effect, Fault, Operation, Outcome, PlannedOutcome};
use serde_json::{Value, json};

use super::expected::Expected;

/// One row of the table: bad luck.
pub struct Row {
    /// A sentence.
    pub situation: &'static str,
    /// Of the object and of its EKS cluster.
    pub name: &'static str,
    pub(super) spec: Value,
    pub(super) cluster: Box<dyn Fn(&mut ClusterSettings)>,
    pub(super) given: Vec<Action>,
    pub(super) at_once: Vec<Action>,
    pub(super) when: Vec<Action>,
    /// What the conditions say.
    pub shows: Expected,
    pub(super) mended: Vec<Action>,
    /// An outsider has taken a profile away, with its tags or altogether.
    pub(super) is_lost: bool,
}

/// Something done in EKS, in the cluster of this name.
pub type InEks = Box<dyn Fn(&Control, &str)>;

/// What brings a situation about, or mends it.
pub enum Action {
    /// Something in EKS, given the row's cluster.
    Eks(InEks),
    /// A fault of the calls to the row's cluster.
    Fault(Fault),
    /// No faults of the row any more.
    NoFaults,
    /// The spec is changed so.
    Change(Value),
    /// Another object in the same cluster, which is Ready before anything else happens.
    Another(&'static str, Value),
    /// The object of this name is deleted.
    Delete(&'static str),
    /// The plan in the object's status is approved.
    Approve,
    /// A pod of this name runs on this EKS profile.
    Pod(&'static str, &'static str),
    /// A pod of the cluster's DNS, of this name, runs on this EKS profile.
    Dns(&'static str, &'static str),
    /// The pod of this name goes.
    NoPod(&'static str),
    /// This EKS profile is ACTIVE before anything else happens.
    Active(&'static str),
    /// The object gets finalizers: the operator's, as out of a backup, or none.
    Finalizers(&'static [&'static str]),
}

/// Something in EKS.
pub fn eks(action: impl Fn(&Control, &str) + 'static) -> Action {
    Action::Eks(Box::new(action))
}

/// These calls go wrong so.
pub fn fault(effect: Effect, operations: impl IntoIterator<Item = Operation>) -> Action {
    Action::Fault(Fault::new(effect).on(operations))
}

/// EKS answers these calls with an error.
pub fn error(status: u16, code: &str, message: &str, operation: Operation) -> Action {
    fault(Effect::Error { status, code: Some(code.to_owned()), message: message.to_owned() }, [operation])
}

/// Every creation goes so.
pub fn creations(outcome: Outcome) -> Action {
    eks(move |eks, cluster| {
        let plan = PlannedOutcome { profile: "*".into(), outcome: outcome.clone(), times: None };
        eks.plan_creation(cluster, plan).unwrap();
    })
}

/// Creations and deletions go well again.
pub fn well_again() -> Action {
    eks(|eks, cluster| eks.forget_plans(cluster).unwrap())
}

/// A row: an object of this name, which selects a namespace.
pub fn row(situation: &'static str, name: &'static str, shows: Expected) -> Row {
    Row {
        situation,
        name,
        spec: json!({}),
        cluster: Box::new(|_| ()),
        given: Vec::new(),
        at_once: Vec::new(),
        when: Vec::new(),
        shows,
        mended: Vec::new(),
        is_lost: false,
    }
}

impl Row {
    /// The object's spec besides a selector.
    pub fn spec(self, spec: Value) -> Self {
        Self { spec, ..self }
    }

    /// The settings of its cluster.
    pub fn cluster(self, change: impl Fn(&mut ClusterSettings) + 'static) -> Self {
        Self { cluster: Box::new(change), ..self }
    }

    /// Before there is the object.
    pub fn given(self, actions: impl IntoIterator<Item = Action>) -> Self {
        Self { given: actions.into_iter().collect(), ..self }
    }

    /// As soon as there is the object.
    pub fn at_once(self, actions: impl IntoIterator<Item = Action>) -> Self {
        Self { at_once: actions.into_iter().collect(), ..self }
    }

    /// After the object was Ready.
    pub fn when(self, actions: impl IntoIterator<Item = Action>) -> Self {
        Self { when: actions.into_iter().collect(), ..self }
    }

    /// After the object was Ready, an outsider takes a profile away, with its tags or altogether.
    pub fn lost(self, actions: impl IntoIterator<Item = Action>) -> Self {
        Self { is_lost: true, ..self.when(actions) }
    }

    /// The way out that the message names: after this the object is Ready, or gone if it is being deleted.
    pub fn mended(self, actions: impl IntoIterator<Item = Action>) -> Self {
        Self { mended: actions.into_iter().collect(), ..self }
    }
}

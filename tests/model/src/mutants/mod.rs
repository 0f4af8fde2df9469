//! Mutants: the real planner with false input or with a changed decision. Each must break an invariant. An invariant
//! that no mutant breaks would guard nothing.

mod create_first;
mod delete_first;
mod drain;
mod handover;
mod served;
mod time;

use fargate_operator::eks::Profile;
use fargate_operator::plan::{DeleteCause, Step};
use fargate_operator::state::Snapshot;

use crate::config::Config;
use crate::eks::Rules;
use crate::event_budget::{Event, EventBudget};

pub struct Mutant {
    pub name: &'static str,
    pub breaks: u8,
    /// Changes the planner's input.
    pub tell: fn(&mut Snapshot),
    /// Changes its decision.
    pub step: fn(&Snapshot, Step) -> Step,
    pub flaws: &'static [Flaw],
    /// Only breaches of this invariant count.
    pub only: Option<u8>,
    /// The configuration in which it runs.
    pub config: Config,
}

/// Flaws outside the planner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The turn grants a mutation while another one is in flight.
    Turn,
    /// The turn does not know about gaps.
    Reservation,
    /// Absence never counts as certain.
    Absence,
    /// A new process does not begin in quiet time.
    QuietStart,
    /// Evictions are sent without a check with the pod's controller.
    OwnerCheck,
    /// The record of an eviction is not compared with the existing pods.
    NotCompared,
    /// The checks use a pod's ReplicaSet instead of its Deployment.
    ReplicaSetAlone,
}

impl Mutant {
    fn new(name: &'static str, breaks: u8, left: &[(Event, u8)]) -> Self {
        Self {
            name,
            breaks,
            tell: |_| {},
            step: |_, step| step,
            flaws: &[],
            only: None,
            config: Config { left: EventBudget::of(left), ..Config::mutated() },
        }
    }

    fn telling(self, tell: fn(&mut Snapshot)) -> Self {
        Self { tell, ..self }
    }

    fn saying(self, step: fn(&Snapshot, Step) -> Step) -> Self {
        Self { step, ..self }
    }

    fn with(self, flaws: &'static [Flaw]) -> Self {
        Self { flaws, ..self }
    }

    fn in_config(self, change: impl FnOnce(Config) -> Config) -> Self {
        Self { config: change(self.config), ..self }
    }

    fn delete_first(self) -> Self {
        self.in_config(|config| Config { delete_first: true, ..config })
    }

    fn manual(self) -> Self {
        self.in_config(|config| Config { manual: true, specs: 3, ..config })
    }

    fn refusing(self) -> Self {
        self.in_config(|config| Config { rules: Rules { quota: 100, refused: Some(1) }, specs: 3, ..config })
    }

    /// Only breaches of the invariant that it is to break count.
    fn alone(self) -> Self {
        Self { only: Some(self.breaks), ..self }
    }
}

pub fn all() -> Vec<Mutant> {
    let mut all = create_first::all();
    all.extend(time::all());
    all.extend(delete_first::all());
    all.extend(drain::all());
    all.extend(served::all());
    all.extend(handover::all());
    all
}

fn delete(profile: &Profile, cause: DeleteCause) -> Step {
    Step::Delete { name: profile.name.clone(), arn: profile.arn.clone(), cause }
}

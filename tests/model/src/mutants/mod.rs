//! Mutants: the real planner, told something that is not so or misheard. Each must break an invariant; an invariant that no
//! mutant breaks would guard nothing.

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

/// A mutant.
pub struct Mutant {
    pub name: &'static str,
    /// The invariant that it breaks.
    pub breaks: u8,
    /// Changes what the planner is told.
    pub tell: fn(&mut Snapshot),
    /// Changes what it says.
    pub step: fn(&Snapshot, Step) -> Step,
    pub flaws: &'static [Flaw],
    /// Breaches of other invariants are passed over.
    pub only: Option<u8>,
    /// What it lives in.
    pub config: Config,
}

/// What a mutant may lack beside the planner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The turn grants a mutation while another one is awaited.
    Turn,
    /// The turn does not know of gaps.
    Reservation,
    /// Absence never counts as certain.
    Absence,
    /// A new process does not begin in quiet time.
    QuietStart,
    /// Nobody asks a pod's controller before an eviction.
    OwnerCheck,
    /// What goes on record before an eviction is not compared with the pods that are there.
    NotCompared,
    /// A pod's ReplicaSet is asked, and not its Deployment.
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

    /// EKS refuses B.
    fn refusing(self) -> Self {
        self.in_config(|config| Config { rules: Rules { quota: 100, refused: Some(1) }, specs: 3, ..config })
    }

    /// Sees only breaches of the invariant that it is to break.
    fn alone(self) -> Self {
        Self { only: Some(self.breaks), ..self }
    }
}

/// All mutants.
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

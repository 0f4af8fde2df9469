//! Mutants: the real planner, told something that is not so or misheard. Each must break an invariant; an invariant that no
//! mutant breaks would guard nothing.

use std::collections::BTreeMap;

use fargate_operator::api::{PreviousProfile, TAG_OWNER};
use fargate_operator::eks::{Profile, ProfileStatus};
use fargate_operator::plan::{CreateCause, DeleteCause, DropCause, Picture, Pods, Record, Rest, Snapshot, Step};

use crate::config::Config;
use crate::eks::Rules;
use crate::real;
use crate::world::{Left, Luck};

/// A mutant.
pub struct Mutant {
    pub name: &'static str,
    /// The invariant that it breaks.
    pub breaks: u8,
    /// Changes what the planner is told.
    pub tell: fn(&mut Snapshot),
    /// The same, when pods have been asked for.
    pub tell_pods: fn(&mut Snapshot),
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
}

impl Mutant {
    fn new(name: &'static str, breaks: u8, left: &[(Luck, u8)]) -> Self {
        Self {
            name,
            breaks,
            tell: |_| {},
            tell_pods: |_| {},
            step: |_, step| step,
            flaws: &[],
            only: None,
            config: Config { left: Left::of(left), ..Config::mutated() },
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
    let mut all = of_create_first();
    all.extend(of_time());
    all.extend(of_delete_first());
    all
}

fn of_create_first() -> Vec<Mutant> {
    use Luck::{Blind, CreateFails, Delete, Edit, Pod, Squatter, Strip};
    vec![
        Mutant::new("every profile is taken for ours", 1, &[(Edit, 1), (Squatter, 1)]).alone().telling(|snapshot| {
            let tags = real::ownership(0);
            snapshot.profiles.iter_mut().for_each(|profile| profile.tags.extend(tags.clone()));
        }),
        Mutant::new("the old profile goes before the new one is ACTIVE", 2, &[(Edit, 1)]).saying(
            |snapshot, step| match (&step, snapshot.profiles.first()) {
                (Step::Create { cause: CreateCause::Replace(_), .. }, Some(old)) => {
                    delete(old, DeleteCause::Superseded)
                }
                _ => step,
            },
        ),
        Mutant {
            tell_pods: unknown_is_none,
            ..Mutant::new("pods unknown are no pods", 3, &[(Edit, 1), (Pod, 1), (Blind, 1)])
        },
        Mutant { tell_pods: nobody_home, ..Mutant::new("pods are not looked at", 3, &[(Edit, 1), (Pod, 1)]) },
        Mutant::new("a superseded profile is never deleted", 6, &[(Edit, 1)]).saying(|_, step| match step {
            Step::Delete { cause: DeleteCause::Superseded, name, .. } => Step::Rest(Rest::PodsHeld { name, pods: 1 }),
            other => other,
        }),
        Mutant::new("failed leftovers stay", 6, &[(Edit, 1), (CreateFails, 1)]).saying(|_, step| match step {
            Step::Delete { cause: DeleteCause::Leftover, name, arn } => Step::Rest(Rest::UnderWay { name, arn }),
            other => other,
        }),
        Mutant::new("a revert is taken for settled", 7, &[(Edit, 2)]).saying(|snapshot, step| {
            if snapshot.object.generation > 2 && snapshot.object.has_finalizer {
                Step::Rest(Rest::Settled)
            } else {
                step
            }
        }),
        Mutant::new("CREATING is taken for ACTIVE", 8, &[]).telling(|snapshot| {
            let creating = snapshot.profiles.iter_mut().filter(|profile| profile.status == ProfileStatus::Creating);
            creating.for_each(|profile| profile.status = ProfileStatus::Active);
        }),
        Mutant::new("a tag is set anew at every pass", 9, &[]).telling(|snapshot| {
            let ours = snapshot.profiles.iter_mut().filter(|profile| profile.tags.contains_key(TAG_OWNER));
            ours.for_each(|profile| drop(profile.tags.insert(real::UID_TAG.to_owned(), "another".to_owned())));
        }),
        Mutant::new("lost tags are forgotten", 11, &[(Strip, 3)]).telling(|snapshot| snapshot.status.profiles.clear()),
        Mutant::new("live profiles are not counted", 11, &[(Edit, 3), (Pod, 3)])
            .in_config(|config| Config { specs: 3, ..config })
            .telling(only_the_foremost)
            .alone(),
        Mutant::new("the finalizer goes while profiles are there", 5, &[(Delete, 1)]).saying(|snapshot, step| {
            if snapshot.object.deleting { Step::DropFinalizer(DropCause::ProfilesGone) } else { step }
        }),
        Mutant::new("Manual is taken for Automatic", 12, &[(Edit, 1)])
            .manual()
            .telling(|snapshot| snapshot.spec.replacement = None),
        Mutant::new("an approval is taken for one of every plan", 12, &[(Edit, 2), (Luck::Approve, 1)])
            .manual()
            .telling(|snapshot| {
                if snapshot.object.approval.is_some() {
                    snapshot.object.approval = Picture::of(snapshot).plan;
                }
            }),
    ]
}

fn of_time() -> Vec<Mutant> {
    use Luck::{Crash, CreateFails, Delete, Edit, Lag, Late, Outsider, Pod};
    const NO_QUIET: &[Flaw] = &[Flaw::Turn, Flaw::QuietStart];
    vec![
        Mutant::new("nothing is quiet: a second mutation", 4, &[(Edit, 1), (Late, 1)])
            .with(NO_QUIET)
            .telling(not_quiet),
        Mutant::new("nothing is quiet: a late create", 5, &[(Delete, 1), (Late, 1)])
            .with(NO_QUIET)
            .telling(not_quiet)
            .alone(),
        Mutant::new(
            "nothing is quiet: a late delete of a name used again",
            2,
            &[(Edit, 1), (Late, 1), (CreateFails, 1)],
        )
        .with(NO_QUIET)
        .telling(not_quiet)
        .alone(),
        Mutant::new("nothing is quiet: a claim", 8, &[(Edit, 1), (Lag, 1)]).with(NO_QUIET).telling(not_quiet).alone(),
        Mutant::new("a new process does not begin in quiet time", 5, &[(Delete, 1), (Crash, 1), (Late, 1)])
            .with(&[Flaw::QuietStart])
            .alone(),
        Mutant::new("the settle time is zero", 3, &[(Edit, 1), (Pod, 1), (Late, 1)])
            .telling(|snapshot| snapshot.settle = std::time::Duration::ZERO),
        Mutant::new("absence is believed at once", 5, &[(Edit, 1), (Delete, 1), (Lag, 1)])
            .in_config(|config| Config { looks_go_back: true, ..config })
            .telling(|snapshot| snapshot.absent_since.clear()),
        Mutant::new("absence is never believed", 6, &[(Outsider, 1)]).with(&[Flaw::Absence]),
    ]
}

fn of_delete_first() -> Vec<Mutant> {
    use Luck::{CreateFails, Edit, Suspend, Switch};
    vec![
        Mutant::new("the gap opens before it is on record", 2, &[(Edit, 1)]).delete_first().saying(|snapshot, step| {
            match (&step, snapshot.profiles.first()) {
                (Step::Record(Record::Previous(_)), Some(old)) => delete(old, DeleteCause::Gap),
                _ => step,
            }
        }),
        Mutant::new("what was there before is forgotten", 2, &[(Edit, 1)]).delete_first().telling(|snapshot| {
            if snapshot.profiles.is_empty() {
                snapshot.status.previous = None;
            }
        }),
        Mutant::new("a switch in the gap forgets what was there", 2, &[(Edit, 1), (Switch, 1)]).delete_first().telling(
            |snapshot| {
                if snapshot.spec.replacement.is_none_or(|replacement| replacement.strategy.is_none()) {
                    snapshot.status.previous = None;
                }
            },
        ),
        Mutant::new("a failed profile is put on record", 2, &[(Edit, 1), (CreateFails, 1)]).delete_first().saying(
            |snapshot, step| match (&step, snapshot.profiles.first()) {
                (Step::Record(Record::Failed(_)), Some(failed)) => Step::Record(Record::Previous(record(failed))),
                _ => step,
            },
        ),
        Mutant::new("a failed generation is forgotten", 2, &[(Edit, 1)]).delete_first().refusing().telling(
            |snapshot| {
                if snapshot.status.previous.is_none() {
                    snapshot.status.failed_generation = None;
                }
            },
        ),
        Mutant::new("suspension stops the closing of a gap", 2, &[(Edit, 1), (Suspend, 1)]).delete_first().saying(
            |snapshot, step| {
                if snapshot.spec.suspend == Some(true) { Step::Rest(Rest::Suspended { pending: true }) } else { step }
            },
        ),
        Mutant::new("the turn is not kept for a gap", 2, &[(Edit, 2)])
            .delete_first()
            .in_config(|config| Config { objects: 2, ..config })
            .with(&[Flaw::Reservation]),
    ]
}

fn delete(profile: &Profile, cause: DeleteCause) -> Step {
    Step::Delete { name: profile.name.clone(), arn: profile.arn.clone(), cause }
}

fn record(profile: &Profile) -> PreviousProfile {
    PreviousProfile {
        name: profile.name.clone(),
        arn: profile.arn.clone(),
        pod_execution_role_arn: profile.role.clone(),
        subnets: profile.subnets.iter().cloned().collect(),
        selectors: Vec::new(),
    }
}

fn not_quiet(snapshot: &mut Snapshot) {
    snapshot.quiet = false;
}

fn unknown_is_none(snapshot: &mut Snapshot) {
    snapshot.pods.values_mut().filter(|pods| matches!(pods, Pods::Unknown(_))).for_each(|pods| *pods = Pods::Known(0));
}

fn nobody_home(snapshot: &mut Snapshot) {
    let names: Vec<String> = Picture::of(snapshot).owned.iter().map(|profile| profile.name.clone()).collect();
    snapshot.pods = names.into_iter().map(|name| (name, Pods::Known(0))).collect::<BTreeMap<_, _>>();
}

/// While no profile equals the spec, the planner takes the others for somebody else's.
fn only_the_foremost(snapshot: &mut Snapshot) {
    let picture = Picture::of(snapshot);
    let Some(foremost) = picture.foremost.filter(|_| picture.target.is_none()).map(|profile| profile.arn.clone())
    else {
        return;
    };
    snapshot.profiles.iter_mut().filter(|profile| profile.arn != foremost).for_each(|profile| profile.tags.clear());
    snapshot.status.profiles.clear();
}

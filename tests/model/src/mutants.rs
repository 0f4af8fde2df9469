//! Mutants: the real planner, told something that is not so or misheard. Each must break an invariant; an invariant that no
//! mutant breaks would guard nothing.

use std::collections::BTreeMap;

use fargate_operator::api::TAG_OWNER;
use fargate_operator::eks::ProfileStatus;
use fargate_operator::plan::{CreateCause, DeleteCause, DropCause, Picture, Pods, Rest, Snapshot, Step};

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
    /// The turn grants a mutation while another one is awaited.
    pub without_turn: bool,
    /// Absence never counts as certain.
    pub forgets_absence: bool,
    /// The turn does not know of gaps.
    pub without_reservation: bool,
    /// Breaches of other invariants are passed over.
    pub only: Option<u8>,
    pub config: Config,
}

impl Mutant {
    fn new(name: &'static str, breaks: u8, left: &[(Luck, u8)]) -> Self {
        Self {
            name,
            breaks,
            tell: |_| {},
            tell_pods: |_| {},
            step: |_, step| step,
            without_turn: false,
            forgets_absence: false,
            without_reservation: false,
            only: None,
            config: Config { left: Left::of(left), ..Config::mutated() },
        }
    }

    fn telling(self, tell: fn(&mut Snapshot)) -> Self {
        Self { tell, ..self }
    }

    fn with_no_quiet(self) -> Self {
        Self { without_turn: true, tell: |snapshot| snapshot.quiet = false, ..self }
    }

    /// Sees only breaches of this invariant.
    fn only(self, invariant: u8) -> Self {
        Self { only: Some(invariant), ..self }
    }

    fn saying(self, step: fn(&Snapshot, Step) -> Step) -> Self {
        Self { step, ..self }
    }
}

/// All mutants.
pub fn all() -> Vec<Mutant> {
    use Luck::{Blind, Crash, CreateFails, Delete, Edit, Lag, Late, Outsider, Pod, ReplyLost, Squatter, Strip};
    vec![
        Mutant::new("every profile of the stem's names is taken for ours", 1, &[(Edit, 1), (Squatter, 1), (Delete, 1)])
            .telling(|snapshot| {
                let tags = real::ownership(0);
                snapshot.profiles.iter_mut().for_each(|profile| profile.tags.extend(tags.clone()));
            }),
        Mutant::new("the old profile is deleted before the new one is ACTIVE", 2, &[(Edit, 1)]).saying(
            |snapshot, step| {
                let old = |name: &String| snapshot.profiles.iter().find(|profile| profile.name != *name);
                match &step {
                    Step::Create { cause: CreateCause::Replace(name), .. } => old(&String::new())
                        .map(|profile| Step::Delete {
                            name: name.clone(),
                            arn: profile.arn.clone(),
                            cause: DeleteCause::Superseded,
                        })
                        .unwrap_or(step),
                    _ => step,
                }
            },
        ),
        Mutant::new(
            "quiet time is forgotten: planner and turn act on what a look does not show yet",
            4,
            &[(Edit, 1), (Late, 1)],
        )
        .with_no_quiet(),
        Mutant::new(
            "a late delete is not waited for before the revert is believed",
            2,
            &[(Edit, 2), (Late, 1), (Lag, 1)],
        )
        .with_no_quiet()
        .only(2),
        Mutant::new("the settle time is zero", 3, &[(Edit, 1), (Pod, 1), (Late, 1)])
            .telling(|snapshot| snapshot.settle = std::time::Duration::ZERO),
        Mutant {
            tell_pods: unknown_is_none,
            ..Mutant::new("pods unknown are no pods", 3, &[(Edit, 1), (Pod, 1), (Blind, 1)])
        },
        Mutant { tell_pods: nobody_home, ..Mutant::new("pods are not looked at", 3, &[(Edit, 1), (Pod, 1)]) },
        Mutant::new("absence is believed at once", 5, &[(Delete, 1), (Lag, 1), (ReplyLost, 1)])
            .telling(|snapshot| snapshot.absent_since.clear()),
        Mutant::new("the finalizer goes while profiles are there", 5, &[(Delete, 1)]).saying(|snapshot, step| {
            if snapshot.object.deleting { Step::DropFinalizer(DropCause::ProfilesGone) } else { step }
        }),
        Mutant::new("a new process does not begin in quiet time", 5, &[(Delete, 1), (Crash, 1), (Late, 1)])
            .with_no_quiet()
            .only(5),
        Mutant::new("a superseded profile is never deleted", 6, &[(Edit, 1)]).saying(|_, step| match step {
            Step::Delete { cause: DeleteCause::Superseded, name, .. } => Step::Rest(Rest::PodsHeld { name, pods: 1 }),
            other => other,
        }),
        Mutant { forgets_absence: true, ..Mutant::new("absence never counts as certain", 6, &[(Outsider, 1)]) },
        Mutant::new("a revert is not noticed: the spec stays that of generation 2", 7, &[(Edit, 2)]).telling(
            |snapshot| {
                if snapshot.object.generation > 2 {
                    snapshot.spec.pod_execution_role_arn = Some("role/B".into());
                }
            },
        ),
        Mutant::new("CREATING is taken for ACTIVE", 8, &[]).telling(|snapshot| {
            let creating = snapshot.profiles.iter_mut().filter(|profile| profile.status == ProfileStatus::Creating);
            creating.for_each(|profile| profile.status = ProfileStatus::Active);
        }),
        Mutant::new("a tag is set anew at every pass", 9, &[]).telling(|snapshot| {
            snapshot.profiles.iter_mut().filter(|profile| profile.tags.contains_key(TAG_OWNER)).for_each(|profile| {
                profile.tags.insert(fargate_operator::api::TAG_OWNER_UID.to_owned(), "another".to_owned());
            });
        }),
        Mutant::new("lost tags are forgotten", 11, &[(Strip, 3)]).telling(|snapshot| snapshot.status.profiles.clear()),
        Mutant {
            config: Config { specs: 3, left: Left::of(&[(Edit, 4), (Pod, 3)]), ..Config::mutated() },
            ..Mutant::new("live profiles are not counted", 11, &[])
        }
        .telling(only_the_foremost),
        Mutant {
            config: Config {
                rules: Rules { quota: 2, refused: None },
                left: Left::of(&[(Edit, 2), (CreateFails, 1)]),
                ..Config::mutated()
            },
            ..Mutant::new("failed leftovers stay", 6, &[])
        }
        .saying(|_, step| match step {
            Step::Delete { cause: DeleteCause::Leftover, .. } => Step::Rest(Rest::Settled),
            other => other,
        }),
    ]
}

fn unknown_is_none(snapshot: &mut Snapshot) {
    snapshot.pods.values_mut().filter(|pods| matches!(pods, Pods::Unknown(_))).for_each(|pods| *pods = Pods::Known(0));
}

fn nobody_home(snapshot: &mut Snapshot) {
    let names: Vec<String> = Picture::of(snapshot).owned.iter().map(|profile| profile.name.clone()).collect();
    snapshot.pods = names.into_iter().map(|name| (name, Pods::Known(0))).collect::<BTreeMap<_, _>>();
}

/// Of the owned live profiles, the planner sees only the one that takes new pods.
fn only_the_foremost(snapshot: &mut Snapshot) {
    let keep = Picture::of(snapshot).foremost.map(|profile| profile.arn.clone());
    snapshot.profiles.retain(|profile| Some(&profile.arn) == keep.as_ref() || !profile.tags.contains_key(TAG_OWNER));
    snapshot.absent_since.clear();
}

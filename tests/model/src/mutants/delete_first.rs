//! Mutants of the gap.

use fargate_operator::api::PreviousProfile;
use fargate_operator::eks::Profile;
use fargate_operator::plan::{Checkpoint, DeleteCause, Step, Wait};

use super::{Flaw, Mutant, delete};
use crate::config::Config;
use crate::event_budget::Event;

pub(super) fn all() -> Vec<Mutant> {
    use Event::{CreateFails, Edit, Suspend, Switch};
    vec![
        Mutant::new("the gap opens before it is on record", 2, &[(Edit, 1)]).delete_first().saying(|snapshot, step| {
            match (&step, snapshot.profiles.first()) {
                (Step::Checkpoint(Checkpoint::Previous(_)), Some(old)) => delete(old, DeleteCause::Gap),
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
                if snapshot.spec.replacement.as_ref().is_none_or(|replacement| replacement.strategy.is_none()) {
                    snapshot.status.previous = None;
                }
            },
        ),
        Mutant::new("a failed profile is put on record", 2, &[(Edit, 1), (CreateFails, 1)]).delete_first().saying(
            |snapshot, step| match (&step, snapshot.profiles.first()) {
                (Step::Checkpoint(Checkpoint::Failed(_)), Some(failed)) => {
                    Step::Checkpoint(Checkpoint::Previous(record(failed)))
                }
                _ => step,
            },
        ),
        Mutant::new("a failed generation is forgotten", 2, &[(Edit, 1)]).alone().delete_first().refusing().telling(
            |snapshot| {
                if snapshot.status.previous.is_none() {
                    snapshot.status.failed_generation = None;
                }
            },
        ),
        Mutant::new("suspension stops the closing of a gap", 2, &[(Edit, 1), (Suspend, 1)]).delete_first().saying(
            |snapshot, step| {
                if snapshot.spec.suspend == Some(true) { Step::Wait(Wait::Suspended { pending: true }) } else { step }
            },
        ),
        Mutant::new("the turn is not kept for a gap", 2, &[(Edit, 2)])
            .delete_first()
            .in_config(|config| Config { objects: 2, ..config })
            .with(&[Flaw::Reservation]),
    ]
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

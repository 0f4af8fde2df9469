//! Mutants of CreateFirst, approval and deletion.

use fargate_operator::api::TAG_OWNER;
use fargate_operator::eks::ProfileStatus;
use fargate_operator::plan::{CreateCause, DeleteCause, Drain, DropCause, Stage, Step, Wait};
use fargate_operator::state::{Facts, Pods, Snapshot};

use super::{Mutant, delete};
use crate::config::Config;
use crate::event_budget::Event;
use crate::real;

pub(super) fn all() -> Vec<Mutant> {
    use Event::{Blind, CreateFails, Delete, Edit, Pod, Squatter, Strip};
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
        Mutant::new("pods unknown are no pods", 3, &[(Edit, 1), (Pod, 1), (Blind, 1)]).telling(unknown_is_none),
        Mutant::new("pods are not looked at", 3, &[(Edit, 1), (Pod, 1)])
            .telling(|snapshot| snapshot.pods = Pods::Known(Vec::new())),
        Mutant::new("a superseded profile is never deleted", 6, &[(Edit, 1)]).saying(|_, step| match step {
            Step::Delete { cause: DeleteCause::Superseded, name, .. } => {
                Step::Wait(Wait::Draining(Drain { name, stage: Stage::Pods, held: Vec::new(), overdue: false }))
            }
            other => other,
        }),
        Mutant::new("failed leftovers stay", 6, &[(Edit, 1), (CreateFails, 1)]).saying(|_, step| match step {
            Step::Delete { cause: DeleteCause::Leftover, name, arn } => Step::Wait(Wait::UnderWay { name, arn }),
            other => other,
        }),
        Mutant::new("a revert is taken for settled", 7, &[(Edit, 2)]).saying(|snapshot, step| {
            if snapshot.object.generation > 2 && snapshot.object.has_finalizer {
                Step::Wait(Wait::Settled)
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
        Mutant::new("an approval is taken for one of every plan", 12, &[(Edit, 2), (Event::Approve, 1)])
            .manual()
            .telling(|snapshot| {
                if snapshot.object.approval.is_some() {
                    snapshot.object.approval = Facts::of(snapshot).plan;
                }
            }),
    ]
}

fn unknown_is_none(snapshot: &mut Snapshot) {
    if matches!(snapshot.pods, Pods::Unknown(_)) {
        snapshot.pods = Pods::Known(Vec::new());
    }
}

/// While no profile equals the spec, the planner takes the others for foreign ones.
fn only_the_foremost(snapshot: &mut Snapshot) {
    let facts = Facts::of(snapshot);
    let Some(foremost) = facts.foremost.filter(|_| facts.target.is_none()).map(|profile| profile.arn.clone()) else {
        return;
    };
    snapshot.profiles.iter_mut().filter(|profile| profile.arn != foremost).for_each(|profile| profile.tags.clear());
    snapshot.status.profiles.clear();
}

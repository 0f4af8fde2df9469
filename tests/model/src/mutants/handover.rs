//! Mutants of handing over.

use std::time::Duration;

use fargate_operator::plan::{DeleteCause, Drain, Stage, Step, Wait};
use fargate_operator::state::{Facts, Snapshot};

use super::drain::each_pod;
use super::{Mutant, delete};
use crate::config::Config;
use crate::config_handover::merge;
use crate::eks::Rules;
use crate::event_budget::Event;
use crate::real::{APART, SAME, SHARING, WEB};

pub(super) fn all() -> Vec<Mutant> {
    use Event::{Apply, Delete, Edit, Suspend, Timeout};
    let both = |name, breaks, left: &[(Event, u8)]| {
        Mutant::new(name, breaks, left).in_config(|config| Config {
            objects: 2,
            second: &[SAME],
            home: 1,
            sets: &[(1, WEB)],
            running: true,
            ..config
        })
    };
    vec![
        both("who is to take over is not waited for", 3, &[(Delete, 1), (Apply, 1)])
            .in_config(|config| Config { later: Some(0), ..config })
            .telling(|snapshot| {
                if snapshot.object.deleting {
                    snapshot.other_objects.clear();
                }
            }),
        both("nobody steps in front of one that is deleted", 6, &[(Delete, 1)]).telling(|snapshot| {
            snapshot.other_objects.iter_mut().for_each(|rival| rival.leaves = false);
        }),
        both("nobody steps in front of one that gives up selectors", 6, &[(Edit, 1)])
            .in_config(|config| Config { second: &[SHARING, 0], sets: &[(1, APART)], ..config })
            .telling(|snapshot| {
                if !snapshot.object.deleting {
                    snapshot.other_objects.iter_mut().for_each(|rival| rival.taken_back = true);
                }
            }),
        both("overlap alone makes one step in front", 20, &[(Suspend, 1)]).telling(|snapshot| {
            if snapshot.object.generation > 1 {
                snapshot.other_objects.iter_mut().for_each(|rival| (rival.deleting, rival.leaves) = (true, true));
            }
        }),
        both("one of nobody between is not looked at", 20, &[(Delete, 1)])
            .in_config(|config| Config { there: Some("b-else"), ..config })
            .telling(|snapshot| snapshot.profiles.retain(|profile| profile.name != "b-else")),
        both("one of nobody behind is not looked at", 3, &[(Delete, 2)])
            .in_config(|config| Config { there: Some("zoo"), ..config })
            .telling(|snapshot| snapshot.profiles.retain(|profile| profile.name != "zoo")),
        both("it is not told who keeps its name", 6, &[(Delete, 1)]).delete_first().telling(|snapshot| {
            snapshot.other_objects.iter_mut().for_each(|rival| rival.keeps_its_name = false);
        }),
        both("it gives way with pods on it", 2, &[(Delete, 1)])
            .in_config(|config| Config {
                rules: Rules { quota: 2, refused: None },
                second: &[SHARING],
                sets: &[(1, WEB), (1, APART)],
                ..config
            })
            .saying(gives_way),
        both("it gives way with selectors that nobody else has", 2, &[(Delete, 1)])
            .in_config(|config| Config {
                rules: Rules { quota: 2, refused: None },
                second: &[SHARING],
                sets: &[(1, APART)],
                ..config
            })
            .saying(gives_way),
        both("pods that nobody takes are not named before", 14, &[(Delete, 1), (Apply, 1)])
            .in_config(|config| Config { later: Some(0), notices: true, ..config })
            .telling(|snapshot| snapshot.object.deleting_for = Duration::MAX),
        both("who waits to take over is taken for one that does", 6, &[(Delete, 1)])
            .in_config(|config| Config { manual: true, ..config })
            .telling(|snapshot| snapshot.other_objects.iter_mut().for_each(|rival| rival.held = None)),
        both("the leaver goes when the first pod has moved", 3, &[(Delete, 1)])
            .in_config(|config| Config { sets: &[(2, WEB)], ..config })
            .saying(|snapshot, step| match (&step, snapshot.object.deleting) {
                (Step::Wait(Wait::Draining(Drain { name, stage: Stage::Probing(_), .. })), true) => {
                    let old = snapshot.profiles.iter().find(|profile| profile.name == *name);
                    old.map_or(step, |old| delete(old, DeleteCause::ObjectDeleted))
                }
                _ => step,
            }),
        both(
            "the end of the time is taken for Proceed when handing over",
            3,
            &[(Delete, 1), (Timeout, 1), (Event::Budget, 1)],
        )
        .saying(|snapshot, step| match &step {
            Step::Wait(Wait::Draining(drain)) if drain.overdue => {
                let old = snapshot.profiles.iter().find(|profile| profile.name == drain.name);
                old.map_or(step, |old| delete(old, DeleteCause::ObjectDeleted))
            }
            _ => step,
        }),
        Mutant::new("one of two leavers does not wait for its probe", 15, &[(Delete, 2)])
            .in_config(|config| Config { left: config.left, ..merge() })
            .telling(|snapshot| {
                if snapshot.object.name == WEB {
                    each_pod(snapshot, |pod| pod.ready = true);
                }
            }),
    ]
}

/// Without a free slot, the serving profile gives way to the one that is to step in front.
fn gives_way(snapshot: &Snapshot, step: Step) -> Step {
    match (&step, Facts::of(snapshot).target) {
        (Step::Wait(Wait::NoFreeSlot { .. }), Some(target)) => delete(target, DeleteCause::GivesWay),
        _ => step,
    }
}

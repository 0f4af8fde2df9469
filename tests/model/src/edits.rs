//! Generated sequences of edits among faults. Whatever the order, the end must equal what the last spec alone leads to
//! on an empty cluster.

use std::cell::RefCell;

use fargate_operator::api::Reason;
use fargate_operator::plan::{Drain, Stage, Step, Wait};
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use crate::apply::apply;
use crate::config::{self, Config};
use crate::event_budget::{Event, EventBudget};
use crate::invariants::{is_good, no_forgotten_gap, no_orphan};
use crate::memo::Memo;
use crate::moves::{Delivery, Move, moves};
use crate::mutants::{self, Mutant};
use crate::pass::pass;
use crate::pod_moves::{PodMove, pod_moves};
use crate::world::{Status, World, number};
use crate::{config_handover, print};

/// The rounds of a fair run, after which the state must have settled.
const ROUNDS: usize = 200;

/// The part of a state that does not depend on its history: the profiles of each remaining object.
fn end(world: &World) -> Vec<Vec<(u8, Status)>> {
    let profiles = |object| world.owned(object).map(|profile| (profile.spec, profile.status)).collect();
    (0..world.objects.len()).map(profiles).collect()
}

struct Run<'a, 'b> {
    memo: &'a mut Memo<'b>,
    world: World,
    trace: Vec<Move>,
}

impl Run<'_, '_> {
    fn go(&mut self, mv: Move) -> Result<(), String> {
        let Some((next, breach)) = apply(&self.world, mv, self.memo) else { return Ok(()) };
        self.trace.push(mv);
        let breach = breach.or_else(|| no_orphan(&next)).or_else(|| no_forgotten_gap(&next, self.memo));
        self.world = next;
        breach.map_or(Ok(()), |breach| Err(format!("invariant {}: {}", breach.invariant, breach.what)))
    }

    /// No more edits and faults: everything gets a turn, and persons do what they are asked.
    fn settle(&mut self) -> Result<(), String> {
        // A person who is asked to act waits once for automatic retries.
        let mut waited = false;
        for _ in 0..ROUNDS {
            if is_good(&self.world, self.memo) {
                if waited || !self.back_off_passes()? {
                    if !self.wants_a_person()? {
                        return Ok(());
                    }
                    waited = false;
                } else {
                    waited = true;
                }
            }
            self.round()?;
        }
        Err("it does not settle".to_owned())
    }

    fn round(&mut self) -> Result<(), String> {
        let before = self.world.clone();
        if self.world.wire.is_some() {
            self.go(Move::Land)?;
        }
        for mv in [Move::Busy { on: false }, Move::Blind { on: false }] {
            if matches!(mv, Move::Busy { .. }) && self.world.busy
                || matches!(mv, Move::Blind { .. }) && self.world.blind
            {
                self.go(mv)?;
            }
        }
        while let Some(at) = self.world.pods.iter().position(|pod| pod.set.is_none() && pod.forged.is_none()) {
            self.go(Move::Pod(PodMove::Leaves { pod: number(at) }))?;
        }
        while let Some(at) = self.world.profiles.iter().position(|profile| profile.status.is_under_way()) {
            self.go(Move::Ends { profile: number(at), well: true })?;
        }
        self.go(Move::SettlePasses)?;
        self.go(Move::QuietPasses)?;
        while let Some(mv) = self.next_of_pods() {
            self.go(mv)?;
        }
        for object in self.there() {
            self.go(Move::Pass { object: number(object), stale: false, blurred: false, delivery: Delivery::Fine })?;
        }
        // Time passes only when nothing else happens.
        if self.world != before {
            return Ok(());
        }
        self.back_off_passes()?;
        let passes = Move::Pod(PodMove::TimePasses);
        if pod_moves(&self.calm(), self.memo).contains(&passes) {
            self.go(passes)?;
        }
        Ok(())
    }

    fn back_off_passes(&mut self) -> Result<bool, String> {
        let before = self.world.clone();
        for object in self.there() {
            self.go(Move::BackOffPasses { object: number(object) })?;
        }
        Ok(self.world != before)
    }

    fn there(&self) -> Vec<usize> {
        (0..self.world.objects.len()).filter(|object| !self.world.objects[*object].gone).collect()
    }

    /// The same state with no further events allowed.
    fn calm(&self) -> World {
        World { left: EventBudget::default(), ..self.world.clone() }
    }

    /// The next thing that Kubernetes does with pods by itself.
    fn next_of_pods(&self) -> Option<Move> {
        let goes_on = |mv: &Move| {
            let Move::Pod(mv) = mv else { return false };
            matches!(
                mv,
                PodMove::Arrives
                    | PodMove::Gone { .. }
                    | PodMove::Made { .. }
                    | PodMove::Ready { .. }
                    | PodMove::Budget { on: false }
            )
        };
        pod_moves(&self.calm(), self.memo).into_iter().find(goes_on)
    }

    /// Does what an object waits for a person to do. Returns whether there was anything.
    fn wants_a_person(&mut self) -> Result<bool, String> {
        let mut did = false;
        for object in 0..self.world.objects.len() {
            if self.world.objects[object].gone {
                continue;
            }
            let index = number(object);
            let Some(passed) = pass(&self.world, object, (false, false), Delivery::Fine, self.memo) else { continue };
            let moves: &[Move] = match &passed.planned.step {
                Step::Wait(Wait::Suspended { .. }) => &[Move::Suspend { object: index, on: false }],
                Step::Wait(Wait::AwaitingApproval { .. } | Wait::NoFreeSlot { .. }) => {
                    &[Move::Approve { object: index }]
                }
                Step::Wait(Wait::Draining(Drain { stage: Stage::Losing(_) | Stage::HandingOver(_), .. })) => {
                    &[Move::Approve { object: index }]
                }
                Step::Wait(Wait::Stalled { reason: Reason::ReplacementFailed, .. }) => {
                    &[Move::Suspend { object: index, on: true }, Move::Suspend { object: index, on: false }]
                }
                _ => &[],
            };
            for mv in moves {
                self.world.left.grant(Event::Suspend);
                self.world.left.grant(Event::Approve);
                self.go(*mv)?;
                did = true;
            }
        }
        Ok(did)
    }
}

fn case(config: &Config, memo: &RefCell<Memo<'_>>, choices: &[u16]) -> Result<(), TestCaseError> {
    let memo = &mut *memo.borrow_mut();
    let world = config.start(memo);
    let mut run = Run { memo, world, trace: Vec::new() };
    let mut result = Ok(());
    for choice in choices {
        let possible = moves(&run.world, run.memo);
        let mv = possible[usize::from(*choice) % possible.len()];
        result = result.and_then(|()| run.go(mv));
    }
    result = result.and_then(|()| run.settle());
    let Run { memo, world, trace } = run;
    let mutant = memo.mutant;
    let told = |why: &str| TestCaseError::fail(format!("{why}\n{}", print::trace(config, mutant, &trace)));
    result.map_err(|why| told(&why))?;

    // The last spec alone, on an empty cluster.
    let mut alone = config.begin(false, memo);
    for (object, it) in alone.objects.iter_mut().zip(&world.objects) {
        (object.spec, object.gone) = (it.spec, it.gone);
    }
    let mut run = Run { memo, world: alone, trace: Vec::new() };
    run.settle().map_err(|why| told(&format!("alone: {why}")))?;
    if end(&run.world) == end(&world) { Ok(()) } else { Err(told("the end is not that of the last spec alone")) }
}

fn check(config: &Config, mutant: Option<&Mutant>) -> Result<(), String> {
    let memo = RefCell::new(Memo::new(config, mutant));
    // The sequences are the same each time. `MODEL_CASES=2000` tries that many others.
    let more: Option<u32> = std::env::var("MODEL_CASES").ok().map(|cases| cases.parse().unwrap());
    let cases = more.unwrap_or(200);
    let cases = Cases { cases, failure_persistence: None, max_shrink_iters: 2_000, ..Cases::default() };
    let choices = prop::collection::vec(any::<u16>(), 0..120);
    let mut runner = match more {
        Some(_) => TestRunner::new(cases),
        None => TestRunner::new_with_rng(cases, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    let outcome = runner.run(&choices, |choices| case(config, &memo, &choices));
    outcome.map_err(|error| format!("{}: {error}", config.name))
}

#[test]
fn edits_among_faults_end_as_the_last_spec_alone_would() {
    for config in config::of_edits().into_iter().chain(config_handover::of_edits()) {
        check(&config, None).unwrap();
    }
}

/// The sequences reveal what a mutant breaks.
fn shows(config: &Config, mutant: &str, what: &str) {
    let mutant = mutants::all().into_iter().find(|it| it.name == mutant).unwrap();
    let shown = check(config, Some(&mutant)).unwrap_err();
    assert!(shown.contains(what), "{shown}");
}

#[test]
fn edits_show_what_does_not_settle() {
    shows(&config::of_edits()[0], "a superseded profile is never deleted", "it does not settle");
}

#[test]
fn edits_of_two_objects_show_what_does_not_settle() {
    let config = &config_handover::of_edits()[0];
    shows(config, "nobody steps in front of one that is deleted", "it does not settle");
}

//! No flapping: what a condition has said and left, it says again only if something has happened since, and `Stalled` only
//! where a person has to act.

use fargate_operator::api::{APPROVE_ANNOTATION, ConditionType, FargateProfile, Reason, Truth};
use kube::ResourceExt;

use crate::support::recorder::Recorder;
use crate::support::{condition, observed};

/// Nothing ever waited for a person, and no condition changed more often than its cause.
pub fn steady(recorder: &Recorder) {
    steady_but_for(recorder, &[], 0);
}

/// The same of an object that waited for a person for these reasons, and that so many things befell which it does not show
/// itself: faults, budgets, slots, what others did.
pub fn steady_but_for(recorder: &Recorder, stalls: &[&str], others: usize) {
    let states = recorder.states();
    let stalled: Vec<String> = recorder.while_true(ConditionType::Stalled);
    let unexpected: Vec<_> =
        stalled.iter().filter(|text| !stalls.iter().any(|reason| text.starts_with(reason))).collect();
    assert!(unexpected.is_empty(), "a person had to act, who need not have: {unexpected:?}\n{}", script(&states));

    let causes = causes(&states) + others;
    for kind in ConditionType::ALL {
        let said = said(&states, kind);
        for saying in &said {
            let times = said.iter().filter(|other| *other == saying).count();
            let most = 1 + causes + turns(saying, &said);
            assert!(
                times <= most,
                "{} came to {saying:?} {times} times, for {causes} causes\n{}",
                kind.name(),
                script(&states)
            );
        }
    }
}

/// What can make an object say something again: edits, approvals, its deletion; also the one that was the last thing to
/// happen before the first state.
fn causes(states: &[FargateProfile]) -> usize {
    let asked = |state: &FargateProfile| {
        let approved = state.annotations().get(APPROVE_ANNOTATION).cloned();
        (state.metadata.generation, approved, state.metadata.deletion_timestamp.is_some())
    };
    let first = states.first().is_some_and(|state| state.status.is_some() && !observed(state));
    states.windows(2).filter(|pair| asked(&pair[0]) != asked(&pair[1])).count() + usize::from(first)
}

/// A wait for the turn, or for a call's effect, is caused by each call, of whomever: it may come before and after each of
/// the other things that are said, which have to have causes of their own.
fn turns(saying: &Option<(String, String)>, said: &[Option<(String, String)>]) -> usize {
    let waits = [Reason::WaitingForTurn, Reason::AwaitingConfirmation].map(Reason::name);
    let is_wait = |saying: &Option<(String, String)>| saying.as_ref().is_some_and(|(_, why)| waits.contains(&&**why));
    if is_wait(saying) { said.iter().filter(|other| !is_wait(other)).count() } else { 0 }
}

/// What the condition said, one after another; `None` where it was not there. Before the first status it said nothing.
fn said(states: &[FargateProfile], kind: ConditionType) -> Vec<Option<(String, String)>> {
    let told = states.iter().filter(|state| state.status.as_ref().is_some_and(|status| !status.conditions.is_empty()));
    let mut said: Vec<_> =
        told.map(|state| condition(state, kind).map(|(status, reason, _)| (status, reason))).collect();
    said.dedup();
    said
}

/// All conditions of all states, for messages.
fn script(states: &[FargateProfile]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for state in states {
        let said = ConditionType::ALL.into_iter().filter_map(|kind| {
            let (status, reason, message) = condition(state, kind)?;
            let text = if status == Truth::True.name() && reason == "Active" { String::new() } else { message };
            Some(format!("{}={status} {reason} {text}", kind.name()))
        });
        let generation = state.metadata.generation.unwrap_or_default();
        lines.push(format!("{generation}: {}", said.collect::<Vec<_>>().join(" | ")));
    }
    lines.dedup();
    lines.join("\n")
}

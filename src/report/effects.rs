//! What a plan that has not begun does: to pods, and how much of EKS it takes.

use super::pod_counts::moving;
use crate::api::{MovingPods, OnTimeout};
use crate::eks::pace::{CREATE, DELETE, POD_START, Pace};
use crate::message::{cut, message};
use crate::plan::{forecast, opens_gap};
use crate::state::Facts;

/// Changes that a message names, and how much of each; status has all of them.
const NAMED: usize = 2;
const CHANGE: usize = 44;

/// One line per effect.
pub(super) fn lines(facts: &Facts<'_>, pods: Option<&MovingPods>) -> Vec<String> {
    let is_gap = opens_gap(facts);
    let deletes = facts.owned.iter().filter(|profile| profile.status.is_live()).count();
    let slot = if is_gap {
        message!("takes no further Fargate profile of the quota")
    } else {
        message!("takes 1 more Fargate profile of the quota while it lasts")
    };
    of_pods(facts, pods).into_iter().chain([turns(deletes), slot, minutes(deletes, pods)]).collect()
}

/// The changes and what becomes of pods, for the person who approves.
pub(super) fn in_short(facts: &Facts<'_>) -> String {
    let more = facts.changes.len().saturating_sub(NAMED);
    let changes: Vec<String> = facts.changes.iter().take(NAMED).map(|change| cut(change, CHANGE)).collect();
    let changes = changes.join("; ");
    let changes = if more == 0 { changes } else { message!("{changes}; {more} more changes") };
    [vec![changes], of_pods(facts, shown(facts).as_ref())].concat().join("; ")
}

/// The counts as often as status gets new ones.
fn shown(facts: &Facts<'_>) -> Option<MovingPods> {
    let snapshot = facts.snapshot;
    let shown = snapshot.status.replacement.as_ref().and_then(|shown| shown.pods.clone());
    shown.filter(|_| !snapshot.counts_due).or_else(|| forecast(facts).map(|forecast| moving(forecast, None, 0)))
}

fn of_pods(facts: &Facts<'_>, pods: Option<&MovingPods>) -> Vec<String> {
    let Some(pods) = pods else { return vec![message!("its effect on pods cannot be seen")] };
    let MovingPods { to_move, ending, losing_fargate, .. } = *pods;
    let proceeds = facts.snapshot.spec.on_timeout() == OnTimeout::Proceed;
    let moved = match (to_move, proceeds) {
        (0, _) => None,
        (1, _) => Some(message!("moves 1 pod")),
        (_, false) => Some(message!("moves {to_move} pods one by one")),
        (_, true) => Some(message!("moves {to_move} pods one by one, and ends those left at the drain timeout")),
    };
    let ended = match ending {
        0 => None,
        1 => Some(message!("ends 1 pod at once, with no Fargate profile for minutes")),
        _ => Some(message!("ends {ending} pods at once, with no Fargate profile for minutes")),
    };
    let losing = match losing_fargate {
        0 => None,
        1 => Some(message!("leaves 1 pod without a Fargate profile")),
        _ => Some(message!("leaves {losing_fargate} pods without a Fargate profile")),
    };
    let told: Vec<String> = [moved, ended, losing].into_iter().flatten().collect();
    if told.is_empty() { vec![message!("affects no pod")] } else { told }
}

fn turns(deletes: usize) -> String {
    match deletes {
        0 => message!("takes 1 operation of EKS: 1 creation"),
        1 => message!("takes 2 operations of EKS: 1 creation, 1 deletion"),
        _ => message!("takes {} operations of EKS: 1 creation, {deletes} deletions", deletes + 1),
    }
}

fn minutes(deletes: usize, pods: Option<&MovingPods>) -> String {
    let moved = pods.map_or(0, |pods| pods.to_move as usize);
    let sum = |of: fn(Pace) -> usize| of(CREATE) + deletes * of(DELETE) + moved * of(POD_START);
    let (least, most) = (sum(|pace| pace.least), sum(|pace| pace.most));
    message!("takes about {least} to {most} minutes once it has its turn")
}

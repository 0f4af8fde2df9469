//! Verdict → conditions. A condition that does not change keeps its transition time.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use super::bounds;
use super::cause::Cause;
use super::verdict::{Claim, Verdict};
use crate::api::{ConditionType, Truth};
use crate::time::seconds;

/// The conditions after a verdict. `Reconciling` and `Stalled` are present only while true.
pub(super) fn merge(old: &[Condition], verdict: &Verdict, generation: i64, wall: Timestamp) -> Vec<Condition> {
    ConditionType::ALL
        .into_iter()
        .filter_map(|kind| {
            let before = kind.find(old);
            let claimed = |claim: &Claim| match (claim, before) {
                (Claim::Is(truth, cause), _) => condition(kind, *truth, cause, before, generation, wall),
                (Claim::Keep(_), Some(before)) => before.clone(),
                (Claim::Keep(cause), None) => condition(kind, Truth::Unknown, cause, None, generation, wall),
            };
            let only_while_true = |cause: &Cause| condition(kind, Truth::True, cause, before, generation, wall);
            match kind {
                ConditionType::Ready => Some(claimed(&verdict.ready)),
                ConditionType::Available => Some(claimed(&verdict.available)),
                ConditionType::Reconciling => verdict.reconciling.as_ref().map(only_while_true),
                ConditionType::Stalled => verdict.stalled.as_ref().map(only_while_true),
            }
        })
        .collect()
}

fn condition(
    kind: ConditionType,
    truth: Truth,
    cause: &Cause,
    before: Option<&Condition>,
    generation: i64,
    wall: Timestamp,
) -> Condition {
    let unchanged = before.filter(|before| before.status == truth.name());
    Condition {
        type_: kind.name().to_owned(),
        status: truth.name().to_owned(),
        reason: cause.reason.name().to_owned(),
        message: bounds::message(&cause.message),
        observed_generation: Some(generation),
        last_transition_time: unchanged
            .map_or_else(|| Time(seconds(wall)), |before| before.last_transition_time.clone()),
    }
}

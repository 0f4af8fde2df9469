//! Verdict → conditions. A condition that does not change keeps its transition time.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

use super::bounds;
use super::cause::Cause;
use super::verdict::{Claim, Verdict};
use crate::api::{ConditionType, Truth};
use crate::time::seconds;

/// The conditions after a verdict. All of them are always present.
pub(super) fn merge(old: &[Condition], verdict: &Verdict, generation: i64, wall: Timestamp) -> Vec<Condition> {
    let each = |kind: ConditionType| {
        let claim = match kind {
            ConditionType::Ready => &verdict.ready,
            ConditionType::Available => &verdict.available,
            ConditionType::Reconciling => &verdict.reconciling,
            ConditionType::Stalled => &verdict.stalled,
            ConditionType::PrerequisitesMet => &verdict.prerequisites,
        };
        let before = kind.find(old);
        match (claim, before) {
            (Claim::Is(truth, cause), _) => condition(kind, *truth, cause, before, generation, wall),
            (Claim::Keep(_), Some(before)) => before.clone(),
            (Claim::Still(cause), Some(before)) => Condition {
                reason: cause.reason.name().to_owned(),
                message: bounds::message(&cause.message),
                ..before.clone()
            },
            (Claim::Keep(cause) | Claim::Still(cause), None) => {
                condition(kind, Truth::Unknown, cause, None, generation, wall)
            }
        }
    };
    ConditionType::ALL.map(each).into()
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

//! What the conditions of an object say.

use fargate_operator::api::{ConditionType, FargateProfile, Truth};

/// Whether a condition is true.
pub fn is(object: &FargateProfile, kind: ConditionType) -> bool {
    condition(object, kind).is_some_and(|(status, _, _)| status == Truth::True.name())
}

/// Whether the status speaks of the present generation.
pub fn observed(object: &FargateProfile) -> bool {
    let status = object.status.as_ref();
    status.and_then(|status| status.observed_generation) == object.metadata.generation
}

/// Status, reason and message of a condition. `Reconciling` and `Stalled` tell something only while they are true. The times
/// of a wait are left out.
pub fn condition(object: &FargateProfile, kind: ConditionType) -> Option<(String, String, String)> {
    let conditions = &object.status.as_ref()?.conditions;
    let found = match kind {
        ConditionType::Ready | ConditionType::Available | ConditionType::PrerequisitesMet => kind.find(conditions),
        ConditionType::Reconciling | ConditionType::Stalled => kind.holding(conditions),
    }?;
    Some((found.status.clone(), found.reason.clone(), untimed(&found.message).to_owned()))
}

/// A message without the time at its end.
fn untimed(message: &str) -> &str {
    let time = [" (next try ", " (until "].iter().find_map(|mark| message.rfind(mark));
    time.filter(|_| message.ends_with(" UTC)")).map_or(message, |at| &message[..at])
}

/// Reason of a condition, if it is there.
pub fn reason(object: &FargateProfile, kind: ConditionType) -> Option<String> {
    condition(object, kind).map(|(_, reason, _)| reason)
}

/// Message of a condition, empty if it is not there.
pub fn message(object: &FargateProfile, kind: ConditionType) -> String {
    condition(object, kind).map(|(_, _, message)| message).unwrap_or_default()
}

/// Whether the present generation is Ready and nothing goes on any more.
pub fn is_settled(object: &FargateProfile) -> bool {
    is(object, ConditionType::Ready)
        && observed(object)
        && !is(object, ConditionType::Reconciling)
        && !is(object, ConditionType::Stalled)
}

//! What the policies of IAM are made of, those of roles and those of endpoints alike (IAM user guide, policy elements and evaluation
//! logic).

mod access;
pub(super) mod pattern;

use serde_json::Value;

use crate::placement::is_like;

pub(super) use access::refuses;

/// The statements of a policy. None if it is no JSON, or has none.
pub(super) fn statements(policy: &str) -> Option<Vec<Value>> {
    let mut policy: Value = serde_json::from_str(policy).ok()?;
    Some(match policy.get_mut("Statement")?.take() {
        Value::Array(statements) => statements,
        single => vec![single],
    })
}

/// A Deny outweighs each Allow.
pub(super) fn denies(statement: &Value) -> bool {
    statement.get("Effect").and_then(Value::as_str) == Some("Deny")
}

/// Whether an action is among those that are listed. IAM does not tell capitals from small letters here.
pub(super) fn has_action(listed: &Value, action: &str) -> bool {
    let mut patterns = list(listed).filter_map(Value::as_str);
    patterns.any(|pattern| is_like(&pattern.to_lowercase(), &action.to_lowercase()))
}

/// IAM takes a single value for a list of one.
pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(values) => values.iter(),
        single => std::slice::from_ref(single).iter(),
    }
}

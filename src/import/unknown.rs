//! Values that a source has, and does not tell: a reason stands in their place, so that nobody takes them for empty ones.

use serde_json::{Map, Value, json};

/// Looks like a function of CloudFormation, of which no answer is known either.
const MARK: &str = "Fn::Unknown";

/// What stands in place of a value that is not known, and says why.
pub(super) fn unknown(why: &str) -> Value {
    json!({ MARK: why })
}

/// Why a value is unknown, if [`unknown`] has made it.
pub(super) fn reason(value: &Value) -> Option<&str> {
    value.as_object().filter(|map| map.len() == 1)?.get(MARK)?.as_str()
}

/// Why a value is none yet, if so.
pub(super) fn unresolved(value: &Value) -> Option<String> {
    let is_function = value.as_object().is_some_and(|map| function(map).is_some());
    reason(value).map(str::to_owned).or_else(|| is_function.then(|| format!("{value} is not resolved in the file")))
}

/// The name and the argument of a function of CloudFormation.
pub(super) fn function(map: &Map<String, Value>) -> Option<(&String, &Value)> {
    map.iter().next().filter(|(name, _)| map.len() == 1 && (*name == "Ref" || name.starts_with("Fn::")))
}

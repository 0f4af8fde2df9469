//! What differs between two specs, field by field.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

/// A field that changes. Lists count as one field.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct FieldChange {
    /// Such as `spec.replacement.strategy`.
    pub(super) field: String,
    /// Null if it was not there.
    pub(super) old: Value,
    /// Null if it is not there any more.
    pub(super) new: Value,
}

/// What is new in `new`, and what it has no more, below this path.
pub(super) fn changes(path: &str, old: &Value, new: &Value) -> Vec<FieldChange> {
    if old == new {
        return Vec::new();
    }
    let (before, after) = (old.as_object(), new.as_object());
    if before.is_none() && after.is_none() {
        return vec![FieldChange { field: path.to_owned(), old: old.clone(), new: new.clone() }];
    }
    let keys: BTreeSet<&String> = before.into_iter().chain(after).flat_map(|fields| fields.keys()).collect();
    keys.into_iter().flat_map(|key| changes(&format!("{path}.{key}"), &old[key], &new[key])).collect()
}

impl std::fmt::Display for FieldChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { field, old, new } = self;
        match (old.is_null(), new.is_null()) {
            (true, _) => write!(f, "{field}: {}, was not set", shown(new)),
            (false, true) => write!(f, "{field}: no longer set, was {}", shown(old)),
            (false, false) => write!(f, "{field}: {}, was {}", shown(new), shown(old)),
        }
    }
}

/// A value as it is written in YAML on one line.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_field_is_told_with_its_old_and_its_new_value() {
        let old = json!({ "selectors": [1], "tags": { "a": "1", "b": "2" }, "suspend": true });
        let new = json!({ "selectors": [2], "tags": { "a": "1", "b": "3" }, "adoption": "IfUnowned" });
        let told: Vec<String> = changes("spec", &old, &new).iter().map(ToString::to_string).collect();
        let expected = [
            "spec.adoption: IfUnowned, was not set",
            "spec.selectors: [2], was [1]",
            "spec.suspend: no longer set, was true",
            "spec.tags.b: 3, was 2",
        ];
        assert_eq!(told, expected);
        assert!(changes("spec", &old, &old).is_empty());
    }
}

//! Values of a source as texts and pairs of texts, or why they are none.

use std::collections::BTreeSet;

use serde_json::Value;

use super::unknown;

pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.values().all(is_empty),
        Value::Array(items) => items.iter().all(is_empty),
        Value::String(text) => text.is_empty(),
        Value::Null => true,
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Key and value: of a map, or of a list of pairs as CloudFormation and the older APIs have them; or why none of them is known.
pub(super) fn pairs(value: &Value) -> Result<Vec<(String, Value)>, String> {
    if let Some(why) = unknown::unresolved(value) {
        return Err(why);
    }
    let pairs: Vec<(String, Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        // What is no pair is not to vanish: a selector that lacks a label takes more pods.
        Value::Array(items) => items.iter().map(pair_or_key).collect::<Result<_, _>>()?,
        other => vec![key_without_value(other)],
    };
    let mut keys = BTreeSet::new();
    match pairs.iter().find(|(key, _)| !keys.insert(key)) {
        Some((key, _)) => Err(format!("{key} is there more than once")),
        None => Ok(pairs),
    }
}

fn pair_or_key(item: &Value) -> Result<(String, Value), String> {
    match (pair(item), unknown::unresolved(item)) {
        (Some(pair), _) => Ok(pair),
        (None, Some(why)) => Err(why),
        (None, None) => Ok(key_without_value(item)),
    }
}

/// Something without a value, in place of a pair.
fn key_without_value(value: &Value) -> (String, Value) {
    (value.as_str().map_or_else(|| value.to_string(), str::to_owned), Value::Null)
}

fn pair(item: &Value) -> Option<(String, Value)> {
    let field = |names: [&str; 2]| names.iter().find_map(|name| item.get(name));
    let key = field(["key", "Key"])?;
    Some((key_without_value(key).0, field(["value", "Value"]).cloned().unwrap_or_default()))
}

/// A value as text, or why it is none yet.
pub(super) fn scalar(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) if text.contains("{{resolve:") => {
            Err(format!("{text} is a reference that CloudFormation resolves: put its value in first"))
        }
        Value::String(text) if is_placeholder(text) => {
            Err(format!("{text} is a placeholder: put its value in first (envsubst, helm template)"))
        }
        Value::String(text) => Ok(text.clone()),
        // 1.10 has become 1.1 by now.
        Value::Number(number) if number.is_f64() => {
            Err(format!("{number} is a number: put it in quotes, as it is to be read"))
        }
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        Value::Null => Err("it has no value".to_owned()),
        Value::Object(_) | Value::Array(_) => {
            Err(unknown::unresolved(value).unwrap_or_else(|| format!("{value} is not resolved in the file")))
        }
    }
}

/// Of a shell, a template engine, or a manual.
fn is_placeholder(text: &str) -> bool {
    let is_variable = |rest: &str| rest.starts_with(|c: char| "{(_".contains(c) || c.is_ascii_alphabetic());
    text.split('$').skip(1).any(is_variable)
        || text.contains("{{")
        || text.contains("<<")
        || (text.starts_with('<') && text.ends_with('>'))
}

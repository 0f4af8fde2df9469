//! Files as JSON values: YAML of any number of documents, or JSON of any number of values, lists of objects taken apart.

use std::fmt;

use anyhow::Context as _;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use serde_saphyr::{DuplicateKeyPolicy, Tagged};

/// The documents of a text, and what is to be said of keys that it has twice.
pub(super) fn parse(text: &str) -> anyhow::Result<(Vec<Value>, Option<String>)> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with(['{', '['])
        && let Ok(values) = serde_json::Deserializer::from_str(text).into_iter().collect::<Result<Vec<Value>, _>>()
    {
        return Ok((values.into_iter().flat_map(apart).collect(), None));
    }
    let (documents, repeated) = yaml::<Option<Node>>(text)?;
    Ok((documents.into_iter().flatten().flat_map(|node| apart(node.0)).collect(), repeated))
}

fn yaml<T: DeserializeOwned>(text: &str) -> anyhow::Result<(Vec<T>, Option<String>)> {
    let with = |duplicate_keys| {
        let options = serde_saphyr::options! {
            duplicate_keys: duplicate_keys,
            with_snippet: false,
            leading_zero_numbers_as_strings: true,
            underscored_numbers_as_strings: true,
        };
        serde_saphyr::from_multiple_with_options::<T>(text, options)
    };
    match with(DuplicateKeyPolicy::Error) {
        Ok(documents) => Ok((documents, None)),
        // Go's parser, and so most tools, take the last one.
        Err(strict) => match with(DuplicateKeyPolicy::LastWins) {
            Ok(documents) => Ok((documents, Some(repeated(&strict.to_string())))),
            Err(_) if text.contains("{{") => {
                Err(strict).context("the file is neither YAML nor JSON yet: render it first (helm template)")
            }
            Err(_) => Err(strict).context("the file is neither YAML nor JSON"),
        },
    }
}

/// What the parser says of a key that is there twice, without its advice to programmers.
fn repeated(error: &str) -> String {
    let what = error.split(", set ").next().unwrap_or(error);
    let place = error.split(" at line ").nth(1).map(|place| format!(" at line {place}")).unwrap_or_default();
    format!("{what}{place}: the last one counts")
}

/// The items of a list of objects: a JSON array, or `kind: List` of kubectl.
fn apart(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.into_iter().flat_map(apart).collect(),
        Value::Object(mut map) if is_list(&map) => map.remove("items").map(apart).unwrap_or_default(),
        Value::Null => Vec::new(),
        other => vec![other],
    }
}

fn is_list(map: &Map<String, Value>) -> bool {
    map.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List")) && map.contains_key("items")
}

/// A value whose tags, CloudFormation's short forms, have become the functions that they stand for.
struct Node(Value);

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Tagged(Untagged(value), tag) = Tagged::deserialize(deserializer)?;
        let function = tag.as_deref().and_then(|tag| tag.strip_prefix('!')).filter(|name| !name.is_empty());
        Ok(Self(match function {
            Some(name @ ("Ref" | "Condition")) => Value::Object(Map::from_iter([(name.to_owned(), value)])),
            Some(name) => Value::Object(Map::from_iter([(format!("Fn::{name}"), value)])),
            None => value,
        }))
    }
}

struct Untagged(Value);

impl<'de> Deserialize<'de> for Untagged {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Nodes).map(Self)
    }
}

struct Nodes;

impl<'de> Visitor<'de> for Nodes {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Node(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some((key, Node(value))) = entries.next_entry::<String, Node>()? {
            all.insert(key, value);
        }
        Ok(Value::Object(all))
    }
}

//! Files as JSON values: YAML of any number of documents, or JSON of any number of values, lists of objects taken apart.

use std::fmt;
use std::marker::PhantomData;

use anyhow::Context as _;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use serde_saphyr::{DuplicateKeyPolicy, NonFiniteFloatPolicy, Tagged};

use super::Lost;
use super::unknown::{function, reason, unknown};

/// What is to be said of a key that is there twice. Neither of its values counts.
pub(super) const REPEATED: &str = "it is there more than once, and tools differ in which one counts: leave one, or put --- between the \
                                   documents";

/// Which plain words a file means as true and false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Booleans {
    /// `true` and `false`: what else is written plainly is text.
    Yaml12,
    /// `yes`, `no`, `on`, `off`, `y` and `n` too, as CloudFormation has it.
    Yaml11,
}

/// The documents of a text.
pub(super) fn parse(text: &str, booleans: Booleans) -> anyhow::Result<Vec<Value>> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim_start().starts_with(['{', '['])
        && let Ok(values) = serde_json::Deserializer::from_str(text).into_iter().collect::<Result<Vec<Json>, _>>()
    {
        return Ok(values.into_iter().flat_map(|Json(value)| apart(value)).collect());
    }
    let written = yaml(text, Booleans::Yaml12)?;
    let documents = match booleans {
        Booleans::Yaml12 => written,
        Booleans::Yaml11 => {
            yaml(text, booleans)?.into_iter().zip(written).map(|(value, written)| named(value, written)).collect()
        }
    };
    Ok(documents.into_iter().flat_map(apart).collect())
}

/// What is to be said of keys that a document has twice.
pub(super) fn repeated(document: &Value) -> Vec<Lost> {
    repetitions(document).into_iter().map(|place| Lost::of("file", place, REPEATED)).collect()
}

fn repetitions(value: &Value) -> Vec<String> {
    let within = |place: String, value: &Value| {
        repetitions(value).into_iter().map(move |rest| match rest.as_str() {
            "" => place.clone(),
            rest if rest.starts_with('[') => format!("{place}{rest}"),
            rest => format!("{place}.{rest}"),
        })
    };
    match value {
        _ if reason(value) == Some(REPEATED) => vec![String::new()],
        Value::Object(map) => map.iter().flat_map(|(key, value)| within(key.clone(), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(at, item)| within(format!("[{at}]"), item)).collect()
        }
        _ => Vec::new(),
    }
}

fn yaml(text: &str, booleans: Booleans) -> anyhow::Result<Vec<Value>> {
    let options = serde_saphyr::options! {
        // Ten times what all objects of a cluster take, of which there may be five thousand with four hundred values each.
        budget: serde_saphyr::budget! {
            max_documents: 50_000,
            max_nodes: 20_000_000,
            max_events: 50_000_000,
            max_total_scalar_bytes: 1 << 30,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        with_snippet: false,
        strict_booleans: booleans == Booleans::Yaml12,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
    };
    match serde_saphyr::from_multiple_with_options::<Option<Node>>(text, options) {
        Ok(documents) => Ok(documents.into_iter().flatten().map(|Node(value)| value).collect()),
        Err(error @ serde_saphyr::Error::Budget { .. }) => {
            Err(error).context("the file is too large or too deep: give the profiles alone")
        }
        Err(error) if text.contains("{{") => {
            Err(error).context("the file is neither YAML nor JSON yet: render it first (helm template)")
        }
        Err(error) => Err(error).context("the file is neither YAML nor JSON"),
    }
}

fn taken(value: Option<&mut Value>) -> Value {
    value.map(Value::take).unwrap_or_default()
}

/// With the names in functions as they are written: `!Ref N` is about something called N.
fn named(value: Value, mut written: Value) -> Value {
    const NAMING: [&str; 4] = ["Ref", "Condition", "Fn::GetAtt", "Fn::Sub"];
    match value {
        Value::Object(map) if function(&map).is_some_and(|(name, _)| NAMING.contains(&name.as_str())) => written,
        Value::Object(map) => {
            let of = |(key, value): (String, Value)| {
                let written = taken(written.get_mut(&key));
                let value = if key == "Fn::If" { conditional(value, written) } else { named(value, written) };
                (key, value)
            };
            map.into_iter().map(of).collect()
        }
        Value::Array(items) => {
            items.into_iter().enumerate().map(|(at, item)| named(item, taken(written.get_mut(at)))).collect()
        }
        other => other,
    }
}

/// The first argument names a condition.
fn conditional(value: Value, written: Value) -> Value {
    let condition = written.get(0).cloned();
    let mut arguments = named(value, written);
    if let Some((first, condition)) = arguments.get_mut(0).zip(condition) {
        *first = condition;
    }
    arguments
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

/// A value of YAML, whose tags, CloudFormation's short forms, have become the functions that they stand for.
struct Node(Value);

impl From<Node> for Value {
    fn from(Node(value): Node) -> Self {
        value
    }
}

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
        deserializer.deserialize_any(Nodes::<Node>(PhantomData)).map(Self)
    }
}

struct Json(Value);

impl From<Json> for Value {
    fn from(Json(value): Json) -> Self {
        value
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Nodes::<Json>(PhantomData)).map(Self)
    }
}

/// Reads a value of which the items are read as `T`.
struct Nodes<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Into<Value>> Visitor<'de> for Nodes<T> {
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
        while let Some(item) = items.next_element::<T>()? {
            all.push(item.into());
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some((key, value)) = entries.next_entry::<String, T>()? {
            if all.insert(key.clone(), value.into()).is_some() {
                all.insert(key, unknown(REPEATED));
            }
        }
        Ok(Value::Object(all))
    }
}

//! The fields of an object of a source. Each is taken, or known to need no counterpart, or ends as lost.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::values::{is_empty, pairs, scalar};
use super::{About, Lost, unknown};
use crate::api::ProfileSelector;

/// Stands for what is not an object.
static NOTHING: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);

pub(super) struct Fields<'a> {
    object: String,
    /// Where they are in the object, with a dot at the end, or empty.
    place: String,
    all: &'a Map<String, Value>,
    left: BTreeSet<String>,
    lost: Vec<Lost>,
    /// Why the selectors, or all of it, could not be read as a whole.
    unreadable: Option<String>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(object: &str, place: &str, value: &'a Value) -> Self {
        let is_odd = !value.is_object() && !value.is_null();
        let odd = || is_odd.then(|| format!("{value} has no fields"));
        let unreadable = unknown::unresolved(value).or_else(odd);
        let at = if place.is_empty() { String::new() } else { format!("{place}: ") };
        let unreadable = unreadable.map(|why| at + &why);
        let all = value.as_object().filter(|_| unreadable.is_none()).unwrap_or(&NOTHING);
        let left = all.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key.clone()).collect();
        let place = if place.is_empty() { String::new() } else { format!("{place}.") };
        Self { object: object.to_owned(), place, all, left, lost: Vec::new(), unreadable }
    }

    /// A field that is there and not null, and counts as taken.
    pub(super) fn take(&mut self, key: &str) -> Option<&'a Value> {
        self.left.remove(key);
        self.all.get(key).filter(|value| !value.is_null())
    }

    /// Whether the source has something there, taken or not, known or not.
    pub(super) fn has(&self, key: &str) -> bool {
        self.all.get(key).is_some_and(|value| !is_empty(value))
    }

    /// These say nothing that a manifest would.
    pub(super) fn pass(&mut self, keys: &[&str]) {
        for key in keys {
            self.left.remove(*key);
        }
    }

    pub(super) fn lose(&mut self, key: &str, why: impl Into<String>) {
        self.left.remove(key);
        let lost = self.loss(key, why).about(About::field(key));
        self.lost.push(lost);
    }

    fn loss(&self, key: &str, why: impl Into<String>) -> Lost {
        Lost::of(&self.object, format!("{}{key}", self.place), why)
    }

    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        match scalar(self.take(key)?) {
            Ok(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Err(why) => {
                self.lose(key, why);
                None
            }
        }
    }

    /// A list of texts: all of it, or nothing, since a part of it would be a change.
    pub(super) fn texts(&mut self, key: &str) -> Vec<String> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let text = |value: &Value| scalar(value).map(|text| text.trim().to_owned());
        let texts: Result<Vec<String>, String> = match value {
            Value::Array(items) => items.iter().map(text).collect(),
            other => text(other).map(|text| vec![text]),
        };
        texts.unwrap_or_else(|why| {
            self.lose(key, why);
            Vec::new()
        })
    }

    pub(super) fn tags(&mut self, key: &str) -> BTreeMap<String, String> {
        let Some(value) = self.take(key) else { return BTreeMap::new() };
        let mut tags = BTreeMap::new();
        let pairs = pairs(value).unwrap_or_else(|why| {
            self.lose(key, why);
            Vec::new()
        });
        for (name, value) in pairs {
            match scalar(&value).and_then(|value| Ok((scalar(&name.as_str().into())?, value))) {
                Ok((name, value)) => {
                    tags.insert(name, value);
                }
                Err(why) => self.lose(&format!("{key}.{name}"), why),
            }
        }
        tags
    }

    /// The selectors under the first of these keys that is there.
    pub(super) fn selectors(&mut self, keys: &[&str]) -> Vec<ProfileSelector> {
        let Some((key, value)) = keys.iter().find_map(|key| Some((*key, self.take(key)?))) else { return Vec::new() };
        let items: Vec<&Value> = match value {
            Value::Array(items) => items.iter().collect(),
            one => vec![one],
        };
        let mut selectors = Vec::new();
        for (at, item) in items.into_iter().enumerate() {
            match self.selector(&format!("{key}[{at}]"), item) {
                Ok(selector) => selectors.push(selector),
                Err(why) => {
                    self.unreadable.get_or_insert(format!("{}{key}[{at}]: {why}", self.place));
                }
            }
        }
        selectors
    }

    fn selector(&mut self, place: &str, value: &Value) -> Result<ProfileSelector, String> {
        if let Some(why) = unknown::unresolved(value) {
            return Err(why);
        }
        let mut fields = Fields::of(&self.object, &format!("{}{place}", self.place), value);
        let namespace = fields.take("namespace").or_else(|| fields.take("Namespace")).ok_or("it has no namespace")?;
        let labels = fields.take("labels").or_else(|| fields.take("Labels"));
        let labels = labels.map(pairs).transpose()?.unwrap_or_default();
        let read = |(key, value): (String, Value)| {
            let value = scalar(&value).map_err(|why| format!("label {key}: {why}"))?;
            Ok((scalar(&key.as_str().into())?, value))
        };
        let labels: BTreeMap<String, String> = labels.into_iter().map(read).collect::<Result<_, String>>()?;
        // What is not read may be what keeps the selector from matching more pods.
        if let Some(lost) = fields.rest().0.into_iter().next() {
            return Err(format!("{}: {}", lost.field, lost.why));
        }
        Ok(ProfileSelector { namespace: scalar(namespace)?, labels: Some(labels).filter(|labels| !labels.is_empty()) })
    }

    /// What is lost, together with the fields that nobody took, and why the selectors are not whole.
    pub(super) fn rest(mut self) -> (Vec<Lost>, Option<String>) {
        for key in std::mem::take(&mut self.left) {
            if !is_empty(&self.all[&key]) {
                self.lost.push(self.loss(&key, counterpart(&key)));
            }
        }
        (self.lost, self.unreadable)
    }
}

/// Why a field of another tool has no counterpart.
fn counterpart(field: &str) -> &'static str {
    match field {
        "timeouts" => "the operator waits for EKS as long as it takes",
        "deletionPolicy" | "DeletionPolicy" => {
            "spec.deletionPolicy is left at Delete: set Retain if the profile is to outlive its object"
        }
        "managementPolicies" => "the operator manages the whole profile; spec.suspend holds changes up",
        "region" => "the operator works in one region: see that it is this one",
        "kmsKeyId" | "kmsKeyID" | "encryptionConfig" => "a Fargate profile has no encryption of its own",
        "clientRequestToken" => "it is of one request",
        "providerConfigRef" | "providerRef" => "the operator has AWS credentials of its own",
        "writeConnectionSecretToRef" | "publishConnectionDetailsTo" => "a Fargate profile has no connection details",
        "Condition" => "the template makes it only where this is so: see that it is there",
        "roleAdditionalPolicies" | "rolePermissionsBoundary" => "it is of the role, which stays as it is",
        "DependsOn" | "depends_on" | "dependsOn" => "the operator waits for what a profile needs by itself",
        _ => "a FargateProfile has no such field",
    }
}

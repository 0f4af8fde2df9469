//! References of one object to another, as far as the file has both.

use serde_json::Value;

/// The objects of a file that belong to Kubernetes.
pub(super) struct Objects<'a>(pub(super) &'a [Value]);

impl<'a> Objects<'a> {
    /// Those of a kind, of API groups that this is true of.
    pub(super) fn of(&self, kind: &'a str, group: impl Fn(&str) -> bool + 'a) -> impl Iterator<Item = &'a Value> {
        let documents = self.0;
        documents.iter().filter(move |it| it["kind"] == kind && group(group_of(it)))
    }

    /// What an object says under the first of these pointers that says something.
    pub(super) fn look_up(&self, kind: &str, name: &str, pointers: &[&str]) -> Option<String> {
        let named = |it: &&Value| it["kind"] == kind && it["metadata"]["name"] == name;
        let found = self.0.iter().filter(named);
        let mut texts = found.flat_map(|it| pointers.iter().filter_map(|pointer| it.pointer(pointer)?.as_str()));
        texts.find(|text| !text.is_empty()).map(str::to_owned)
    }
}

pub(super) fn group_of(object: &Value) -> &str {
    object["apiVersion"].as_str().unwrap_or_default().split('/').next().unwrap_or_default()
}

/// An object as kubectl's words name it: kind, namespace and name.
pub(super) fn title(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (kind, metadata) = (text(&object["kind"]), &object["metadata"]);
    match (text(&metadata["namespace"]), text(&metadata["name"])) {
        (namespace, name) if namespace.is_empty() => format!("{kind} {name}"),
        (namespace, name) => format!("{kind} {namespace}/{name}"),
    }
}

/// The arguments by which kubectl finds an object.
pub(super) fn arguments(resource: &str, object: &Value) -> String {
    let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default();
    match text("namespace") {
        "" => format!("{resource} {}", text("name")),
        namespace => format!("{resource} {} -n {namespace}", text("name")),
    }
}

/// The names in references: `{name}`, ACK's `{from: {name}}`, or a list of them.
pub(super) fn names(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().flat_map(names).collect(),
        one => one["from"]["name"].as_str().or_else(|| one["name"].as_str()).into_iter().collect(),
    }
}

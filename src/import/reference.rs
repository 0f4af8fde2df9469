//! References of one object to another, as far as the file has both.

use serde_json::Value;

use super::shell::quoted;

/// The objects of a file that belong to Kubernetes.
pub(super) struct Objects<'a>(pub(super) &'a [Value]);

impl<'a> Objects<'a> {
    /// Those of a kind, of API groups that this is true of.
    pub(super) fn of(&self, kind: &'a str, group: impl Fn(&str) -> bool + 'a) -> impl Iterator<Item = &'a Value> {
        let documents = self.0;
        documents.iter().filter(move |it| it["kind"] == kind && group(group_of(it)))
    }

    /// What an object says under the first of these pointers that says something.
    pub(super) fn look_up(&self, kind: &Kind, reference: &Reference<'_>, pointers: &[&str]) -> Option<String> {
        let found = self.0.iter().filter(|it| reference.is_to(it, kind));
        let mut texts = found.flat_map(|it| pointers.iter().filter_map(|pointer| it.pointer(pointer)?.as_str()));
        texts.find(|text| !text.is_empty()).map(str::to_owned)
    }
}

/// A kind that is referred to. Other API groups have kinds of that name too.
pub(super) struct Kind {
    /// What its API group begins with.
    pub(super) group: &'static str,
    pub(super) name: &'static str,
}

pub(super) const EKS_CLUSTER: Kind = Kind { group: "eks.", name: "Cluster" };
pub(super) const IAM_ROLE: Kind = Kind { group: "iam.", name: "Role" };
pub(super) const SUBNET: Kind = Kind { group: "ec2.", name: "Subnet" };

/// An object that another one names.
pub(super) struct Reference<'a> {
    pub(super) name: &'a str,
    /// None of objects that are in no namespace, or whose file leaves it to kubectl.
    pub(super) namespace: Option<&'a str>,
}

impl Reference<'_> {
    fn is_to(&self, object: &Value, kind: &Kind) -> bool {
        let metadata = &object["metadata"];
        let is_here = self.namespace.zip(metadata["namespace"].as_str()).is_none_or(|(one, other)| one == other);
        object["kind"] == kind.name
            && group_of(object).starts_with(kind.group)
            && metadata["name"] == self.name
            && is_here
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
    let name = quoted(if text("name").is_empty() { "NAME" } else { text("name") });
    let resource = quoted(resource);
    match text("namespace") {
        "" => format!("{resource} {name}"),
        namespace => format!("{resource} {name} -n {}", quoted(namespace)),
    }
}

/// What an object refers to by `{name}`, ACK's `{from: {name}}`, or a list of them; in its own namespace unless another is named.
pub(super) fn references<'a>(value: &'a Value, object: &'a Value) -> Vec<Reference<'a>> {
    if let Value::Array(items) = value {
        return items.iter().flat_map(|item| references(item, object)).collect();
    }
    let place = if value["from"].is_object() { &value["from"] } else { value };
    let namespace = place["namespace"].as_str().or_else(|| object["metadata"]["namespace"].as_str());
    place["name"].as_str().map(|name| Reference { name, namespace }).into_iter().collect()
}

/// What is to be said of references to something that the file does not have.
pub(super) fn unresolved(kind: &Kind, references: &[Reference<'_>]) -> String {
    let names: Vec<&str> = references.iter().map(|it| it.name).collect();
    let named = if names.is_empty() { "by a selector".to_owned() } else { names.join(", ") };
    format!(
        "{} {named} is not in the file with what it is in AWS: add it, as kubectl get -o yaml shows it, or write the value",
        kind.name
    )
}

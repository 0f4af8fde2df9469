//! References of one object to another, as far as the file has both.

use std::collections::BTreeMap;

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

    /// What an object says under the first of these pointers that says something; nothing if it may be one of several objects.
    pub(super) fn look_up(&self, kind: &Kind, reference: &Reference<'_>, pointers: &[&str]) -> Option<String> {
        let said = |object: &Value| {
            let mut texts = pointers.iter().filter_map(|pointer| object.pointer(pointer)?.as_str());
            texts.find(|text| !text.is_empty()).map(str::to_owned)
        };
        let mut meant = self.meant(kind, reference).into_values();
        let (only, other) = (meant.next()?, meant.next());
        only.into_iter().filter(|_| other.is_none()).find_map(said)
    }

    /// What may be meant, by namespace and API group. The same object may be there as it is written and as it is.
    fn meant(&self, kind: &Kind, reference: &Reference<'_>) -> BTreeMap<(Option<&'a str>, &'a str), Vec<&'a Value>> {
        let mut meant = BTreeMap::<_, Vec<&Value>>::new();
        for object in self.0.iter().filter(|it| reference.is_to(it, kind)) {
            meant.entry((object["metadata"]["namespace"].as_str(), group_of(object))).or_default().push(object);
        }
        meant
    }

    fn is_ambiguous(&self, kind: &Kind, reference: &Reference<'_>) -> bool {
        self.meant(kind, reference).len() > 1
    }

    /// What is to be said of references that lead to nothing in the file, or to several objects.
    pub(super) fn unresolved(&self, kind: &Kind, references: &[Reference<'_>], pointers: &[&str]) -> String {
        let name = kind.name;
        if let Some(reference) = references.iter().find(|it| self.is_ambiguous(kind, it)) {
            let named = reference.name;
            return format!("the file has several objects that {name} {named} may mean: write the value");
        }
        let is_missing = |it: &&Reference<'_>| self.look_up(kind, it, pointers).is_none();
        let names: Vec<&str> = references.iter().filter(is_missing).map(|it| it.name).collect();
        format!(
            "{name} {} is not in the file with what it is in AWS: add it, as kubectl get -o yaml shows it, or write the value",
            names.join(", ")
        )
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

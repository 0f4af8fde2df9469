//! FargateProfiles of Crossplane: of Upbound's provider (upjet, cluster-scoped and namespaced) and of the native one.

use serde_json::Value;

use super::ack::unresolved;
use super::fields::Fields;
use super::reference::{Objects, arguments, group_of, names, title};
use super::{Existing, Keeper, Reading};

const EXTERNAL_NAME: &str = "/metadata/annotations/crossplane.io~1external-name";

pub(super) fn read(documents: &[Value]) -> Reading {
    let objects = Objects(documents);
    let of_crossplane = |group: &str| {
        group.starts_with("eks.") && (group.ends_with(".upbound.io") || group.ends_with(".crossplane.io"))
    };
    let found = objects.of("FargateProfile", of_crossplane);
    Reading::of(found.map(|object| profile(object, &objects)).collect(), "FargateProfile of Crossplane")
}

/// A field of forProvider in its three forms: the value, references, and a selector of references.
struct Field {
    names: &'static [&'static str],
    kind: &'static str,
    /// Where the object that is referred to says what it is in AWS.
    pointers: &'static [&'static str],
}

const CLUSTER: Field = Field { names: &["clusterName"], kind: "Cluster", pointers: &[EXTERNAL_NAME, "/metadata/name"] };
const ROLE: Field = Field { names: &["podExecutionRoleArn"], kind: "Role", pointers: &["/status/atProvider/arn"] };
const SUBNETS: Field = Field {
    names: &["subnetIds", "subnets"],
    kind: "Subnet",
    pointers: &["/status/atProvider/id", "/status/atProvider/subnetId", EXTERNAL_NAME],
};

fn profile(object: &Value, objects: &Objects<'_>) -> Existing {
    let (title, group) = (title(object), group_of(object));
    let resource = format!("fargateprofiles.{group}");
    let parameters = parameters(&object["spec"]);
    let mut fields = Fields::of(&title, "spec.forProvider", &parameters);
    let at_provider = &object["status"]["atProvider"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let existing = Existing {
        // Crossplane calls an external resource by this annotation, which it fills in with the object's name.
        name: object.pointer(EXTERNAL_NAME).or_else(|| object.pointer("/metadata/name")).and_then(text),
        cluster: values(&CLUSTER, &mut fields, at_provider, objects).pop(),
        role: values(&ROLE, &mut fields, at_provider, objects).pop(),
        subnets: values(&SUBNETS, &mut fields, at_provider, objects),
        selectors: fields.selectors(&["selectors", "selector"]),
        tags: fields.tags("tags"),
        keeper: Keeper::Crossplane { arguments: arguments(&resource, object), is_namespaced: group.contains(".m.") },
        ..Existing::default()
    };
    let mut spec = Fields::of(&title, "spec", &object["spec"]);
    spec.pass(&["forProvider", "initProvider"]);
    let mut existing = existing.ended_in_kubernetes(object, title, fields);
    existing.lost.extend(spec.rest().0);
    existing
}

/// What the profile is to be: initProvider counts where forProvider says nothing.
fn parameters(spec: &Value) -> Value {
    let of = |key: &str| spec[key].as_object().cloned().unwrap_or_default();
    let mut all = of("initProvider");
    all.extend(of("forProvider"));
    Value::Object(all)
}

fn values(field: &Field, fields: &mut Fields<'_>, at_provider: &Value, objects: &Objects<'_>) -> Vec<String> {
    for name in field.names {
        // `subnetIds` is referred to by `subnetIdRefs` or by `subnetIdsRefs`, by provider.
        let mut stems = vec![(*name).to_owned(), name.trim_end_matches('s').to_owned()];
        stems.dedup();
        let forms = |suffixes: &[&str]| -> Vec<String> {
            stems.iter().flat_map(|stem| suffixes.iter().map(move |suffix| format!("{stem}{suffix}"))).collect()
        };
        let found = fields.texts(name);
        let references: Vec<(String, &Value)> =
            forms(&["Ref", "Refs"]).into_iter().filter_map(|key| Some((key.clone(), fields.take(&key)?))).collect();
        let selected: Vec<String> = forms(&["Selector"]).into_iter().filter(|key| fields.take(key).is_some()).collect();
        if !found.is_empty() {
            return found;
        }
        let observed = strings(&at_provider[*name]);
        if !observed.is_empty() {
            return observed;
        }
        for (key, reference) in references {
            let names = names(reference);
            let found: Option<Vec<String>> =
                names.iter().map(|it| objects.look_up(field.kind, it, field.pointers)).collect();
            match found.filter(|found| !found.is_empty()) {
                Some(found) => return found,
                None => fields.lose(&key, unresolved(field.kind, &names)),
            }
        }
        for key in selected {
            fields.lose(&key, unresolved(field.kind, &[]));
        }
    }
    Vec::new()
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        one => one.as_str().filter(|text| !text.is_empty()).map(str::to_owned).into_iter().collect(),
    }
}

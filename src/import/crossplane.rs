//! FargateProfiles of Crossplane: of Upbound's provider (upjet, cluster-scoped and namespaced) and of the native one.

use std::collections::BTreeSet;

use serde_json::Value;

use super::composition;
use super::fields::Fields;
use super::health::unready;
use super::reference::{EKS_CLUSTER, IAM_ROLE, Kind, Objects, SUBNET, arguments, group_of, references, title};
use super::{Existing, Keeper, Lost, Reading, unknown};
use crate::api::ProfileSelector;
use crate::eks::Selector;

const EXTERNAL_NAME: &str = "/metadata/annotations/crossplane.io~1external-name";

pub(super) fn read(documents: &[Value]) -> Reading {
    let objects = Objects(documents);
    let found = objects.of("FargateProfile", is_group);
    let mut profiles: Vec<Existing> = found.map(|object| profile(title(object), object, &objects)).collect();
    let composed = composition::templates(documents);
    for template in composed.templates {
        let mut existing = profile(template.title, &template.base, &objects);
        let told = std::mem::take(&mut existing.lost).into_iter().filter(|lost| !template.lost.contains(lost));
        existing.makers.push("its composite resource".to_owned());
        existing.lost = template.lost.iter().cloned().chain(told).collect();
        profiles.push(existing);
    }
    let mut reading = Reading::of(profiles, "FargateProfile of Crossplane");
    reading.lost.extend(composed.lost);
    reading
}

/// Whether this is the API group of EKS of one of the providers.
pub(super) fn is_group(group: &str) -> bool {
    group.starts_with("eks.") && (group.ends_with(".upbound.io") || group.ends_with(".crossplane.io"))
}

/// A field of forProvider in its three forms: the value, references, and a selector of references.
struct Field {
    names: &'static [&'static str],
    kind: Kind,
    /// Where the object that is referred to says what it is in AWS.
    pointers: &'static [&'static str],
}

const CLUSTER: Field =
    Field { names: &["clusterName"], kind: EKS_CLUSTER, pointers: &[EXTERNAL_NAME, "/metadata/name"] };
const ROLE: Field = Field { names: &["podExecutionRoleArn"], kind: IAM_ROLE, pointers: &["/status/atProvider/arn"] };
const SUBNETS: Field = Field {
    names: &["subnetIds", "subnets"],
    kind: SUBNET,
    pointers: &["/status/atProvider/id", "/status/atProvider/subnetId", EXTERNAL_NAME],
};

fn profile(title: String, object: &Value, objects: &Objects<'_>) -> Existing {
    let group = group_of(object);
    let resource = format!("fargateprofiles.{group}");
    let parameters = parameters(object);
    let mut fields = Fields::of(&title, "spec.forProvider", &parameters);
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let existing = Existing {
        // Crossplane calls an external resource by this annotation, which it fills in with the object's name.
        name: object.pointer(EXTERNAL_NAME).or_else(|| object.pointer("/metadata/name")).and_then(text),
        cluster: values(&CLUSTER, &mut fields, object, objects).pop(),
        role: values(&ROLE, &mut fields, object, objects).pop(),
        subnets: values(&SUBNETS, &mut fields, object, objects),
        selectors: fields.selectors(&["selectors", "selector"]),
        tags: fields.tags("tags"),
        keeper: Keeper::Crossplane { arguments: arguments(&resource, object), orphaned: orphaned(object) },
        unwritable: unready(object["status"]["atProvider"]["status"].as_str()),
        ..Existing::default()
    };
    let mut spec = Fields::of(&title, "spec", &object["spec"]);
    spec.pass(&["forProvider", "initProvider"]);
    let mut existing = existing.ended_in_kubernetes(object, title, fields);
    existing.lost.extend(spec.rest().0);
    existing.as_observed(&object["status"]["atProvider"]);
    existing
}

impl Existing {
    /// With what EKS has where the object asks for something else, which Crossplane cannot change there.
    fn as_observed(&mut self, observed: &Value) {
        let mut fields = Fields::of(&self.object, "status.atProvider", observed);
        let role = fields.text("podExecutionRoleArn");
        let subnets: Vec<String> = SUBNETS.names.iter().flat_map(|name| fields.texts(name)).collect();
        let selectors = fields.selectors(&["selectors", "selector"]);
        let of = |selectors: &[ProfileSelector]| selectors.iter().map(Selector::from).collect::<BTreeSet<_>>();
        let set = |subnets: &[String]| subnets.iter().cloned().collect::<BTreeSet<_>>();
        let mut other = Vec::new();
        if role.is_some() && self.role.is_some() && role != self.role {
            self.role = role;
            other.push("podExecutionRoleArn");
        }
        if !subnets.is_empty() && !self.subnets.is_empty() && set(&subnets) != set(&self.subnets) {
            self.subnets = subnets;
            other.push("subnets");
        }
        if !selectors.is_empty() && !self.selectors.is_empty() && of(&selectors) != of(&self.selectors) {
            self.selectors = selectors;
            other.push("selectors");
        }
        let why = "EKS has another value than the object asks for: the manifest has that of EKS (status.atProvider)";
        let told = other.into_iter().map(|field| Lost::of(&self.object, format!("spec.forProvider.{field}"), why));
        let told: Vec<Lost> = told.collect();
        self.lost.extend(told);
    }
}

/// The spec by which the profile outlives the object. Crossplane 2 knows no deletionPolicy, and the first one heeds it only while
/// managementPolicies are as by default.
fn orphaned(object: &Value) -> &'static str {
    let spec = &object["spec"];
    let is_default = spec.get("managementPolicies").is_none_or(|policies| *policies == serde_json::json!(["*"]));
    match (group_of(object).contains(".m."), is_default) {
        (true, _) => r#"{"managementPolicies":["Observe"]}"#,
        (false, true) => r#"{"deletionPolicy":"Orphan"}"#,
        (false, false) => r#"{"deletionPolicy":"Orphan","managementPolicies":["Observe"]}"#,
    }
}

/// What the profile is to be: initProvider counts where forProvider says nothing, and what Crossplane sees where neither does, as
/// for a profile that it only observes.
fn parameters(object: &Value) -> Value {
    let spec = &object["spec"];
    if unknown::reason(spec).is_some() {
        return spec.clone();
    }
    let mut asked = merged(&spec["forProvider"], &merged(&spec["initProvider"], &serde_json::json!({})));
    let seen = object["status"]["atProvider"].as_object().into_iter().flatten();
    if let Value::Object(asked) = &mut asked
        && unknown::reason(&spec["forProvider"]).is_none()
    {
        for (key, value) in seen.filter(|(key, _)| ["selector", "selectors", "tags"].contains(&key.as_str())) {
            asked.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    asked
}

/// A value with what it lacks taken from another one, down to the single tag and label.
fn merged(value: &Value, other: &Value) -> Value {
    match (value, other) {
        (Value::Null, other) => other.clone(),
        (Value::Object(map), Value::Object(others)) if unknown::reason(value).is_none() => {
            let keys: BTreeSet<&String> = map.keys().chain(others.keys()).collect();
            keys.into_iter().map(|key| (key.clone(), merged(&value[key], &other[key]))).collect()
        }
        (Value::Array(items), Value::Array(others)) => {
            (0..items.len().max(others.len())).map(|at| merged(&value[at], &other[at])).collect()
        }
        _ => value.clone(),
    }
}

fn values(field: &Field, fields: &mut Fields<'_>, object: &Value, objects: &Objects<'_>) -> Vec<String> {
    for name in field.names {
        // `subnetIds` is referred to by `subnetIdRefs` or by `subnetIdsRefs`, by provider.
        let mut stems = vec![(*name).to_owned(), name.trim_end_matches('s').to_owned()];
        stems.dedup();
        let forms = |suffixes: &[&str]| -> Vec<String> {
            stems.iter().flat_map(|stem| suffixes.iter().map(move |suffix| format!("{stem}{suffix}"))).collect()
        };
        let found = fields.texts(name);
        let referring: Vec<(String, &Value)> =
            forms(&["Ref", "Refs"]).into_iter().filter_map(|key| Some((key.clone(), fields.take(&key)?))).collect();
        let selected: Vec<String> = forms(&["Selector"]).into_iter().filter(|key| fields.take(key).is_some()).collect();
        if !found.is_empty() {
            return found;
        }
        let observed = strings(&object["status"]["atProvider"][*name]);
        if !observed.is_empty() || fields.has(name) {
            return observed;
        }
        for (key, reference) in referring {
            let references = references(reference, object);
            let found: Option<Vec<String>> =
                references.iter().map(|it| objects.look_up(&field.kind, it, field.pointers)).collect();
            match found.filter(|found| !found.is_empty()) {
                Some(found) => return found,
                None => fields.lose(&key, objects.unresolved(&field.kind, &references, field.pointers)),
            }
        }
        for key in selected {
            let why = format!(
                "which {} the selector finds is not in the file: give the FargateProfile as kubectl get -o yaml shows it, or write the value",
                field.kind.name
            );
            fields.lose(&key, why);
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

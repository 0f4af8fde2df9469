//! What becomes of manifests without an API server: the rules of this version's CustomResourceDefinition are run here.

use kube::core::cel::{ErrorKind, Validator};
use serde_json::{Value, json};

use super::apply::{Applied, merged};
use super::state::State;
use crate::api::{FargateProfile, crd};

/// Applies the manifests to the objects of the state, without changing it.
pub(super) fn apply(state: &mut State, manifests: &[Value]) -> Vec<Applied> {
    state.notes.push(
        "this plan rests on a saved state: admission policies were not evaluated, and findings date from when \
         the state was saved"
            .to_owned(),
    );
    manifests.iter().map(|manifest| applied(state, manifest)).collect()
}

fn applied(state: &State, manifest: &Value) -> Applied {
    let name = manifest["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let before = state.object(&name).cloned();
    let (after, warnings) = checked(before.as_ref(), manifest);
    Applied { name, before, after, warnings }
}

/// The object as it would be stored, or why it is refused, and which rules could not be run.
fn checked(before: Option<&FargateProfile>, manifest: &Value) -> (Result<FargateProfile, String>, Vec<String>) {
    let mut whole = merged(before, manifest);
    forget_nulls(&mut whole["spec"]);
    let schema = schema();
    let unknown = unknown("", &schema, &whole);
    if !unknown.is_empty() {
        return (Err(format!("strict decoding error: {}", unknown.join(", "))), Vec::new());
    }
    let old = before.map(|before| json!(before));
    let errors = Validator::new().validate(&schema, &whole, old.as_ref()).err().map(|errors| errors.into_vec());
    let (broken, not_run): (Vec<_>, Vec<_>) =
        errors.into_iter().flatten().partition(|error| error.kind == ErrorKind::ValidationFailure);
    let not_run = not_run.iter().map(|error| format!("a rule could not be run here: {error}")).collect();
    if !broken.is_empty() {
        return (Err(broken.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")), not_run);
    }
    (stored(before, whole), not_run)
}

fn stored(before: Option<&FargateProfile>, whole: Value) -> Result<FargateProfile, String> {
    let mut object: FargateProfile = serde_path_to_error::deserialize(whole).map_err(|error| error.to_string())?;
    let meta = &mut object.metadata;
    match before {
        Some(before) if before.spec == object.spec => {}
        Some(_) => meta.generation = meta.generation.map(|generation| generation + 1),
        None => {
            meta.generation = Some(1);
            meta.uid = Some(format!("planned-{}", meta.name.as_deref().unwrap_or_default()));
        }
    }
    Ok(object)
}

/// The schema of the version that manifests are written in.
fn schema() -> Value {
    let crd = crd();
    let version = crd.spec.versions.first().and_then(|version| version.schema.as_ref());
    let mut schema = json!(version.and_then(|schema| schema.open_api_v3_schema.as_ref()));
    know_types(&mut schema);
    schema
}

/// A field that is null counts as one that is not there. Keys of maps stay: the definition lets none be null.
fn forget_nulls(spec: &mut Value) {
    if let Some(fields) = spec.as_object_mut() {
        fields.retain(|_, field| !field.is_null());
        fields.iter_mut().filter(|(key, _)| *key != "tags").for_each(|(_, field)| forget_nulls(field));
    }
}

/// Has the rules know what they ask by `type(…)`, which the crate that runs them here does not have: nothing is null.
fn know_types(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            for (key, field) in fields {
                match field {
                    Value::String(text) if ["rule", "messageExpression"].contains(&key.as_str()) => *text = typed(text),
                    other => know_types(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(know_types),
        _ => {}
    }
}

/// The rule with `true` or `false` for each comparison of a type.
fn typed(rule: &str) -> String {
    let Some((before, rest)) = rule.split_once("type(") else { return rule.to_owned() };
    // No argument has more than one pair of brackets of its own.
    let Some((_, rest)) = rest.split_once(')') else { return rule.to_owned() };
    for (comparison, is_so) in
        [(" == string", "true"), (" != string", "false"), (" == null_type", "false"), (" != null_type", "true")]
    {
        if let Some(rest) = rest.strip_prefix(comparison) {
            return format!("{before}{is_so}{}", typed(rest));
        }
    }
    rule.to_owned()
}

/// Fields that the schema does not have.
fn unknown(path: &str, schema: &Value, value: &Value) -> Vec<String> {
    if let (Some(properties), Some(fields)) = (schema["properties"].as_object(), value.as_object()) {
        let below = |(key, field): (&String, &Value)| match properties.get(key) {
            Some(schema) => unknown(&format!("{path}.{key}"), schema, field),
            // Every object has these, and schemas do not say so.
            None if path.is_empty() && ["apiVersion", "kind", "metadata"].contains(&key.as_str()) => Vec::new(),
            None => vec![format!("unknown field \"{}\"", format!("{path}.{key}").trim_start_matches('.'))],
        };
        return fields.iter().flat_map(below).collect();
    }
    match value.as_array() {
        Some(items) => {
            let below = |(at, item)| unknown(&format!("{path}[{at}]"), &schema["items"], item);
            items.iter().enumerate().flat_map(below).collect()
        }
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use kube::ResourceExt;

    use super::*;

    fn manifest(spec: Value) -> Value {
        json!({
            "apiVersion": "fargate-operator.dev/v1alpha1",
            "kind": "FargateProfile",
            "metadata": { "name": "web" },
            "spec": spec,
        })
    }

    fn web() -> Value {
        json!({ "selectors": [{ "namespace": "web" }] })
    }

    fn judged(before: Option<&FargateProfile>, manifest: &Value) -> Result<FargateProfile, String> {
        let (after, not_run) = checked(before, manifest);
        assert!(not_run.is_empty(), "{not_run:#?}");
        after
    }

    #[test]
    fn a_manifest_is_judged_by_the_rules_of_the_definition() {
        assert!(judged(None, &manifest(web())).is_ok());
        let with = |key: &str, value: Value| {
            let mut spec = web();
            spec[key] = value;
            judged(None, &manifest(spec))
        };
        for (key, value, refusal) in [
            ("selectors", json!([]), "spec.selectors needs at least one selector"),
            ("podExecutionRoleArn", json!("pods"), "is no ARN of an IAM role: write"),
            ("subnets", json!(["subnet-x"]), "which is no subnet id"),
            ("profileName", json!("eks-web"), "cannot be used"),
            ("tags", json!({ "aws:a": "1" }), "AWS and the operator keep the prefixes"),
            ("replacement", json!({ "drain": { "timeout": "1s" } }), "is no time of at least a minute"),
            ("selector", json!([]), "strict decoding error: unknown field \"spec.selector\""),
            ("tags", json!({ "a": null }), "spec.tags"),
        ] {
            let told = with(key, value).unwrap_err();
            assert!(told.contains(refusal), "{key}: {told}");
        }
        assert!(with("subnets", Value::Null).is_ok());
    }

    #[test]
    fn a_change_is_judged_by_what_was_there_and_counts_the_generation_up() {
        let first = judged(None, &manifest(web())).unwrap();
        assert_eq!((first.name_any().as_str(), first.metadata.generation), ("web", Some(1)));
        let same = judged(Some(&first), &manifest(web())).unwrap();
        assert_eq!(same.metadata.generation, Some(1));
        let other = manifest(json!({ "selectors": [{ "namespace": "shop" }] }));
        assert_eq!(judged(Some(&first), &other).unwrap().metadata.generation, Some(2));
        let renamed = manifest(json!({ "selectors": [{ "namespace": "web" }], "profileName": "shop" }));
        let told = judged(Some(&first), &renamed).unwrap_err();
        assert!(told.contains("spec.profileName is immutable"), "{told}");
    }
}

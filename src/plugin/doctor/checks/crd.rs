//! The CRD: whether it is the one that this plugin knows.

use std::collections::BTreeSet;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps, JSONSchemaPropsOrArray,
};

use super::super::gather::Read;
use super::super::line::{Check, Line};
use super::few;
use crate::api::crd;

const CHECK: Check = Check("crd", "CustomResourceDefinition");
/// Upgrading the operator's chart does not upgrade the CRD, which has a chart of its own.
const UPGRADE: &str = "upgrade chart fargate-operator-crds, or in a clone of the repository:";

pub(super) fn lines(read: &Read<Option<CustomResourceDefinition>>) -> Vec<Line> {
    CHECK.of(read, |found| match found {
        None => {
            vec![CHECK.fail("it is not installed, so that there are no FargateProfiles").cure(INSTALL).command(APPLY)]
        }
        Some(found) if !is_served(found) => {
            vec![CHECK.fail("the API server does not serve FargateProfiles yet").command(DESCRIBE)]
        }
        Some(found) => vec![compared(found)],
    })
}

const INSTALL: &str = "install chart fargate-operator-crds, or in a clone of the repository:";
const APPLY: &str = "kubectl apply --server-side -k crds/";
const DESCRIBE: &str = "kubectl describe crd fargateprofiles.fargate-operator.dev";

/// Whether its condition Established is true.
fn is_served(crd: &CustomResourceDefinition) -> bool {
    let conditions = crd.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.into_iter().flatten().any(|condition| condition.type_ == "Established" && condition.status == "True")
}

fn compared(found: &CustomResourceDefinition) -> Line {
    let version = env!("CARGO_PKG_VERSION");
    let (Some(theirs), Some(ours)) = (schema(found), schema(&crd())) else {
        return CHECK.fail("it has no version that this plugin knows").cure(UPGRADE).command(APPLY);
    };
    if theirs == ours {
        return CHECK.ok(format!("equals that of version {version}"));
    }
    let (has, knows) = (fields(&theirs), fields(&ours));
    let lacks: Vec<&String> = knows.difference(&has).collect();
    let more: Vec<&String> = has.difference(&knows).collect();
    match (lacks.is_empty(), more.is_empty()) {
        (false, true) => CHECK
            .warn(format!("older than this plugin ({version}): it lacks {}", few(&lacks)))
            .cure(UPGRADE)
            .command(APPLY),
        (true, false) => CHECK
            .warn(format!("newer than this plugin ({version}), which does not know {}", few(&more)))
            .command("kubectl krew upgrade fargate"),
        (false, false) => {
            let detail =
                format!("not of this plugin's version ({version}): it lacks {}, and has {}", few(&lacks), few(&more));
            CHECK.warn(detail).cure(UPGRADE).command(APPLY)
        }
        (true, true) => CHECK
            .warn(format!("has the fields of version {version}, with other rules or descriptions"))
            .cure(UPGRADE)
            .command(APPLY),
    }
}

/// The schema of the version that this plugin reads.
fn schema(crd: &CustomResourceDefinition) -> Option<JSONSchemaProps> {
    let version = crd.spec.versions.iter().find(|version| version.name == "v1alpha1")?;
    version.schema.as_ref()?.open_api_v3_schema.clone()
}

/// Every field, such as `spec.selectors.namespace`.
fn fields(schema: &JSONSchemaProps) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    collect(schema, "", &mut fields);
    fields
}

fn collect(schema: &JSONSchemaProps, path: &str, fields: &mut BTreeSet<String>) {
    for (name, property) in schema.properties.iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        collect(property, &path, fields);
        fields.insert(path);
    }
    if let Some(JSONSchemaPropsOrArray::Schema(item)) = &schema.items {
        collect(item, path, fields);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::line::Level;
    use super::*;

    fn changed(change: impl FnOnce(&mut Value)) -> Line {
        let mut value = serde_json::to_value(crd()).unwrap();
        value["status"] = json!({ "conditions": [
            { "type": "Established", "status": "True", "reason": "", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z" },
        ] });
        change(&mut value);
        let [line] = lines(&Ok(Some(serde_json::from_value(value).unwrap()))).try_into().unwrap();
        line
    }

    fn spec(crd: &mut Value) -> &mut serde_json::Map<String, Value> {
        crd.pointer_mut("/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties")
            .unwrap()
            .as_object_mut()
            .unwrap()
    }

    #[test]
    fn a_crd_that_differs_is_told_as_older_or_newer_by_its_fields() {
        for (change, level, told) in [
            ((|_| ()) as fn(&mut Value), Level::Ok, "equals that of version"),
            (|crd| drop(spec(crd).remove("suspend")), Level::Warn, "older than this plugin"),
            (
                |crd| drop(spec(crd).insert("color".into(), json!({ "type": "string" }))),
                Level::Warn,
                "does not know spec.color",
            ),
            (
                |crd| {
                    spec(crd).remove("suspend");
                    spec(crd).insert("color".into(), json!({ "type": "string" }));
                },
                Level::Warn,
                "it lacks spec.suspend, and has spec.color",
            ),
            (|crd| spec(crd)["suspend"]["description"] = json!("x"), Level::Warn, "with other rules or descriptions"),
            (|crd| crd["spec"]["versions"][0]["name"] = json!("v9"), Level::Fail, "no version that this plugin knows"),
            (|crd| crd["status"]["conditions"] = json!([]), Level::Fail, "does not serve FargateProfiles yet"),
        ] {
            let line = changed(change);
            assert_eq!(line.level, level, "{line:?}");
            assert!(line.detail.contains(told), "{line:?}");
        }
        assert_eq!(lines(&Ok(None))[0].level, Level::Fail);
    }
}

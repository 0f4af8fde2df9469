//! Fields that stay as they are, and fields with a few values.

use serde_json::{Value, json};

use super::refusal::{Refusal, refused};

const CLUSTER: &str = "spec.clusterName: Invalid value: spec.clusterName is immutable, also from unset to set and back: create a FargateProfile of another name for the other cluster, then delete this one";
const NAME: &str = "spec.profileName: Invalid value: spec.profileName is immutable, also from unset to set and back: create a FargateProfile of another name, then delete this one";

pub fn rows() -> Vec<Refusal> {
    let set = || json!({ "clusterName": "prod", "profileName": "web" });
    let immutable = [
        (
            "the cluster is another one",
            "set",
            set(),
            json!({ "clusterName": "staging", "profileName": "web" }),
            CLUSTER,
        ),
        ("the cluster is left out", "set", set(), json!({ "profileName": "web" }), CLUSTER),
        ("the cluster is null", "set", set(), json!({ "clusterName": null, "profileName": "web" }), CLUSTER),
        ("the profile name is another one", "set", set(), json!({ "clusterName": "prod", "profileName": "api" }), NAME),
        ("the profile name is left out", "set", set(), json!({ "clusterName": "prod" }), NAME),
        ("the cluster is set to the default", "unset", json!({}), json!({ "clusterName": "prod" }), CLUSTER),
        ("the profile name is set to the default", "unset", json!({}), json!({ "profileName": "unset" }), NAME),
    ]
    .map(|(situation, name, before, spec, says)| refused(situation, name, spec, says).changed_from(before));
    let values = [
        refused(
            "a deletion policy has another tool's value",
            "policy",
            json!({ "deletionPolicy": "Keep" }),
            r#"spec.deletionPolicy: Unsupported value: "Keep": supported values: "Delete", "Retain""#,
        ),
        refused(
            "an adoption has a value that nobody offers",
            "adoption",
            json!({ "adoption": "Always" }),
            r#"spec.adoption: Unsupported value: "Always": supported values: "Never", "IfUnowned""#,
        ),
        refused(
            "suspend is yes instead of true",
            "suspend",
            json!({ "suspend": "yes" }),
            r#"spec.suspend: Invalid value: "string": spec.suspend in body must be of type boolean: "string""#,
        ),
        refused("there is no spec", "bare", json!({}), "spec: Required value").of(bare(json!({}))),
        refused("the spec is empty", "bare", json!({}), "spec.selectors: Required value")
            .of(bare(json!({ "spec": {} }))),
    ];
    immutable.into_iter().chain(values).collect()
}

fn bare(rest: Value) -> Value {
    let mut manifest = json!({
        "apiVersion": "fargate-operator.dev/v1alpha1",
        "kind": "FargateProfile",
        "metadata": { "name": "bare" },
    });
    for (field, value) in rest.as_object().unwrap() {
        manifest[field] = value.clone();
    }
    manifest
}

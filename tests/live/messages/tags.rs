//! Tags.

use serde_json::{Map, Value, json};

use super::refusal::{Refusal, refused};

fn kept(key: &str) -> String {
    format!(
        r#"spec.tags: Invalid value: spec.tags has the key "{key}": AWS and the operator keep the prefixes aws: and fargate-operator.dev/ for themselves; choose another key"#
    )
}

fn tagged(tags: Value) -> Value {
    json!({ "tags": tags })
}

pub fn rows() -> Vec<Refusal> {
    let prefixes = [
        ("a tag has AWS's prefix", "aws:team"),
        ("a tag has AWS's prefix in capitals", "AWS:team"),
        ("a tag has the operator's prefix", "fargate-operator.dev/owner"),
        ("a tag has the operator's prefix in capitals", "Fargate-Operator.dev/owner"),
    ]
    .map(|(situation, key)| refused(situation, "prefixed", tagged(json!({ key: "a" })), kept(key)));
    let long = "t".repeat(129);
    let others = [
        refused(
            "a tag's key is empty",
            "no-tag-key",
            tagged(json!({ "": "a" })),
            r#"spec.tags: Invalid value: spec.tags has the key "": write 1 to 128 characters"#,
        ),
        refused(
            "a tag's key is too long",
            "long-tag",
            tagged(json!({ long.as_str(): "a" })),
            format!(r#"spec.tags: Invalid value: spec.tags has the key "{long}": write 1 to 128 characters"#),
        ),
        refused(
            "a tag's value is too long",
            "long-tag-value",
            tagged(json!({ "team": "v".repeat(257) })),
            "spec.tags.team: Too long: may not be more than 256 bytes",
        ),
        refused(
            "a tag's value is a number without quotes",
            "number",
            tagged(json!({ "cost": 5 })),
            r#"spec.tags.cost: Invalid value: "integer": spec.tags.cost in body must be of type string: "integer""#,
        ),
        refused(
            "a tag's value was forgotten",
            "no-tag-value",
            tagged(json!({ "team": null })),
            r#"spec.tags: Invalid value: spec.tags has the key "team" without a value: write one, "" for the empty one, or take the key out"#,
        )
        .with_nulls(),
        refused(
            "tags are a list, as in the AWS console",
            "list",
            tagged(json!([{ "key": "team", "value": "a" }])),
            r#"Error from server (BadRequest): error when creating "STDIN": FargateProfile in version "v1alpha1" cannot be handled as a FargateProfile: strict decoding error: unknown field "spec.tags[0].key", unknown field "spec.tags[0].value""#,
        ),
        refused(
            "there are more tags than EKS takes beside the operator's",
            "many-tags",
            tagged(Value::Object((0..41).map(|n| (format!("t{n}"), json!("v"))).collect::<Map<_, _>>())),
            "spec.tags: Too many: 41: must have at most 40 items",
        ),
    ];
    prefixes.into_iter().chain(others).collect()
}

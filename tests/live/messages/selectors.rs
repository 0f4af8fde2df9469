//! Selectors: namespaces, labels, how many of them.

use serde_json::{Map, Value, json};

use super::refusal::{Refusal, refused};

fn namespace(name: &str) -> String {
    format!(
        r#"spec.selectors[0].namespace: Invalid value: "{name}": selector namespace "{name}" can match no namespace: write lower-case letters, digits, - (neither first nor last) and the wildcards * and ?"#
    )
}

fn label_key(key: &str) -> String {
    format!(
        r#"spec.selectors[0].labels: Invalid value: selector label "{key}" can match no label of a pod: write at most 63 letters, digits, -, _ and . (the first and the last a letter or digit), behind a DNS name and a / if need be, and the wildcards * and ?"#
    )
}

fn label_value(value: &str) -> String {
    format!(
        r#"spec.selectors[0].labels: Invalid value: selector label "app" has the value "{value}", which no label of a pod can have: write at most 63 letters, digits, -, _ and . (the first and the last a letter or digit), and the wildcards * and ?"#
    )
}

fn policy(name: &str, says: &str) -> String {
    format!(
        "The fargateprofiles \"{name}\" is invalid: : ValidatingAdmissionPolicy 'fargate-operator-quotas' with binding 'fargate-operator-quotas' denied request: {says}"
    )
}

fn labelled(labels: Value) -> Value {
    json!({ "selectors": [{ "namespace": "web", "labels": labels }] })
}

fn labels(count: usize) -> Value {
    Value::Object((0..count).map(|n| (format!("l{n}"), json!("v"))).collect::<Map<_, _>>())
}

pub fn rows() -> Vec<Refusal> {
    let namespaces = [
        ("a namespace is empty", ""),
        ("a namespace has capitals", "Web"),
        ("a namespace has an underscore", "team_web"),
        ("a namespace ends with a hyphen", "web-"),
        ("a namespace begins with a hyphen", "-web"),
        ("a namespace has a dot", "web.example"),
        ("a namespace is a regular expression", "team-(a|b)"),
        ("a namespace has a set of characters for a wildcard", "team-[ab]"),
        ("two namespaces stand in one", "web, jobs"),
    ]
    .map(|(situation, name)| {
        refused(situation, "matching", json!({ "selectors": [{ "namespace": name }] }), namespace(name))
    });
    let none = [
        refused(
            "no selector is left",
            "no-selectors",
            json!({ "selectors": [] }),
            "spec.selectors: Invalid value: spec.selectors needs at least one selector: name the namespace whose pods are to run on Fargate",
        ),
        refused("selectors are null", "null-selectors", json!({ "selectors": null }), "spec.selectors: Required value"),
        refused(
            "selectors are one selector instead of a list",
            "one-selector",
            json!({ "selectors": { "namespace": "web" } }),
            r#"Error from server (BadRequest): error when creating "STDIN": FargateProfile in version "v1alpha1" cannot be handled as a FargateProfile: strict decoding error: unknown field "spec.selectors.namespace""#,
        ),
        refused(
            "a selector has labels but no namespace",
            "no-namespace",
            json!({ "selectors": [{ "labels": { "a": "b" } }] }),
            "spec.selectors[0].namespace: Required value",
        ),
        refused(
            "a selector has a field that EKS does not have",
            "expressions",
            json!({ "selectors": [{ "namespace": "web", "matchLabels": { "a": "b" } }] }),
            r#"Error from server (BadRequest): error when creating "STDIN": FargateProfile in version "v1alpha1" cannot be handled as a FargateProfile: strict decoding error: unknown field "spec.selectors[0].matchLabels""#,
        ),
    ];
    let bad_labels = [
        refused(
            "a label's key is empty",
            "no-label-key",
            labelled(json!({ "": "b" })),
            label_key(""),
        ),
        refused(
            "a label's key is longer than any of a pod",
            "long-label-key",
            labelled(json!({ "k".repeat(318): "b" })),
            label_key(&"k".repeat(318)),
        ),
        // It would leave a selector that takes the whole namespace.
        refused(
            "a label's value was forgotten",
            "no-label-value",
            labelled(json!({ "app": null })),
            r#"spec.selectors[0].labels: Invalid value: labels of a selector have the key "app" without a value: write one, "" for the empty one, or take the key out"#,
        )
        .with_nulls(),
        refused(
            "a label's value is longer than EKS takes",
            "long-label-value",
            labelled(json!({ "app": "v".repeat(256) })),
            "spec.selectors[0].labels.app: Too long: may not be more than 255 bytes",
        ),
        refused(
            "a label's value is true without quotes",
            "boolean-label",
            labelled(json!({ "fargate": true })),
            r#"spec.selectors[0].labels.fargate: Invalid value: "boolean": spec.selectors[0].labels.fargate in body must be of type string: "boolean""#,
        ),
    ];
    let (name, prefix) = ("n".repeat(64), format!("{}.example/a", "p".repeat(250)));
    let keys = [
        ("a label's key has a blank", "bad key!"),
        ("a label's key has its value in it", "fargate=yes"),
        ("a label's key ends with a dot", "tier."),
        ("a label's key has two slashes", "example.com/a/b"),
        ("a label's key has no name", "example.com/"),
        ("a label's key has an empty prefix", "/tier"),
        ("a label's key has a prefix in capitals", "Example.com/tier"),
        ("a label's key has a prefix with an underscore", "my_team/tier"),
        ("a label's key with a wildcard has a blank", "* key"),
        ("a label's key with a wildcard has a prefix in capitals", "Team*/tier"),
        ("a label's key has too long a name", name.as_str()),
        ("a label's key has too long a prefix", prefix.as_str()),
    ]
    .map(|(situation, key)| refused(situation, "keyed", labelled(json!({ key: "b" })), label_key(key)));
    let (long, long_pattern) = ("v".repeat(64), format!("{}*", "v".repeat(64)));
    let values = [
        ("a label's value has a blank", "yes please"),
        ("a label's value ends with a hyphen", "yes-"),
        ("a label's value has a slash", "a/b"),
        ("a label's value with a wildcard has a slash", "a/*"),
        ("a label's value is longer than any of a pod", long.as_str()),
        ("a label's value is longer than any, whatever its wildcard stands for", long_pattern.as_str()),
    ]
    .map(|(situation, value)| refused(situation, "valued", labelled(json!({ "app": value })), label_value(value)));
    let thousand = json!({ "selectors": vec![json!({ "namespace": "web", "labels": labels(50) }); 21] });
    let many = [
        refused(
            "there are more labels than an object has room for",
            "many-labels",
            thousand,
            "spec.selectors: Invalid value: spec.selectors has more than the 1000 label pairs in all that an object has room for: spread them over several FargateProfiles",
        ),
        refused(
            "there are more selectors than EKS's quota",
            "six-selectors",
            json!({ "selectors": (0..6).map(|n| json!({ "namespace": format!("n{n}") })).collect::<Vec<_>>() }),
            policy(
                "six-selectors",
                r#"spec.selectors has 6 selectors, more than the 5 that EKS allows a profile: spread them over several FargateProfiles, or have AWS raise the quota "Selectors per Fargate profile" and then set maxSelectors in the ConfigMap fargate-operator/fargate-operator-quotas"#,
            ),
        ),
        refused(
            "a selector has more labels than EKS's quota",
            "six-labels",
            labelled(labels(6)),
            policy(
                "six-labels",
                r#"spec.selectors: labels of namespace web has 6 pairs, more than the 5 that EKS allows a selector: select by fewer labels, or have AWS raise the quota "Label pairs per Fargate profile selector" and then set maxLabelPairs in the ConfigMap fargate-operator/fargate-operator-quotas"#,
            ),
        ),
        refused(
            "there are more selectors than any quota",
            "hundred-selectors",
            json!({ "selectors": vec![json!({ "namespace": "web" }); 101] }),
            "spec.selectors: Too many: 101: must have at most 100 items",
        ),
        refused(
            "a selector has more labels than any quota",
            "fifty-labels",
            labelled(labels(51)),
            "spec.selectors[0].labels: Too many: 51: must have at most 50 items",
        ),
        refused(
            "a namespace is longer than any",
            "long-namespace",
            json!({ "selectors": [{ "namespace": "n".repeat(64) }] }),
            "spec.selectors[0].namespace: Too long: may not be more than 63 bytes",
        ),
    ];
    namespaces.into_iter().chain(none).chain(bad_labels).chain(keys).chain(values).chain(many).collect()
}

//! Names: of the object, of the EKS profile, of the cluster.

use serde_json::json;

use super::refusal::{Refusal, refused};

fn stem(name: &str) -> String {
    format!(
        r#"spec.profileName: Invalid value: metadata.name "{name}" cannot serve as the stem of the EKS profile name: at most 56 characters, no dots and no prefix eks-; choose another name or set spec.profileName"#
    )
}

fn profile_name(name: &str) -> String {
    format!(
        r#"spec.profileName: Invalid value: "{name}": spec.profileName "{name}" cannot be used: write letters, digits, - and _, beginning and ending with a letter or digit, without the prefix eks-, which EKS reserves"#
    )
}

fn cluster_name(name: &str) -> String {
    format!(
        r#"spec.clusterName: Invalid value: "{name}": spec.clusterName "{name}" is no EKS cluster name: write the name alone, not the ARN: letters, digits, - and _, beginning with a letter or digit"#
    )
}

pub fn rows() -> Vec<Refusal> {
    let long = "p".repeat(57);
    let named = |name: &str| json!({ "profileName": name });
    let object = [
        ("an object's name has the prefix that EKS reserves", "eks-web"),
        ("an object's name has a dot, and no pod label value may have it in EKS's name", "web.example"),
        ("an object's name is too long for a counter behind it", &long),
    ]
    .map(|(situation, name)| refused(situation, name, json!({}), stem(name)));
    let eks = [
        ("a profile name has the reserved prefix in capitals", "EKS-web"),
        ("a profile name has the reserved prefix", "eks-web"),
        ("a profile name has a dot", "web.example"),
        ("a profile name is empty", ""),
        ("a profile name has a blank", "web front"),
        ("a profile name ends with a hyphen", "web-"),
        ("a profile name begins with an underscore", "_web"),
        ("a profile name has a letter beyond ASCII", "wéb"),
    ]
    .map(|(situation, name)| refused(situation, "named", named(name), profile_name(name)));
    let cluster = [
        ("a cluster name begins with a hyphen", "-prod"),
        ("a cluster is named by its ARN", "arn:aws:eks:eu-central-1:111122223333:cluster/prod"),
        ("a cluster name is empty", ""),
    ]
    .map(|(situation, name)| refused(situation, "elsewhere", json!({ "clusterName": name }), cluster_name(name)));
    let others = [
        refused(
            "a profile name is too long for a counter behind it",
            "long-name",
            named(&long),
            format!(
                r#"spec.profileName: Invalid value: spec.profileName "{long}" is longer than 56 characters: shorten it, since it becomes with the counter a pod label value, and these have at most 63; only the name of an EKS profile to take over may be longer, with spec.adoption: IfUnowned"#
            ),
        ),
        refused(
            "a profile name is longer than any of EKS",
            "longer-name",
            named(&"p".repeat(101)),
            "spec.profileName: Too long: may not be more than 100 bytes",
        ),
        refused(
            "a cluster name is longer than any of EKS",
            "far-away",
            json!({ "clusterName": "c".repeat(101) }),
            "spec.clusterName: Too long: may not be more than 100 bytes",
        ),
        refused(
            "a profile name is a number",
            "numbered",
            json!({ "profileName": 1 }),
            r#"spec.profileName: Invalid value: "integer": spec.profileName in body must be of type string: "integer""#,
        ),
        refused(
            "an object's name has capitals",
            "Web",
            json!({}),
            r#"metadata.name: Invalid value: "Web": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"#,
        ),
    ];
    object.into_iter().chain(eks).chain(cluster).chain(others).collect()
}

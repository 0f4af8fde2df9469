//! What users type and read: manifests that are taken or refused, with the message, and what kubectl shows of them.

use std::process::Command;

use bed::bed::{OTHER_ROLE, ROLE};
use bed::kubectl::Kubectl;
use bed::{Bed, Options, programs};
use eks_simulator::ClusterSettings;
use serde_json::{Value, json};

use crate::support::{Use, profile};

/// What `kubectl apply --dry-run=server` says of a manifest, without what is the same in every refusal.
fn verdict(kubectl: &Kubectl, manifest: &Value) -> String {
    const NOT_ALL_CHECKED: &str = "\n* <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
    let message = match kubectl.input(&["apply", "--dry-run=server", "-f", "-"], &manifest.to_string()) {
        Ok(_) => return "accepted".to_owned(),
        Err(error) => error.to_string(),
    };
    let name = manifest["metadata"]["name"].as_str().unwrap();
    match message.strip_prefix(&format!("The FargateProfile \"{name}\" is invalid: ")) {
        Some(rest) => rest.trim_end_matches(NOT_ALL_CHECKED).trim_start_matches("\n* ").to_owned(),
        None => message,
    }
}

fn with(name: &str, spec: Value) -> Value {
    let mut object = profile(name, "web");
    for (field, value) in spec.as_object().unwrap() {
        object["spec"][field] = value.clone();
    }
    object
}

/// Every line of the table that is not so.
fn check(kubectl: &Kubectl, table: Vec<(Value, &str)>) {
    let wrong: Vec<String> = table
        .into_iter()
        .map(|(manifest, says)| (verdict(kubectl, &manifest), says, manifest))
        .filter(|(verdict, says, _)| verdict != says)
        .map(|(verdict, says, manifest)| format!("{manifest}\n   is: {verdict}\n  not: {says}"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_manifest_that_eks_could_not_take_is_refused_with_field_value_rule_and_way_out() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    let long = "p".repeat(57);
    let namespace = |name: &str| json!({ "selectors": [{ "namespace": name }] });
    let label = |labels: Value| json!({ "selectors": [{ "namespace": "web", "labels": labels }] });
    let role = |arn: &str| json!({ "podExecutionRoleArn": arn });
    let tags = |tags: Value| json!({ "tags": tags });
    let many: serde_json::Map<_, _> = (0..41).map(|n| (format!("t{n}"), json!("v"))).collect();
    let table = [
        (
            "no-selectors",
            json!({ "selectors": [] }),
            "spec.selectors: Invalid value: spec.selectors needs at least one selector: name the namespace whose pods are to run on Fargate",
        ),
        ("null-selectors", json!({ "selectors": null }), "spec.selectors: Required value"),
        (
            "no-namespace",
            json!({ "selectors": [{ "labels": { "a": "b" } }] }),
            "spec.selectors[0].namespace: Required value",
        ),
        (
            "empty-namespace",
            namespace(""),
            r#"spec.selectors[0].namespace: Invalid value: "": selector namespace "" can match no namespace: write lower-case letters, digits, - (neither first nor last) and the wildcards * and ?"#,
        ),
        (
            "upper-case",
            namespace("Web"),
            r#"spec.selectors[0].namespace: Invalid value: "Web": selector namespace "Web" can match no namespace: write lower-case letters, digits, - (neither first nor last) and the wildcards * and ?"#,
        ),
        (
            "underscore",
            namespace("team_web"),
            r#"spec.selectors[0].namespace: Invalid value: "team_web": selector namespace "team_web" can match no namespace: write lower-case letters, digits, - (neither first nor last) and the wildcards * and ?"#,
        ),
        (
            "hyphen-last",
            namespace("web-"),
            r#"spec.selectors[0].namespace: Invalid value: "web-": selector namespace "web-" can match no namespace: write lower-case letters, digits, - (neither first nor last) and the wildcards * and ?"#,
        ),
        (
            "no-label-key",
            label(json!({ "": "b" })),
            r#"spec.selectors[0].labels: Invalid value: labels of a selector have the key "", which can match no pod label: write 1 to 317 characters"#,
        ),
        (
            "eks-web",
            json!({}),
            r#"spec.profileName: Invalid value: metadata.name "eks-web" cannot serve as the stem of the EKS profile name: at most 56 characters, no dots and no prefix eks-; choose another name or set spec.profileName"#,
        ),
        (
            "web.example",
            json!({}),
            r#"spec.profileName: Invalid value: metadata.name "web.example" cannot serve as the stem of the EKS profile name: at most 56 characters, no dots and no prefix eks-; choose another name or set spec.profileName"#,
        ),
        (
            &long,
            json!({}),
            r#"spec.profileName: Invalid value: metadata.name "ppppppppppppppppppppppppppppppppppppppppppppppppppppppppp" cannot serve as the stem of the EKS profile name: at most 56 characters, no dots and no prefix eks-; choose another name or set spec.profileName"#,
        ),
        (
            "reserved",
            json!({ "profileName": "EKS-web" }),
            r#"spec.profileName: Invalid value: "EKS-web": spec.profileName "EKS-web" cannot be used: write letters, digits, - and _, beginning and ending with a letter or digit, without the prefix eks-, which EKS reserves"#,
        ),
        (
            "dotted",
            json!({ "profileName": "web.example" }),
            r#"spec.profileName: Invalid value: "web.example": spec.profileName "web.example" cannot be used: write letters, digits, - and _, beginning and ending with a letter or digit, without the prefix eks-, which EKS reserves"#,
        ),
        (
            "no-name",
            json!({ "profileName": "" }),
            r#"spec.profileName: Invalid value: "": spec.profileName "" cannot be used: write letters, digits, - and _, beginning and ending with a letter or digit, without the prefix eks-, which EKS reserves"#,
        ),
        (
            "long-name",
            json!({ "profileName": long }),
            r#"spec.profileName: Invalid value: "ppppppppppppppppppppppppppppppppppppppppppppppppppppppppp": spec.profileName "ppppppppppppppppppppppppppppppppppppppppppppppppppppppppp" is longer than 56 characters: shorten it, since it becomes with the counter a pod label value, and these have at most 63"#,
        ),
        (
            "cluster",
            json!({ "clusterName": "-prod" }),
            r#"spec.clusterName: Invalid value: "-prod": spec.clusterName "-prod" is no EKS cluster name: letters, digits, - and _, beginning with a letter or digit"#,
        ),
        (
            "role-path",
            role("arn:aws:iam::111122223333:role/team/pods"),
            r#"spec.podExecutionRoleArn: Invalid value: "arn:aws:iam::111122223333:role/team/pods": spec.podExecutionRoleArn "arn:aws:iam::111122223333:role/team/pods" is no ARN of an IAM role without a path: write arn:aws:iam::ACCOUNT:role/NAME; EKS refuses roles with a path"#,
        ),
        (
            "role-name",
            role("fargate-pods"),
            r#"spec.podExecutionRoleArn: Invalid value: "fargate-pods": spec.podExecutionRoleArn "fargate-pods" is no ARN of an IAM role without a path: write arn:aws:iam::ACCOUNT:role/NAME; EKS refuses roles with a path"#,
        ),
        (
            "user",
            role("arn:aws:iam::111122223333:user/pods"),
            r#"spec.podExecutionRoleArn: Invalid value: "arn:aws:iam::111122223333:user/pods": spec.podExecutionRoleArn "arn:aws:iam::111122223333:user/pods" is no ARN of an IAM role without a path: write arn:aws:iam::ACCOUNT:role/NAME; EKS refuses roles with a path"#,
        ),
        (
            "subnet-name",
            json!({ "subnets": ["private-a"] }),
            r#"spec.subnets: Invalid value: spec.subnets holds "private-a", which is no subnet id: write ids such as subnet-0a1b2c3d4e5f67890, not names or ARNs"#,
        ),
        (
            "no-subnets",
            json!({ "subnets": [] }),
            "spec.subnets: Invalid value: spec.subnets is empty: name at least one private subnet, or leave the field out",
        ),
        (
            "same-subnet",
            json!({ "subnets": ["subnet-0a1b2c3d", "subnet-0a1b2c3d"] }),
            r#"spec.subnets[1]: Duplicate value: "subnet-0a1b2c3d""#,
        ),
        (
            "aws-tag",
            tags(json!({ "aws:team": "a" })),
            r#"spec.tags: Invalid value: spec.tags has the key "aws:team": AWS and the operator keep the prefixes aws: and fargate-operator.dev/ for themselves; choose another key"#,
        ),
        (
            "upper-aws-tag",
            tags(json!({ "AWS:team": "a" })),
            r#"spec.tags: Invalid value: spec.tags has the key "AWS:team": AWS and the operator keep the prefixes aws: and fargate-operator.dev/ for themselves; choose another key"#,
        ),
        (
            "our-tag",
            tags(json!({ "fargate-operator.dev/owner": "me" })),
            r#"spec.tags: Invalid value: spec.tags has the key "fargate-operator.dev/owner": AWS and the operator keep the prefixes aws: and fargate-operator.dev/ for themselves; choose another key"#,
        ),
        (
            "no-tag-key",
            tags(json!({ "": "a" })),
            r#"spec.tags: Invalid value: spec.tags has the key "": write 1 to 128 characters"#,
        ),
        (
            "long-tag",
            tags(json!({ "t".repeat(129): "a" })),
            &format!(
                r#"spec.tags: Invalid value: spec.tags has the key "{}": write 1 to 128 characters"#,
                "t".repeat(129)
            ),
        ),
        (
            "long-tag-value",
            tags(json!({ "team": "v".repeat(257) })),
            "spec.tags.team: Too long: may not be more than 256 bytes",
        ),
        (
            "number",
            tags(json!({ "cost": 5 })),
            r#"spec.tags.cost: Invalid value: "integer": spec.tags.cost in body must be of type string: "integer""#,
        ),
        ("many-tags", tags(json!(many)), "spec.tags: Too many: 41: must have at most 40 items"),
        (
            "policy",
            json!({ "deletionPolicy": "Keep" }),
            r#"spec.deletionPolicy: Unsupported value: "Keep": supported values: "Delete", "Retain""#,
        ),
        (
            "adoption",
            json!({ "adoption": "Always" }),
            r#"spec.adoption: Unsupported value: "Always": supported values: "Never", "IfUnowned""#,
        ),
        (
            "unknown",
            json!({ "subnetIds": ["subnet-0a1b2c3d"] }),
            r#"Error from server (BadRequest): error when creating "STDIN": FargateProfile in version "v1alpha1" cannot be handled as a FargateProfile: strict decoding error: unknown field "spec.subnetIds""#,
        ),
    ];
    check(&bed.kubectl(), table.into_iter().map(|(name, spec, says)| (with(name, spec), says)).collect());
}

/// A label whose value was forgotten would leave a selector that takes the whole namespace. Client-side `kubectl apply`
/// drops nulls before the API server sees them; every other way in is told.
#[tokio::test]
async fn a_label_or_tag_whose_value_was_forgotten_is_refused() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    let mut object = profile("web", "web");
    object["spec"]["selectors"][0]["labels"] = json!({ "app": null });
    object["spec"]["tags"] = json!({ "team": null });
    for verb in [&["create"][..], &["apply", "--server-side"]] {
        let words = [verb, &["--dry-run=server", "-f", "-"]].concat();
        let message = bed.kubectl().input(&words, &object.to_string()).unwrap_err().to_string();
        for line in [
            r#"spec.selectors[0].labels: Invalid value: labels of a selector have the key "app" without a value: write one, "" for the empty one, or take the key out"#,
            r#"spec.tags: Invalid value: spec.tags has the key "team" without a value: write one, "" for the empty one, or take the key out"#,
        ] {
            assert!(message.contains(line), "{line}\n{message}");
        }
    }
}

#[tokio::test]
async fn what_eks_takes_is_accepted() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    let forty: serde_json::Map<_, _> = (0..40).map(|n| (format!("t{n}"), json!("v"))).collect();
    let longest = "p".repeat(56);
    let table = [
        ("plain", json!({})),
        (
            "wildcards",
            json!({ "selectors": [{ "namespace": "*" }, { "namespace": "team-?" }, { "namespace": "*-web-*" }] }),
        ),
        (
            "label-wildcards",
            json!({ "selectors": [{ "namespace": "web", "labels": { "*": "a?c", "example.com/tier": "" } }] }),
        ),
        (longest.as_str(), json!({})),
        ("longest-name", json!({ "profileName": longest })),
        ("dotted.name", json!({ "profileName": "web" })),
        ("eks-web", json!({ "profileName": "web_1" })),
        ("china", json!({ "podExecutionRoleArn": "arn:aws-cn:iam::111122223333:role/Fargate_pods+=,.@-1" })),
        ("subnets", json!({ "subnets": ["subnet-0a1b2c3d", "subnet-0a1b2c3d4e5f67890"] })),
        ("forty-tags", json!({ "tags": forty })),
        ("longest-tag", json!({ "tags": { "t".repeat(128): "v".repeat(256), "empty": "" } })),
        (
            "nulls",
            json!({ "clusterName": null, "profileName": null, "podExecutionRoleArn": null, "subnets": null, "tags": null, "deletionPolicy": null, "adoption": null, "suspend": null }),
        ),
    ];
    check(&bed.kubectl(), table.into_iter().map(|(name, spec)| (with(name, spec), "accepted")).collect());

    // A null is as good as nothing: it is not kept, and does not count as a change of what is immutable.
    let nulls = with("nulls", json!({ "clusterName": null, "profileName": null, "tags": null }));
    bed.apply(&nulls);
    bed.apply(&profile("nulls", "web"));
    bed.apply(&nulls);
    let object = bed.profiles().get("nulls").await.unwrap();
    assert_eq!(object.metadata.generation, Some(1));
}

#[tokio::test]
async fn cluster_and_profile_name_stay_as_they_are_also_where_they_are_unset() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    bed.apply(&with("set", json!({ "clusterName": "prod", "profileName": "web" })));
    bed.apply(&with("unset", json!({})));
    let cluster = "spec.clusterName: Invalid value: spec.clusterName is immutable, also from unset to set and back: create a FargateProfile of another name for the other cluster, then delete this one";
    let name = "spec.profileName: Invalid value: spec.profileName is immutable, also from unset to set and back: create a FargateProfile of another name, then delete this one";
    let table = [
        ("set", json!({ "clusterName": "staging", "profileName": "web" }), cluster),
        ("set", json!({ "profileName": "web" }), cluster),
        ("set", json!({ "clusterName": null, "profileName": "web" }), cluster),
        ("set", json!({ "clusterName": "prod", "profileName": "api" }), name),
        ("set", json!({ "clusterName": "prod" }), name),
        ("unset", json!({ "clusterName": "prod" }), cluster),
        ("unset", json!({ "profileName": "unset" }), name),
        ("unset", json!({ "podExecutionRoleArn": OTHER_ROLE }), "accepted"),
        ("set", json!({ "clusterName": "prod", "profileName": "web", "tags": { "a": "b" } }), "accepted"),
    ];
    check(&bed.kubectl(), table.into_iter().map(|(object, spec, says)| (with(object, spec), says)).collect());
}

#[tokio::test]
async fn the_committed_crd_is_the_one_that_the_operator_prints() {
    let printed = Command::new(programs::operator().unwrap()).arg("crd").output().unwrap();
    let committed = std::fs::read_to_string(programs::repository().join("crds/fargateprofiles.yaml")).unwrap();
    let same = String::from_utf8(printed.stdout).unwrap() == committed;
    assert!(same, "crds/fargateprofiles.yaml is out of date: fargate-operator crd > crds/fargateprofiles.yaml");
}

#[tokio::test]
async fn a_status_that_nobody_has_written_speaks_of_no_generation() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    bed.apply(&profile("web", "web"));
    let object = bed.profiles().get("web").await.unwrap();
    assert_eq!(object.metadata.generation, Some(1));
    assert_eq!(object.status.unwrap().observed_generation, Some(-1));
}

/// The words of each line.
fn lines(text: &str) -> Vec<Vec<&str>> {
    text.lines().map(|line| line.split_whitespace().collect()).collect()
}

// `kubectl wait` blocks its thread, and the simulator needs another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_shows_explains_describes_and_waits() {
    let cluster = ClusterSettings::named("").creating(std::time::Duration::from_secs(60));
    let bed = Bed::start(Options { cluster, ..Options::default() }).await.unwrap();
    let kubectl = bed.kubectl();
    bed.apply(&with("web", json!({ "subnets": [ClusterSettings::default().private_subnets[0]] })));
    let waited = kubectl.run("wait --for=condition=Ready fp/web --timeout=60s").unwrap();
    assert_eq!(waited, "fargateprofile.fargate-operator.dev/web condition met\n");

    let shown = kubectl.run("get fp").unwrap();
    println!("{shown}");
    let [header, web] = &lines(&shown)[..] else { panic!("{shown}") };
    assert_eq!(header[..], ["NAME", "READY", "PROFILE", "STATUS", "CLUSTER", "AGE"]);
    assert_eq!(web[..5], ["web", "True", "web-9999", "ACTIVE", "prod"]);
    let shown = kubectl.run("get fargateprofiles -o wide").unwrap();
    println!("{shown}");
    let [header, web] = &lines(&shown)[..] else { panic!("{shown}") };
    assert_eq!(header[5..], ["AGE", "AVAILABLE", "REASON", "ROLE", "BLOCKED", "BY"]);
    assert_eq!(web[6..], ["True", "Active", ROLE]);
    assert!(kubectl.run("get aws").unwrap().contains("web-9999"));

    let explained = kubectl.run("explain fp.spec --recursive").unwrap();
    println!("{explained}");
    for line in [
        "selectors	<[]Object> -required-",
        "namespace	<string> -required-",
        "labels	<map[string]string>",
        "profileName	<string>",
        "podExecutionRoleArn	<string>",
        "subnets	<[]string>",
        "tags	<map[string]string>",
        "enum: Delete, Retain",
        "enum: Never, IfUnowned",
        "suspend	<boolean>",
    ] {
        assert!(explained.lines().any(|found| found.trim() == line), "{line}\n{explained}");
    }
    let explained = kubectl.run("explain fp.spec.profileName").unwrap();
    assert!(explained.contains("Immutable."), "{explained}");

    let described = kubectl.run("describe fp web").unwrap();
    println!("{described}");
    assert!(lines(&described).contains(&vec!["Observed", "Generation:", "1"]), "{described}");
    for part in [
        "EKS profile web-9999 is ACTIVE and equals the spec",
        "CreateRequested",
        "asked EKS to create profile web-9999",
    ] {
        assert!(described.contains(part), "{part}\n{described}");
    }
}

//! What users type and read: manifests that are taken (`trouble` has those that are refused), and what kubectl shows of them.

use std::process::Command;

use bed::bed::{OTHER_ROLE, ROLE};
use bed::kubectl::Kubectl;
use bed::{Bed, Options, programs};
use eks_simulator::ClusterSettings;
use fargate_operator::api::FargateProfile;
use serde_json::{Value, json};

use crate::messages::refusal::{verdict, with};
use crate::support::{BedExt, profile};

/// Every manifest that is not accepted.
fn check(kubectl: &Kubectl, manifests: impl IntoIterator<Item = Value>) {
    let refused: Vec<String> = manifests
        .into_iter()
        .map(|manifest| (verdict(kubectl, &["apply"], &manifest), manifest))
        .filter(|(verdict, _)| verdict != "accepted")
        .map(|(verdict, manifest)| format!("{manifest}\n   {verdict}"))
        .collect();
    assert!(refused.is_empty(), "\n{}", refused.join("\n"));
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
        (
            "label-shapes",
            json!({ "selectors": [
                { "namespace": "web", "labels": { "example.com/*": "*", "*/tier": "?", "a-b.c/D_e.f-G": "1", "?": "A.b_c-d" } },
                { "namespace": "web", "labels": {
                    "k".repeat(63): "v".repeat(63),
                    format!("{}.example/{}", "p".repeat(245), "n".repeat(63)): "*".repeat(255),
                    format!("{}*{}", "k".repeat(63), "k".repeat(63)): format!("*{}*", "v".repeat(63)),
                } },
            ] }),
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
    check(&bed.kubectl(), table.map(|(name, spec)| with(name, spec)));

    // A null is as good as nothing: it is not kept, and does not count as a change of what is immutable.
    let nulls = with("nulls", json!({ "clusterName": null, "profileName": null, "tags": null }));
    bed.apply(&nulls);
    bed.apply(&profile("nulls", "web"));
    bed.apply(&nulls);
    let object = bed.profiles().get("nulls").await.unwrap();
    assert_eq!(object.metadata.generation, Some(1));
}

/// A field that may be left out.
struct Field {
    path: String,
    has_enum: bool,
}

/// All fields that may be left out, from a part of the schema down.
fn optional(schema: &Value, at: &str, found: &mut Vec<Field>) {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{at}/{name}");
        if !required.contains(&json!(name)) {
            found.push(Field { path: path.clone(), has_enum: property["enum"].is_array() });
        }
        optional(property, &path, found);
        optional(&property["items"], &format!("{path}/0"), found);
    }
}

/// What stands at a path, made if it is not there.
fn at<'a>(spec: &'a mut Value, path: &str) -> &'a mut Value {
    path.split('/').skip(1).fold(spec, |value, step| match step.parse::<usize>() {
        Ok(n) => &mut value[n],
        Err(_) => &mut value[step],
    })
}

fn optional_fields() -> Vec<Field> {
    let crd = serde_json::to_value(fargate_operator::api::crd()).unwrap();
    let mut fields = Vec::new();
    optional(&crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"], "", &mut fields);
    for path in ["/tags", "/adoption", "/selectors/0/labels", "/replacement/drain/timeout"] {
        assert!(fields.iter().any(|field| field.path == path), "{path}");
    }
    fields
}

#[tokio::test]
async fn a_null_is_as_good_as_nothing_in_every_optional_field_and_by_every_way_in() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    let ways: [&[&str]; 3] = [&["create"], &["apply"], &["apply", "--server-side"]];
    for (n, Field { path, has_enum }) in optional_fields().iter().enumerate() {
        for (m, way) in ways.iter().enumerate() {
            let name = format!("null-{n}-{m}");
            let mut object = profile(&name, "web");
            *at(&mut object["spec"], path) = Value::Null;
            let mut without = object.clone();
            let (parent, field) = path.rsplit_once('/').unwrap();
            at(&mut without["spec"], parent).as_object_mut().unwrap().remove(field);
            let apply = |object: &Value| {
                let answer = bed.kubectl().input(&[way, &["-f", "-"][..]].concat(), &object.to_string());
                assert!(answer.is_ok(), "{way:?} {path}: {answer:?}");
            };
            if *has_enum && m == 2 {
                // The API server compares no null with an enum.
                let said = verdict(&bed.kubectl(), way, &object);
                assert!(said.contains(r#"must be of type string: "null""#), "{path}: {said}");
                continue;
            }
            apply(&object);
            let stored = bed.profiles().get(&name).await.unwrap();
            let meant: FargateProfile = serde_json::from_value(without.clone()).unwrap();
            assert_eq!(stored.spec, meant.spec, "{way:?} {path}");
            if m > 0 {
                // Neither does it count as a change, of what is immutable least of all.
                apply(&without);
                apply(&object);
                let generation = bed.profiles().get(&name).await.unwrap().metadata.generation;
                apply(&object);
                assert_eq!(bed.profiles().get(&name).await.unwrap().metadata.generation, generation, "{way:?} {path}");
            }
        }
    }
    // What is null does not stand in for what is needed in its place.
    let dotted = with("dotted.name", json!({ "profileName": null }));
    let said = verdict(&bed.kubectl(), &["apply", "--server-side"], &dotted);
    assert!(said.contains("cannot serve as the stem"), "{said}");
}

#[tokio::test]
async fn nulls_replace_nothing() {
    let bed = Bed::start(Options::default()).await.unwrap();
    let plain = with("web", json!({}));
    bed.create(&plain).await;
    bed.settled("web").await;
    let mut nulls = plain.clone();
    for Field { path, .. } in optional_fields().iter().filter(|it| !it.has_enum && it.path.matches('/').count() == 1) {
        *at(&mut nulls["spec"], path) = Value::Null;
    }
    nulls["spec"]["selectors"][0]["labels"] = Value::Null;
    let sent = bed.eks().log().iter().filter(|entry| entry.change().is_some()).count();
    bed.kubectl().input(&["apply", "--server-side", "--force-conflicts", "-f", "-"], &nulls.to_string()).unwrap();
    bed.settled("web").await;
    bed.looks(3).await;
    assert_eq!(bed.eks().log().iter().filter(|entry| entry.change().is_some()).count(), sent);
}

#[tokio::test]
async fn beside_the_immutable_names_everything_may_change() {
    let bed = Bed::without_operator(Options::default()).await.unwrap();
    bed.apply(&with("set", json!({ "clusterName": "prod", "profileName": "web" })));
    bed.apply(&with("unset", json!({})));
    let table = [
        ("unset", json!({ "podExecutionRoleArn": OTHER_ROLE })),
        ("set", json!({ "clusterName": "prod", "profileName": "web", "tags": { "a": "b" } })),
    ];
    check(&bed.kubectl(), table.map(|(name, spec)| with(name, spec)));
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
    assert_eq!(header[..], ["NAME", "READY", "STATUS", "REASON", "PODS", "AGE"]);
    assert_eq!(web[..5], ["web", "True", "ACTIVE", "Active", "0/0"]);
    let shown = kubectl.run("get fargateprofiles -o wide").unwrap();
    println!("{shown}");
    let [header, web] = &lines(&shown)[..] else { panic!("{shown}") };
    assert_eq!(header[6..], ["PROFILE", "CLUSTER", "AVAILABLE", "ROLE", "BLOCKED", "BY", "NEXT", "TRY"]);
    assert_eq!(web[6..], ["web-9999", "prod", "True", ROLE]);
    assert!(kubectl.run("get aws").unwrap().contains("web"));

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
        "pendingPods	<string>",
        "timeout	<string>",
        "onTimeout	<string>",
        "onUnhealthy	<string>",
        "suspend	<boolean>",
    ] {
        assert!(explained.lines().any(|found| found.trim() == line), "{line}\n{explained}");
    }
    let explained = kubectl.run("explain fp.spec.profileName").unwrap();
    assert!(explained.contains("Immutable: "), "{explained}");

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

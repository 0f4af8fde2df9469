//! What users type and read: manifests that are taken (`trouble` has those that are refused), and what kubectl shows of them.

use std::process::Command;

use bed::bed::{OTHER_ROLE, ROLE};
use bed::kubectl::Kubectl;
use bed::{Bed, Options, programs};
use eks_simulator::ClusterSettings;
use serde_json::{Value, json};

use crate::support::{Use, profile};
use crate::trouble::refusal::{verdict, with};

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
    assert_eq!(header[..], ["NAME", "READY", "PROFILE", "STATUS", "CLUSTER", "PODS", "AGE"]);
    assert_eq!(web[..6], ["web", "True", "web-9999", "ACTIVE", "prod", "0/0"]);
    let shown = kubectl.run("get fargateprofiles -o wide").unwrap();
    println!("{shown}");
    let [header, web] = &lines(&shown)[..] else { panic!("{shown}") };
    assert_eq!(header[5..], ["PODS", "AGE", "AVAILABLE", "REASON", "ROLE", "BLOCKED", "BY"]);
    assert_eq!(web[7..], ["True", "Active", ROLE]);
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
        "pendingPods	<string>",
        "timeout	<string>",
        "onTimeout	<string>",
        "onUnhealthy	<string>",
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

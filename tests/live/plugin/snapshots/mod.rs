//! What every command answers, word for word, off a terminal of 80 columns and on one: in the files beside this one.
//!
//! After a change that is meant, `UPDATE_SNAPSHOTS=1 cargo test -p live plugin::snapshots` writes them anew.

use std::path::PathBuf;

use bed::{Bed, CLUSTER, Options};
use eks_simulator::{ProfileSpec, ProfileStatus};
use fargate_operator::api::ConditionType;
use serde_json::{Value, json};

use super::plan::led;
use super::{fargate_in, namespace, on_terminal, untimed};
use crate::support::objects::{manual, status};
use crate::support::{BedExt, profile, reason};

const COLUMNS: usize = 80;

/// A name for the file, and what is typed.
const COMMANDS: [(&str, &[&str]); 14] = [
    ("get", &["get"]),
    ("get-missing", &["get", "nobody"]),
    ("status", &["status"]),
    ("status-verbose", &["status", "api", "--verbose"]),
    ("explain-missing-label", &["explain", "-f", "FOLDER/deployment.json", "-n", "shop"]),
    ("explain-fits", &["explain", "-f", "FOLDER/labelled.json", "-n", "shop"]),
    ("plan-replace", &["plan", "-f", "FOLDER/replace.json"]),
    ("plan-refused", &["plan", "-f", "FOLDER/refused.json"]),
    ("approve", &["approve", "api", "--dry-run=server"]),
    ("suspend", &["suspend", "shop", "--dry-run=server"]),
    ("retry-nothing", &["retry", "shop"]),
    ("wait", &["wait", "shop"]),
    ("import", &["import", "--from", "describe", "FOLDER/describe.json"]),
    ("doctor", &["doctor"]),
];

/// One FargateProfile is settled, one waits for approval, and EKS has a profile of somebody else.
async fn bed() -> Bed {
    let bed = led(Options::default()).await;
    // Of one that is not there the operator tells some time later.
    ["shop", "api", "batch"].iter().for_each(|name| namespace(&bed, name));
    let mut shop = profile("shop", "shop");
    shop["spec"]["selectors"][0]["labels"] = json!({ "fargate": "yes" });
    bed.create(&shop).await;
    bed.create(&manual(profile("api", "api"))).await;
    bed.settled("shop").await;
    bed.settled("api").await;
    let change = json!({ "spec": { "selectors": [{ "namespace": "api" }, { "namespace": "batch" }] } });
    bed.patch("api", change).await;
    bed.wait("api", "awaiting approval", |api| {
        reason(api, ConditionType::Ready).as_deref() == Some("AwaitingApproval")
    })
    .await;
    let legacy = ProfileSpec::named("legacy")
        .selecting("legacy", &[("tier", "front")])
        .tagged("aws:cloudformation:stack-name", "network");
    for name in ["shop", "api"] {
        bed.wait(name, "counted", |object| status(object).pods.is_some()).await;
    }
    bed.eks().outsider().place_profile(CLUSTER, legacy, ProfileStatus::Active).unwrap();
    bed.looks(2).await;
    bed
}

/// The files that commands read.
fn write_files(folder: &std::path::Path) {
    let deployment = |labels: Value| {
        json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": { "name": "checkout", "namespace": "shop" },
            "spec": {
                "selector": { "matchLabels": { "app": "checkout" } },
                "template": {
                    "metadata": { "labels": labels },
                    "spec": { "containers": [{ "name": "main", "image": "registry.example.com/checkout:1" }] },
                },
            },
        })
    };
    let mut replace = profile("shop", "shop");
    replace["spec"]["selectors"] = json!([{ "namespace": "shop" }]);
    let mut refused = profile("shop", "shop");
    refused["spec"]["subnets"] = json!(["subnet-a"]);
    let described = json!({ "fargateProfile": {
        "fargateProfileName": "team_a",
        "clusterName": CLUSTER,
        "podExecutionRoleArn": "arn:aws:iam::111122223333:role/eks/pods",
        "subnets": ["subnet-0aaaaaaa000000001"],
        "selectors": [{ "namespace": "team-a", "labels": { "fargate": "yes" } }],
        "status": "ACTIVE",
        "tags": { "team": "a", "aws:cloudformation:stack-name": "network" },
    }});
    for (name, content) in [
        ("deployment.json", deployment(json!({ "app": "checkout" }))),
        ("labelled.json", deployment(json!({ "app": "checkout", "fargate": "yes" }))),
        ("replace.json", replace),
        ("refused.json", refused),
        ("describe.json", described),
    ] {
        std::fs::write(folder.join(name), content.to_string()).unwrap();
    }
}

/// What a terminal gets, with its escapes to be read.
fn readable(seen: &str) -> String {
    seen.replace("\r\n", "\n").replace('\u{1b}', "␛")
}

/// Without what no two runs have in common: ages, times, the version, and what is made of random numbers.
fn steady(text: &str, folder: &str) -> String {
    let is_time = |word: &str| word.len() == 9 && word.ends_with('Z') && word.matches(':').count() == 2;
    let timeless = |line: &str| {
        line.split(' ').map(|word| if is_time(word) { "12:00:00Z" } else { word }).collect::<Vec<_>>().join(" ")
    };
    let text = text.replace(folder, "FOLDER").replace(env!("CARGO_PKG_VERSION"), "VERSION");
    let text: String = text.lines().map(|line| timeless(line) + "\n").collect();
    let is_random = |word: &str| word.len() == 16 && word.chars().all(|c| c.is_ascii_hexdigit());
    let mut steady = String::new();
    for line in untimed(&text).lines() {
        let mut word = String::new();
        for c in line.chars().chain(['\n']) {
            if c.is_ascii_alphanumeric() {
                word.push(c);
                continue;
            }
            steady.push_str(if is_random(&word) { "0123456789abcdef" } else { &word });
            word.clear();
            steady.push(c);
        }
    }
    steady
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_answers_as_its_snapshot_says() {
    let bed = bed().await;
    let scratch = std::env::temp_dir().join(format!("fargate-snapshots-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).unwrap();
    write_files(&scratch);
    let folder = scratch.to_str().unwrap();
    let mut differ = Vec::new();
    for (name, words) in COMMANDS {
        let line = format!("kubectl fargate {}", words.join(" "));
        let words: Vec<String> = words.iter().map(|word| word.replace("FOLDER", folder)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let piped = fargate_in(&bed, COLUMNS, &words);
        let seen = format!(
            "$ {line}\n{}--- standard error\n{}--- exit code {}\n--- on a terminal\n{}",
            steady(&piped.out, folder),
            steady(&piped.err, folder),
            piped.code,
            steady(&readable(&on_terminal(&bed, &words).out), folder),
        );
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("plugin/snapshots/{name}.txt"));
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(&path, &seen).unwrap();
        }
        let wanted = std::fs::read_to_string(&path).unwrap_or_default();
        if seen != wanted {
            differ.push(format!("{}:\n{wanted}\nand is now:\n{seen}", path.display()));
        }
    }
    std::fs::remove_dir_all(scratch).unwrap();
    assert!(differ.is_empty(), "{}", differ.join("\n\n"));
}

//! `import`: what it prints is taken by the API server, and what it describes is taken over as it is.

mod from_eks;

use std::path::PathBuf;

use bed::bed::ROLE;
use bed::{Bed, CLUSTER, Options};
use eks_simulator::{ClusterSettings, Operation, ProfileSpec, ProfileStatus};
use serde_json::Value;

use super::fargate;
use super::plan::{foretold, led, manifest, planned};
use crate::support::BedExt;

/// Each kind with a file of it, and how many of its profiles have a manifest.
const FILES: [(&str, &str, usize); 15] = [
    ("eksctl", "eksctl-config.yaml", 2),
    ("eksctl", "eksctl-get.json", 1),
    ("eksctl", "eksctl-variables.yaml", 1),
    ("ack", "ack-one.yaml", 1),
    ("ack", "ack-list.yaml", 2),
    ("crossplane", "crossplane-upjet.yaml", 2),
    ("crossplane", "crossplane-native.yaml", 1),
    ("capa", "capa-one.yaml", 1),
    ("capa", "capa-whole.yaml", 1),
    ("terraform", "terraform-state.json", 2),
    ("terraform", "terraform-plan.json", 2),
    ("describe", "describe-one.json", 1),
    ("describe", "describe-many.json", 2),
    ("cdk", "cdk-custom.json", 1),
    ("cdk", "cdk-template.yaml", 1),
];

/// As long as CDK makes names.
const MADE: &str = "ClusterfargateprofileappsE12AB3-0123456789abcdef0123456789abcde";

fn path(file: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("plugin/import/fixtures");
    folder.join(file).to_str().unwrap().to_owned()
}

/// What `import` prints of a file.
fn imported(bed: &Bed, kind: &str, file: &str) -> String {
    let named = format!("ClusterfargateprofileappsE12AB3={MADE}");
    fargate(bed, &["import", "--from", kind, &path(file), "--profile-name", &named], "").out
}

fn manifests(yaml: &str) -> Vec<Value> {
    let all: Vec<Option<Value>> = serde_saphyr::from_multiple(yaml).unwrap();
    all.into_iter().flatten().filter(|it| it.is_object()).collect()
}

fn quick() -> Options {
    let cluster = ClusterSettings::named(CLUSTER).profile_quota(60);
    Options { cluster, ..Options::default() }
}

/// The profile that a manifest describes, as somebody else has made it. What the manifest leaves out is as by default.
fn place(bed: &Bed, manifest: &Value) {
    let spec = &manifest["spec"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut profile = ProfileSpec::named(text(&spec["profileName"]));
    profile.selectors = serde_json::from_value(spec["selectors"].clone()).unwrap();
    for (key, value) in spec["tags"].as_object().into_iter().flatten() {
        profile = profile.tagged(key, value.as_str().unwrap());
    }
    profile.pod_execution_role_arn = spec["podExecutionRoleArn"].as_str().unwrap_or(ROLE).to_owned();
    profile.subnets = spec["subnets"].as_array().map(|subnets| subnets.iter().map(text).collect());
    bed.eks().outsider().place_profile(CLUSTER, profile, ProfileStatus::Active).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_every_kind_of_file_describes_is_taken_by_the_api_server_and_taken_over_as_it_is() {
    let bed = led(quick()).await;
    let mut files = Vec::new();
    for (kind, file, count) in FILES {
        let yaml = imported(&bed, kind, file);
        let all = manifests(&yaml);
        assert_eq!(all.len(), count, "{file}: {yaml}");
        let server_side = ["apply", "--server-side", "--dry-run=server", "-f", "-"];
        bed.kubectl().input(&server_side, &yaml).unwrap_or_else(|error| panic!("{file}: {error}\n{yaml}"));
        bed.kubectl().input(&["apply", "--dry-run=server", "-f", "-"], &yaml).unwrap();
        all.iter().for_each(|manifest| place(&bed, manifest));
        files.push((yaml, all));
    }
    let objects: Vec<Value> = files.iter().flat_map(|(_, all)| all.clone()).collect();
    let plan = foretold(&planned(&bed, &objects).await, "mutations");
    assert_eq!(plan.len(), objects.len(), "{plan:?}");
    for (object, changes) in &plan {
        assert!(changes.len() == 1 && changes[0].0 == "TagResource", "{object}: {changes:?}");
    }

    for (at, (yaml, _)) in files.iter().enumerate() {
        // Both ways, by turns.
        let words: &[&str] = if at % 2 == 0 { &["apply", "-f", "-"] } else { &["apply", "--server-side", "-f", "-"] };
        bed.kubectl().input(words, yaml).unwrap();
    }
    for object in &objects {
        let (name, profile) = (object["metadata"]["name"].as_str().unwrap(), object["spec"]["profileName"].as_str());
        let settled = bed.settled(name).await;
        assert_eq!(settled.status.unwrap().profile.map(|profile| profile.name).as_deref(), profile);
    }
    let calls = bed.eks().calls(&Operation::MUTATIONS);
    assert!(calls.iter().all(|call| call.operation == Operation::TagResource), "{calls:?}");
    assert_eq!(calls.len(), objects.len(), "one TagResource for each, and nothing else: {calls:?}");

    let again = fargate(&bed, &["plan", "-f", "-", "--detailed-exitcode"], &manifest(&objects));
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_carried_over_is_told_in_comments_on_standard_error_and_in_json() {
    let bed = Bed::without_operator(quick()).await.unwrap();
    let typed = fargate(&bed, &["import", "--from", "terraform", &path("terraform-state.json")], "");
    assert_eq!(typed.code, 0, "{}", typed.err);
    for told in [
        "# EKS profile team-b, from aws_eks_fargate_profile.team[\"b\"]\n",
        "# Managed by Terraform. How it lets go, before this is applied:\n",
        "terraform state rm 'aws_eks_fargate_profile.team[\"b\"]'",
        "#   - timeouts: the operator waits for EKS as long as it takes\n",
    ] {
        assert!(typed.out.contains(told), "{}", typed.out);
    }
    assert!(typed.err.contains("2 of 2 profiles have a manifest"), "{}", typed.err);
    assert!(typed.err.contains("timeouts: the operator waits"), "{}", typed.err);
    assert!(typed.err.contains("managed by Terraform: team-b, kube_system"), "{}", typed.err);

    let text = std::fs::read_to_string(path("eksctl-variables.yaml")).unwrap();
    let typed = fargate(&bed, &["import", "--from", "eksctl", "-", "-o", "json"], &text);
    assert_eq!(typed.code, 1, "a profile has no manifest: {}", typed.out);
    let answer: Value = serde_json::from_str(&typed.out).unwrap();
    assert_eq!(answer["manifests"].as_array().unwrap().len(), 1);
    let whys: Vec<&str> = answer["lost"].as_array().unwrap().iter().map(|lost| lost["why"].as_str().unwrap()).collect();
    for why in [
        "fp-${CLUSTER} is a placeholder: put its value in first (envsubst, helm template)",
        "arn:aws:iam:111122223333:role/pods is no ARN of an IAM role",
        "subnet-abc123 is no id of a subnet",
        "it is there more than once, and tools differ in which one counts: leave one, or put --- between the documents",
    ] {
        assert!(whys.contains(&why), "{why}: {whys:#?}");
    }
    assert_eq!(answer["managedBy"][1]["manager"], "eksctl");
    assert!(answer["letGo"][1]["steps"][0].as_str().unwrap().contains("do not run eksctl delete fargateprofile"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_gets_one_file_for_each_manifest_and_loses_none_that_it_has() {
    let bed = Bed::without_operator(quick()).await.unwrap();
    let scratch = std::env::temp_dir().join(format!("fargate-operator-import-{}", std::process::id()));
    let folder = scratch.join("profiles");
    let words = ["import", "--from", "describe", &path("describe-many.json"), "--output-dir", folder.to_str().unwrap()];
    let typed = fargate(&bed, &words, "");
    assert_eq!((typed.code, typed.out.as_str()), (1, ""), "one was broken: {}", typed.err);
    assert!(typed.err.contains("broken: no manifest: it is CREATE_FAILED"), "{}", typed.err);
    let mut files: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files, ["one-1-2.yaml", "one-1.yaml"]);
    bed.kubectl().words(&["apply", "--dry-run=server", "-f", folder.to_str().unwrap()]).unwrap();
    std::fs::remove_file(folder.join("one-1-2.yaml")).unwrap();
    let typed = fargate(&bed, &words, "");
    std::fs::remove_dir_all(scratch).unwrap();
    assert!(typed.code == 1 && typed.err.contains("one-1.yaml: File exists"), "{}", typed.err);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_is_told() {
    let bed = Bed::without_operator(quick()).await.unwrap();
    for (words, input, told) in [
        (vec!["import", "--from", "eksctl"], "", "error: name the FILE to read; - is standard input"),
        (vec!["import", "--from", "ack", "/nowhere.yaml"], "", "error: reading /nowhere.yaml: No such file"),
        (vec!["import", "--from", "ack", "-"], "a: [", "error: reading -: the file is neither YAML nor JSON"),
        (vec!["import", "--from", "ack", "-"], "kind: ConfigMap", "0 of 0 profiles have a manifest"),
        (vec!["import", "--from", "capa", "-"], "", "0 of 0 profiles have a manifest"),
        (vec!["import", "--from", "eks", "--kubeconfig", "/nowhere"], "", "error: give --cluster-name and --region"),
    ] {
        let typed = fargate(&bed, &words, input);
        assert!(typed.code == 1 && typed.err.contains(told), "{words:?}: {}", typed.err);
    }
}

//! `helm install --wait` with a FargateProfile in the chart: it waits for EKS, and no longer than it makes sense.

use std::path::Path;
use std::process::{Command, Output};

use bed::{Bed, Options, programs};
use eks_simulator::ClusterSettings;
use serde_json::{Value, json};

/// `helm install --wait` of a chart with one profile, and the object after it.
async fn install(bed: &Bed, name: &str, spec: Value) -> (Output, Value) {
    let folder = bed.control_plane().folder().join(format!("chart-{name}"));
    std::fs::create_dir_all(folder.join("templates")).unwrap();
    let write = |file: &str, text: Value| std::fs::write(folder.join(file), text.to_string()).unwrap();
    write("Chart.yaml", json!({ "apiVersion": "v2", "name": name, "version": "0.1.0" }));
    let profile = json!({
        "apiVersion": "fargate-operator.dev/v1alpha1", "kind": "FargateProfile",
        "metadata": { "name": name }, "spec": spec,
    });
    write("templates/profile.yaml", profile);
    let output = helm(bed, &folder, &["install", name, ".", "--wait", "--timeout", "2m"]).await;
    let shown = bed.kubectl().words(&["get", "fp", name, "-o", "json"]).unwrap();
    (output, serde_json::from_str(&shown).unwrap())
}

async fn helm(bed: &Bed, folder: &Path, words: &[&str]) -> Output {
    let program = programs::tools().await.unwrap().join("helm");
    tokio::process::Command::from(Command::new(program))
        .args(words)
        .current_dir(folder)
        .env("KUBECONFIG", bed.control_plane().kubeconfig())
        // Nothing is read from or written to the user's home.
        .env("HOME", folder)
        .output()
        .await
        .unwrap()
}

#[tokio::test]
async fn helm_waits_until_the_profile_is_active() {
    let bed = Bed::start(Options::default()).await.unwrap();
    let (output, object) = install(&bed, "web", json!({ "selectors": [{ "namespace": "web" }] })).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(object["status"]["profile"]["status"], "ACTIVE");
    assert_eq!(object["status"]["observedGeneration"], object["metadata"]["generation"]);
}

#[tokio::test]
async fn helm_gives_up_on_what_eks_refuses_and_says_why() {
    let bed = Bed::start(Options::default()).await.unwrap();
    let public = &ClusterSettings::default().public_subnets[0];
    let spec = json!({ "selectors": [{ "namespace": "web" }], "subnets": [public] });
    let (output, _) = install(&bed, "web", spec).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("status: Failed") && said.contains("is not a private subnet"), "{said}");
    assert!(!said.contains("deadline"), "it did not wait for the time limit: {said}");
}

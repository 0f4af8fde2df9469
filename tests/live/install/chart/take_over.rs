//! From `kubectl apply -k` to Helm, as the chart's README tells it: what was applied becomes a release that can be upgraded, and
//! FargateProfiles stay as they are.

use bed::{ControlPlane, Kubectl, programs};
use kube::Client;
use kube::api::Api;
use serde_json::json;

use super::helm::{Helm, NAMESPACE, values};
use super::kubelet;
use crate::support::profile;

const README: &str = include_str!("../../../../charts/fargate-operator/README.md");

/// The commands that the README tells to type.
fn commands() -> Vec<&'static str> {
    let (_, after) = README.split_once("## From `kubectl apply -k` to Helm").unwrap();
    let block = after.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    block.lines().collect()
}

async fn uid(client: &Client) -> (Option<String>, Option<i64>) {
    let profiles: Api<fargate_operator::api::FargateProfile> = Api::all(client.clone());
    let found = profiles.get("kept").await.unwrap();
    (found.metadata.uid, found.metadata.generation)
}

#[tokio::test]
async fn what_kubectl_applied_becomes_a_release_that_can_be_upgraded() {
    let control_plane = ControlPlane::start().await.unwrap();
    let client = control_plane.client().await.unwrap();
    let helm = Helm::new("take-over").await.on(control_plane.kubeconfig());
    let kubectl = Kubectl::new(control_plane.programs().join("kubectl"), control_plane.kubeconfig());
    let deploy = programs::repository().join("deploy").display().to_string();
    kubectl.words(&["apply", "--server-side", "-k", &deploy]).unwrap();
    kubectl.run("wait --for=condition=Established crd/fargateprofiles.fargate-operator.dev --timeout=60s").unwrap();
    kubectl.apply(&profile("kept", "web").to_string()).unwrap();
    let before = uid(&client).await;

    for command in commands() {
        // No container runs here, so no Deployment becomes available.
        let line = command.replace(" -f values.yaml", "").replace(" --wait", "");
        match (line.strip_prefix("helm "), line.strip_prefix("kubectl ")) {
            (Some(line), _) if line.contains("operator-crds") => helm.run(line).await.unwrap(),
            (Some(line), _) => helm.with(line, &values(json!({}))).await.unwrap(),
            (None, Some(line)) => kubectl.run(line).unwrap(),
            (None, None) => panic!("neither helm nor kubectl: {line}"),
        };
    }
    kubelet::pods(&client, "fargate-operator", 2).await;

    let changed = values(json!({ "log": { "filter": "debug" }, "policies": { "quotas": { "maxSelectors": 7 } } }));
    let line = format!("upgrade fargate-operator charts/fargate-operator -n {NAMESPACE}");
    helm.with(&line, &changed).await.unwrap();
    helm.run(&format!("upgrade fargate-operator-crds charts/fargate-operator-crds -n {NAMESPACE}")).await.unwrap();
    let quotas = kubectl.run(&format!("get configmap fargate-operator-quotas -n {NAMESPACE} -o yaml")).unwrap();
    assert!(quotas.contains('7'), "{quotas}");
    assert_eq!(uid(&client).await, before);
}

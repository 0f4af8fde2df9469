//! Uninstalling with FargateProfiles left stops before anything is deleted, and says what to do.

use bed::ControlPlane;
use fargate_operator::api::{FINALIZER, FargateProfile};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Client;
use kube::api::{Api, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::helm::{Helm, NAMESPACE};
use super::kubelet;
use crate::support::{profile, until_async};

const CRD: &str = "fargateprofiles.fargate-operator.dev";

/// Makes an object as it is when an operator has seen it.
async fn seen_by_the_operator(client: &Client, name: &str) {
    let profiles: Api<FargateProfile> = Api::all(client.clone());
    let object = serde_json::from_value(profile(name, "web")).unwrap();
    profiles.create(&PostParams::default(), &object).await.unwrap();
    set_finalizers(client, name, json!([FINALIZER])).await;
}

async fn set_finalizers(client: &Client, name: &str, finalizers: Value) {
    let profiles: Api<FargateProfile> = Api::all(client.clone());
    let patch = Patch::Merge(json!({ "metadata": { "finalizers": finalizers } }));
    profiles.patch(name, &PatchParams::default(), &patch).await.unwrap();
}

/// helm uninstall, with its hook's pod run by us. What helm said, and what the hook did.
async fn uninstall(helm: &Helm, control_plane: &ControlPlane, client: &Client) -> (Result<String, String>, String) {
    let kubeconfig = kubelet::kubeconfig(control_plane, client, "fargate-operator").await;
    let line = format!("uninstall fargate-operator -n {NAMESPACE} --timeout 60s");
    let hook = async {
        let pod = kubelet::new_pod(client, "fargate-operator-uninstall-check").await;
        let output = kubelet::run(client, &pod, &kubeconfig).await;
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    tokio::join!(helm.run(&line), hook)
}

async fn status(helm: &Helm) -> String {
    helm.run(&format!("status fargate-operator -n {NAMESPACE} -o json")).await.unwrap()
}

/// To be called with a release installed; leaves none. The CRD and an object outlive it.
pub async fn stops_while_objects_need_the_operator(helm: &Helm, control_plane: &ControlPlane, client: &Client) {
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), NAMESPACE);
    seen_by_the_operator(client, "held").await;

    let (helm_said, hook_said) = uninstall(helm, control_plane, client).await;
    let error = helm_said.unwrap_err();
    assert!(error.contains("fargate-operator-uninstall-check"), "{error}");
    for part in ["nothing has been uninstalled", "only the operator can let go: held. ", "kubectl delete fp --all"] {
        assert!(hook_said.contains(part), "{part}\n{hook_said}");
    }
    let there = deployments.get("fargate-operator").await.unwrap();
    assert_eq!(there.metadata.deletion_timestamp, None);

    // Who thinks better of it has a way back, as the chart's README says.
    let release: Value = serde_json::from_str(&status(helm).await).unwrap();
    assert_eq!(release["info"]["status"], "uninstalling");
    helm.run(&format!("rollback fargate-operator {} -n {NAMESPACE}", release["version"])).await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&status(helm).await).unwrap()["info"]["status"], "deployed");

    set_finalizers(client, "held", json!([])).await;
    let (helm_said, hook_said) = uninstall(helm, control_plane, client).await;
    helm_said.unwrap();
    assert!(hook_said.contains("can be uninstalled"), "{hook_said}");
    until_async("the Deployment is gone", async || deployments.get_opt("fargate-operator").await.unwrap().is_none())
        .await;

    helm.run(&format!("uninstall fargate-operator-crds -n {NAMESPACE}")).await.unwrap();
    let crds: Api<CustomResourceDefinition> = Api::all(client.clone());
    assert_eq!(crds.get(CRD).await.unwrap().metadata.deletion_timestamp, None);
    let profiles: Api<FargateProfile> = Api::all(client.clone());
    profiles.get("held").await.unwrap();
}

//! The life of a release in a real API server: install, a second one refused, upgrade, roll-back, helm test, uninstall, and
//! an install that finds the CRD there.

use bed::{ControlPlane, Kubectl};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::coordination::v1::Lease;
use kube::Client;
use kube::api::{Api, Patch, PatchParams};
use serde_json::{Value, json};

use super::helm::{CRDS, Helm, NAMESPACE, OPERATOR, values};
use super::{kubelet, uninstall};
use crate::support::{profile, until, until_async};

#[tokio::test]
async fn a_release_is_installed_upgraded_rolled_back_tested_and_uninstalled() {
    let control_plane = ControlPlane::start().await.unwrap();
    let client = control_plane.client().await.unwrap();
    let helm = Helm::new("release").await.on(control_plane.kubeconfig());
    let kubectl = Kubectl::new(control_plane.programs().join("kubectl"), control_plane.kubeconfig());

    // The namespace refuses pods that do not satisfy the Pod Security Standard.
    kubectl.run(&format!("create namespace {NAMESPACE}")).unwrap();
    kubectl.run(&format!("label namespace {NAMESPACE} pod-security.kubernetes.io/enforce=restricted")).unwrap();
    let crds = format!("install fargate-operator-crds {CRDS} -n {NAMESPACE} --wait --timeout 60s");
    helm.run(&crds).await.unwrap();
    let line = format!("fargate-operator {OPERATOR} -n {NAMESPACE}");
    let notes = helm.with(&format!("install {line}"), &values(json!({}))).await.unwrap();
    for part in
        ["EKS cluster prod (eu-central-1)", "NO AWS CREDENTIALS", "helm test fargate-operator -n fargate-operator"]
    {
        assert!(notes.contains(part), "{part}\n{notes}");
    }
    assert!(!notes.contains("CustomResourceDefinition is missing"), "{notes}");
    kubelet::pods(&client, "fargate-operator", 2).await;

    let error = helm.with(&format!("install second {OPERATOR} -n default"), &values(json!({}))).await.unwrap_err();
    assert!(error.contains("fargate-operator") && error.contains("exists"), "{error}");
    assert_eq!(kubectl.run("get pods -n default -o name").unwrap(), "");

    policies_work(&kubectl).await;

    let before = container(&client).await;
    let changed = values(json!({ "log": { "filter": "debug" }, "policies": { "quotas": { "maxSelectors": 7 } } }));
    helm.with(&format!("upgrade {line}"), &changed).await.unwrap();
    let after = container(&client).await;
    assert!(after["env"].to_string().contains(r#"{"name":"FARGATE_OPERATOR_LOG","value":"debug"}"#), "{after}");
    until("the raised quota counts", || dry_run(&kubectl, &selecting(7)).is_ok()).await;
    helm.run(&format!("rollback fargate-operator 1 -n {NAMESPACE}")).await.unwrap();
    assert_eq!(container(&client).await, before);
    until("the quota is as it was", || dry_run(&kubectl, &selecting(7)).is_err()).await;

    helm_test_passes(&helm, &control_plane, &client).await;
    uninstall::stops_while_objects_need_the_operator(&helm, &control_plane, &client).await;

    // What was kept is taken up again.
    helm.run(&crds).await.unwrap();
    helm.with(&format!("install {line}"), &values(json!({}))).await.unwrap();
    kubelet::pods(&client, "fargate-operator", 2).await;
}

/// The operator's container as the API server has it.
async fn container(client: &Client) -> Value {
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), NAMESPACE);
    let found = deployments.get("fargate-operator").await.unwrap();
    serde_json::to_value(&found.spec.template.spec.unwrap().containers[0]).unwrap()
}

fn selecting(count: usize) -> Value {
    let mut object = profile("many", "web");
    object["spec"]["selectors"] = (0..count).map(|n| json!({ "namespace": format!("n{n}") })).collect();
    object
}

fn dry_run(kubectl: &Kubectl, manifest: &Value) -> Result<String, String> {
    let answer = kubectl.input(&["apply", "--dry-run=server", "-f", "-"], &manifest.to_string());
    answer.map_err(|error| error.to_string())
}

/// All of them, as the chart installs them. What each says in full: tests/live/policies.rs.
async fn policies_work(kubectl: &Kubectl) {
    until("the quotas are told of", || dry_run(kubectl, &selecting(6)).is_err()).await;
    let error = dry_run(kubectl, &selecting(6)).unwrap_err();
    assert!(error.contains("set maxSelectors in the ConfigMap fargate-operator/fargate-operator-quotas"), "{error}");
    dry_run(kubectl, &selecting(5)).unwrap();

    let deletion = || kubectl.run("delete crd fargateprofiles.fargate-operator.dev --dry-run=server");
    until("the CRD is protected", || deletion().is_err()).await;
    let error = deletion().unwrap_err().to_string();
    assert!(error.contains("fargate-operator.dev/prevent-deletion"), "{error}");

    kubectl.run("create clusterrolebinding edith --clusterrole=fargate-operator-edit --user=edith").unwrap();
    kubectl.run("create clusterrolebinding ada --clusterrole=fargate-operator-edit --user=ada").unwrap();
    kubectl.run("create clusterrolebinding ada-approves --clusterrole=fargate-operator-approver --user=ada").unwrap();
    let approve = |user: &str| {
        let mut object = profile("approved", "web");
        object["metadata"]["annotations"] = json!({ "fargate-operator.dev/approve": "1-2" });
        let words = ["create", "--dry-run=server", "--as", user, "-f", "-"];
        kubectl.input(&words, &object.to_string()).map_err(|error| error.to_string())
    };
    until("the approval is guarded", || approve("edith").is_err_and(|error| error.contains("may not set"))).await;
    until("who may approve does", || approve("ada").is_ok()).await;

    kubectl
        .run("create clusterrolebinding ada-all --clusterrole=fargate-operator-select-protected --user=ada")
        .unwrap();
    let take_all = |user: &str| {
        let words = ["create", "--dry-run=server", "--as", user, "-f", "-"];
        kubectl.input(&words, &profile("all", "*").to_string()).map_err(|error| error.to_string())
    };
    let told = "(kube-system, fargate-operator): narrow spec.selectors";
    until("namespaces are protected", || take_all("edith").is_err_and(|error| error.contains(told))).await;
    until("who may select them does", || take_all("ada").is_ok()).await;

    kubectl.apply(&profile("served", "web").to_string()).unwrap();
    let status = r#"{"status":{"profile":{"name":"served-9999","arn":"arn","status":"ACTIVE"}}}"#;
    kubectl.words(&["patch", "fp", "served", "--subresource=status", "--type=merge", "-p", status]).unwrap();
    let elsewhere = profile("served", "elsewhere").to_string();
    let told = "this change replaces EKS profile served-9999";
    let warned = || kubectl.warnings(&["apply", "--dry-run=server", "-f", "-"], &elsewhere).unwrap();
    until("what a change does is told", || warned().iter().any(|warning| warning.contains(told))).await;
    let behind = profile("z", "web").to_string();
    let told = "FargateProfile served sorts first";
    let warned = || kubectl.warnings(&["apply", "--dry-run=server", "-f", "-"], &behind).unwrap();
    until("selectors that get no pod are told", || warned().iter().any(|warning| warning.contains(told))).await;
    kubectl.run("delete fp served").unwrap();
}

async fn helm_test_passes(helm: &Helm, control_plane: &ControlPlane, client: &Client) {
    let kubeconfig = kubelet::kubeconfig(control_plane, client, "fargate-operator").await;
    let leases: Api<Lease> = Api::namespaced(client.clone(), NAMESPACE);
    // No operator runs here: the test is the leader that renews its lease.
    let renewing = async {
        for n in 0.. {
            let spec = json!({ "holderIdentity": "fargate-operator/pod-1", "leaseTransitions": n });
            let lease = json!({
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": { "name": "fargate-operator" }, "spec": spec,
            });
            let params = PatchParams::apply("test").force();
            leases.patch("fargate-operator", &params, &Patch::Apply(lease)).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    };
    let tested = async {
        let pod = kubelet::new_pod(client, "fargate-operator-test").await;
        kubelet::run(client, &pod, &kubeconfig).await
    };
    let line = format!("test fargate-operator -n {NAMESPACE} --timeout 60s");
    let (said, output) = tokio::select! {
        both = async { tokio::join!(helm.run(&line), tested) } => both,
        () = renewing => unreachable!(),
    };
    assert!(said.as_ref().is_ok_and(|said| said.contains("Succeeded")), "{said:?}\n{output:?}");
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(told, "FargateProfiles can be listed; fargate-operator/pod-1 is at work\n");
    until_async("the test's lease is gone", async || {
        leases.delete("fargate-operator", &Default::default()).await.is_ok()
    })
    .await;
}

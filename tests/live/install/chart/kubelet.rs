//! The test as a kubelet: a pod's container as a process of ours, with its arguments, its environment as a kubelet resolves
//! it, and a token of its ServiceAccount; and what is told of it in the pod's status.

use std::path::Path;
use std::process::{Command, Output};

use bed::{ControlPlane, programs};
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{EnvVar, Pod, ServiceAccount};
use kube::api::{Api, ListParams, Patch, PatchParams, PostParams};
use kube::{Client, ResourceExt};
use serde_json::json;

use super::helm::NAMESPACE;
use crate::support::until_async;

/// A kubeconfig with a token of this ServiceAccount.
pub async fn kubeconfig(control_plane: &ControlPlane, client: &Client, account: &str) -> std::path::PathBuf {
    let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), NAMESPACE);
    let spec = TokenRequestSpec { expiration_seconds: Some(3600), ..TokenRequestSpec::default() };
    let request = TokenRequest { spec: Some(spec), ..TokenRequest::default() };
    let answer = accounts.create_token_request(account, &PostParams::default(), &request).await.unwrap();
    control_plane.kubeconfig_for(account, &answer.status.unwrap().token.unwrap()).unwrap()
}

/// The pods with this label `app.kubernetes.io/name`, as many as there are to be.
pub async fn pods(client: &Client, name: &str, count: usize) -> Vec<Pod> {
    let pods: Api<Pod> = Api::namespaced(client.clone(), NAMESPACE);
    let these = ListParams::default().labels(&format!("app.kubernetes.io/name={name}"));
    let mut found = Vec::new();
    until_async(&format!("there are {count} pods of {name}"), async || {
        found = pods.list(&these).await.unwrap().items;
        found.len() == count
    })
    .await;
    found
}

/// The pod with this label that has not been run yet.
pub async fn new_pod(client: &Client, name: &str) -> Pod {
    let pods: Api<Pod> = Api::namespaced(client.clone(), NAMESPACE);
    let these = ListParams::default().labels(&format!("app.kubernetes.io/name={name}")).fields("status.phase=Pending");
    let mut found = None;
    until_async(&format!("there is a new pod of {name}"), async || {
        let all = pods.list(&these).await.unwrap().items;
        found = all.into_iter().find(|pod| pod.metadata.deletion_timestamp.is_none());
        found.is_some()
    })
    .await;
    found.unwrap()
}

/// The process that the pod's only container is.
pub fn command(pod: &Pod, kubeconfig: &Path) -> Command {
    let spec = pod.spec.as_ref().unwrap();
    assert_eq!(spec.automount_service_account_token, Some(true));
    let is_token = |mount: &k8s_openapi::api::core::v1::VolumeMount| {
        mount.mount_path == "/var/run/secrets/kubernetes.io/serviceaccount"
    };
    let [container] = &spec.containers[..] else { panic!("several containers") };
    assert!(container.volume_mounts.iter().flatten().any(is_token), "no token is mounted: {container:?}");
    // The image has the operator for its entry point.
    assert_eq!(container.command, None);
    let mut command = Command::new(programs::operator().unwrap());
    for (key, _) in std::env::vars_os() {
        command.env_remove(key);
    }
    let mut known: Vec<(String, String)> = Vec::new();
    for variable in container.env.iter().flatten() {
        let value = value(pod, variable, &known);
        known.push((variable.name.clone(), value));
    }
    command.args(container.args.iter().flatten()).envs(known).env("KUBECONFIG", kubeconfig);
    command
}

fn value(pod: &Pod, variable: &EnvVar, known: &[(String, String)]) -> String {
    let Some(from) = &variable.value_from else {
        let text = variable.value.clone().unwrap_or_default();
        return known.iter().fold(text, |text, (name, value)| text.replace(&format!("$({name})"), value));
    };
    let path = from.field_ref.as_ref().map(|field| field.field_path.as_str()).unwrap();
    match path {
        "metadata.name" => pod.name_any(),
        "metadata.namespace" => pod.namespace().unwrap(),
        label => {
            let key = label.strip_prefix("metadata.labels['").and_then(|rest| rest.strip_suffix("']"));
            pod.labels().get(key.unwrap_or_else(|| panic!("{label}"))).cloned().unwrap_or_default()
        }
    }
}

/// Runs the pod's container to its end, and tells of it.
pub async fn run(client: &Client, pod: &Pod, kubeconfig: &Path) -> Output {
    let mut command = command(pod, kubeconfig);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let (phase, code) = match output.status.code() {
        Some(0) => ("Succeeded", 0),
        code => ("Failed", code.unwrap_or(137)),
    };
    let name = &pod.spec.as_ref().unwrap().containers[0].name;
    let status = json!({ "status": {
        "phase": phase,
        "containerStatuses": [{
            "name": name, "ready": false, "restartCount": 0, "image": "", "imageID": "",
            "state": { "terminated": { "exitCode": code } },
        }],
    } });
    let pods: Api<Pod> = Api::namespaced(client.clone(), NAMESPACE);
    pods.patch_status(&pod.name_any(), &PatchParams::default(), &Patch::Merge(status)).await.unwrap();
    output
}

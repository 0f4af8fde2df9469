//! What Kubernetes shows.

use anyhow::Context as _;
use k8s_openapi::api::core::v1::{Namespace, Node, Pod as Listed, PodCondition};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, ListParams};
use kube::{Client, CustomResourceExt, ResourceExt};
use serde::Deserialize;

use super::{Missed, Objects, Read};
use crate::api::{COMPUTE_TYPE_KEY, FargateProfile, POD_PROFILE_LABEL};
use crate::kubernetes::{CallError, Part, call, list};
use crate::observe::listed;
use crate::placement::Pod;
use crate::plugin::cluster::LIMIT;

/// A pod of the operator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct OperatorPod {
    pub(in super::super) namespace: String,
    pub(in super::super) name: String,
    pub(in super::super) account: Option<String>,
    pub(in super::super) is_ready: bool,
    pub(in super::super) restarts: i32,
    /// Why a container does not run, or how it ended last.
    pub(in super::super) trouble: Option<String>,
}

/// The kubelet of a node of Fargate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Kubelet {
    pub(in super::super) node: String,
    /// Such as `v1.33.1-eks-1a2b3c4`.
    pub(in super::super) version: String,
}

/// A node, as far as it is asked for.
#[derive(Clone, Deserialize)]
struct SomeNode {
    metadata: ObjectMeta,
    #[serde(default)]
    status: NodeStatus,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct NodeStatus {
    node_info: NodeInfo,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct NodeInfo {
    kubelet_version: String,
}

/// # Errors
/// The API server does not answer.
pub(super) async fn control_plane(client: &Client) -> anyhow::Result<Read<u32>> {
    let version = match call("asking the API server for its version", LIMIT, client.apiserver_version()).await {
        Ok(version) => version,
        Err(error) if error.is_refused() => return Ok(Err(error.into())),
        Err(error) => return Err(error).context("the cluster does not answer, see kubectl cluster-info"),
    };
    // EKS writes `33+`.
    let minor = version.minor.trim_end_matches('+').parse();
    Ok(minor
        .map_err(|_| Missed { is_refused: false, why: format!("the API server's version is {}", version.git_version) }))
}

pub(super) async fn crd(client: &Client) -> Read<Option<CustomResourceDefinition>> {
    let crds: Api<CustomResourceDefinition> = Api::all(client.clone());
    Ok(call("reading the CustomResourceDefinition", LIMIT, crds.get_opt(FargateProfile::crd_name())).await?)
}

pub(super) async fn objects(client: &Client) -> Read<Objects> {
    match Objects::list(client).await {
        Ok(objects) => Ok(objects),
        // Without their CRD there are none.
        Err(error) if error.code() == Some(404) => Ok(Objects::default()),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn pending(client: &Client) -> Read<Vec<Pod>> {
    let params = ListParams::default().labels(POD_PROFILE_LABEL).fields("status.phase=Pending");
    Ok(listed(client, None, params, LIMIT).await?)
}

pub(super) async fn kubelets(client: &Client) -> Read<Vec<Kubelet>> {
    let mut kubelets = Vec::new();
    let params = ListParams::default().labels(&format!("{COMPUTE_TYPE_KEY}=fargate"));
    let take = |node: SomeNode| {
        let node_name = node.metadata.name.unwrap_or_default();
        kubelets.push(Kubelet { node: node_name, version: node.status.node_info.kubelet_version });
    };
    list::<Node, _>(client, None, Part::Whole, params, LIMIT, take).await?;
    Ok(kubelets)
}

pub(super) async fn operator_pods(client: &Client, namespace: &str) -> Read<Vec<OperatorPod>> {
    let mut pods = Vec::new();
    let params = ListParams::default().labels("app.kubernetes.io/name=fargate-operator");
    list::<Listed, Listed>(client, Some(namespace), Part::Whole, params, LIMIT, |pod| pods.push(operator_pod(&pod)))
        .await?;
    Ok(pods)
}

fn operator_pod(pod: &Listed) -> OperatorPod {
    let status = pod.status.clone().unwrap_or_default();
    let containers = status.container_statuses.unwrap_or_default();
    let waiting = containers.iter().find_map(|it| it.state.as_ref()?.waiting.as_ref()?.reason.clone());
    let ended = containers.iter().find_map(|it| {
        let ended = it.last_state.as_ref()?.terminated.as_ref()?;
        let reason = ended.reason.as_deref().unwrap_or("Error");
        Some(format!("it last ended with {reason}, exit code {}", ended.exit_code))
    });
    let is_ready = |condition: &PodCondition| condition.type_ == "Ready" && condition.status == "True";
    OperatorPod {
        namespace: pod.namespace().unwrap_or_default(),
        name: pod.name_any(),
        account: pod.spec.as_ref().and_then(|spec| spec.service_account_name.clone()),
        is_ready: status.conditions.unwrap_or_default().iter().any(is_ready),
        restarts: containers.iter().map(|container| container.restart_count).sum(),
        trouble: waiting.or(ended),
    }
}

/// The uid of the namespace kube-system, by which the operator knows its EKS profiles.
pub(super) async fn installation_id(client: &Client) -> Result<String, CallError> {
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let found = call("reading namespace kube-system", LIMIT, namespaces.get_metadata("kube-system")).await?;
    Ok(found.uid().unwrap_or_default())
}

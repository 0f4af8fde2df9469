//! The part of a pod's spec that tells whether it can run on Fargate. What is not named here is skipped while a pod is read,
//! so that watching many pods stays cheap.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// spec of a pod.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PodSpec {
    /// nodeName.
    pub node_name: Option<String>,
    /// schedulerName.
    pub scheduler_name: Option<String>,
    /// schedulingGates.
    pub scheduling_gates: Vec<IgnoredAny>,
    /// hostNetwork.
    pub host_network: bool,
    /// os.
    pub os: Option<Os>,
    /// nodeSelector.
    pub node_selector: BTreeMap<String, String>,
    /// affinity.
    pub affinity: Option<Affinity>,
    /// containers.
    pub containers: Vec<Container>,
    /// initContainers.
    pub init_containers: Vec<Container>,
    /// volumes.
    pub volumes: Vec<Volume>,
}

/// The operating system a pod is made for.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Os {
    /// `linux` or `windows`.
    #[serde(default)]
    pub name: String,
}

/// A container.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Container {
    /// name.
    pub name: String,
    /// ports.
    pub ports: Vec<Port>,
    /// securityContext.
    pub security_context: Option<SecurityContext>,
    /// resources.
    pub resources: Option<Resources>,
    /// restartPolicy; `Always` makes an init container one that runs as long as the others.
    pub restart_policy: Option<String>,
}

/// A port of a container.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Port {
    /// hostPort.
    pub host_port: u32,
    /// hostIP.
    #[serde(rename = "hostIP")]
    pub host_ip: String,
}

/// securityContext of a container.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct SecurityContext {
    /// privileged.
    #[serde(default)]
    pub privileged: bool,
}

/// resources of a container.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Resources {
    /// limits.
    pub limits: BTreeMap<String, String>,
    /// requests.
    pub requests: BTreeMap<String, String>,
}

/// A volume, by the kind of its source.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Volume {
    /// name.
    pub name: String,
    /// hostPath.
    pub host_path: Option<IgnoredAny>,
    /// awsElasticBlockStore.
    pub aws_elastic_block_store: Option<IgnoredAny>,
    /// ephemeral: a claim made from a template, which needs dynamic provisioning.
    pub ephemeral: Option<IgnoredAny>,
    /// csi.
    pub csi: Option<Csi>,
}

/// A volume that a CSI driver makes for the pod.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Csi {
    /// driver.
    #[serde(default)]
    pub driver: String,
}

/// affinity.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Affinity {
    /// nodeAffinity.
    pub node_affinity: Option<NodeAffinity>,
}

/// nodeAffinity: what is required, not what is preferred.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NodeAffinity {
    /// requiredDuringSchedulingIgnoredDuringExecution.
    pub required_during_scheduling_ignored_during_execution: Option<NodeSelector>,
}

/// Terms of which one has to match.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NodeSelector {
    /// nodeSelectorTerms.
    pub node_selector_terms: Vec<NodeSelectorTerm>,
}

/// Expressions that all have to match.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NodeSelectorTerm {
    /// matchExpressions.
    pub match_expressions: Vec<Expression>,
}

/// A requirement on a label of the node.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Expression {
    /// key.
    pub key: String,
    /// operator.
    pub operator: String,
    /// values.
    pub values: Vec<String>,
}

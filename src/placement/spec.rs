//! The part of a pod's spec that decides whether it can run on Fargate. Other fields are skipped while parsing, so
//! watching many pods stays cheap.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PodSpec {
    pub node_name: Option<String>,
    pub scheduler_name: Option<String>,
    pub scheduling_gates: Vec<IgnoredAny>,
    pub host_network: bool,
    pub os: Option<Os>,
    pub node_selector: BTreeMap<String, String>,
    pub affinity: Option<Affinity>,
    pub containers: Vec<Container>,
    pub init_containers: Vec<Container>,
    pub volumes: Vec<Volume>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Os {
    /// `linux` or `windows`.
    #[serde(default)]
    pub name: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Container {
    pub name: String,
    pub ports: Vec<Port>,
    pub security_context: Option<SecurityContext>,
    pub resources: Option<Resources>,
    /// `Always` makes an init container a sidecar, which runs as long as the others.
    pub restart_policy: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Port {
    pub container_port: u32,
    pub host_port: u32,
    #[serde(rename = "hostIP")]
    pub host_ip: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct SecurityContext {
    #[serde(default)]
    pub privileged: bool,
    #[serde(default)]
    pub capabilities: Option<Capabilities>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Capabilities {
    #[serde(default)]
    pub add: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Resources {
    pub limits: BTreeMap<String, String>,
    pub requests: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Volume {
    pub name: String,
    pub host_path: Option<IgnoredAny>,
    pub aws_elastic_block_store: Option<IgnoredAny>,
    /// A claim made from a template, which needs dynamic provisioning.
    pub ephemeral: Option<IgnoredAny>,
    pub csi: Option<Csi>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Csi {
    #[serde(default)]
    pub driver: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Affinity {
    pub node_affinity: Option<NodeAffinity>,
}

/// Only what is required, not what is preferred.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NodeAffinity {
    pub required_during_scheduling_ignored_during_execution: Option<NodeSelector>,
}

/// One of the terms has to match.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NodeSelector {
    pub node_selector_terms: Vec<NodeSelectorTerm>,
}

/// All expressions have to match.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct NodeSelectorTerm {
    pub match_expressions: Vec<Expression>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Expression {
    pub key: String,
    pub operator: String,
    pub values: Vec<String>,
}

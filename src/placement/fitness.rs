//! Why a pod can never run on Fargate.
//!
//! The rules come from the EKS user guide ("Simplify compute management with AWS Fargate", considerations, and
//! "Understand Fargate Pod configuration details") and from the messages of the fargate-scheduler, `Pod not supported
//! on Fargate: …` (aws/containers-roadmap 1517, pachyderm/pachyderm 4522). Only rules that the pod itself shows to be
//! broken are here:
//!
//! - The volume, not the pod, tells what a persistentVolumeClaim leads to (EFS works, EBS and FSx for Lustre do not). A
//!   pod with a claim counts as fit.
//! - Pods of DaemonSets are a class of their own: Fargate's webhook ignores them (see
//!   [`Pod::is_of_daemon_set`](super::Pod::is_of_daemon_set)).
//! - hostPID and hostIPC are not judged: AWS does not document what EKS does with them. Of added capabilities only those are that a
//!   container does not have anyway: NET_ADMIN and SYS_PTRACE are known to be refused (aws/aws-app-mesh-roadmap#158,
//!   aws/containers-roadmap#2162), and of the others nothing is known.

use super::quantity;
use super::spec::{Container, Expression, NodeSelectorTerm, PodSpec, Volume};
use crate::message::message;

/// vCPUs of the largest Fargate size (EKS user guide, Fargate Pod configuration).
const MOST_CPU: f64 = 16.0;
/// Memory of the largest Fargate size in bytes (the same page). Reading AWS's GB as GiB refuses less.
const MOST_MEMORY: f64 = 120.0 * GIB;
/// What Fargate adds to the memory of each pod for its own components (the same page).
pub(super) const ADDED_MEMORY: f64 = 256.0 * GIB / 1024.0;
pub(super) const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

/// What containers may do by default (aws/containers-roadmap#409).
const CAPABILITIES: [&str; 14] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

const KUBELET_PORT: u32 = 10250;

/// Node labels for the architecture. Old manifests use the second.
const ARCH: [&str; 2] = ["kubernetes.io/arch", "beta.kubernetes.io/arch"];
/// Node labels for the operating system.
const OS: [&str; 2] = ["kubernetes.io/os", "beta.kubernetes.io/os"];

/// Everything in the spec that Fargate does not support, for people. It is empty for a pod that may run there.
pub(crate) fn unfit(spec: &PodSpec) -> Vec<String> {
    let mut reasons = Vec::new();
    if spec.host_network {
        reasons.push(message!("hostNetwork: Fargate has no host network for pods"));
    }
    if spec.os.as_ref().is_some_and(|os| os.name == "windows") {
        reasons.push(message!("os.name windows: Fargate on EKS runs Linux"));
    }
    reasons.extend(node_selector(spec));
    reasons.extend(affinity(spec));
    reasons.extend(containers(spec).filter_map(privileged));
    reasons.extend(containers(spec).filter_map(capability));
    reasons.extend(containers(spec).filter_map(host_port));
    reasons.extend(containers(spec).filter_map(accelerator));
    reasons.extend(size(spec));
    reasons.extend(spec.volumes.iter().filter_map(volume));
    reasons
}

/// Whether a container serves at the port that Fargate's kubelet has on the pod's own address (EKS user guide, metrics server).
pub(crate) fn serves_kubelet_port(spec: &PodSpec) -> bool {
    containers(spec).any(|container| container.ports.iter().any(|port| port.container_port == KUBELET_PORT))
}

pub(super) fn containers(spec: &PodSpec) -> impl Iterator<Item = &Container> {
    spec.init_containers.iter().chain(&spec.containers)
}

fn node_selector(spec: &PodSpec) -> Option<String> {
    let foreign = |(key, value): &(&String, &String)| fargate_has(key).is_some_and(|ours| value.as_str() != ours);
    let (key, value) = spec.node_selector.iter().find(foreign)?;
    Some(message!("nodeSelector {key}={value}: Fargate on EKS runs Linux on amd64"))
}

/// The required node affinity, if no Fargate node can meet it. One of its terms has to match, so all of them must
/// exclude Fargate.
fn affinity(spec: &PodSpec) -> Option<String> {
    let required = spec.affinity.as_ref()?.node_affinity.as_ref()?;
    let terms = &required.required_during_scheduling_ignored_during_execution.as_ref()?.node_selector_terms;
    let ruled_out: Vec<&Expression> = terms.iter().filter_map(ruling_out).collect();
    let first = ruled_out.first().filter(|_| ruled_out.len() == terms.len())?;
    let (key, operator, values) = (&first.key, &first.operator, first.values.join(","));
    Some(message!("affinity.nodeAffinity requires {key} {operator} {values}: Fargate on EKS runs Linux on amd64"))
}

/// The expression in the term that no Fargate node meets.
fn ruling_out(term: &NodeSelectorTerm) -> Option<&Expression> {
    term.match_expressions.iter().find(|expression| {
        let Some(ours) = fargate_has(&expression.key) else { return false };
        let named = expression.values.iter().any(|value| value == ours);
        match expression.operator.as_str() {
            "In" => !named,
            "NotIn" => named,
            "DoesNotExist" => true,
            _ => false,
        }
    })
}

/// The value of this label on Fargate nodes, if it names an architecture or operating system.
pub(super) fn fargate_has(key: &str) -> Option<&'static str> {
    if ARCH.contains(&key) {
        Some("amd64")
    } else if OS.contains(&key) {
        Some("linux")
    } else {
        None
    }
}

fn privileged(container: &Container) -> Option<String> {
    let is = container.security_context.as_ref().is_some_and(|context| context.privileged);
    is.then(|| {
        message!("container {}: securityContext.privileged: Fargate runs no privileged containers", container.name)
    })
}

/// An added capability that containers do not have by default.
fn capability(container: &Container) -> Option<String> {
    let added = &container.security_context.as_ref()?.capabilities.as_ref()?.add;
    let capability = added.iter().find(|name| !CAPABILITIES.contains(&name.as_str()))?;
    Some(message!("container {}: capabilities.add {capability}: Fargate adds no capabilities", container.name))
}

fn host_port(container: &Container) -> Option<String> {
    let port = container.ports.iter().find(|port| port.host_port != 0 || !port.host_ip.is_empty())?;
    let field =
        if port.host_port == 0 { message!("hostIP {}", port.host_ip) } else { message!("hostPort {}", port.host_port) };
    Some(message!("container {}: {field}: Fargate binds no port of a host", container.name))
}

/// GPUs, and the resources of the device plugin for Inferentia and Trainium.
fn accelerator(container: &Container) -> Option<String> {
    let is = |name: &&String| {
        let (domain, rest) = name.split_once('/').unwrap_or_default();
        domain == "nvidia.com" || domain.starts_with("gpu.") || rest.starts_with("gpu") || rest.starts_with("neuron")
    };
    let resources = container.resources.as_ref()?;
    let name = resources.limits.keys().chain(resources.requests.keys()).find(is)?;
    Some(message!("container {}: resources {name}: Fargate has no GPU and no Inferentia", container.name))
}

/// Requests that no Fargate size can hold: of the containers that run together, or of an init container that runs
/// before them.
fn size(spec: &PodSpec) -> Vec<String> {
    let mut reasons = Vec::new();
    let cpu = request(spec, "cpu");
    if cpu > MOST_CPU {
        reasons.push(message!("requests.cpu {cpu} in all: the largest Fargate size has {MOST_CPU} vCPU"));
    }
    let memory = request(spec, "memory");
    if memory + ADDED_MEMORY > MOST_MEMORY {
        reasons.push(message!(
            "requests.memory {:.1} GiB in all: the largest Fargate size has 120 GB, 256 MB of which go to Fargate itself",
            memory / GIB
        ));
    }
    reasons
}

pub(super) fn request(spec: &PodSpec, resource: &str) -> f64 {
    let of = |container: &Container| {
        let resources = container.resources.as_ref();
        let found = resources.and_then(|all| all.requests.get(resource).or_else(|| all.limits.get(resource)));
        found.and_then(|text| quantity::value(text)).unwrap_or(0.0)
    };
    let stays = |container: &&Container| container.restart_policy.as_deref() == Some("Always");
    let together: f64 = spec.containers.iter().chain(spec.init_containers.iter().filter(stays)).map(of).sum();
    spec.init_containers.iter().map(of).fold(together, f64::max)
}

fn volume(volume: &Volume) -> Option<String> {
    let rule = if volume.host_path.is_some() {
        "hostPath: Fargate has no host to mount from"
    } else if volume.aws_elastic_block_store.is_some() {
        "awsElasticBlockStore: Fargate mounts no EBS volumes"
    } else if volume.ephemeral.is_some() {
        "ephemeral: Fargate has no dynamic provisioning of volumes"
    } else {
        match volume.csi.as_ref()?.driver.as_str() {
            "ebs.csi.aws.com" => "csi.driver ebs.csi.aws.com: Fargate mounts no EBS volumes",
            "fsx.csi.aws.com" => "csi.driver fsx.csi.aws.com: Fargate mounts no FSx for Lustre",
            _ => return None,
        }
    };
    Some(message!("volume {}: {rule}", volume.name))
}

#[cfg(test)]
mod tests;

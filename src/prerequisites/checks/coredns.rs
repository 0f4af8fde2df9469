//! The cluster's DNS: that its Service has the address that kubelets tell pods, and CoreDNS of a cluster with Fargate only. EKS installs
//! it for EC2 nodes (EKS user guide, get started with AWS Fargate; aws/containers-roadmap#1389). Where its pods run, nothing is said of
//! it.

use std::collections::BTreeSet;

use crate::eks::{Addon, is_fargate};
use crate::message::{cut, message};
use crate::placement::{ClusterDns, DnsService, matches};
use crate::prerequisites::evidence::{CoreDns, DeploymentName, Evidence, Question, Read};
use crate::prerequisites::finding::{Check, Finding};

/// How much of a Deployment's path, of its namespace, of a label, and of what stands for an address a message has room for.
const PATH: usize = 64;
const NAMESPACE: usize = 40;
const LABEL: usize = 40;
const ADDRESS: usize = 39;

/// Where EKS installs it.
fn usual() -> DeploymentName {
    ("kube-system".to_owned(), "coredns".to_owned())
}

/// Whether EKS's add-on may have installed it.
pub(crate) fn is_usual((namespace, name): &DeploymentName) -> bool {
    (namespace.as_str(), name.as_str()) == ("kube-system", "coredns")
}

/// The Deployments that may be CoreDNS: the usual one, and those of the pods behind the cluster's DNS Service. None where nothing is at
/// its address: nodes of EKS Auto Mode need no CoreDNS.
pub(in crate::prerequisites) fn wanted(evidence: &Evidence) -> BTreeSet<DeploymentName> {
    match &evidence.names.dns {
        Read::Known(ClusterDns::Nowhere | ClusterDns::Elsewhere { .. }) => BTreeSet::new(),
        Read::Known(ClusterDns::Service(service)) => {
            let usual = Some(usual()).filter(|(namespace, _)| *namespace == service.namespace);
            evidence.names.deployments.iter().cloned().chain(usual).collect()
        }
        Read::NotAsked | Read::Unread(_) => BTreeSet::from([usual()]),
    }
}

/// Whether CoreDNS has no pod that is available.
pub(in crate::prerequisites) fn is_down(evidence: &Evidence) -> bool {
    down(evidence).is_some()
}

/// CoreDNS, if it has no pod that is available. Of several Deployments behind the Service one is enough.
fn down(evidence: &Evidence) -> Option<(DeploymentName, &CoreDns)> {
    let service = service(evidence);
    let mut found = Vec::new();
    for name in wanted(evidence) {
        if let Some(coredns) = evidence.coredns.get(&name)?.known()? {
            found.push((name, coredns));
        }
    }
    found.retain(|(_, coredns)| service.is_none_or(|service| service.selects(&coredns.template)));
    let is_down = found.iter().all(|(_, coredns)| coredns.available == 0);
    found.into_iter().next().filter(|_| is_down)
}

fn service(evidence: &Evidence) -> Option<&DnsService> {
    evidence.names.dns.known().and_then(ClusterDns::service)
}

pub(super) fn coredns(question: &Question, evidence: &Evidence) -> Vec<Finding> {
    let message = address(evidence).or_else(|| workload(question, evidence));
    message.map(|message| Finding::advisory(Check::CoreDns, message)).into_iter().collect()
}

/// Pods ask nobody for names (aws-ia/terraform-aws-eks-blueprints#1276).
fn address(evidence: &Evidence) -> Option<String> {
    let Some(ClusterDns::Elsewhere { address, wanted }) = evidence.names.dns.known() else { return None };
    let address = cut(address, ADDRESS);
    Some(message!(
        "Service kube-system/kube-dns has address {address}, but pods ask {wanted} for names and find none: \
         recreate it with that clusterIP"
    ))
}

fn workload(question: &Question, evidence: &Evidence) -> Option<String> {
    let (name, coredns) = down(evidence)?;
    let addon = evidence.coredns_addon.known().and_then(Option::as_ref).filter(|_| is_usual(&name));
    let deployment = cut(&format!("{}/{}", name.0, name.1), PATH);
    let mut selectors = evidence.selectors.iter().chain(&question.selectors);
    match (coredns.template.wants_ec2, addon) {
        (true, Some(addon)) if is_for_fargate(addon) => Some(message!(
            "no pod of CoreDNS is available: its add-on has computeType Fargate, but the template still holds it on EC2: \
             apply it anew (aws eks update-addon --resolve-conflicts OVERWRITE)"
        )),
        (true, Some(_)) => Some(message!(
            "no pod of CoreDNS is available, and its template holds it on EC2: set computeType to Fargate in the \
             configuration of the add-on coredns (aws eks update-addon)"
        )),
        (true, None) => Some(message!(
            "no pod of CoreDNS is available, and its template holds it on EC2: take \
             eks.amazonaws.com/compute-type out of Deployment {deployment}"
        )),
        (false, _) if selectors.any(|selector| matches(selector, &coredns.template)) => None,
        (false, _) => {
            let (namespace, label) = (cut(&name.0, NAMESPACE), label(service(evidence)));
            Some(message!(
                "no pod of CoreDNS is available, and no profile selects it: select namespace {namespace} with label \
                 {label}, unless EC2 nodes are to run it"
            ))
        }
    }
}

/// By which label a profile may select it.
fn label(service: Option<&DnsService>) -> String {
    let labels = service.into_iter().flat_map(|service| &service.selector);
    let shortest = labels.map(|(key, value)| format!("{key}={value}")).min_by_key(String::len);
    cut(&shortest.unwrap_or_else(|| "k8s-app=kube-dns".to_owned()), LABEL)
}

/// Whether the add-on was told to run on Fargate.
fn is_for_fargate(addon: &Addon) -> bool {
    is_fargate(addon.compute_type().ok().flatten().as_deref())
}

//! The cluster's DNS.

use data_plane::{COREDNS, COREDNS_NAMESPACE, EKS_MANAGER, coredns};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Service, ServiceAccount};
use kube::api::{Api, Patch, PatchParams};
use serde_json::{Value, json};

use crate::{Bed, DNS_ADDRESS};

/// A Service at the address that pods ask for names, before pods with these labels.
#[must_use]
pub fn dns_service(name: &str, labels: &Value) -> Value {
    let port = json!({ "name": "dns", "port": 53, "protocol": "UDP" });
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": name },
        "spec": { "clusterIP": DNS_ADDRESS, "selector": labels, "ports": [port] },
    })
}

/// Installs CoreDNS as EKS does, with its Service, held on EC2. A CoreDNS that is there stays as it is. On a cluster with the add-on,
/// the simulator has to be told of that too (`ClusterSettings.addons`).
pub async fn install_coredns(bed: &Bed) {
    let deployments: Api<Deployment> = Api::namespaced(bed.client(), COREDNS_NAMESPACE);
    if deployments.get_opt(COREDNS).await.unwrap().is_some() {
        return;
    }
    let eks = PatchParams::apply(EKS_MANAGER);
    let account = json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": COREDNS } });
    let accounts: Api<ServiceAccount> = Api::namespaced(bed.client(), COREDNS_NAMESPACE);
    accounts.patch(COREDNS, &eks, &Patch::Apply(account)).await.unwrap();
    let service = dns_service("kube-dns", &json!({ "k8s-app": "kube-dns" }));
    let services: Api<Service> = Api::namespaced(bed.client(), COREDNS_NAMESPACE);
    services.patch("kube-dns", &eks, &Patch::Apply(service)).await.unwrap();
    deployments.patch(COREDNS, &eks, &Patch::Apply(coredns(Some("ec2")))).await.unwrap();
}

//! Nodes: one for each pod on Fargate, and ordinary ones.

use std::net::Ipv4Addr;

use k8s_openapi::api::core::v1::Node;
use kube::api::{Api, Patch, PatchParams, PostParams};
use kube::{Client, ResourceExt};
use serde_json::{Value, json};

use crate::names::COMPUTE_TYPE;

/// How names of Fargate's nodes begin.
const FARGATE: &str = "fargate-ip-";

/// The node of the pod with this address: node and pod have one network interface and one address.
pub(crate) fn fargate_name(address: Ipv4Addr, region: &str) -> String {
    format!("{FARGATE}{}.{region}.compute.internal", dashed(address))
}

/// The n-th ordinary node.
pub(crate) fn ec2_address(n: usize) -> Ipv4Addr {
    let [third, fourth] = u16::try_from(n + 10).unwrap_or(u16::MAX).to_be_bytes();
    Ipv4Addr::new(10, 0, third, fourth)
}

/// Its name.
pub(crate) fn ec2_name(n: usize, region: &str) -> String {
    format!("ip-{}.{region}.compute.internal", dashed(ec2_address(n)))
}

pub(crate) fn is_fargate(name: &str) -> bool {
    name.starts_with(FARGATE)
}

fn dashed(address: Ipv4Addr) -> String {
    address.to_string().replace('.', "-")
}

/// Makes a node that is Ready; one of the same name is taken for it.
pub(crate) async fn make(client: &Client, name: &str, address: Ipv4Addr, region: &str) -> Result<(), kube::Error> {
    let nodes: Api<Node> = Api::all(client.clone());
    let node = serde_json::from_value(body(name, address, region)).map_err(kube::Error::SerdeError)?;
    match nodes.create(&PostParams::default(), &node).await {
        Ok(made) => {
            // Admission gives every new node a taint of not being ready, which the node lifecycle controller would
            // take away.
            let taints = node.spec.and_then(|spec| spec.taints).unwrap_or_default();
            let bare = json!({ "spec": { "taints": taints } });
            nodes.patch(&made.name_any(), &PatchParams::default(), &Patch::Merge(bare)).await?;
            Ok(())
        }
        Err(kube::Error::Api(answer)) if answer.code == 409 => Ok(()),
        Err(error) => Err(error),
    }
}

/// As EKS's nodes are, as far as anybody looks: label and taint of Fargate's (UG; `kubectl describe node` in public issues),
/// neither on others. The label tells whether a node is Fargate's, the taint keeps other pods away.
fn body(name: &str, address: Ipv4Addr, region: &str) -> Value {
    let mut labels = json!({
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        "kubernetes.io/hostname": format!("ip-{}.{region}.compute.internal", dashed(address)),
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": format!("{region}a"),
    });
    let mut spec = json!({});
    if is_fargate(name) {
        labels[COMPUTE_TYPE] = json!("fargate");
        spec["taints"] = json!([{ "key": COMPUTE_TYPE, "value": "fargate", "effect": "NoSchedule" }]);
    }
    let size = json!({ "cpu": "2", "memory": "4Gi", "pods": if is_fargate(name) { "1" } else { "110" } });
    json!({
        "metadata": { "name": name, "labels": labels },
        "spec": spec,
        "status": {
            "capacity": size,
            "allocatable": size,
            "addresses": [{ "type": "InternalIP", "address": address }, { "type": "Hostname", "address": name }],
            "conditions": [{ "type": "Ready", "status": "True", "reason": "KubeletReady" }],
        },
    })
}

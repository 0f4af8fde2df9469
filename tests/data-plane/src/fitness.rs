//! What Fargate does not run.
//!
//! UG lists it: privileged containers, HostPort and HostNetwork, GPUs, EBS volumes, dynamic provisioning. The texts are those of
//! the scheduler's events in public issues: kubernetes-sigs/aws-efs-csi-driver 589 and 1329, freegroup/kube-s3 14,
//! frappe/frappe_docker 1182. A matching pod that is unfit is mutated all the same and stays Pending.

use k8s_openapi::api::core::v1::{Container, PersistentVolume, PersistentVolumeClaim, Pod, Volume};
use kube::ResourceExt;
use kube::api::Api;

use crate::plane::Plane;

/// Why Fargate cannot run this pod, in the scheduler's words, as far as the pod itself tells.
///
/// `volumes` is what is wrong with its volumes ([`volumes`]).
pub(crate) fn unfit(pod: &Pod, volumes: &[String]) -> Option<String> {
    let spec = pod.spec.as_ref()?;
    let mut faults = Vec::new();
    let mut fields = Vec::new();
    for (name, used) in [("HostNetwork", spec.host_network), ("HostPID", spec.host_pid), ("HostIPC", spec.host_ipc)] {
        fields.extend(used.unwrap_or(false).then_some(name));
    }
    if !fields.is_empty() {
        faults.push(format!("fields not supported: {}", fields.join(", ")));
    }
    let containers = || spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let mut security: Vec<String> = Vec::new();
    if containers().any(is_privileged) {
        security.push("Privileged".to_owned());
    }
    security.extend(containers().flat_map(added).map(|name| format!("Capabilities added: {name}")));
    if !security.is_empty() {
        faults.push(format!("invalid SecurityContext fields: {}", security.join(", ")));
    }
    if containers().flat_map(|one| one.ports.iter().flatten()).any(|port| port.host_port.is_some()) {
        faults.push("port contains HostIP or HostPort".to_owned());
    }
    // How EKS words this one was not found.
    let devices: Vec<&str> = containers().flat_map(devices).collect();
    if !devices.is_empty() {
        faults.push(format!("resources not supported: {}", devices.join(", ")));
    }
    if !volumes.is_empty() {
        faults.push(format!("volumes not supported: {}", volumes.join(", ")));
    }
    (!faults.is_empty()).then(|| format!("Pod not supported on Fargate: {}", faults.join(", ")))
}

fn is_privileged(one: &Container) -> bool {
    one.security_context.as_ref().and_then(|security| security.privileged).unwrap_or(false)
}

/// All but those that containers have anyway.
fn added(one: &Container) -> impl Iterator<Item = &String> {
    let capabilities = one.security_context.as_ref().and_then(|security| security.capabilities.as_ref());
    capabilities.into_iter().flat_map(|capabilities| capabilities.add.iter().flatten())
}

/// GPUs and Inferentia.
fn devices(one: &Container) -> impl Iterator<Item = &str> {
    let resources = one.resources.iter();
    let wanted = resources.flat_map(|resources| resources.limits.iter().flatten().map(|(name, _)| name.as_str()));
    wanted.filter(|name| ["nvidia.com/", "amd.com/", "aws.amazon.com/neuron"].iter().any(|kind| name.starts_with(kind)))
}

/// What is wrong with a pod's volumes: of a kind that Fargate has not, or a claim that nothing is bound to (nobody
/// provisions on Fargate; a volume on EFS that somebody made can be bound).
///
/// # Errors
/// If the API server does not tell of a claim or a volume that is there.
pub(crate) async fn volumes(pod: &Pod, plane: &Plane) -> Result<Vec<String>, kube::Error> {
    let mut faults = Vec::new();
    let namespace = pod.namespace().unwrap_or_default();
    for volume in pod.spec.iter().flat_map(|spec| spec.volumes.iter().flatten()) {
        let name = &volume.name;
        let unsupported = || format!("{name} is of an unsupported volume Type");
        let claim = match (&volume.persistent_volume_claim, &volume.ephemeral) {
            (Some(claim), _) => claim.claim_name.clone(),
            // Made for this pod, of this name, and always provisioned.
            (None, Some(_)) => format!("{}-{name}", pod.name_any()),
            (None, None) => {
                if !is_supported(volume) {
                    faults.push(unsupported());
                }
                continue;
            }
        };
        let claims: Api<PersistentVolumeClaim> = Api::namespaced(plane.client.clone(), &namespace);
        let bound = claims.get_opt(&claim).await?.and_then(|claim| claim.spec).and_then(|spec| spec.volume_name);
        let Some(bound) = bound.filter(|volume| !volume.is_empty()) else {
            faults.push(format!("{name} not supported because: PVC {claim} not bound"));
            continue;
        };
        let all: Api<PersistentVolume> = Api::all(plane.client.clone());
        let found = all.get_opt(&bound).await?.and_then(|volume| volume.spec);
        let driver = found.as_ref().and_then(|spec| spec.csi.as_ref()).map(|csi| csi.driver.as_str());
        let is_nfs = found.as_ref().is_some_and(|spec| spec.nfs.is_some());
        if driver != Some("efs.csi.aws.com") && !is_nfs {
            faults.push(unsupported());
        }
    }
    Ok(faults)
}

/// What a pod has without a disk of the node or of EC2.
fn is_supported(volume: &Volume) -> bool {
    volume.aws_elastic_block_store.is_none() && volume.host_path.is_none() && volume.csi.is_none()
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Pod;
    use serde_json::{Value, json};

    use super::unfit;

    fn told(spec: Value) -> Option<String> {
        let pod: Pod = serde_json::from_value(json!({ "spec": spec })).unwrap();
        unfit(&pod, &[])
    }

    #[test]
    fn a_plain_pod_is_fit() {
        assert_eq!(told(json!({ "containers": [{ "name": "a", "ports": [{ "containerPort": 80 }] }] })), None);
    }

    #[test]
    fn what_is_wrong_with_a_pod_is_told_in_the_words_of_public_reports() {
        let container = json!({
            "name": "a", "securityContext": { "privileged": true }, "ports": [{ "containerPort": 1, "hostPort": 1 }],
        });
        let text = told(json!({ "hostNetwork": true, "containers": [container] })).unwrap();
        let reported = "Pod not supported on Fargate: fields not supported: HostNetwork, invalid SecurityContext fields: \
                        Privileged, port contains HostIP or HostPort";
        assert_eq!(text, reported);
        let gpu = json!({ "name": "a", "resources": { "limits": { "nvidia.com/gpu": "1" } } });
        assert!(told(json!({ "containers": [gpu] })).unwrap().contains("nvidia.com/gpu"));
    }
}

//! How many pods run on an EKS profile, by a fresh list from the API server of the cluster that the operator runs in.

use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::Client;
use kube::api::{Api, ListParams, PartialObjectMeta};

use crate::api::POD_PROFILE_LABEL;
use crate::eks::Cluster;
use crate::plan::Pods;

/// Pods of the operator's own cluster.
pub struct PodSight {
    client: Client,
    /// Certificate authorities by which the operator trusts its own API server, DER.
    authorities: Vec<Vec<u8>>,
    timeout: Duration,
}

impl PodSight {
    /// Sees pods through `client`, whose API server is trusted by `authorities`.
    #[must_use]
    pub fn new(client: Client, authorities: Vec<Vec<u8>>, timeout: Duration) -> Self {
        Self { client, authorities, timeout }
    }

    /// The pods on a profile that have not ended. That `cluster` is the one the operator lives in is verified by its
    /// certificate authority, never by its name: no pods in a wrong cluster are not "no pods".
    pub async fn on_profile(&self, cluster: &Cluster, profile: &str) -> Pods {
        if !self.is_own(cluster) {
            return Pods::Unknown(format!(
                "the operator does not run in EKS cluster {} and cannot see its pods",
                cluster.name
            ));
        }
        let pods: Api<PartialObjectMeta<Pod>> = Api::all(self.client.clone());
        let running = ListParams::default()
            .labels(&format!("{POD_PROFILE_LABEL}={profile}"))
            .fields("status.phase!=Succeeded,status.phase!=Failed");
        match tokio::time::timeout(self.timeout, pods.list(&running)).await {
            Ok(Ok(list)) => Pods::Known(list.items.len()),
            Ok(Err(kube::Error::Api(refusal))) => Pods::Unknown(format!(
                "listing pods was refused: {}; compare the operator's roles with deploy/rbac",
                refusal.message
            )),
            Ok(Err(error)) => Pods::Unknown(format!("listing pods failed: {error}")),
            Err(_) => Pods::Unknown("listing pods took too long".to_owned()),
        }
    }

    fn is_own(&self, cluster: &Cluster) -> bool {
        let Some(data) = &cluster.certificate_authority else { return false };
        let theirs = certificates(data);
        !theirs.is_empty() && theirs.iter().any(|certificate| self.authorities.contains(certificate))
    }
}

/// `certificateAuthority.data` is base64 of PEM.
fn certificates(data: &str) -> Vec<Vec<u8>> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let Some(pem) = base64(data) else { return Vec::new() };
    CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok).map(|certificate| certificate.to_vec()).collect()
}

fn base64(data: &str) -> Option<Vec<u8>> {
    let text = serde_json::Value::String(data.trim().to_owned());
    serde_json::from_value::<k8s_openapi::ByteString>(text).ok().map(|bytes| bytes.0)
}

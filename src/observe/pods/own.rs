//! Whether an EKS cluster is the one that the operator runs in. Verified by certificate authority, never by name: no pods in
//! a wrong cluster are not "no pods".

use crate::eks::Cluster;

/// Whether `authorities`, by which the operator trusts its own API server (DER), are those of `cluster`.
pub(super) fn is_own(authorities: &[Vec<u8>], cluster: &Cluster) -> bool {
    let Some(data) = &cluster.certificate_authority else { return false };
    certificates(data).iter().any(|certificate| authorities.contains(certificate))
}

/// Why the pods of another cluster are unknown.
pub(super) fn foreign(cluster: &Cluster) -> String {
    format!("the operator does not run in EKS cluster {} and cannot see its pods", cluster.name)
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

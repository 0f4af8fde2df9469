//! Whether an EKS cluster is the one that the operator runs in. It is verified by certificate authority, never by
//! name: an empty list from the wrong cluster must not count as "no pods".

use crate::eks::Cluster;
use crate::message::message;
use crate::state::PodsUnavailable;

/// Whether `authorities`, by which the operator trusts its own API server (DER), are those of `cluster`.
pub(in crate::observe) fn is_own(authorities: &[Vec<u8>], cluster: &Cluster) -> bool {
    let Some(data) = &cluster.certificate_authority else { return false };
    certificates(data).iter().any(|certificate| authorities.contains(certificate))
}

/// Why the pods of another cluster are unknown.
pub(super) fn foreign(cluster: &Cluster) -> PodsUnavailable {
    PodsUnavailable::lasting(message!("the operator does not run in EKS cluster {}", cluster.name))
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

#[cfg(test)]
mod tests {
    use super::*;

    // DER of nothing in particular: only equality counts.
    const OURS: &str = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n";
    const THEIRS: &str = "-----BEGIN CERTIFICATE-----\nBAUG\n-----END CERTIFICATE-----\n";

    fn cluster(pem: &str) -> Cluster {
        let encoded = serde_json::to_value(k8s_openapi::ByteString(pem.into())).unwrap();
        Cluster { certificate_authority: encoded.as_str().map(str::to_owned), ..Cluster::default() }
    }

    #[test]
    fn only_a_certificate_that_both_have_makes_a_cluster_our_own() {
        let authorities = [vec![9], vec![1, 2, 3]];
        assert!(is_own(&authorities, &cluster(OURS)));
        assert!(is_own(&authorities, &cluster(&format!("{THEIRS}{OURS}"))));
        assert!(!is_own(&authorities, &cluster(THEIRS)));
        assert!(!is_own(&[], &cluster(OURS)));
        assert!(!is_own(&[], &cluster("")));
        assert!(!is_own(&authorities, &Cluster { certificate_authority: Some("no base64!".into()), ..cluster(OURS) }));
        assert!(!is_own(&authorities, &Cluster { certificate_authority: None, ..cluster(OURS) }));
    }
}

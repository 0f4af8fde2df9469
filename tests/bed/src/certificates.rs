//! The control plane's TLS: an authority of its own and a certificate for the API server on loopback.

use std::path::Path;

use anyhow::Context;
use k8s_openapi::ByteString;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};

/// PEM files in a folder, under fixed names.
#[derive(Clone, Debug)]
pub struct Certificates {
    /// The authority, PEM.
    pub authority: String,
}

/// The authority.
pub const AUTHORITY: &str = "ca.crt";
/// The API server's certificate.
pub const SERVER_CERTIFICATE: &str = "apiserver.crt";
/// Its key.
pub const SERVER_KEY: &str = "apiserver.key";
/// The key that signs service account tokens.
pub const SERVICE_ACCOUNT_KEY: &str = "service-account.key";
/// The key that they are checked with.
pub const SERVICE_ACCOUNT_PUBLIC_KEY: &str = "service-account.pub";

impl Certificates {
    /// Makes them and writes them into `folder`.
    ///
    /// # Errors
    /// If they cannot be made or written.
    pub fn write(folder: &Path) -> anyhow::Result<Self> {
        let authority_key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "test bed");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let authority = params.self_signed(&authority_key)?;
        let issuer = Issuer::from_params(&params, &authority_key);

        let server_key = KeyPair::generate()?;
        let mut server = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()])?;
        server.distinguished_name.push(DnType::CommonName, "kube-apiserver");
        let server = server.signed_by(&server_key, &issuer)?;

        let service_accounts = KeyPair::generate()?;
        let files = [
            (AUTHORITY, authority.pem()),
            (SERVER_CERTIFICATE, server.pem()),
            (SERVER_KEY, server_key.serialize_pem()),
            (SERVICE_ACCOUNT_KEY, service_accounts.serialize_pem()),
            (SERVICE_ACCOUNT_PUBLIC_KEY, service_accounts.public_key_pem()),
        ];
        for (name, text) in &files {
            std::fs::write(folder.join(name), text).with_context(|| format!("writing {name}"))?;
        }
        Ok(Self { authority: authority.pem() })
    }
}

/// As Kubernetes and EKS write PEM in JSON.
pub(crate) fn base64(text: &str) -> anyhow::Result<String> {
    let encoded = serde_json::to_value(ByteString(text.as_bytes().to_vec()))?;
    Ok(encoded.as_str().context("base64 is text")?.to_owned())
}

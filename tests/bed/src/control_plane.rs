//! etcd, kube-apiserver and kube-controller-manager on loopback, without nodes.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use kube::config::{KubeConfigOptions, Kubeconfig};
use tempfile::TempDir;

use crate::certificates::{self, Certificates};
use crate::guarded::{End, Guarded};
use crate::programs;

/// Token of the user in group system:masters.
const ADMIN_TOKEN: &str = "test-bed-admin";

/// A loaded machine may take this long; a healthy one needs three seconds.
const START_LIMIT: Duration = Duration::from_secs(120);

/// A running control plane. Dropping it ends it and removes its files.
#[derive(Debug)]
pub struct ControlPlane {
    // Ended in this order.
    _controller_manager: Guarded,
    _apiserver: Guarded,
    _etcd: Guarded,
    folder: PathBuf,
    programs: PathBuf,
    url: String,
    authority: String,
}

impl ControlPlane {
    /// Starts one and waits until it answers.
    ///
    /// # Errors
    /// If a program is missing or does not come up; the message carries the end of its log.
    pub async fn start() -> anyhow::Result<Self> {
        let programs = programs::control_plane()?;
        let folder = TempDir::with_prefix("fargate-operator-bed-")?;
        let authority = Certificates::write(folder.path())?.authority;
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("tokens.csv"), format!("{ADMIN_TOKEN},admin,admin,\"system:masters\"\n"))?;

        let (client_port, peer_port, secure_port) = (free_port()?, free_port()?, free_port()?);
        let etcd_url = format!("http://127.0.0.1:{client_port}");
        let url = format!("https://127.0.0.1:{secure_port}");
        std::fs::write(path("admin.kubeconfig"), kubeconfig(&url, &path(certificates::AUTHORITY), ADMIN_TOKEN))?;

        let flag = |name: &str, value: &Path| format!("--{name}={}", value.display());
        let mut etcd = Command::new(programs.join("etcd"));
        etcd.arg(flag("data-dir", &path("etcd"))).args([
            "--unsafe-no-fsync".to_owned(),
            "--log-level=warn".to_owned(),
            format!("--listen-client-urls={etcd_url}"),
            format!("--advertise-client-urls={etcd_url}"),
            format!("--listen-peer-urls=http://127.0.0.1:{peer_port}"),
        ]);
        let removed_at_the_end = folder.keep();
        let path = |name: &str| removed_at_the_end.join(name);
        let etcd = Guarded::start(&etcd, &path("etcd.log"), &End::killed(Some(&removed_at_the_end)))?;

        let mut apiserver = Command::new(programs.join("kube-apiserver"));
        apiserver
            .args([
                format!("--etcd-servers={etcd_url}"),
                format!("--secure-port={secure_port}"),
                "--bind-address=127.0.0.1".to_owned(),
                "--advertise-address=127.0.0.1".to_owned(),
                "--endpoint-reconciler-type=none".to_owned(),
                "--authorization-mode=RBAC".to_owned(),
                "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
                "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
            ])
            .arg(flag("cert-dir", &path("apiserver")))
            .arg(flag("tls-cert-file", &path(certificates::SERVER_CERTIFICATE)))
            .arg(flag("tls-private-key-file", &path(certificates::SERVER_KEY)))
            .arg(flag("service-account-key-file", &path(certificates::SERVICE_ACCOUNT_PUBLIC_KEY)))
            .arg(flag("service-account-signing-key-file", &path(certificates::SERVICE_ACCOUNT_KEY)))
            .arg(flag("token-auth-file", &path("tokens.csv")));
        let mut apiserver = Guarded::start(&apiserver, &path("kube-apiserver.log"), &End::killed(None))?;
        wait_ready(&path("admin.kubeconfig"), &mut apiserver).await?;

        let mut manager = Command::new(programs.join("kube-controller-manager"));
        manager
            .arg(flag("kubeconfig", &path("admin.kubeconfig")))
            .arg(flag("service-account-private-key-file", &path(certificates::SERVICE_ACCOUNT_KEY)))
            .arg(flag("root-ca-file", &path(certificates::AUTHORITY)))
            .arg(flag("cert-dir", &path("controller-manager")))
            .args([
                "--leader-elect=false",
                "--bind-address=127.0.0.1",
                "--secure-port=0",
                "--kube-api-qps=200",
                "--kube-api-burst=400",
                // Without nodes, the node controllers would have nothing to do but to evict.
                "--controllers=serviceaccount-token-controller,serviceaccount-controller,root-ca-certificate-publisher-controller,namespace-controller,garbage-collector-controller,clusterrole-aggregation-controller,deployment-controller,replicaset-controller,statefulset-controller,daemonset-controller,job-controller,cronjob-controller,ttl-after-finished-controller,disruption-controller,endpointslice-controller,validatingadmissionpolicy-status-controller",
            ]);
        let manager = Guarded::start(&manager, &path("kube-controller-manager.log"), &End::killed(None))?;

        Ok(Self {
            _controller_manager: manager,
            _apiserver: apiserver,
            _etcd: etcd,
            folder: removed_at_the_end,
            programs,
            url,
            authority,
        })
    }

    /// A kubeconfig for the admin.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.join("admin.kubeconfig")
    }

    /// Writes a kubeconfig for somebody who holds `token`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn kubeconfig_for(&self, name: &str, token: &str) -> anyhow::Result<PathBuf> {
        let file = self.folder.join(format!("{name}.kubeconfig"));
        std::fs::write(&file, kubeconfig(&self.url, &self.folder.join(certificates::AUTHORITY), token))?;
        Ok(file)
    }

    /// A client for the admin.
    ///
    /// # Errors
    /// If its certificate cannot be used.
    pub async fn client(&self) -> anyhow::Result<kube::Client> {
        client(&self.kubeconfig()).await
    }

    /// Where the control plane keeps its files, logs included, as long as it runs.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder with kubectl and the rest.
    #[must_use]
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// URL of the API server.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The authority that signed its certificate, PEM.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

async fn wait_ready(kubeconfig: &Path, apiserver: &mut Guarded) -> anyhow::Result<()> {
    let client = client(kubeconfig).await?;
    let began = Instant::now();
    loop {
        // The service account of pods needs namespace `default` too, which the API server makes soon after it is ready.
        let namespaces: kube::Api<k8s_openapi::api::core::v1::Namespace> = kube::Api::all(client.clone());
        if namespaces.get("kube-system").await.is_ok() && namespaces.get("default").await.is_ok() {
            return Ok(());
        }
        if let Some(code) = apiserver.ended()? {
            bail!("kube-apiserver ended with {code}:\n{}", tail(&apiserver.log()));
        }
        if began.elapsed() > START_LIMIT {
            bail!("kube-apiserver is not ready after {START_LIMIT:?}:\n{}", tail(&apiserver.log()));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn client(kubeconfig: &Path) -> anyhow::Result<kube::Client> {
    // An error only says that somebody has installed it before us.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let file = Kubeconfig::read_from(kubeconfig)?;
    let mut config = kube::Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await?;
    config.default_retry = false;
    Ok(kube::Client::try_from(config)?)
}

/// A port that was free a moment ago.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("finding a free port")?;
    Ok(listener.local_addr()?.port())
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

fn kubeconfig(url: &str, authority: &Path, token: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: bed\nclusters:\n- name: bed\n  cluster:\n    server: {url}\n    \
         certificate-authority: {}\nusers:\n- name: user\n  user:\n    token: {token}\ncontexts:\n- name: bed\n  \
         context: {{ cluster: bed, user: user }}\n",
        authority.display()
    )
}

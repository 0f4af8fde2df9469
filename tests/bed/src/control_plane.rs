//! etcd, kube-apiserver and kube-controller-manager on loopback, without nodes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use kube::config::{KubeConfigOptions, Kubeconfig};
use tempfile::TempDir;

use crate::certificates::{self, Certificates};
use crate::child::{End, GuardedChild};
use crate::port::Port;
use crate::programs::{self, LAZY_COLLECTION};

/// Token of the user in group system:masters.
const ADMIN_TOKEN: &str = "test-bed-admin";

/// The range of the addresses of Services.
pub(crate) const SERVICE_RANGE: &str = "10.0.0.0/24";
/// The address in it that pods ask for names.
pub const DNS_ADDRESS: &str = "10.0.0.10";

/// A loaded machine may take this long; a healthy one needs three seconds.
const START_LIMIT: Duration = Duration::from_secs(120);

/// A look at an API server that is starting takes no longer.
const LOOK_LIMIT: Duration = Duration::from_secs(2);

/// A running control plane. Dropping it ends it and removes its files.
#[derive(Debug)]
pub struct ControlPlane {
    // Ended in this order.
    controller_manager: GuardedChild,
    apiserver: Option<GuardedChild>,
    etcd: GuardedChild,
    /// How the API server is started.
    apiserver_command: Command,
    folder: PathBuf,
    programs: PathBuf,
    url: String,
    authority: String,
    /// Held while it lives, so that a part that is started again finds its own free.
    ports: Vec<Port>,
}

impl ControlPlane {
    /// Starts one and waits until it answers.
    ///
    /// # Errors
    /// If a program is missing or does not come up; the message carries the end of its log.
    pub async fn start() -> anyhow::Result<Self> {
        let programs = programs::control_plane().await?;
        let [etcd_port, peers_port, port] = [Port::free()?, Port::free()?, Port::free()?];
        let folder = TempDir::with_prefix("fargate-operator-bed-")?;
        let authority = Certificates::write(folder.path())?.authority;
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("tokens.csv"), format!("{ADMIN_TOKEN},admin,admin,\"system:masters\"\n"))?;

        let etcd_url = format!("http://{}", etcd_port.address());
        let url = format!("https://{}", port.address());
        std::fs::write(path("admin.kubeconfig"), kubeconfig(&url, &authority, ADMIN_TOKEN)?)?;

        let program = |name: &str| {
            let mut command = Command::new(programs.join(name));
            command.env(LAZY_COLLECTION.0, LAZY_COLLECTION.1);
            command
        };
        let flag = |name: &str, value: &Path| format!("--{name}={}", value.display());
        let mut etcd = program("etcd");
        etcd.arg(flag("data-dir", &path("etcd"))).args([
            "--unsafe-no-fsync".to_owned(),
            "--log-level=warn".to_owned(),
            format!("--listen-client-urls={etcd_url}"),
            format!("--advertise-client-urls={etcd_url}"),
            format!("--listen-peer-urls=http://{}", peers_port.address()),
        ]);
        // etcd takes every variable with this prefix for a flag.
        for (key, _) in std::env::vars_os().filter(|(key, _)| key.to_string_lossy().starts_with("ETCD_")) {
            etcd.env_remove(key);
        }
        let removed_at_the_end = folder.keep();
        let path = |name: &str| removed_at_the_end.join(name);
        let mut etcd = GuardedChild::start(&etcd, &path("etcd.log"), &End::killed(Some(&removed_at_the_end)))?;

        let mut apiserver_command = program("kube-apiserver");
        apiserver_command
            .args([
                format!("--etcd-servers={etcd_url}"),
                format!("--secure-port={}", port.number()),
                "--bind-address=127.0.0.1".to_owned(),
                "--advertise-address=127.0.0.1".to_owned(),
                "--endpoint-reconciler-type=none".to_owned(),
                "--authorization-mode=RBAC".to_owned(),
                format!("--service-cluster-ip-range={SERVICE_RANGE}"),
                // As in EKS, where Fargate's scheduler is who turns privileged pods away.
                "--allow-privileged=true".to_owned(),
                "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
            ])
            .arg(flag("cert-dir", &path("apiserver")))
            .arg(flag("tls-cert-file", &path(certificates::SERVER_CERTIFICATE)))
            .arg(flag("tls-private-key-file", &path(certificates::SERVER_KEY)))
            .arg(flag("service-account-key-file", &path(certificates::SERVICE_ACCOUNT_PUBLIC_KEY)))
            .arg(flag("service-account-signing-key-file", &path(certificates::SERVICE_ACCOUNT_KEY)))
            .arg(flag("token-auth-file", &path("tokens.csv")));
        let mut apiserver = start_apiserver(&apiserver_command, &removed_at_the_end)?;
        wait_ready(&path("admin.kubeconfig"), &mut etcd, &mut apiserver).await?;

        let mut manager = program("kube-controller-manager");
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
        let manager = GuardedChild::start(&manager, &path("kube-controller-manager.log"), &End::killed(None))?;

        Ok(Self {
            controller_manager: manager,
            apiserver: Some(apiserver),
            etcd,
            apiserver_command,
            folder: removed_at_the_end,
            programs,
            url,
            authority,
            ports: vec![etcd_port, peers_port, port],
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
        std::fs::write(&file, kubeconfig(&self.url, &self.authority, token)?)?;
        Ok(file)
    }

    /// A client for the admin.
    ///
    /// # Errors
    /// If its certificate cannot be used.
    pub async fn client(&self) -> anyhow::Result<kube::Client> {
        client(&self.kubeconfig()).await
    }

    /// Kills the API server. All the rest goes on.
    pub fn kill_api_server(&mut self) {
        self.apiserver = None;
    }

    /// Starts the API server again, on the same port with the same data, and waits until it answers.
    ///
    /// # Errors
    /// If it does not come up; the message carries the end of its log.
    pub async fn start_api_server(&mut self) -> anyhow::Result<()> {
        self.kill_api_server();
        let mut started = start_apiserver(&self.apiserver_command, &self.folder)?;
        wait_ready(&self.kubeconfig(), &mut self.etcd, &mut started).await?;
        self.apiserver = Some(started);
        Ok(())
    }

    /// Whether all of it runs.
    pub fn is_whole(&mut self) -> bool {
        let all = [Some(&mut self.controller_manager), self.apiserver.as_mut(), Some(&mut self.etcd)];
        all.into_iter().all(|one| one.is_some_and(|process| matches!(process.ended(), Ok(None))))
    }

    /// The ids of its processes and of their guards.
    pub fn pids(&self) -> impl Iterator<Item = u32> {
        let all = [Some(&self.controller_manager), self.apiserver.as_ref(), Some(&self.etcd)];
        all.into_iter().flatten().flat_map(|one| [one.pid(), one.guard()])
    }

    /// The id of the API server's process, for tests that have it stand still.
    ///
    /// # Errors
    /// If it was killed.
    pub fn api_server(&self) -> anyhow::Result<u32> {
        Ok(self.apiserver.as_ref().context("no API server runs")?.pid())
    }

    /// The id of etcd's process, for tests that have it stand still.
    #[must_use]
    pub fn etcd(&self) -> u32 {
        self.etcd.pid()
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

    /// Ends it. Its ports are held still, for whoever wants to see that nobody listens there.
    #[must_use]
    pub fn end(mut self) -> Vec<Port> {
        std::mem::take(&mut self.ports)
    }

    /// The authority that signed its certificate, PEM.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

fn start_apiserver(command: &Command, folder: &Path) -> anyhow::Result<GuardedChild> {
    GuardedChild::start(command, &folder.join("kube-apiserver.log"), &End::killed(None))
}

async fn wait_ready(kubeconfig: &Path, etcd: &mut GuardedChild, apiserver: &mut GuardedChild) -> anyhow::Result<()> {
    let client = client(kubeconfig).await?;
    let began = Instant::now();
    loop {
        for (name, process) in [("etcd", &mut *etcd), ("kube-apiserver", &mut *apiserver)] {
            if let Some(code) = process.ended()? {
                bail!("{name} ended with {code}:\n{}", tail(&process.log()));
            }
        }
        // The service account of pods needs namespace `default` too, which the API server makes soon after it is ready.
        let namespaces: kube::Api<k8s_openapi::api::core::v1::Namespace> = kube::Api::all(client.clone());
        let look = async {
            // Before it says so itself, it answers 503 to what a CustomResourceDefinition defines.
            is_ready(&client).await
                && namespaces.get("kube-system").await.is_ok()
                && namespaces.get("default").await.is_ok()
        };
        // One that has only begun may leave a connection waiting.
        if tokio::time::timeout(LOOK_LIMIT, look).await.unwrap_or(false) {
            return Ok(());
        }
        if began.elapsed() > START_LIMIT {
            bail!("kube-apiserver is not ready after {START_LIMIT:?}:\n{}", tail(&apiserver.log()));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn is_ready(client: &kube::Client) -> bool {
    let request = http::Request::get("/readyz").body(Vec::new());
    match request {
        Ok(request) => client.request_text(request).await.is_ok(),
        Err(_) => false,
    }
}

/// A client by this kubeconfig.
pub(crate) async fn client(kubeconfig: &Path) -> anyhow::Result<kube::Client> {
    // An error only says that somebody has installed it before us.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let file = Kubeconfig::read_from(kubeconfig)?;
    let mut config = kube::Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await?;
    config.default_retry = false;
    // Out of the user's environment; nothing here is behind one.
    config.proxy_url = None;
    Ok(kube::Client::try_from(config)?)
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// One that needs no other file.
fn kubeconfig(url: &str, authority: &str, token: &str) -> anyhow::Result<String> {
    let authority = certificates::base64(authority)?;
    Ok(format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: bed\nclusters:\n- name: bed\n  cluster:\n    server: {url}\n    \
         certificate-authority-data: {authority}\nusers:\n- name: user\n  user:\n    token: {token}\ncontexts:\n- name: bed\n  \
         context: {{ cluster: bed, user: user }}\n"
    ))
}

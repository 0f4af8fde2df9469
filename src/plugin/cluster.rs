//! The cluster that a command is about, found as kubectl finds it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};

use crate::kubernetes::{CallError, refused};

/// A request that has not begun to be answered by then will not be.
pub(super) const LIMIT: Duration = Duration::from_secs(60);

/// kubectl's own flags.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Cluster")]
pub(super) struct Connection {
    /// Context of the kubeconfig.
    #[arg(long, global = true, value_name = "NAME")]
    context: Option<String>,

    /// The kubeconfig; without it that of KUBECONFIG, else ~/.kube/config.
    #[arg(long, global = true, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,

    /// Namespace of what is named; without it that of the context.
    #[arg(long, short, global = true, value_name = "NAME")]
    namespace: Option<String>,
}

/// A cluster that can be asked.
pub(super) struct Cluster {
    pub(super) client: Client,
    /// The namespace of what is named without one.
    pub(super) namespace: String,
    /// Certificate authorities by which its API server is trusted, DER.
    pub(super) authorities: Vec<Vec<u8>>,
}

impl Connection {
    /// The namespace that was typed.
    pub(super) fn typed_namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// # Errors
    /// If it cannot be read.
    pub(super) fn kubeconfig(&self) -> Result<Kubeconfig, KubeconfigError> {
        self.kubeconfig.as_ref().map_or_else(Kubeconfig::read, Kubeconfig::read_from)
    }

    /// # Errors
    /// If no kubeconfig is usable: which, and why.
    pub(super) async fn connect(&self) -> anyhow::Result<Cluster> {
        let options = KubeConfigOptions { context: self.context.clone(), ..KubeConfigOptions::default() };
        let config = match self.kubeconfig() {
            Ok(kubeconfig) => Config::from_custom_kubeconfig(kubeconfig, &options).await,
            Err(error) => Err(error),
        };
        let config = match config {
            Ok(config) => config,
            // In a pod, as kubectl does.
            Err(error) if self.context.is_none() && self.kubeconfig.is_none() => {
                Config::incluster().ok().ok_or(error).context("no usable kubeconfig: set KUBECONFIG or --kubeconfig")?
            }
            Err(error) => return Err(error).context("no usable kubeconfig: see --kubeconfig and --context"),
        };
        let namespace = self.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let authorities = config.root_cert.clone().unwrap_or_default();
        let client = Client::try_from(config).context("setting up the Kubernetes client")?;
        Ok(Cluster { client, namespace, authorities })
    }
}

/// What a failed call says to whoever typed. Of the long text of a refusal, what they may not do is enough.
pub(super) fn refusal(error: &CallError) -> String {
    let Some(answer) = error.answer().filter(|_| error.is_refused()) else { return error.to_string() };
    match refused(&answer.message) {
        Some(what) => format!("you may not {what}: ask whoever keeps the cluster for that right"),
        // A policy's own words say enough; which policy it is does not help who typed.
        None => answer.message.rsplit_once(" denied request: ").map_or(&*answer.message, |(_, why)| why).to_owned(),
    }
}

/// The same as an error.
pub(super) fn told(error: CallError) -> anyhow::Error {
    anyhow::anyhow!(refusal(&error))
}

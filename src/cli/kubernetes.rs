//! Kubernetes, for subcommands that ask it something and end.

use std::time::Duration;

use anyhow::Context as _;
use kube::Client;

/// An API server that has not answered by then will not.
const LIMIT: Duration = Duration::from_secs(90);

/// Runs `work` with a client for the cluster that this runs in, or else by kubeconfig.
///
/// # Errors
/// Those of `work`, or if there is no Kubernetes or it does not answer in time.
pub(super) fn run<T>(work: impl AsyncFnOnce(Client) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = Client::try_default().await.context("connecting to Kubernetes")?;
        tokio::time::timeout(LIMIT, work(client)).await.context("asking Kubernetes took too long")?
    })
}

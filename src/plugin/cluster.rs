//! The cluster that a command is about, found as kubectl finds it.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};

use crate::kubernetes::{CallError, refused};

/// How long to wait for an answer to begin.
pub(super) const LIMIT: Duration = Duration::from_secs(60);

/// kubectl's own flags.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Cluster")]
pub(super) struct Connection {
    /// Context of the kubeconfig to use.
    #[arg(long, global = true, value_name = "NAME")]
    context: Option<String>,

    /// Path of the kubeconfig. Default: KUBECONFIG, else ~/.kube/config.
    #[arg(long, global = true, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,

    /// Namespace of the pod or workload. Default: the namespace of the context.
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

/// What a failed call says to whoever typed, and of a right that is missing the way out.
pub(super) fn refusal(error: &CallError) -> String {
    match lacking(error) {
        Some(lacks) => format!("{lacks}: ask whoever keeps the cluster for that right"),
        None => cause(error),
    }
}

/// What a failed call says to whoever typed. Of the long text of a refusal, what they may not do is enough.
pub(super) fn cause(error: &CallError) -> String {
    lacking(error).unwrap_or_else(|| match error.answer().filter(|_| error.is_refused()) {
        // A policy's own words say enough; which policy it is does not help who typed.
        Some(answer) => {
            answer.message.rsplit_once(" denied request: ").map_or(&*answer.message, |(_, why)| why).to_owned()
        }
        None => error.to_string(),
    })
}

/// The right that whoever typed lacks.
fn lacking(error: &CallError) -> Option<String> {
    let answer = error.answer().filter(|_| error.is_refused())?;
    Some(format!("you may not {}", refused(&answer.message)?))
}

/// The same as an error.
pub(super) fn told(error: CallError) -> anyhow::Error {
    anyhow::anyhow!(refusal(&error))
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    #[test]
    fn a_refusal_says_what_one_may_not_do_or_what_a_policy_says() {
        let forbidden =
            r#"pods is forbidden: User "x" cannot list resource "pods" in API group "" at the cluster scope"#;
        let denied = "pods is forbidden: ValidatingAdmissionPolicy 'a' with binding 'b' denied request: not on Fridays";
        let right = "you may not list resource pods at the cluster scope";
        let advised = format!("{right}: ask whoever keeps the cluster for that right");
        for (code, message, expected) in [
            (403, forbidden, [right, &advised]),
            (403, denied, ["not on Fridays"; 2]),
            (500, "etcd is away", ["listing pods failed: etcd is away (500)"; 2]),
        ] {
            let answer = Status { code, message: message.into(), ..Status::default() };
            let error = CallError::new("listing pods", kube::Error::Api(Box::new(answer)));
            assert_eq!([cause(&error), refusal(&error)], expected);
        }
    }
}

//! `fargate-operator check-install`: whether an installation works, run by `helm test`.

use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args as ClapArgs;
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::{Api, ListParams};
use kube::{Client, ResourceExt};

use super::kubernetes;
use crate::api::FargateProfile;

/// A leader renews its lease much more often; one that was killed keeps it for less.
const RENEWED_WITHIN: Duration = Duration::from_secs(60);
/// Between two looks at the lease.
const PAUSE: Duration = Duration::from_millis(500);

/// Settings.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// Namespace of the Lease that the leader holds.
    #[arg(
        long,
        env = "FARGATE_OPERATOR_LEASE_NAMESPACE",
        value_name = "NAMESPACE",
        default_value = "fargate-operator"
    )]
    lease_namespace: String,

    /// Name of the Lease.
    #[arg(long, env = "FARGATE_OPERATOR_LEASE_NAME", value_name = "NAME", default_value = "fargate-operator")]
    lease_name: String,
}

pub(super) fn check(args: &Args) -> anyhow::Result<()> {
    let told = kubernetes::run(async |client| {
        let profiles = profiles(&client).await?;
        let leader = leader(&client, args).await?;
        Ok(format!("{profiles}; {leader} is at work"))
    })?;
    println!("{told}");
    Ok(())
}

async fn profiles(client: &Client) -> anyhow::Result<&'static str> {
    let profiles: Api<FargateProfile> = Api::all(client.clone());
    match profiles.list_metadata(&ListParams::default().limit(1)).await {
        Ok(_) => Ok("FargateProfiles can be listed"),
        Err(kube::Error::Api(answer)) if answer.code == 404 => {
            bail!("there is no CustomResourceDefinition of FargateProfiles: install the chart fargate-operator-crds")
        }
        Err(error) => Err(error).context("listing FargateProfiles"),
    }
}

/// The holder of the lease, if it renews it. No clock is asked but our own.
async fn leader(client: &Client, args: &Args) -> anyhow::Result<String> {
    let leases: Api<Lease> = Api::namespaced(client.clone(), &args.lease_namespace);
    let what = format!("Lease {}/{}", args.lease_namespace, args.lease_name);
    let renewed = async {
        let mut seen = None;
        loop {
            let found = leases.get_opt(&args.lease_name).await.with_context(|| format!("reading {what}"))?;
            if let Some(lease) = found {
                let version = lease.resource_version();
                let holder = lease.spec.and_then(|spec| spec.holder_identity).filter(|holder| !holder.is_empty());
                let changed = seen.as_ref().is_some_and(|seen| *seen != version);
                if let Some(holder) = holder.filter(|_| changed) {
                    return Ok(holder);
                }
                seen = Some(version);
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(RENEWED_WITHIN, renewed).await.unwrap_or_else(|_| {
        bail!(
            "nobody has renewed {what} for {RENEWED_WITHIN:?}, so that no operator is at work: look at kubectl -n {0} get pods, and \
             kubectl -n {0} logs deployment/fargate-operator",
            args.lease_namespace
        )
    })
}

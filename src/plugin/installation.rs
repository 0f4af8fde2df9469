//! The operator that is at work in the cluster, by the Lease of its leader.

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::{Api, ListParams};
use kube::{Client, ResourceExt};

use super::cluster::LIMIT;
use crate::api::INSTALLATION_ANNOTATION;
use crate::kubernetes::{CallError, call};
use crate::state::InstallationRecord;

/// An operator, as far as its Lease shows it.
#[derive(Clone, Debug)]
pub(super) struct Installation {
    pub(super) namespace: String,
    /// Name of the Lease.
    pub(super) lease: String,
    /// Which process leads, if one does.
    pub(super) holder: Option<String>,
    pub(super) renewed: Option<Timestamp>,
    /// For how long the Lease is held after it was renewed.
    pub(super) duration: Duration,
    /// What it runs with. An operator before 0.2 says nothing of it.
    pub(super) record: Option<InstallationRecord>,
}

/// The operators of the cluster: one, if all is well. Without the right to list Leases everywhere, that in its usual
/// namespace.
///
/// # Errors
/// If Leases cannot be read.
pub(super) async fn installations(client: &Client) -> Result<Vec<Installation>, CallError> {
    const USUAL: &str = "fargate-operator";
    let everywhere: Api<Lease> = Api::all(client.clone());
    let by_name = ListParams::default().fields("metadata.name=fargate-operator");
    let found = match call("listing Leases", LIMIT, everywhere.list(&by_name)).await {
        Ok(found) => found.items,
        Err(error) if error.code() == Some(403) => {
            let usual: Api<Lease> = Api::namespaced(client.clone(), USUAL);
            call("reading the Lease", LIMIT, usual.get_opt(USUAL)).await?.into_iter().collect()
        }
        Err(error) => return Err(error),
    };
    Ok(found.iter().map(installation).collect())
}

/// The same operator, as its Lease shows it now, if that is still there.
///
/// # Errors
/// If the Lease cannot be read.
pub(super) async fn again(client: &Client, known: &Installation) -> Result<Option<Installation>, CallError> {
    let leases: Api<Lease> = Api::namespaced(client.clone(), &known.namespace);
    let found = call("reading the Lease", LIMIT, leases.get_opt(&known.lease)).await?;
    Ok(found.as_ref().map(installation))
}

fn installation(lease: &Lease) -> Installation {
    /// That of client-go, and the operator's own.
    const USUAL: u64 = 15;
    let spec = lease.spec.clone().unwrap_or_default();
    let record = lease.annotations().get(INSTALLATION_ANNOTATION);
    Installation {
        namespace: lease.namespace().unwrap_or_default(),
        lease: lease.name_any(),
        holder: spec.holder_identity.filter(|holder| !holder.is_empty()),
        renewed: spec.renew_time.map(|time| time.0),
        duration: spec
            .lease_duration_seconds
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map_or(Duration::from_secs(USUAL), Duration::from_secs),
        record: record.and_then(|record| serde_json::from_str(record).ok()),
    }
}

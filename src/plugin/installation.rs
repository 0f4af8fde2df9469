//! The operator that is at work in the cluster, by the Lease of its leader.

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

fn installation(lease: &Lease) -> Installation {
    let spec = lease.spec.clone().unwrap_or_default();
    let record = lease.annotations().get(INSTALLATION_ANNOTATION);
    Installation {
        namespace: lease.namespace().unwrap_or_default(),
        lease: lease.name_any(),
        holder: spec.holder_identity.filter(|holder| !holder.is_empty()),
        renewed: spec.renew_time.map(|time| time.0),
        record: record.and_then(|record| serde_json::from_str(record).ok()),
    }
}

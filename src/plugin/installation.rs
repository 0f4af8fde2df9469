//! The operator that is at work in the cluster, by the Lease of its leader.

use std::time::Duration;

use axum::http::{Request, header};
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;
use kube::api::{Api, ListParams};
use kube::client::Body;
use kube::{Client, ResourceExt};

use super::cluster::LIMIT;
use crate::api::INSTALLATION_ANNOTATION;
use crate::intervals::DEFAULTS;
use crate::kubernetes::{CallError, call};
use crate::state::InstallationRecord;
use crate::time::elapsed;

/// An operator, as far as its Lease shows it.
#[derive(Clone, Debug)]
pub(super) struct Installation {
    pub(super) namespace: String,
    /// Name of the Lease.
    pub(super) lease: String,
    /// Which process leads, if one does.
    pub(super) holder: Option<String>,
    /// When the Lease was last renewed.
    pub(super) renewed: Option<Timestamp>,
    /// For how long the Lease is held after it was renewed.
    pub(super) duration: Duration,
    /// What it runs with. None if the Lease lacks the annotation or it cannot be parsed.
    pub(super) record: Option<InstallationRecord>,
}

/// The operators of the cluster: one, if all is well. Without the right to list Leases everywhere, only the one in the usual
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

/// The one that says what it runs with. An operator that was uninstalled may have left its Lease: of several, that which was renewed
/// last.
pub(super) fn current(found: Vec<Installation>) -> Option<Installation> {
    found
        .into_iter()
        .filter(|installation| installation.record.is_some())
        .max_by_key(|installation| installation.renewed)
}

/// An operator, and whether it is at work.
#[derive(Clone, Debug)]
pub(super) struct Operator {
    pub(super) installation: Installation,
    /// Whether a process holds its Lease.
    pub(super) is_alive: bool,
}

/// The operators of the cluster, each with whether it is at work.
///
/// An operator is at work if its Lease has not expired. Both times in this comparison come from the API server: when it stored the last
/// renewal, and the date of its answer now. So the clocks of this machine and of the operator's node do not matter. If no operator seems
/// to be at work, it looks again after a moment: the API server may have been down, or the Lease may just have been handed over.
///
/// # Errors
/// If Leases cannot be read.
pub(super) async fn operators(client: &Client) -> Result<Vec<Operator>, CallError> {
    look(client, DEFAULTS.lease.retry_period).await
}

async fn look(client: &Client, pause: Duration) -> Result<Vec<Operator>, CallError> {
    let found = judged(client).await?;
    if found.is_empty() || found.iter().any(|operator| operator.is_alive) {
        return Ok(found);
    }
    tokio::time::sleep(pause).await;
    judged(client).await
}

async fn judged(client: &Client) -> Result<Vec<Operator>, CallError> {
    let (found, now) = tokio::join!(installations(client), server_time(client));
    let operator = |installation: Installation| Operator { is_alive: installation.is_alive(now), installation };
    Ok(found?.into_iter().map(operator).collect())
}

/// The time of the API server, to the second. Everybody may ask for its version. An answer without a date leaves our own time.
async fn server_time(client: &Client) -> Timestamp {
    let asked = async {
        let request = Request::get("/version").body(Body::empty()).ok()?;
        let answer = call("asking the API server for its time", LIMIT, client.send(request)).await.ok()?;
        rfc2822::DateTimeParser::new().parse_timestamp(answer.headers().get(header::DATE)?.as_bytes()).ok()
    };
    asked.await.unwrap_or_else(Timestamp::now)
}

impl Installation {
    fn is_alive(&self, now: Timestamp) -> bool {
        // Both times are of full seconds.
        const ROUNDED: Duration = Duration::from_secs(1);
        let holds = self.duration + DEFAULTS.lease.retry_period + ROUNDED;
        self.holder.is_some() && self.renewed.is_some_and(|renewed| elapsed(renewed, now) <= holds)
    }
}

/// When the Lease was last renewed: when the API server stored it, according to managedFields, else the operator's own renewTime.
fn renewed(lease: &Lease) -> Option<Timestamp> {
    let fields = lease.metadata.managed_fields.as_deref().unwrap_or_default();
    let renews = |of: &&ManagedFieldsEntry| {
        of.fields_v1.as_ref().is_some_and(|fields| fields.0.pointer("/f:spec/f:renewTime").is_some())
    };
    let stored = fields.iter().filter(renews).filter_map(|of| of.time.as_ref()).map(|time| time.0).max();
    stored.or_else(|| lease.spec.as_ref()?.renew_time.as_ref().map(|time| time.0))
}

fn installation(lease: &Lease) -> Installation {
    /// The default of client-go and of the operator.
    const USUAL: u64 = 15;
    let spec = lease.spec.clone().unwrap_or_default();
    let record = lease.annotations().get(INSTALLATION_ANNOTATION);
    Installation {
        namespace: lease.namespace().unwrap_or_default(),
        lease: lease.name_any(),
        holder: spec.holder_identity.filter(|holder| !holder.is_empty()),
        renewed: renewed(lease),
        duration: spec
            .lease_duration_seconds
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map_or(Duration::from_secs(USUAL), Duration::from_secs),
        record: record.and_then(|record| serde_json::from_str(record).ok()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use axum::http::Response;
    use serde_json::{Value, json};
    use tower::service_fn;

    use super::*;

    /// A Lease that was stored at `stored` seconds past noon by the API server's clock, and says that it was renewed at ten.
    fn lease(holder: Option<&str>, stored: Option<u32>) -> Value {
        let spec =
            json!({ "holderIdentity": holder, "leaseDurationSeconds": 15, "renewTime": "2026-01-01T10:00:00.000000Z" });
        let managed = stored.map(|second| {
            let fields = json!({ "f:spec": { "f:renewTime": {} } });
            json!({ "manager": "fargate-operator", "time": format!("2026-01-01T12:00:{second:02}Z"), "fieldsV1": fields })
        });
        let other = json!({ "manager": "kubectl", "time": "2026-01-01T12:00:59Z", "fieldsV1": { "f:metadata": {} } });
        let managed: Vec<Value> = managed.into_iter().chain([other]).collect();
        let metadata = json!({ "namespace": "fargate-operator", "name": "fargate-operator", "managedFields": managed });
        json!({ "metadata": metadata, "spec": spec })
    }

    /// Whether each operator is at work, and how often Leases were listed, if the lists show these and the API server says 12:00:30.
    async fn found(lists: Vec<Vec<Value>>) -> (Vec<bool>, usize) {
        let asked = Arc::new(Mutex::new(0));
        let count = Arc::clone(&asked);
        let service = service_fn(move |request: Request<Body>| {
            let mut body = Body::empty();
            if request.uri().path() != "/version" {
                let mut asked = count.lock().unwrap();
                let items = &lists[lists.len().min(*asked + 1) - 1];
                *asked += 1;
                body = Body::from(serde_json::to_vec(&json!({ "metadata": {}, "items": items })).unwrap());
            }
            let answer = Response::builder().header("date", "Thu, 01 Jan 2026 12:00:30 GMT").body(body).unwrap();
            async move { Ok::<_, std::convert::Infallible>(answer) }
        });
        let found = look(&Client::new(service, "default"), Duration::ZERO).await.unwrap();
        let lists = *asked.lock().unwrap();
        (found.iter().map(|operator| operator.is_alive).collect(), lists)
    }

    #[test]
    fn of_several_leases_that_counts_which_was_renewed_last() {
        let of = |namespace: &str, stored: u32, record: Option<&str>| {
            let mut lease = lease(Some("a"), Some(stored));
            lease["metadata"]["namespace"] = json!(namespace);
            if let Some(record) = record {
                lease["metadata"]["annotations"] = json!({ INSTALLATION_ANNOTATION: record });
            }
            installation(&serde_json::from_value(lease).unwrap())
        };
        let found = vec![of("left", 1, Some("{}")), of("works", 28, Some("{}")), of("silent", 29, None)];
        assert_eq!(current(found).unwrap().namespace, "works");
        assert!(current(vec![of("silent", 29, None)]).is_none());
    }

    #[tokio::test]
    async fn an_operator_is_at_work_while_its_lease_runs_by_the_clock_of_the_api_server_alone() {
        for (lists, alive, looks) in [
            (vec![vec![]], vec![], 1),
            (vec![vec![lease(Some("a"), Some(28))]], vec![true], 1),
            // By a call late, and the seconds are rounded.
            (vec![vec![lease(Some("a"), Some(12))]], vec![true], 1),
            (vec![vec![lease(Some("a"), Some(11))]], vec![false], 2),
            (vec![vec![lease(None, Some(29))]], vec![false], 2),
            (vec![vec![lease(Some("a"), None)]], vec![false], 2),
            // One that was left over is not waited for.
            (vec![vec![lease(Some("a"), Some(1)), lease(Some("b"), Some(29))]], vec![false, true], 1),
            // The next process takes over, or the API server is back.
            (vec![vec![lease(None, Some(29))], vec![lease(Some("b"), Some(30))]], vec![true], 2),
        ] {
            assert_eq!(found(lists.clone()).await, (alive, looks), "{lists:?}");
        }
    }
}

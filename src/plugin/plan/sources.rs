//! The operator whose plans are foretold: its EKS cluster, region and settings, from its Lease or from flags.

use anyhow::Context as _;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::Api;
use kube::{Client, ResourceExt};

use crate::aws::Session;
use crate::intervals::{DEFAULTS, Intervals};
use crate::kubernetes::call;
use crate::observe::{Installation, PodWatcher};
use crate::plugin::aws;
use crate::plugin::cluster::{Cluster, LIMIT, refusal, told};
use crate::plugin::installation::{self, current, installations};
use crate::state::Defaults;
use crate::time::Clock;

/// Where to read from, and the operator's defaults.
pub(super) struct Sources<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) installation: Installation,
    /// The holder of the Lease, whose identity begins with the name of its pod.
    pub(super) holder: Option<(String, String)>,
    pub(super) session: Session,
    pub(super) pods: PodWatcher,
    pub(super) clock: Clock,
    pub(super) intervals: Intervals,
}

/// # Errors
/// Nothing tells which EKS cluster it is about, or the cluster cannot be read.
pub(super) async fn sources<'a>(
    cluster: &'a Cluster,
    cluster_name: Option<&str>,
    region: Option<&str>,
    notes: &mut Vec<String>,
) -> anyhow::Result<Sources<'a>> {
    let operator = operator(&cluster.client, notes).await?;
    let record = operator.as_ref().and_then(|it| it.record.clone()).unwrap_or_default();
    let (name, region) = match &operator {
        Some(_) => (record.defaults.cluster_name.as_str(), record.region.as_str()),
        None => (cluster_name.unwrap_or_default(), region.unwrap_or_default()),
    };
    if let Some(named) = cluster_name {
        anyhow::ensure!(
            named == name,
            "the operator of this cluster is installed for EKS cluster {name}, not {named}: leave --cluster-name out, or choose \
             another --context"
        );
    }
    anyhow::ensure!(
        !name.is_empty() && !region.is_empty(),
        "{}: name its EKS cluster and region with --cluster-name and --region",
        notes.first().map_or("no operator is shown here", String::as_str)
    );
    let namespaces: Api<Namespace> = Api::all(cluster.client.clone());
    let system = call("reading namespace kube-system", LIMIT, namespaces.get("kube-system")).await.map_err(told)?;
    let installation = Installation {
        id: system.uid().unwrap_or_default(),
        defaults: Defaults { cluster_name: name.to_owned(), ..record.defaults.clone() },
        own_profile: None,
        own_pod: None,
        region: region.to_owned(),
    };
    Ok(Sources {
        cluster,
        installation,
        holder: operator.and_then(|it| Some((it.namespace, it.holder?))),
        session: aws::session(region).await,
        pods: PodWatcher::new(cluster.client.clone(), cluster.authorities.clone(), DEFAULTS),
        clock: Clock::start(),
        intervals: DEFAULTS,
    })
}

/// The operator that says what it runs with.
async fn operator(client: &Client, notes: &mut Vec<String>) -> anyhow::Result<Option<installation::Installation>> {
    match installations(client).await {
        Ok(found) => Ok(current(found)),
        Err(error) if error.is_refused() => {
            notes.push(format!("the operator and its settings are not shown: {}", refusal(&error)));
            Ok(None)
        }
        Err(error) => Err(error).context("looking for the operator"),
    }
}

//! What the operator's own cluster says about the prerequisites: who is let in by aws-auth, how CoreDNS is to run, and whatever else
//! the cluster alone can tell.

mod inside;
mod selecting;

use std::collections::BTreeSet;
use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Client;
use kube::api::{Api, ListParams, ObjectMeta};

use crate::api::{COMPUTE_TYPE_BEFORE, COMPUTE_TYPE_KEY};
use crate::aws::Unread;
use crate::eks::Cluster;
use crate::kubernetes::{Part, call, list};
use crate::observe::pods::{is_own, of_template};
use crate::observe::unavailable::unread;
use crate::placement::DnsService;
use crate::prerequisites::{CoreDns, DeploymentName, InsideReads, Reads};

const NAMESPACE: &str = "kube-system";

/// Reads in the cluster that the operator runs in.
#[derive(Clone)]
pub(crate) struct InCluster {
    client: Client,
    /// Certificate authorities by which the operator trusts its own API server, DER.
    authorities: Vec<Vec<u8>>,
    limit: Duration,
}

impl InCluster {
    pub(crate) fn new(client: Client, authorities: Vec<Vec<u8>>, limit: Duration) -> Self {
        Self { client, authorities, limit }
    }

    /// Of a process that runs in no cluster.
    #[cfg(test)]
    pub(crate) fn nowhere() -> Self {
        let config = kube::Config::new(axum::http::Uri::from_static("http://127.0.0.1:1"));
        Self::new(Client::try_from(config).unwrap(), Vec::new(), Duration::ZERO)
    }

    /// Without what only another cluster could tell.
    pub(super) fn answerable(&self, cluster: &Cluster, wanted: Reads) -> Reads {
        if is_own(&self.authorities, cluster) {
            return wanted;
        }
        Reads {
            map_roles: false,
            coredns: BTreeSet::new(),
            coredns_behind: None,
            inside: InsideReads::default(),
            ..wanted
        }
    }

    /// `mapRoles` of the ConfigMap aws-auth.
    pub(super) async fn map_roles(&self) -> Result<Option<String>, Unread> {
        let maps: Api<ConfigMap> = Api::namespaced(self.client.clone(), NAMESPACE);
        let read = call("reading the ConfigMap aws-auth", self.limit, maps.get_opt("aws-auth")).await;
        let found = read.map_err(|error| unread("get configmaps/aws-auth", &error))?;
        Ok(found.map(|map| map.data.and_then(|mut data| data.remove("mapRoles")).unwrap_or_default()))
    }

    /// A Deployment that may be CoreDNS. None if it is to run no pod: whoever moves to EKS Auto Mode scales it down and lets it stand.
    pub(super) async fn coredns(&self, (namespace, name): &DeploymentName) -> Result<Option<CoreDns>, Unread> {
        let deployments: Api<Deployment> = Api::namespaced(self.client.clone(), namespace);
        let reading = format!("reading the Deployment {namespace}/{name}");
        let read = call(reading, self.limit, deployments.get_opt(name)).await;
        let found = read.map_err(|error| unread("get deployments", &error))?;
        Ok(found.and_then(|deployment| of_deployment(namespace, deployment)))
    }

    /// All Deployments behind the cluster's DNS Service, wherever their pods run.
    pub(super) async fn behind(&self, service: &DnsService) -> Result<Vec<(DeploymentName, CoreDns)>, Unread> {
        let namespace = service.namespace.as_str();
        let mut found = Vec::new();
        let take = |deployment: Deployment| {
            let name = deployment.metadata.name.clone().unwrap_or_default();
            let coredns = of_deployment(namespace, deployment).filter(|coredns| service.selects(&coredns.template));
            found.extend(coredns.map(|coredns| ((namespace.to_owned(), name), coredns)));
        };
        let params = ListParams::default();
        match list::<Deployment, _>(&self.client, Some(namespace), Part::Whole, params, self.limit, take).await {
            Ok(_) => Ok(found),
            Err(error) => Err(unread("list deployments", &error)),
        }
    }
}

/// None if it is to run no pod, and was not moved by the operator before.
fn of_deployment(namespace: &str, deployment: Deployment) -> Option<CoreDns> {
    let annotation = |meta: Option<&ObjectMeta>, key: &str| meta?.annotations.as_ref()?.get(key).cloned();
    let Deployment { metadata, spec, status } = deployment;
    let before = annotation(Some(&metadata), COMPUTE_TYPE_BEFORE);
    if spec.replicas == Some(0) && before.is_none() {
        return None;
    }
    let compute_type = annotation(spec.template.metadata.as_ref(), COMPUTE_TYPE_KEY);
    let status = status.unwrap_or_default();
    let is_current = status.observed_generation.unwrap_or_default() >= metadata.generation.unwrap_or_default();
    let mut conditions = status.conditions.into_iter().flatten();
    let progressing =
        conditions.find(|condition| condition.type_.as_deref() == Some("Progressing")).filter(|_| is_current);
    Some(CoreDns {
        template: of_template(namespace, spec.template),
        available: status.available_replicas.unwrap_or_default().try_into().unwrap_or_default(),
        resource_version: metadata.resource_version.unwrap_or_default(),
        progressed: progressing.and_then(|condition| condition.last_update_time).map(|time| time.0),
        compute_type,
        before,
    })
}

//! The Service at the address that pods ask for names.
//!
//! Service kube-system/kube-dns is read first, which is the one nearly everywhere. If it has another address or is not there, the
//! Service with that address is looked for in all namespaces: there is at most one.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Service;
use kube::api::{Api, ListParams};
use tokio::sync::Mutex;

use super::{PodWatcher, own_cluster};
use crate::aws::Unread;
use crate::eks::Cluster;
use crate::kubernetes::{Part, call, list};
use crate::observe::unavailable::unread;
use crate::placement::{ClusterDns, DnsService};
use crate::prerequisites::Read;

/// What was read last. Locked during a read, so that all objects share it.
pub(super) type LastRead = Mutex<Option<Known>>;

pub(super) struct Known {
    address: IpAddr,
    dns: Read<ClusterDns>,
    at: Instant,
    good_for: Duration,
}

impl PodWatcher {
    /// What is at the address that pods ask for names. Not asked of another cluster, nor if EKS does not tell the address. Read
    /// every five minutes; after a failure every minute, while what was known before serves.
    pub async fn dns(&self, cluster: &Cluster) -> Read<ClusterDns> {
        let own = own_cluster::is_own(&self.authorities, cluster);
        let Some(address) = cluster.dns_address().filter(|_| own) else { return Read::NotAsked };
        let mut last = self.dns.lock().await;
        let before = match &*last {
            Some(known) if known.address == address && known.at.elapsed() < known.good_for => return known.dns.clone(),
            Some(known) if known.address == address => Some(known.dns.clone()),
            Some(_) | None => None,
        };
        let (dns, good_for) = match self.read_dns(address).await {
            Ok(dns) => (dns, self.intervals.describe_again),
            Err(unread) => (after(unread, before), self.intervals.prerequisites_soon),
        };
        *last = Some(Known { address, dns: dns.clone(), at: Instant::now(), good_for });
        dns
    }

    async fn read_dns(&self, address: IpAddr) -> Result<Read<ClusterDns>, Unread> {
        let limit = self.intervals.operation_timeout;
        let services: Api<Service> = Api::namespaced(self.client.clone(), "kube-system");
        let read = call("reading the Service kube-dns", limit, services.get_opt("kube-dns")).await;
        let kube_dns = read.map_err(|error| unread("get services/kube-dns", &error))?;
        if let Some(service) = kube_dns.as_ref().filter(|service| is_at(service, address)) {
            return Ok(Read::Known(of_service(service)));
        }
        let mut found = None;
        let params = ListParams::default().fields(&format!("spec.clusterIP={address}"));
        let take = |service: Service| found = Some(service);
        match list::<Service, _>(&self.client, None, Part::Whole, params, limit, take).await {
            Ok(_) => Ok(Read::Known(judge(kube_dns.as_ref(), found.as_ref(), address))),
            // Kubernetes 1.30 cannot select by it (kubernetes/kubernetes#122541).
            Err(error) if error.code() == Some(400) => Ok(Read::NotAsked),
            Err(error) => Err(unread("list services", &error)),
        }
    }
}

/// What is known after a failure. A right that is missing stays missing; another failure passes, and the Service stays what it was.
fn after(unread: Unread, before: Option<Read<ClusterDns>>) -> Read<ClusterDns> {
    match (unread, before) {
        (Unread::Failed { .. }, Some(Read::Known(dns))) => Read::Known(dns),
        (unread, _) => Read::Unread(unread),
    }
}

fn judge(kube_dns: Option<&Service>, found: Option<&Service>, wanted: IpAddr) -> ClusterDns {
    match (found, kube_dns) {
        (Some(found), _) => of_service(found),
        (None, Some(kube_dns)) => {
            ClusterDns::Elsewhere { address: address(kube_dns).unwrap_or("None").to_owned(), wanted }
        }
        (None, None) => ClusterDns::Nowhere,
    }
}

/// A Service without a selector says nothing of its pods.
fn of_service(service: &Service) -> ClusterDns {
    let selector = service.spec.as_ref().and_then(|spec| spec.selector.clone()).unwrap_or_default();
    let namespace = service.metadata.namespace.clone().unwrap_or_default();
    if selector.is_empty() { ClusterDns::Nowhere } else { ClusterDns::Service(DnsService { namespace, selector }) }
}

fn is_at(service: &Service, wanted: IpAddr) -> bool {
    address(service).and_then(|address| address.parse().ok()) == Some(wanted)
}

fn address(service: &Service) -> Option<&str> {
    service.spec.as_ref()?.cluster_ip.as_deref().filter(|address| !address.is_empty())
}

#[cfg(test)]
mod tests;

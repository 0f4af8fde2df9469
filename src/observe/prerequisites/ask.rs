//! Asks what the checks want to know.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::{join, join_all};

use super::in_cluster::InCluster;
use crate::aws::Unread;
use crate::ec2::{Ec2, Subnet, Tags};
use crate::eks::{Cluster, Eks};
use crate::iam::Iam;
use crate::prerequisites::{
    CoreDns, DeploymentName, Evidence, Read, Reads, RoleEvidence, SERVICE_LINKED_ROLE, role_name,
};
use crate::quotas::Quotas;

/// Whom to ask.
pub(super) struct Ports {
    pub(super) eks: Arc<dyn Eks>,
    pub(super) ec2: Arc<dyn Ec2>,
    pub(super) iam: Arc<dyn Iam>,
    pub(super) quotas: Arc<dyn Quotas>,
    pub(super) cluster: InCluster,
}

impl Ports {
    /// Asks for all of it at once, and notes each answer.
    pub(super) async fn ask(&self, wanted: &Reads, evidence: &mut Evidence) {
        let Cluster { name, vpc, .. } = &evidence.cluster;
        let network = self.network(wanted, vpc.as_deref().unwrap_or_default());
        let (roles, inside) = (self.roles(wanted, name), self.inside(wanted, name));
        let (network, roles, inside, account) = futures::join!(network, roles, inside, self.account(wanted));
        for note in network.into_iter().chain(roles).chain(inside).chain(account) {
            note(evidence);
        }
    }

    async fn network(&self, wanted: &Reads, vpc: &str) -> Vec<Note> {
        let ec2 = &self.ec2;
        let (subnets, groups) = (&wanted.subnets, &wanted.security_groups);
        let no_tags = Tags::new();
        let tags = wanted.candidates.as_ref();
        let (subnets, candidates, tables, dns, servers, gateways, endpoints, groups) = futures::join!(
            asked(!subnets.is_empty(), ec2.subnets(subnets)),
            asked(tags.is_some(), ec2.subnets_of(vpc, tags.unwrap_or(&no_tags))),
            asked(wanted.route_tables, ec2.route_tables(vpc)),
            asked(wanted.dns, ec2.dns(vpc)),
            asked(wanted.dns_servers, ec2.dns_servers(vpc)),
            asked(wanted.nat_gateways, ec2.nat_gateways(vpc)),
            asked(wanted.endpoints, ec2.endpoints(vpc)),
            asked(!groups.is_empty(), ec2.security_groups(groups)),
        );
        let notes = [
            subnets.map(|found| each(&wanted.subnets, found, |evidence| &mut evidence.subnets)),
            candidates.map(of_candidates),
            tables.map(|found| note(move |evidence| evidence.route_tables = found.into())),
            dns.map(|found| note(move |evidence| evidence.dns = found.into())),
            servers.map(|found| note(move |evidence| evidence.dns_servers = found.into())),
            gateways.map(|found| note(move |evidence| evidence.nat_gateways = found.into())),
            endpoints.map(|found| note(move |evidence| evidence.endpoints = found.into())),
            groups.map(|found| each(&wanted.security_groups, found, |evidence| &mut evidence.security_groups)),
        ];
        notes.into_iter().flatten().collect()
    }

    async fn roles(&self, wanted: &Reads, cluster: &str) -> Vec<Note> {
        let roles = wanted.roles.iter().map(async |arn| {
            let found = self.iam.role(role_name(arn)).await;
            of_role(arn, move |role| role.role = found.into())
        });
        let policies = wanted.policies.iter().map(async |arn| {
            let name = role_name(arn);
            let (attached, inline) = join(self.iam.attached_policies(name), self.iam.inline_policies(name)).await;
            of_role(arn, move |role| {
                role.attached_policies = attached.into();
                role.inline_policies = inline.into();
            })
        });
        let entries = wanted.access_entries.iter().map(async |arn| {
            let found = self.eks.access_entry(cluster, arn).await;
            of_role(arn, move |role| role.access_entry = found.into())
        });
        let (roles, policies, entries) = futures::join!(join_all(roles), join_all(policies), join_all(entries));
        roles.into_iter().chain(policies).chain(entries).collect()
    }

    async fn account(&self, wanted: &Reads) -> Vec<Note> {
        let quotas = wanted.quotas.iter().map(async |quota| {
            let (quota, found) = (*quota, self.quotas.value(*quota).await);
            note(move |evidence| {
                evidence.quotas.insert(quota, found.into());
            })
        });
        let own_role = asked(wanted.service_linked_role, self.iam.role(SERVICE_LINKED_ROLE));
        let (quotas, own_role) = futures::join!(join_all(quotas), own_role);
        let own_role = own_role.map(|found| found.map(|role| role.is_some()));
        let own_role = own_role.map(|found| note(move |evidence| evidence.service_linked_role = found.into()));
        quotas.into_iter().chain(own_role).collect()
    }

    async fn inside(&self, wanted: &Reads, cluster: &str) -> Vec<Note> {
        let coredns = wanted.coredns.iter().map(async |name| {
            let (name, found) = (name.clone(), self.cluster.coredns(name).await);
            note(move |evidence| {
                evidence.coredns.insert(name, found.into());
            })
        });
        let service = wanted.coredns_behind.clone().unwrap_or_default();
        let (map_roles, coredns, behind, addon, inside) = futures::join!(
            asked(wanted.map_roles, self.cluster.map_roles()),
            join_all(coredns),
            asked(wanted.coredns_behind.is_some(), self.cluster.behind(&service)),
            asked(wanted.coredns_addon, self.eks.addon(cluster, "coredns")),
            self.cluster.inside(&wanted.inside),
        );
        let notes = [
            map_roles.map(|found| note(move |evidence| evidence.map_roles = found.into())),
            behind.map(|found| of_behind(service.namespace.clone(), found)),
            addon.map(|found| note(move |evidence| evidence.coredns_addon = found.into())),
            Some(note(move |evidence| evidence.inside.add(inside))),
        ];
        notes.into_iter().flatten().chain(coredns).collect()
    }
}

/// Puts an answer where it belongs.
type Note = Box<dyn FnOnce(&mut Evidence) + Send>;

fn note(put: impl FnOnce(&mut Evidence) + Send + 'static) -> Note {
    Box::new(put)
}

async fn asked<T>(wanted: bool, ask: impl Future<Output = Result<T, Unread>>) -> Option<Result<T, Unread>> {
    if wanted { Some(ask.await) } else { None }
}

/// The answer about several things, for each: what AWS leaves out is not there.
fn each<T: Send + 'static>(
    ids: &BTreeSet<String>,
    found: Result<BTreeMap<String, T>, Unread>,
    place: fn(&mut Evidence) -> &mut BTreeMap<String, Read<Option<T>>>,
) -> Note {
    let ids = ids.clone();
    note(move |evidence| {
        let place = place(evidence);
        match found {
            Ok(mut found) => {
                for id in ids {
                    let one = found.remove(&id);
                    place.insert(id, Read::Known(one));
                }
            }
            Err(unread) => place.extend(ids.into_iter().map(|id| (id, Read::Unread(unread.clone())))),
        }
    })
}

/// What is found among candidates is known, and not asked again by its id.
fn of_candidates(found: Result<BTreeMap<String, Subnet>, Unread>) -> Note {
    note(move |evidence| {
        evidence.candidates = match found {
            Ok(found) => {
                let ids = found.keys().cloned().collect();
                evidence.subnets.extend(found.into_iter().map(|(id, subnet)| (id, Read::Known(Some(subnet)))));
                Read::Known(ids)
            }
            Err(unread) => Read::Unread(unread),
        };
    })
}

/// What is behind the Service may be CoreDNS, whether pods lead there or not.
fn of_behind(namespace: String, found: Result<Vec<(DeploymentName, CoreDns)>, Unread>) -> Note {
    note(move |evidence| {
        evidence.coredns_listed = match found {
            Ok(found) => {
                evidence.coredns.retain(|(of, _), _| *of != namespace);
                evidence.coredns.extend(found.into_iter().map(|(name, coredns)| (name, Read::Known(Some(coredns)))));
                Read::Known(())
            }
            Err(unread) => Read::Unread(unread),
        };
    })
}

fn of_role(arn: &str, put: impl FnOnce(&mut RoleEvidence) + Send + 'static) -> Note {
    let arn = arn.to_owned();
    note(move |evidence| put(evidence.roles.entry(arn).or_default()))
}

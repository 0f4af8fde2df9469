//! What was asked about one cluster, for all its objects, and what one object wants of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::arn::Arn;
use super::checks::{FARGATE_ENTRY, by_code};
use super::inside::Inside;
use super::{map_roles, pairs};
use crate::aws::Unread;
use crate::ec2::{NatGateway, RouteTable, SecurityGroup, Subnet, VpcDns, VpcEndpoint};
use crate::eks::{AccessEntry, Addon, Cluster, Profile, ProfileStatus, Selector};
use crate::iam::Role;
use crate::placement::{ClusterDns, Pod};
use crate::quotas::Quota;

/// What became of one question to AWS or to the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Read<T> {
    /// Nobody has asked yet, or no check needs it.
    #[default]
    NotAsked,
    Unread(Unread),
    Known(T),
}

impl<T> Read<T> {
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::NotAsked | Self::Unread(_) => None,
        }
    }

    pub fn unread(&self) -> Option<&Unread> {
        match self {
            Self::Unread(why) => Some(why),
            Self::NotAsked | Self::Known(_) => None,
        }
    }

    pub fn is_asked(&self) -> bool {
        match self {
            Self::NotAsked => false,
            Self::Unread(_) | Self::Known(_) => true,
        }
    }
}

impl<T> From<Result<T, Unread>> for Read<T> {
    fn from(answer: Result<T, Unread>) -> Self {
        answer.map_or_else(Self::Unread, Self::Known)
    }
}

/// Everything that was asked about one cluster. Its objects share it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    pub cluster: Cluster,
    /// By id. None if EC2 shows no such subnet.
    pub subnets: BTreeMap<String, Read<Option<Subnet>>>,
    /// The ids of the subnets among which those of profiles are looked for that name none.
    pub candidates: Read<BTreeSet<String>>,
    /// Of the cluster's VPC, as are the next five.
    pub route_tables: Read<Vec<RouteTable>>,
    pub dns: Read<VpcDns>,
    pub dns_servers: Read<Vec<String>>,
    pub nat_gateways: Read<BTreeMap<String, NatGateway>>,
    pub endpoints: Read<Vec<VpcEndpoint>>,
    /// By id. None if EC2 shows no such group.
    pub security_groups: BTreeMap<String, Read<Option<SecurityGroup>>>,
    /// By ARN, as objects write it.
    pub roles: BTreeMap<String, RoleEvidence>,
    /// `mapRoles` of the ConfigMap aws-auth: YAML. None if there is none.
    pub map_roles: Read<Option<String>>,
    pub names: NameService,
    /// The Deployments that may be CoreDNS. None if there is no such Deployment, or it is to run no pod.
    #[serde(with = "pairs")]
    pub coredns: BTreeMap<DeploymentName, Read<Option<CoreDns>>>,
    /// Whether all Deployments behind the cluster's DNS Service were looked for, beyond those that pods lead to.
    pub coredns_listed: Read<()>,
    pub coredns_addon: Read<Option<Addon>>,
    pub inside: Inside,
    /// Whether IAM has the role with which EKS starts pods on Fargate.
    pub service_linked_role: Read<bool>,
    /// None if Service Quotas knows no value.
    #[serde(with = "by_code")]
    pub quotas: BTreeMap<Quota, Read<Option<u64>>>,
    /// Those of all EKS profiles of the cluster.
    pub selectors: BTreeSet<Selector>,
    /// How many EKS profiles the cluster has, but for those that EKS is deleting: their slots become free by themselves.
    pub profiles: usize,
    /// Availability Zones of which EKS or Fargate's scheduler has said that Fargate is not there.
    pub refused_zones: BTreeSet<String>,
}

/// What was asked about one pod execution role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleEvidence {
    /// None if IAM has no such role.
    pub role: Read<Option<Role>>,
    pub attached_policies: Read<BTreeSet<String>>,
    pub inline_policies: Read<BTreeSet<String>>,
    pub access_entry: Read<Option<AccessEntry>>,
}

/// Who answers pods that ask for names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NameService {
    /// What is at the address that they ask.
    pub dns: Read<ClusterDns>,
    /// The Deployments of the pods behind it, as far as these are known.
    pub deployments: BTreeSet<DeploymentName>,
}

/// Namespace and name.
pub type DeploymentName = (String, String);

/// A Deployment of CoreDNS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CoreDns {
    /// A pod as its template makes it.
    pub template: Pod,
    /// `status.availableReplicas`.
    pub available: u32,
    pub resource_version: String,
    /// When its rollout last made progress. None if the newest one has not begun.
    pub progressed: Option<Timestamp>,
    /// The template's annotation `eks.amazonaws.com/compute-type`.
    pub compute_type: Option<String>,
    /// What that was before the operator moved it to Fargate, by the operator's own annotation.
    pub before: Option<String>,
}

/// What one object wants of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// The ARN of its pod execution role.
    pub role: String,
    /// An ACTIVE EKS profile of the cluster has this role, so that EKS has let it in before. It does so by itself when
    /// it creates a profile.
    pub role_serves: bool,
    /// None leaves the choice to EKS.
    pub subnets: Option<BTreeSet<String>>,
    pub selectors: BTreeSet<Selector>,
    /// The pods that its selectors match, as far as they are known: those on Fargate, and those that wait for a node. Without those
    /// that ask for EC2 or are being deleted.
    pub pods: Vec<Arc<Pod>>,
    /// An EKS profile equals what it wants, so EKS has taken that.
    pub is_served: bool,
    /// An EKS profile of the cluster, of whatever object, has been ACTIVE for the settle time.
    pub cluster_serves: bool,
    /// Why it needs another EKS profile, beside those that the cluster has. None if it needs none.
    pub creates: Option<Creation>,
}

/// Why an EKS profile is to be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation {
    /// Nothing serves the object yet.
    First,
    /// It is created before the one that it replaces is deleted.
    Replacement,
}

impl Question {
    /// The role's ARN, if it is one of the cluster's own account: another account's role cannot be read.
    pub(super) fn own_role(&self, evidence: &Evidence) -> Option<Arn<'_>> {
        let arn = Arn::parse(&self.role)?;
        let (_, account) = evidence.cluster.region_and_account()?;
        arn.role().filter(|_| arn.account == account)?;
        Some(arn)
    }
}

impl RoleEvidence {
    /// Why anything of the role could not be read.
    pub(crate) fn unread(&self) -> Option<&Unread> {
        let Self { role, attached_policies, inline_policies, access_entry } = self;
        let policies = attached_policies.unread().or(inline_policies.unread());
        role.unread().or(policies).or(access_entry.unread())
    }
}

impl Evidence {
    /// Takes over what every look shows of the cluster.
    pub(crate) fn see(&mut self, cluster: &Cluster, profiles: &[Profile], names: NameService) {
        (self.cluster, self.names) = (cluster.clone(), names);
        let active = profiles.iter().filter(|profile| profile.status == ProfileStatus::Active);
        self.selectors = active.flat_map(|profile| profile.selectors.iter().cloned()).collect();
        let is_going = |profile: &&Profile| profile.status == ProfileStatus::Deleting;
        self.profiles = profiles.len() - profiles.iter().filter(is_going).count();
    }

    /// EKS lets a role in when it creates a Fargate profile with it, by an access entry or in aws-auth (EKS user guide, access
    /// entries, aws-auth).
    pub(crate) fn let_in(&mut self, role: &str, now: Timestamp) {
        if let Read::Known(map_roles) = &mut self.map_roles
            && let Some(with_role) = map_roles::with_role(map_roles.as_deref(), role)
        {
            *map_roles = Some(with_role);
        }
        if let Some(RoleEvidence { access_entry: Read::Known(entry @ None), .. }) = self.roles.get_mut(role) {
            *entry =
                Some(AccessEntry { kind: FARGATE_ENTRY.to_owned(), created_at: Some(now), ..AccessEntry::default() });
        }
    }

    /// The Deployments behind the cluster's DNS Service.
    ///
    /// # Errors
    /// They could not be read.
    pub(crate) fn coredns(&self) -> Result<impl Iterator<Item = (&DeploymentName, &CoreDns)>, Unread> {
        if let Some(unread) = self.names.dns.unread().or(self.coredns_listed.unread()) {
            return Err(unread.clone());
        }
        let service = self.names.dns.known().and_then(ClusterDns::service);
        let is_behind = move |found: &&CoreDns| service.is_some_and(|service| service.selects(&found.template));
        let all = self.coredns.iter();
        Ok(all.filter_map(move |(name, read)| Some((name, read.known()?.as_ref().filter(is_behind)?))))
    }

    /// A subnet that EC2 shows.
    pub(super) fn subnet(&self, id: &str) -> Option<&Subnet> {
        self.subnets.get(id)?.known()?.as_ref()
    }

    pub(super) fn security_group(&self, id: &str) -> Option<&SecurityGroup> {
        self.security_groups.get(id)?.known()?.as_ref()
    }

    /// Pods have IPv6 addresses only.
    pub(super) fn is_ipv6(&self) -> bool {
        self.cluster.ip_family == "ipv6"
    }
}

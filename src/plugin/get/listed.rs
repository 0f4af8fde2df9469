//! A Fargate profile as `get` lists it, and whose it is. Pure.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use serde::Serialize;

use crate::api::{FargateProfile, ProfileHealthIssue, ProfileRecord, ProfileSelector};
use crate::eks::Profile;
use crate::plugin::aws::Place;
use crate::state::managers;

/// A Fargate profile in EKS, or one that a FargateProfile is to get.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    /// None where EKS has none yet.
    pub(super) name: Option<String>,
    pub(super) arn: Option<String>,
    pub(super) cluster: Option<String>,
    pub(super) region: Option<String>,
    /// As EKS says.
    pub(super) status: Option<String>,
    pub(super) pod_execution_role_arn: Option<String>,
    pub(super) subnets: Vec<String>,
    pub(super) selectors: Vec<ProfileSelector>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) created_at: Option<Time>,
    pub(super) health_issues: Vec<ProfileHealthIssue>,
    /// The FargateProfile whose it is.
    pub(super) fargate_profile: Option<String>,
    /// Who else manages it, by its tags. Terraform, Pulumi and eksctl without a stack leave none.
    pub(super) managed_by: Option<String>,
    /// Whether AWS was asked, or the status of the FargateProfile tells it.
    pub(super) source: Source,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) enum Source {
    #[serde(rename = "EKS")]
    Eks,
    Status,
}

impl Listed {
    /// A profile as EKS describes it.
    pub(super) fn of_eks(profile: &Profile, place: &Place, objects: &[FargateProfile]) -> Self {
        let owner = objects.iter().find(|object| records(object).iter().any(|record| record.arn == profile.arn));
        let record = profile.record();
        let selector = |selector: &crate::eks::Selector| ProfileSelector {
            namespace: selector.namespace.clone(),
            labels: (!selector.labels.is_empty()).then(|| selector.labels.clone()),
        };
        Self {
            name: Some(record.name),
            arn: Some(record.arn).filter(|arn| !arn.is_empty()),
            cluster: Some(place.cluster.clone()),
            region: Some(place.region.clone()),
            status: Some(record.status),
            pod_execution_role_arn: record.pod_execution_role_arn,
            subnets: profile.subnets.iter().cloned().collect(),
            selectors: profile.selectors.iter().map(selector).collect(),
            tags: profile.tags.clone(),
            created_at: record.created_at,
            health_issues: record.health_issues,
            fargate_profile: owner.map(ResourceExt::name_any),
            managed_by: managers(profile).filter(|_| owner.is_none()),
            source: Source::Eks,
        }
    }

    /// The profiles of an object as its status has them; what it is to get, where there is none yet.
    pub(super) fn of_status(object: &FargateProfile) -> Vec<Self> {
        let records = records(object);
        if records.is_empty() {
            return vec![Self::wanted(object)];
        }
        let target = object.status.as_ref().and_then(|status| status.profile.as_ref());
        let of_record = |record: &ProfileRecord| {
            let serves = target.is_some_and(|target| target.arn == record.arn);
            let wanted = Self::wanted(object);
            Self {
                name: Some(record.name.clone()),
                arn: Some(record.arn.clone()),
                status: Some(record.status.clone()),
                pod_execution_role_arn: record.pod_execution_role_arn.clone(),
                created_at: record.created_at.clone(),
                health_issues: record.health_issues.clone(),
                // What a superseded profile has, status does not say.
                subnets: if serves { wanted.subnets.clone() } else { Vec::new() },
                selectors: if serves { wanted.selectors.clone() } else { Vec::new() },
                ..wanted
            }
        };
        records.iter().map(of_record).collect()
    }

    /// What an object asks for.
    fn wanted(object: &FargateProfile) -> Self {
        let status = object.status.clone().unwrap_or_default();
        let resolved = status.resolved.unwrap_or_default();
        let (spec, cluster) = (&object.spec, status.cluster);
        Self {
            name: None,
            arn: None,
            cluster: cluster.as_ref().map(|cluster| cluster.name.clone()).or_else(|| spec.cluster_name.clone()),
            region: cluster.map(|cluster| cluster.region),
            status: None,
            pod_execution_role_arn: spec.pod_execution_role_arn.clone().or(resolved.pod_execution_role_arn),
            subnets: spec.subnets.clone().or(resolved.subnets).unwrap_or_default(),
            selectors: spec.selectors.clone(),
            tags: spec.tags.clone().unwrap_or_default(),
            created_at: None,
            health_issues: Vec::new(),
            fargate_profile: Some(object.name_any()),
            managed_by: None,
            source: Source::Status,
        }
    }

    /// Whether it is in this EKS cluster.
    fn is_in(&self, place: &Place) -> bool {
        self.cluster.as_ref() == Some(&place.cluster) && self.region.as_ref() == Some(&place.region)
    }

    /// Whether it goes by this name, in EKS or in Kubernetes.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name.as_deref() == Some(name) || self.fargate_profile.as_deref() == Some(name)
    }
}

fn records(object: &FargateProfile) -> &[ProfileRecord] {
    object.status.as_ref().map(|status| status.profiles.as_slice()).unwrap_or_default()
}

/// All there is to list: what EKS has, and of the objects of clusters that could not be asked what their status has.
pub(super) fn join(described: &[(Place, Vec<Profile>)], objects: &[FargateProfile]) -> Vec<Listed> {
    let asked = |listed: &Listed| described.iter().any(|(place, _)| listed.is_in(place));
    let (of_asked, in_status): (Vec<Listed>, Vec<Listed>) =
        objects.iter().flat_map(Listed::of_status).partition(|listed| listed.name.is_some() && asked(listed));
    // Of one that EKS does not describe, status has more than its name.
    let by_status = |place: &Place, profile: &Profile| {
        let is_it = |listed: &&Listed| listed.is_in(place) && listed.name.as_ref() == Some(&profile.name);
        of_asked.iter().find(is_it).filter(|_| profile.arn.is_empty()).cloned()
    };
    let in_eks = described.iter().flat_map(|(place, profiles)| {
        let listed = |profile| by_status(place, profile).unwrap_or_else(|| Listed::of_eks(profile, place, objects));
        profiles.iter().map(listed).collect::<Vec<_>>()
    });
    let mut all: Vec<Listed> = in_eks.chain(in_status).collect();
    all.sort_by(|a, b| {
        let key = |it: &Listed| {
            (it.region.clone(), it.cluster.clone(), it.name.is_none(), it.name.clone(), it.fargate_profile.clone())
        };
        key(a).cmp(&key(b))
    });
    all
}

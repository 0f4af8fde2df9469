//! EKS's answers in our own types.

use std::collections::BTreeSet;

use aws_sdk_eks::primitives::DateTime;
use aws_sdk_eks::types;
use aws_sdk_eks::types::{FargateProfile, FargateProfileSelector};
use jiff::Timestamp;

use super::{AccessEntry, Addon, Cluster, HealthIssue, Profile, ProfileStatus, Selector};
use crate::api::Reason;
use crate::failure::{Class, Failure};

/// What EKS lets in if public access is on and nothing else is said (API Reference, VpcConfigRequest).
const EVERYBODY: &str = "0.0.0.0/0";

pub(super) fn empty_answer(operation: &'static str) -> Failure {
    Failure {
        class: Class::Retry,
        reason: Reason::EksUnavailable,
        operation,
        code: None,
        message: "AWS answered without the thing asked for".to_owned(),
        definite: false,
    }
}

pub(super) fn profile(operation: &'static str, found: Option<FargateProfile>) -> Result<Profile, Failure> {
    let found = found.filter(is_complete).ok_or_else(|| empty_answer(operation))?;
    let issues = found.health.and_then(|health| health.issues).unwrap_or_default();
    Ok(Profile {
        name: found.fargate_profile_name.unwrap_or_default(),
        arn: found.fargate_profile_arn.unwrap_or_default(),
        status: ProfileStatus::from(found.status.as_ref().map_or("", |status| status.as_str())),
        role: found.pod_execution_role_arn.unwrap_or_default(),
        subnets: found.subnets.unwrap_or_default().into_iter().collect(),
        selectors: found.selectors.unwrap_or_default().into_iter().map(selector).collect::<BTreeSet<_>>(),
        tags: found.tags.unwrap_or_default().into_iter().collect(),
        issues: sorted(
            issues
                .into_iter()
                .map(|issue| (issue.code.map(|code| code.as_str().to_owned()), issue.message, issue.resource_ids)),
        ),
        created_at: time(found.created_at),
    })
}

/// Whether an answer is complete for an ACTIVE profile. Without tags it would look foreign, and without selectors it
/// would seem to take no pods.
fn is_complete(found: &FargateProfile) -> bool {
    let has_all = found.fargate_profile_arn.is_some()
        && found.pod_execution_role_arn.is_some()
        && found.selectors.as_ref().is_some_and(|selectors| !selectors.is_empty())
        && found.tags.is_some();
    has_all || found.status.as_ref().is_none_or(|status| ProfileStatus::from(status.as_str()) != ProfileStatus::Active)
}

fn selector(found: FargateProfileSelector) -> Selector {
    Selector {
        namespace: found.namespace.unwrap_or_default(),
        labels: found.labels.unwrap_or_default().into_iter().collect(),
    }
}

pub(super) fn cluster(name: &str, found: Option<types::Cluster>) -> Result<Cluster, Failure> {
    let found = found.ok_or_else(|| empty_answer("DescribeCluster"))?;
    let issues = found.health.and_then(|health| health.issues).unwrap_or_default();
    let access = found.access_config.and_then(|access| access.authentication_mode);
    let network = found.kubernetes_network_config;
    let family = network.as_ref().and_then(|network| network.ip_family.clone());
    let range = network.and_then(|network| network.service_ipv6_cidr.or(network.service_ipv4_cidr));
    let mut cluster = Cluster {
        name: name.to_owned(),
        arn: found.arn.unwrap_or_default(),
        certificate_authority: found.certificate_authority.and_then(|authority| authority.data),
        created_at: time(found.created_at),
        authentication_mode: access.map(|mode| mode.as_str().to_owned()).unwrap_or_default(),
        ip_family: family.map(|family| family.as_str().to_owned()).unwrap_or_default(),
        service_range: range.filter(|range| !range.is_empty()),
        is_local: found.outpost_config.is_some() || found.connector_config.is_some(),
        issues: sorted(
            issues
                .into_iter()
                .map(|issue| (issue.code.map(|code| code.as_str().to_owned()), issue.message, issue.resource_ids)),
        ),
        ..Cluster::default()
    };
    if let Some(network) = found.resources_vpc_config {
        cluster.vpc = network.vpc_id.filter(|vpc| !vpc.is_empty());
        cluster.subnets = network.subnet_ids.unwrap_or_default().into_iter().collect();
        cluster.security_group = network.cluster_security_group_id.filter(|group| !group.is_empty());
        cluster.private_access = network.endpoint_private_access;
        if network.endpoint_public_access {
            let blocks = network.public_access_cidrs.unwrap_or_else(|| vec![EVERYBODY.to_owned()]);
            cluster.public_access = blocks.into_iter().collect();
        }
    }
    Ok(cluster)
}

pub(super) fn access_entry(found: Option<types::AccessEntry>) -> Result<AccessEntry, Failure> {
    let found = found.ok_or_else(|| empty_answer("DescribeAccessEntry"))?;
    Ok(AccessEntry {
        kind: found.r#type.unwrap_or_default(),
        created_at: time(found.created_at),
        tags: found.tags.unwrap_or_default().into_iter().collect(),
    })
}

pub(super) fn addon(found: Option<types::Addon>) -> Result<Addon, Failure> {
    let found = found.ok_or_else(|| empty_answer("DescribeAddon"))?;
    let issues = found.health.and_then(|health| health.issues).unwrap_or_default();
    Ok(Addon {
        status: found.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        configuration: found.configuration_values.filter(|values| !values.is_empty()),
        issues: sorted(
            issues
                .into_iter()
                .map(|issue| (issue.code.map(|code| code.as_str().to_owned()), issue.message, issue.resource_ids)),
        ),
    })
}

/// An issue's code, message and resources, which EKS has in a type of its own for each kind of object.
type Issue = (Option<String>, Option<String>, Option<Vec<String>>);

/// Sorted, since another order would look like a change.
fn sorted(issues: impl Iterator<Item = Issue>) -> Vec<HealthIssue> {
    let issue = |(code, message, resource_ids): Issue| HealthIssue {
        code: code.unwrap_or_default(),
        message: message.unwrap_or_default(),
        resource_ids: resource_ids.unwrap_or_default(),
    };
    let mut issues: Vec<_> = issues.map(issue).collect();
    issues.sort_by(|a, b| (&a.code, &a.message).cmp(&(&b.code, &b.message)));
    issues
}

fn time(at: Option<DateTime>) -> Option<Timestamp> {
    at.and_then(|at| Timestamp::from_second(at.secs()).ok())
}

//! Lists what selects pods: PodDisruptionBudgets, and SecurityGroupPolicies where they are installed.

use std::borrow::Cow;
use std::collections::BTreeSet;

use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use kube::Resource;
use kube::api::ListParams;
use kube::core::{NamespaceResourceScope, Selector};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::InCluster;
use crate::aws::Unread;
use crate::kubernetes::{Part, list};
use crate::observe::unavailable::unread;
use crate::prerequisites::{Budget, GroupPolicy, Selecting};

impl InCluster {
    pub(super) async fn budgets(&self, namespace: Option<&str>) -> Result<Vec<Selecting<Budget>>, Unread> {
        let (mut found, all) = (Vec::new(), ListParams::default());
        let take = |budget: PodDisruptionBudget| found.extend(of_budget(budget));
        let listed = list::<PodDisruptionBudget, _>(&self.client, namespace, Part::Whole, all, self.limit, take).await;
        listed.map_err(|error| unread("list poddisruptionbudgets", &error))?;
        Ok(found)
    }

    /// None where the kind is not installed.
    pub(super) async fn group_policies(&self, namespace: Option<&str>) -> Result<Vec<Selecting<GroupPolicy>>, Unread> {
        let (mut found, all) = (Vec::new(), ListParams::default());
        let take = |policy: SecurityGroupPolicy| found.push(of_policy(policy));
        let listed = list::<SecurityGroupPolicy, _>(&self.client, namespace, Part::Whole, all, self.limit, take).await;
        match listed {
            Err(error) if error.code() != Some(404) => Err(unread("list securitygrouppolicies", &error)),
            Ok(_) | Err(_) => Ok(found),
        }
    }
}

/// Nothing of a budget whose status is not of its latest spec, or that has none yet.
fn of_budget(budget: PodDisruptionBudget) -> Option<Selecting<Budget>> {
    let PodDisruptionBudget { metadata, spec, status } = budget;
    let (spec, status) = (spec.unwrap_or_default(), status?);
    let content =
        Budget { expected: status.expected_pods?, desired: status.desired_healthy?, healthy: status.current_healthy? };
    let is_current = status.observed_generation == metadata.generation;
    is_current.then(|| selecting(metadata, spec.selector, content))
}

fn of_policy(SecurityGroupPolicy { metadata, spec }: SecurityGroupPolicy) -> Selecting<GroupPolicy> {
    let by_account = spec.service_account_selector.is_some();
    let content = GroupPolicy { groups: spec.security_groups.group_ids, by_account };
    selecting(metadata, spec.pod_selector.filter(|_| !by_account), content)
}

/// A selector that this version cannot read selects nothing that it knows of.
fn selecting<T>(metadata: ObjectMeta, selector: Option<LabelSelector>, content: T) -> Selecting<T> {
    let selector = selector.and_then(|selector| Selector::try_from(selector).ok());
    let (namespace, name) = (metadata.namespace.unwrap_or_default(), metadata.name.unwrap_or_default());
    Selecting { namespace, name, selector, content }
}

/// `vpcresources.k8s.aws/v1beta1`, as far as it is asked for (aws/amazon-vpc-resource-controller-k8s).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct SecurityGroupPolicy {
    metadata: ObjectMeta,
    spec: Spec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    pod_selector: Option<LabelSelector>,
    service_account_selector: Option<IgnoredAny>,
    security_groups: Groups,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Groups {
    group_ids: BTreeSet<String>,
}

impl Resource for SecurityGroupPolicy {
    type DynamicType = ();
    type Scope = NamespaceResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        "SecurityGroupPolicy".into()
    }

    fn group((): &()) -> Cow<'_, str> {
        "vpcresources.k8s.aws".into()
    }

    fn version((): &()) -> Cow<'_, str> {
        "v1beta1".into()
    }

    fn plural((): &()) -> Cow<'_, str> {
        "securitygrouppolicies".into()
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

#[cfg(test)]
mod tests;

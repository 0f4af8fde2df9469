//! Pods that a replacement does not simply move.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{ReplicaSet, StatefulSet};
use k8s_openapi::api::core::v1::PodTemplateSpec;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, ListParams};
use kube::core::{Selector, SelectorExt};
use kube::{Client, ResourceExt};
use serde::{Deserialize, Serialize};

use crate::api::POD_PROFILE_LABEL;
use crate::forecast::World;
use crate::kubernetes::{CallError, Part, call, list};
use crate::placement::{Pod, Remakes};
use crate::plugin::cluster::LIMIT;
use crate::state::is_owned;

/// The pods on the profiles of an object, and those among them that hold a change up.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Risk {
    /// How many pods are on each EKS profile.
    pub(super) by_profile: BTreeMap<String, usize>,
    /// Pods that no controller makes again as they were.
    pub(super) bare: Vec<String>,
    /// Pods that are annotated not to be disrupted.
    pub(super) do_not_disrupt: Vec<String>,
    /// Pods whose template names an EKS profile by label.
    pub(super) pinned: Vec<String>,
    /// Pods whose disruption budget allows no eviction now.
    pub(super) budgets: Vec<String>,
}

/// The pods on the profiles of this object.
pub(super) fn of(world: &World, object: &str) -> Risk {
    let mut risk = Risk::default();
    let owned = world.profiles.iter().filter(|profile| is_owned(profile, object, &world.installation));
    for profile in owned {
        let on: Vec<&Pod> = world.pods.iter().flatten().filter(|pod| pod.is_taken_for(profile)).collect();
        risk.by_profile.insert(profile.name.clone(), on.len());
        for pod in on {
            let remakes = pod.controller.as_ref().map(crate::placement::Controller::remakes);
            if remakes != Some(Remakes::Always) {
                risk.bare.push(pod.path());
            } else if pod.do_not_disrupt {
                risk.do_not_disrupt.push(pod.path());
            } else if pod.controller.as_ref().is_some_and(|controller| world.pinned.contains_key(&controller.uid)) {
                risk.pinned.push(pod.path());
            } else if let Some(budget) = world.held.get(&pod.uid) {
                risk.budgets.push(format!("{} ({budget})", pod.path()));
            }
        }
    }
    risk
}

/// # Errors
/// The user may not list pods, or the call failed.
pub(super) async fn may_list_pods(client: &Client) -> Result<(), CallError> {
    let pods: Api<k8s_openapi::api::core::v1::Pod> = Api::all(client.clone());
    call("listing pods", LIMIT, pods.list_metadata(&ListParams::default().limit(1))).await.map(drop)
}

/// By their uids, the controllers whose pod template names an EKS profile by label, and which: two lists. A Deployment gives its
/// ReplicaSets the labels of its template, so those that name none are not listed.
pub(super) async fn pinned(client: &Client) -> Result<BTreeMap<String, String>, CallError> {
    let mut pinned = BTreeMap::new();
    let take = |controller: Templated| pinned.extend(controller.pin());
    let named = ListParams::default().labels(POD_PROFILE_LABEL);
    list::<ReplicaSet, _>(client, None, Part::Whole, named, LIMIT, take).await?;
    let take = |controller: Templated| pinned.extend(controller.pin());
    list::<StatefulSet, _>(client, None, Part::Whole, ListParams::default(), LIMIT, take).await?;
    Ok(pinned)
}

/// What is read of a controller of pods.
#[derive(Clone, Deserialize)]
struct Templated {
    metadata: ObjectMeta,
    spec: TemplatedSpec,
}

#[derive(Clone, Deserialize)]
struct TemplatedSpec {
    template: Option<PodTemplateSpec>,
}

impl Templated {
    fn pin(self) -> Option<(String, String)> {
        let pin = self.spec.template?.metadata?.labels?.remove(POD_PROFILE_LABEL)?;
        Some((self.metadata.uid?, pin))
    }
}

/// By their uids, the pods whose budgets allow no eviction, and which budget that is: one list.
pub(super) async fn held(client: &Client, pods: &[Pod]) -> Result<BTreeMap<String, String>, CallError> {
    let mut budgets: Vec<PodDisruptionBudget> = Vec::new();
    let take = |budget| budgets.push(budget);
    list::<PodDisruptionBudget, _>(client, None, Part::Whole, ListParams::default(), LIMIT, take).await?;
    Ok(held_by(budgets, pods))
}

pub(super) fn held_by(mut budgets: Vec<PodDisruptionBudget>, pods: &[Pod]) -> BTreeMap<String, String> {
    budgets.retain(allows_none);
    let held = |pod: &Pod| {
        let budget = budgets.iter().find(|budget| selects(budget, pod))?;
        Some((pod.uid.clone(), format!("{}/{}", pod.namespace, budget.name_any())))
    };
    pods.iter().filter(|pod| pod.ready).filter_map(held).collect()
}

/// Whether the budget never allows an eviction: its pods are all there, and none may be missing.
fn allows_none(budget: &PodDisruptionBudget) -> bool {
    let is_whole = |status: &k8s_openapi::api::policy::v1::PodDisruptionBudgetStatus| {
        status.disruptions_allowed.unwrap_or_default() == 0 && status.desired_healthy >= status.expected_pods
    };
    budget.status.as_ref().is_some_and(is_whole)
}

fn selects(budget: &PodDisruptionBudget, pod: &Pod) -> bool {
    let selector = budget.spec.as_ref().and_then(|spec| spec.selector.clone());
    let selector = selector.and_then(|selector| Selector::try_from(selector).ok());
    budget.namespace().as_deref() == Some(&pod.namespace) && selector.is_some_and(|it| it.matches(&pod.labels))
}

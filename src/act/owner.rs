//! What a pod's controller has to say before the pod is evicted: whether all its other pods are well, whether its template
//! lets the next one go elsewhere, and whether a Job has retries left.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{Pod, PodTemplateSpec, ReplicationController};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::api::{Api, ListParams};
use kube::core::{NamespaceResourceScope, Selector};
use kube::{Client, Resource};
use serde::de::DeserializeOwned;

use super::evict::failure;
use crate::api::{POD_PROFILE_LABEL, Reason};
use crate::eks::{Class, Failure};
use crate::plan::{EvictCause, Eviction};

/// `backoffLimit` of a Job that names none (Kubernetes API reference).
const BACKOFF_LIMIT: i32 = 6;

/// What matters of a controller.
struct Owner {
    desired: i32,
    selector: Option<Selector>,
    /// The profile that its template names by label.
    pin: Option<String>,
    /// Of a Job: a pod that is evicted counts as a failed one, and there is none to spare.
    exhausted: bool,
}

/// Whether the pod may be evicted now, as far as its controller is concerned.
pub(super) async fn check(eviction: &Eviction, client: &Client) -> Result<(), Failure> {
    let what = format!("{} {}/{}", eviction.controller.kind, eviction.namespace, eviction.controller.name);
    let owner = read(eviction, client).await.map_err(|error| unreadable(&what, &error))?;
    let Some(owner) = owner else { return Err(blocked(format!("{what} is gone, or another one has its name"))) };
    if let Some(pin) = owner.pin.filter(|pin| *pin != eviction.to) {
        return Err(failure(
            Class::Fix,
            Reason::PodPinned,
            format!("the template of {what} names EKS profile {pin} in the label {POD_PROFILE_LABEL}"),
        ));
    }
    if owner.exhausted {
        return Err(failure(Class::Fix, Reason::EvictionRefused, format!("{what} has no retries left")));
    }
    match (&eviction.cause, owner.selector) {
        // A pod that waits is no loss.
        (EvictCause::Pending(_), _) | (EvictCause::Move(_), None) => Ok(()),
        (EvictCause::Move(from), Some(selector)) => {
            let pods: Api<Pod> = Api::namespaced(client.clone(), &eviction.namespace);
            let pods = pods.list(&ListParams::default().labels_from(&selector)).await;
            let pods = pods.map_err(|error| unreadable(&format!("the pods of {what}"), &error))?.items;
            whole(eviction, from, owner.desired, &pods).map_or(Ok(()), |why| Err(blocked(format!("{what}: {why}"))))
        }
    }
}

/// Why the controller's other pods are not all well, if so. Of those on the profile that is to go, an unready one may go
/// before another, and never a Ready one beside it.
fn whole(eviction: &Eviction, from: &str, desired: i32, pods: &[Pod]) -> Option<String> {
    let is_its = |pod: &&Pod| {
        let mut owners = pod.metadata.owner_references.iter().flatten();
        let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
        owners.any(|owner| owner.uid == eviction.controller.uid) && !matches!(phase, Some("Succeeded" | "Failed"))
    };
    let is_ready = |pod: &Pod| {
        let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
        conditions.into_iter().flatten().any(|condition| condition.type_ == "Ready" && condition.status == "True")
    };
    let is_on_old = |pod: &Pod| {
        let labels = pod.metadata.labels.as_ref();
        labels.and_then(|labels| labels.get(POD_PROFILE_LABEL)).is_some_and(|profile| profile == from)
    };
    let name = |pod: &Pod| pod.metadata.name.clone().unwrap_or_default();
    let pods: Vec<&Pod> = pods.iter().filter(is_its).collect();
    if let Some(ending) = pods.iter().find(|pod| pod.metadata.deletion_timestamp.is_some()) {
        return Some(format!("pod {} is ending", name(ending)));
    }
    let is_it = |pod: &Pod| pod.metadata.uid.as_deref() == Some(eviction.uid.as_str());
    let serves = pods.iter().any(|pod| is_it(pod) && is_ready(pod));
    let is_missed = |pod: &Pod| !is_it(pod) && !is_ready(pod) && (serves || !is_on_old(pod));
    if let Some(unready) = pods.iter().find(|pod| is_missed(pod)) {
        return Some(format!("pod {} is not Ready yet", name(unready)));
    }
    let there = i32::try_from(pods.len()).unwrap_or(i32::MAX);
    (there < desired).then(|| format!("{there} of {desired} pods are there"))
}

async fn read(eviction: &Eviction, client: &Client) -> Result<Option<Owner>, kube::Error> {
    let controller = &eviction.controller;
    let owner = match controller.kind.as_str() {
        "ReplicaSet" => get::<ReplicaSet>(eviction, client).await?.map(|it| it.spec).map(|spec| {
            let desired = spec.replicas.unwrap_or(1);
            Owner { desired, selector: selector(spec.selector), pin: pin(spec.template.as_ref()), exhausted: false }
        }),
        "StatefulSet" => get::<StatefulSet>(eviction, client).await?.map(|it| it.spec).map(|spec| {
            let desired = spec.replicas.unwrap_or(1);
            Owner { desired, selector: selector(spec.selector), pin: pin(Some(&spec.template)), exhausted: false }
        }),
        "ReplicationController" => {
            get::<ReplicationController>(eviction, client).await?.and_then(|it| it.spec).map(|spec| Owner {
                desired: spec.replicas.unwrap_or(1),
                selector: spec.selector.map(Selector::from_iter),
                pin: pin(spec.template.as_ref()),
                exhausted: false,
            })
        }
        "Job" => get::<Job>(eviction, client).await?.map(|job| {
            let failed = job.status.as_ref().and_then(|status| status.failed).unwrap_or_default();
            let spec = job.spec.unwrap_or_default();
            // Limits for each index are not looked into: such a Job is left alone.
            let spared = spec.backoff_limit_per_index.is_some();
            Owner {
                desired: 0,
                selector: None,
                pin: pin(Some(&spec.template)),
                exhausted: spared || failed >= spec.backoff_limit.unwrap_or(BACKOFF_LIMIT),
            }
        }),
        _ => None,
    };
    Ok(owner)
}

/// The controller, if it is still the one that made the pod.
async fn get<K>(eviction: &Eviction, client: &Client) -> Result<Option<K>, kube::Error>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + DeserializeOwned + std::fmt::Debug,
{
    let all: Api<K> = Api::namespaced(client.clone(), &eviction.namespace);
    let found = all.get_opt(&eviction.controller.name).await?;
    Ok(found.filter(|it| it.meta().uid.as_deref() == Some(eviction.controller.uid.as_str())))
}

fn selector(selector: LabelSelector) -> Option<Selector> {
    // The API server has taken it, so that it can be read.
    selector.try_into().ok()
}

fn pin(template: Option<&PodTemplateSpec>) -> Option<String> {
    let labels: &BTreeMap<String, String> = template?.metadata.as_ref()?.labels.as_ref()?;
    labels.get(POD_PROFILE_LABEL).cloned()
}

fn blocked(message: String) -> Failure {
    failure(Class::Wait, Reason::EvictionBlocked, message)
}

fn unreadable(what: &str, error: &kube::Error) -> Failure {
    match error {
        kube::Error::Api(answer) if answer.code == 403 => failure(
            Class::Fix,
            Reason::EvictionRefused,
            format!("reading {what} was refused: {}; compare the operator's roles with deploy/rbac", answer.message),
        ),
        error => failure(Class::Retry, Reason::EvictionBlocked, format!("reading {what} failed: {error}")),
    }
}

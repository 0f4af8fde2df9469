//! Evicts a pod through the Eviction API, which respects disruption budgets and needs no permission to delete pods.

use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, DeleteParams, EvictParams, PostParams, Preconditions};
use kube::core::Status;

use super::{Effects, Outcome, preflight};
use crate::api::Reason;
use crate::failure::{Class, Failure};
use crate::kubernetes::{call, forbidden};
use crate::message::{cut, message};
use crate::plan::Eviction;

/// Kubernetes's answer if a webhook on evictions has side effects.
/// How much of an answer a message has room for.
const ANSWER: usize = 160;
const NO_DRY_RUN: &str = "does not support dry run";

/// Whether [`evict`] could evict the pod now. Nothing changes.
pub(super) async fn ask(eviction: &Eviction, effects: &Effects<'_>) -> Outcome {
    match send(eviction, effects, true).await {
        Outcome::Done => Outcome::Rested,
        // A webhook that has no dry run decides at the real eviction.
        Outcome::Failed(failure) if failure.message.contains(NO_DRY_RUN) => Outcome::Rested,
        outcome => outcome,
    }
}

/// Evicts the pod, if it is still the observed one, its workload can spare it, and its controller recreates it in the
/// right place.
pub(super) async fn evict(eviction: &Eviction, effects: &Effects<'_>) -> Outcome {
    send(eviction, effects, false).await
}

async fn send(eviction: &Eviction, effects: &Effects<'_>, dry_run: bool) -> Outcome {
    let Effects { client, timeout, may_act, .. } = *effects;
    if let Err(failure) = preflight::check(eviction, client, timeout).await {
        return Outcome::Failed(failure);
    }
    if !may_act() {
        return Outcome::NotLeading;
    }
    let pods: Api<Pod> = Api::namespaced(client.clone(), &eviction.namespace);
    let observed =
        Preconditions { uid: Some(eviction.uid.clone()), resource_version: Some(eviction.resource_version.clone()) };
    let params = EvictParams {
        delete_options: Some(DeleteParams::default().preconditions(observed)),
        post_options: PostParams { dry_run, ..PostParams::default() },
    };
    match call("evicting a pod", timeout, pods.evict(&eviction.name, &params)).await {
        Ok(_) => Outcome::Done,
        Err(error) => match error.answer() {
            Some(answer) => answered(answer),
            None => Outcome::KubernetesFailed(error.to_string()),
        },
    }
}

fn answered(answer: &Status) -> Outcome {
    let causes = answer.details.iter().flat_map(|details| &details.causes).map(|cause| cause.message.as_str());
    let causes: Vec<&str> = causes.filter(|cause| !cause.is_empty()).collect();
    match answer.code {
        404 | 409 => Outcome::Outdated,
        // The cause names the budget, the message does not.
        429 if !causes.is_empty() => {
            failed(Class::Wait, Reason::EvictionBlocked, lower_first(&cut(&causes.join("; "), ANSWER)))
        }
        429 => failed(Class::Wait, Reason::EvictionBlocked, lower_first(&cut(&answer.message, ANSWER))),
        403 if answer.message.contains("admission webhook") => {
            failed(Class::Fix, Reason::EvictionRefused, cut(&answer.message, ANSWER))
        }
        403 => failed(Class::Fix, Reason::EvictionRefused, forbidden(&answer.message)),
        // The Eviction API answers 500 to a pod with several budgets (Kubernetes, registry/core/pod/storage/eviction.go).
        500 if answer.message.contains("more than one PodDisruptionBudget") => failed(
            Class::Fix,
            Reason::EvictionRefused,
            message!(
                "the pod has more than one PodDisruptionBudget, which Kubernetes does not support: leave one of them"
            ),
        ),
        _ => failed(Class::Retry, Reason::EvictionBlocked, lower_first(&cut(&answer.message, ANSWER))),
    }
}

fn failed(class: Class, reason: Reason, message: String) -> Outcome {
    Outcome::Failed(Failure::of_eviction(class, reason, message))
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

//! What does not stop the operator but is probably not meant: `status.warnings`.

use super::{bounds, overlaps};
use crate::message::message;
use crate::placement::{Place, matches};
use crate::state::{Facts, NearMiss, Pods};

pub(super) fn of(facts: &Facts<'_>) -> Vec<String> {
    bounds::lines(overlaps::lines(facts).into_iter().chain(of_pods(facts)).collect())
}

/// What follows from namespaces and pods.
fn of_pods(facts: &Facts<'_>) -> Vec<String> {
    let snapshot = facts.snapshot;
    // Pods come and go all the time, so this follows at the pace of their counts. What is not known at the moment stays.
    let is_known = snapshot.outside.is_some() && (snapshot.counts_due || snapshot.status.pods.is_none());
    if !is_known && snapshot.status.observed_generation == Some(snapshot.object.generation) {
        return snapshot.status.warnings.iter().filter(|line| !overlaps::is_line(line)).cloned().collect();
    }
    missing_namespaces(facts).chain(near_misses(facts)).chain(unsupported_pods(facts)).collect()
}

/// Selectors whose namespace does not exist.
fn missing_namespaces(facts: &Facts<'_>) -> impl Iterator<Item = String> {
    facts.snapshot.outside.iter().flat_map(|outside| &outside.missing_namespaces).map(|namespace| {
        message!("a selector names namespace {namespace}, which does not exist: correct spec.selectors or create it")
    })
}

/// Selectors that match no pod, while others have the same labels with other values.
fn near_misses(facts: &Facts<'_>) -> impl Iterator<Item = String> {
    let misses = facts.snapshot.outside.iter().flat_map(|outside| &outside.near_misses);
    let pods = match &facts.snapshot.pods {
        Pods::Known(pods) => pods.as_slice(),
        Pods::Unknown(_) => &[],
    };
    let in_vain = misses.filter(|miss| !pods.iter().any(|pod| matches(&miss.selector, pod)));
    in_vain.map(|NearMiss { selector, pod, labels }| {
        let asked: Vec<String> = selector.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let (namespace, asked) = (&selector.namespace, asked.join(", "));
        message!("no pod on Fargate matches the selector {namespace} with {asked}, but pod {pod} has {labels}")
    })
}

/// Pods that this object's EKS profiles are for and that can never run on Fargate.
fn unsupported_pods(facts: &Facts<'_>) -> impl Iterator<Item = String> {
    let pods = match &facts.snapshot.pods {
        Pods::Known(pods) => pods.as_slice(),
        Pods::Unknown(_) => &[],
    };
    let unsupported = pods.iter().filter(|pod| !pod.terminating && !pod.unfit.is_empty());
    let waiting = unsupported.filter(|pod| pod.place() == Place::Pending && facts.is_for(pod));
    waiting.map(|pod| message!("pod {} can never run on Fargate: {}", pod.path(), pod.unfit.join("; ")))
}

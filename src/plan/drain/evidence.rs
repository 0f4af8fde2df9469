//! Whether pods that are made now land where they should, and start there. ACTIVE does not mean that EKS's webhook knows
//! the profile yet, nor that its subnets and its role let a pod start.

use std::sync::Arc;

use super::ward::Ward;
use crate::api::{DrainRecord, EvictedPod};
use crate::placement::Pod;
use crate::plan::Snapshot;

/// What pods show of a profile that is to take others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Evidence {
    /// One is Ready on it.
    Proven,
    /// Nothing yet.
    None,
    /// One was evicted for it, and its replacement has its time.
    Awaited,
    /// The replacement is there, has had its time, and does not become Ready, for this reason.
    Unhealthy(String),
}

/// What is known of the profile `to`.
pub(super) fn of(snapshot: &Snapshot, pods: &[Arc<Pod>], drain: &DrainRecord, to: &str) -> Evidence {
    let live = pods.iter().filter(|pod| pod.is_live() && pod.profile() == Some(to));
    // Also one that is ending by now shows that pods start there.
    if live.clone().any(|pod| pod.ready) {
        return Evidence::Proven;
    }
    let mut there = live.filter(|pod| !pod.terminating);
    let probe = drain.evicting.as_ref().filter(|evicted| evicted.to == to);
    let is_of = |pod: &Pod, uid: &str| pod.controller.as_ref().is_some_and(|controller| controller.uid == uid);
    // Only of a pod whose like runs is it known that the fault is not its own.
    let tells =
        |pod: &Pod| probe.is_some_and(|probe| is_of(pod, &probe.controller_uid)) || has_ready_sibling(pods, pod);
    let has_had_its_time = |pod: &Pod| snapshot.since(pod.created) >= snapshot.progress;
    if let Some(pod) = there.clone().find(|pod| has_had_its_time(pod) && tells(pod)) {
        return Evidence::Unhealthy(format!(
            "pod {} has been made on EKS profile {to} and is not Ready: {}",
            pod.path(),
            pod.trouble.as_deref().unwrap_or("it does not say why")
        ));
    }
    // Whoever made it: it shows the same as one that is evicted for it.
    if there.any(|pod| !has_had_its_time(pod)) {
        return Evidence::Awaited;
    }
    match probe {
        // It is not to be seen on the profile: its controller may have wanted fewer.
        Some(probe) if !is_still_there(pods, probe) && snapshot.since(probe.at.0) < snapshot.progress => {
            Evidence::Awaited
        }
        Some(_) | None => Evidence::None,
    }
}

/// Its like is Ready elsewhere, so that the fault is not its own.
fn has_ready_sibling(pods: &[Arc<Pod>], pod: &Pod) -> bool {
    let is_its = |other: &&Arc<Pod>| other.controller.is_some() && other.controller == pod.controller;
    pods.iter().filter(is_its).any(|other| other.ready && !other.terminating && other.is_live())
}

/// A pod that came back to the profile that is to go, after one was evicted, and that nothing has belied since: a pod made
/// later than it, on the profile that should have taken it.
pub(super) fn bounced<'a>(pods: &[Arc<Pod>], ward: &Ward<'a>, drain: &DrainRecord) -> Option<&'a Pod> {
    let evicted = drain.evicting.as_ref()?;
    let newest = ward.newest()?;
    // Creation times have whole seconds; of the same second, only a pod too many is new.
    let one_too_many =
        || ward.convertible().count() > evicted.left as usize + usize::from(is_still_there(pods, evicted));
    let is_new = newest.created > evicted.newest.0 || newest.created == evicted.newest.0 && one_too_many();
    let belied = pods.iter().any(|pod| pod.profile() == Some(evicted.to.as_str()) && pod.created > newest.created);
    (is_new && !belied).then_some(newest)
}

/// Whether the pod that was to be evicted has not been.
fn is_still_there(pods: &[Arc<Pod>], evicted: &EvictedPod) -> bool {
    pods.iter().any(|pod| pod.uid == evicted.uid && !pod.terminating && pod.is_live())
}

//! Whether new pods land on the expected profile and start there. An ACTIVE profile may still be unknown to EKS's
//! webhook, and its subnets and role may keep pods from starting.

use std::sync::Arc;

use super::pods::DrainingPods;
use crate::api::{DrainRecord, EvictedPod};
use crate::message::{cut, message};
use crate::placement::{Pod, Remakes, matches};
use crate::state::Snapshot;

/// What pods show about a profile that is to take others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ProbeResult {
    /// A pod that the old profile selects too has been Ready on it.
    Proven,
    /// Such a pod is Ready on it, which is not recorded yet.
    Seen,
    /// No pod shows anything, and no eviction was tried.
    None,
    /// A pod was evicted for it, and the replacement still has time.
    Awaited,
    /// The replacement's time is up, and no pod on the profile shows anything.
    Missing,
    /// The replacement of a Ready pod is on it, but did not become Ready in time, for this reason.
    Unhealthy(String),
}

/// How much of what a pod says a message has room for.
const ISSUE: usize = 100;

/// What is known about the profile `to`, from any drain of the object. Once a pod was Ready on it, that holds: the pod
/// may become unready later for other reasons.
pub(super) fn of(snapshot: &Snapshot, pods: &[Arc<Pod>], draining: &DrainingPods<'_>, to: &str) -> ProbeResult {
    if is_proven(snapshot, to) {
        return ProbeResult::Proven;
    }
    // A pod that the old profile does not select says nothing about which of the two takes a pod.
    let is_for_both = |pod: &&Pod| draining.old.selectors.iter().any(|selector| matches(selector, pod));
    let landed = on(snapshot, pods, to).filter(is_for_both);
    // A pod that is terminating by now still shows that pods start there.
    if landed.clone().any(|pod| pod.ready) {
        return ProbeResult::Seen;
    }
    let mut there = landed.filter(|pod| !pod.terminating);
    let probes = || drains(snapshot).filter_map(|drain| drain.evicting.as_ref()).filter(|evicted| evicted.to == to);
    let is_replacement = |pod: &Pod| probes().any(|probe| probe.was_ready && is_of(pod, &probe.controller_uid));
    // If a pod of the same controller is Ready on the old profile, the pod itself is not at fault.
    let has_ready_like =
        |pod: &Pod| pod.controller.as_ref().is_some_and(|its| draining.staying_of(&its.uid).any(|other| other.ready));
    let tells = |pod: &Pod| is_replacement(pod) || has_ready_like(pod);
    let has_had_its_time = |pod: &Pod| snapshot.since(pod.created) >= snapshot.progress;
    if let Some(pod) = there.clone().find(|pod| has_had_its_time(pod) && tells(pod)) {
        let said = pod.issue.as_ref().map(|issue| cut(&issue.message, ISSUE));
        let trouble = said.unwrap_or_else(|| message!("it does not say why"));
        return ProbeResult::Unhealthy(message!("pod {} is not Ready on EKS profile {to}: {trouble}", pod.path()));
    }
    // It does not matter who created the pod. It proves the profile just as well.
    let is_remade = |pod: &Pod| pod.controller.as_ref().is_some_and(|its| its.remakes() == Remakes::Always);
    if there.any(|pod| !has_had_its_time(pod) && is_remade(pod)) {
        return ProbeResult::Awaited;
    }
    let has_had = |probe: &EvictedPod| snapshot.since(probe.at.0) >= snapshot.progress;
    match probes().filter(|probe| !is_still_there(pods, probe)).map(has_had).reduce(|a, b| a && b) {
        None => ProbeResult::None,
        Some(true) => ProbeResult::Missing,
        Some(false) => ProbeResult::Awaited,
    }
}

/// Whether any pod has started on the profile `to`. If so, the profile is not to blame for a pod that does not start
/// and is not taken back.
pub(super) fn starts_pods(snapshot: &Snapshot, pods: &[Arc<Pod>], to: &str) -> bool {
    is_proven(snapshot, to) || on(snapshot, pods, to).any(|pod| pod.ready)
}

fn is_proven(snapshot: &Snapshot, to: &str) -> bool {
    drains(snapshot).any(|drain| drain.proven.iter().any(|proven| proven == to))
}

fn drains(snapshot: &Snapshot) -> impl Iterator<Item = &DrainRecord> {
    snapshot.status.profiles.iter().filter_map(|record| record.drain.as_ref())
}

fn on<'a>(snapshot: &'a Snapshot, pods: &'a [Arc<Pod>], name: &str) -> impl Iterator<Item = &'a Pod> + Clone {
    let profile = snapshot.profiles.iter().find(|profile| profile.name == name);
    pods.iter().map(AsRef::as_ref).filter(move |pod: &&Pod| profile.is_some_and(|profile| pod.is_taken_for(profile)))
}

fn is_of(pod: &Pod, controller: &str) -> bool {
    pod.controller.as_ref().is_some_and(|its| its.uid == controller)
}

/// A pod that came back to the old profile after an eviction. It is ignored if a newer pod has since landed on the
/// expected profile.
pub(super) fn bounced<'a>(
    snapshot: &Snapshot,
    pods: &[Arc<Pod>],
    draining: &DrainingPods<'a>,
    drain: &DrainRecord,
) -> Option<&'a Pod> {
    let evicted = drain.evicting.as_ref()?;
    let newest = draining.staying_of(&evicted.controller_uid).max_by_key(|pod| pod.created)?;
    let expected = evicted.left as usize + usize::from(is_still_there(pods, evicted));
    let is_one_too_many = draining.staying_of(&evicted.controller_uid).count() > expected;
    // Kubernetes stores creation times in whole seconds.
    let is_new = newest.created > evicted.newest.0 || newest.created == evicted.newest.0 && is_one_too_many;
    let belied = on(snapshot, pods, &evicted.to).any(|pod| pod.created > newest.created);
    (is_new && !belied).then_some(newest)
}

/// Whether the pod that was recorded for eviction is still there.
fn is_still_there(pods: &[Arc<Pod>], evicted: &EvictedPod) -> bool {
    pods.iter().any(|pod| pod.uid == evicted.uid && !pod.terminating && pod.is_live())
}

//! Whether pods that are made now land where they should, and start there. ACTIVE does not mean that EKS's webhook knows
//! the profile yet, nor that its subnets and its role let a pod start.

use std::sync::Arc;

use super::pods::DrainingPods;
use crate::api::{DrainRecord, EvictedPod};
use crate::placement::{Pod, Remakes, matches};
use crate::state::Snapshot;

/// What pods show of a profile that is to take others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ProbeResult {
    /// One has been Ready on it that the old profile selects as well.
    Proven,
    /// Such a one is Ready on it, which is not on record yet.
    Seen,
    /// Nothing, and nothing was tried.
    None,
    /// One was evicted for it, and its replacement has its time.
    Awaited,
    /// The replacement has had its time and was not made there, or was not Ready before and is not there either.
    Missing,
    /// The replacement of a pod that was Ready is there, has had its time, and does not become Ready, for this reason.
    Unhealthy(String),
}

/// What is known of the profile `to`, by the drain of this profile or of another one of the object. What a pod has shown once
/// holds: later it may be unready for reasons of its own.
pub(super) fn of(snapshot: &Snapshot, pods: &[Arc<Pod>], draining: &DrainingPods<'_>, to: &str) -> ProbeResult {
    if is_proven(snapshot, to) {
        return ProbeResult::Proven;
    }
    // One that the old profile does not select says nothing of which of the two comes first.
    let is_for_both = |pod: &&Pod| draining.old.selectors.iter().any(|selector| matches(selector, pod));
    let landed = on(snapshot, pods, to).filter(is_for_both);
    // Also one that is ending by now has shown that pods start there.
    if landed.clone().any(|pod| pod.ready) {
        return ProbeResult::Seen;
    }
    let mut there = landed.filter(|pod| !pod.terminating);
    let probes = || drains(snapshot).filter_map(|drain| drain.evicting.as_ref()).filter(|evicted| evicted.to == to);
    let is_replacement = |pod: &Pod| probes().any(|probe| probe.was_ready && is_of(pod, &probe.controller_uid));
    // If a pod of the same controller is Ready on the old profile, the fault is not the pod's own.
    let has_ready_like =
        |pod: &Pod| pod.controller.as_ref().is_some_and(|its| draining.staying_of(&its.uid).any(|other| other.ready));
    let tells = |pod: &Pod| is_replacement(pod) || has_ready_like(pod);
    let has_had_its_time = |pod: &Pod| snapshot.since(pod.created) >= snapshot.progress;
    if let Some(pod) = there.clone().find(|pod| has_had_its_time(pod) && tells(pod)) {
        let why = format!(
            "pod {} has been made on EKS profile {to} and is not Ready: {}",
            pod.path(),
            pod.trouble.as_deref().unwrap_or("it does not say why")
        );
        return ProbeResult::Unhealthy(why);
    }
    // It does not matter what created the pod: it proves the profile just as well.
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

/// Whether anything shows that pods start on the profile `to`: then it is not to blame for one that does not, and is not
/// taken back.
pub(super) fn starts_pods(snapshot: &Snapshot, pods: &[Arc<Pod>], to: &str) -> bool {
    is_proven(snapshot, to) || on(snapshot, pods, to).any(|pod| pod.ready)
}

fn is_proven(snapshot: &Snapshot, to: &str) -> bool {
    drains(snapshot).any(|drain| drain.proven.iter().any(|proven| proven == to))
}

fn drains(snapshot: &Snapshot) -> impl Iterator<Item = &DrainRecord> {
    snapshot.status.profiles.iter().filter_map(|record| record.drain.as_ref())
}

/// The pods that EKS has taken for the profile of this name.
fn on<'a>(snapshot: &'a Snapshot, pods: &'a [Arc<Pod>], name: &str) -> impl Iterator<Item = &'a Pod> + Clone {
    let profile = snapshot.profiles.iter().find(|profile| profile.name == name);
    pods.iter().map(AsRef::as_ref).filter(move |pod: &&Pod| profile.is_some_and(|profile| pod.is_taken_for(profile)))
}

fn is_of(pod: &Pod, controller: &str) -> bool {
    pod.controller.as_ref().is_some_and(|its| its.uid == controller)
}

/// A pod that came back to the profile that is to go, after an eviction. It is ignored if a newer pod has landed on the
/// expected profile since.
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
    // Creation times have whole seconds.
    let is_new = newest.created > evicted.newest.0 || newest.created == evicted.newest.0 && is_one_too_many;
    let belied = on(snapshot, pods, &evicted.to).any(|pod| pod.created > newest.created);
    (is_new && !belied).then_some(newest)
}

/// Whether the pod that was to be evicted has not been.
fn is_still_there(pods: &[Arc<Pod>], evicted: &EvictedPod) -> bool {
    pods.iter().any(|pod| pod.uid == evicted.uid && !pod.terminating && pod.is_live())
}

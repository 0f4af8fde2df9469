//! Whether pods that are made now land where they should, and start there. ACTIVE does not mean that EKS's webhook knows
//! the profile yet, nor that its subnets and its role let a pod start.

use std::sync::Arc;

use jiff::SignedDuration;

use super::ward::Ward;
use crate::api::{DrainRecord, EvictedPod};
use crate::placement::Pod;
use crate::plan::Snapshot;

/// How far the clocks of this process and of the API server may be apart.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(60);

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
    let mut there = pods.iter().filter(|pod| pod.is_live() && !pod.terminating && pod.profile() == Some(to));
    if there.clone().any(|pod| pod.ready) {
        return Evidence::Proven;
    }
    let Some(probe) = drain.evicting.as_ref().filter(|evicted| evicted.to == to) else { return Evidence::None };
    if is_still_there(pods, probe) {
        return Evidence::None;
    }
    let is_its = |pod: &&Arc<Pod>| pod.controller.as_ref().is_some_and(|c| c.uid == probe.controller_uid);
    // Before the eviction all others of the controller were well, so that one that is not has been made since.
    let stray = |pod: &&Arc<Pod>| pod.is_live() && !pod.terminating && !pod.ready && pod.profile().is_none();
    match there.find(is_its).or_else(|| pods.iter().filter(stray).find(is_its)) {
        Some(pod) if snapshot.since(pod.created) >= snapshot.progress => Evidence::Unhealthy(format!(
            "pod {} has been made {} and is not Ready: {}",
            pod.path(),
            match pod.profile() {
                Some(profile) => format!("on EKS profile {profile}"),
                None => format!("without a profile, although {to} should have taken it,"),
            },
            pod.trouble.as_deref().unwrap_or("it does not say why")
        )),
        Some(_) => Evidence::Awaited,
        // It is not to be seen on the profile: its controller may have wanted fewer.
        None if snapshot.since(probe.at.0) >= snapshot.progress => Evidence::None,
        None => Evidence::Awaited,
    }
}

/// A pod that came back to the profile that is to go, after one was evicted, and that nothing has belied since: a pod made
/// later than it, on the profile that should have taken it.
pub(super) fn bounced<'a>(pods: &[Arc<Pod>], ward: &Ward<'a>, drain: &DrainRecord) -> Option<&'a Pod> {
    let evicted = drain.evicting.as_ref()?;
    let expected = evicted.left as usize + usize::from(is_still_there(pods, evicted));
    if ward.convertible().count() <= expected {
        return None;
    }
    let newest = ward.convertible().map(|inmate| inmate.pod).max_by_key(|pod| pod.created)?;
    let is_new = evicted.at.0.duration_since(newest.created) <= CLOCK_SKEW;
    let belied = pods.iter().any(|pod| pod.profile() == Some(evicted.to.as_str()) && pod.created > newest.created);
    (is_new && !belied).then_some(newest)
}

/// Whether the pod that was to be evicted has not been.
fn is_still_there(pods: &[Arc<Pod>], evicted: &EvictedPod) -> bool {
    pods.iter().any(|pod| pod.uid == evicted.uid && !pod.terminating && pod.is_live())
}

//! The pods on a profile that is to go, and where each would go.

use super::blocker::Blocker;
use crate::api::Reason;
use crate::eks::{Profile, ProfileStatus};
use crate::placement::{Pod, Remakes, Taker, taker};
use crate::plan::unknown;
use crate::state::handover::Handovers;
use crate::state::{ActionKey, Snapshot, Successor};

/// The pods on a profile that is to go.
#[derive(Debug)]
pub(in crate::plan) struct DrainingPods<'a> {
    /// The profile that is to go.
    pub(in crate::plan) old: &'a Profile,
    /// Its pods that have not ended.
    pub(super) pods: Vec<DrainingPod<'a>>,
}

/// A pod on a profile that is to go.
#[derive(Debug)]
pub(super) struct DrainingPod<'a> {
    pub(super) pod: &'a Pod,
    pub(super) disposition: Disposition,
}

/// What can be done with a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Disposition {
    Terminating,
    /// Evicted, it is made again and taken by this profile.
    Evictable(String),
    /// Made again it would be taken by another profile, but it is not to be evicted.
    Blocked(Blocker),
    /// Another FargateProfile selects it, whose EKS profile does not take it yet.
    Awaiting(Successor),
    /// No other profile takes it as long as its own is there.
    NoProfile(Blocker),
}

impl<'a> DrainingPods<'a> {
    /// The pods on `old`, of `pods`, with `others` to take them.
    pub(in crate::plan) fn of(
        snapshot: &Snapshot,
        pods: &'a [std::sync::Arc<Pod>],
        old: &'a Profile,
        others: &[&Profile],
    ) -> Self {
        let pods = pods.iter().map(AsRef::as_ref).filter(|pod: &&Pod| pod.is_taken_for(old));
        let handovers = Handovers::of(snapshot);
        let pods = pods
            .map(|pod| DrainingPod { pod, disposition: disposition(snapshot, &handovers, pod, old, others) })
            .collect();
        Self { old, pods }
    }

    /// Pods of the controller of this uid that are not ending.
    pub(super) fn staying_of(&self, controller: &str) -> impl Iterator<Item = &'a Pod> {
        let is_its = move |pod: &&Pod| pod.controller.as_ref().is_some_and(|its| its.uid == controller);
        self.pods.iter().map(|pod| pod.pod).filter(|pod| !pod.terminating).filter(is_its)
    }

    /// Whether nothing is on the profile.
    pub(in crate::plan) fn is_empty(&self) -> bool {
        self.pods.is_empty()
    }

    /// Pods that another profile would take if they were made again, those included that are not to be evicted.
    pub(super) fn convertible(&self) -> impl Iterator<Item = &DrainingPod<'a>> {
        self.pods.iter().filter(|pod| match pod.disposition {
            Disposition::Evictable(_) | Disposition::Blocked(_) | Disposition::Awaiting(_) => true,
            Disposition::Terminating | Disposition::NoProfile(_) => false,
        })
    }

    /// Whether a pod waits for another FargateProfile.
    pub(super) fn is_awaiting(&self) -> bool {
        self.pods.iter().any(|pod| matches!(pod.disposition, Disposition::Awaiting(_)))
    }

    /// Whether the only pods that are left are those that nobody takes, or that end already.
    pub(super) fn is_left_to_end(&self) -> bool {
        self.pods.iter().all(|pod| match &pod.disposition {
            Disposition::NoProfile(blocker) => !matches!(blocker, Blocker::Behind(_)),
            Disposition::Terminating => true,
            Disposition::Evictable(_) | Disposition::Blocked(_) | Disposition::Awaiting(_) => false,
        })
    }

    /// How many pods no other profile takes.
    pub(in crate::plan) fn losing(&self) -> usize {
        self.pods.iter().filter(|pod| matches!(pod.disposition, Disposition::NoProfile(_))).count()
    }

    /// How many of those name the profile in their template.
    pub(in crate::plan) fn pinned(&self) -> usize {
        self.pods.iter().filter(|pod| pod.disposition == Disposition::NoProfile(Blocker::Pinned)).count()
    }

    /// How many pods have yet to leave for another profile.
    pub(in crate::plan) fn to_move(&self) -> usize {
        self.convertible().count()
    }
}

fn disposition(
    snapshot: &Snapshot,
    handovers: &Handovers<'_>,
    pod: &Pod,
    old: &Profile,
    others: &[&Profile],
) -> Disposition {
    if pod.terminating {
        return Disposition::Terminating;
    }
    if let Some(controller) = &pod.controller
        && is_pinned(snapshot, &controller.uid)
    {
        return Disposition::NoProfile(Blocker::Pinned);
    }
    let (is_taken, disposition) = match taker(others.iter().copied().chain([old]), pod) {
        // To one that goes itself it would be moved in vain.
        Taker::Profile(next) if next.arn != old.arn && !handovers.is_going(next) => {
            let unsure = unknown::may_take(snapshot, pod, next)
                .map(|other| Disposition::Blocked(Blocker::Unsure(other.name.clone())));
            (true, unsure.unwrap_or_else(|| Disposition::Evictable(next.name.clone())))
        }
        Taker::Profile(_) | Taker::Nobody | Taker::Undecided(_) => match handovers.successor(pod, old) {
            Some(successor) => (true, Disposition::Awaiting(successor)),
            None => (false, Disposition::NoProfile(without_taker(handovers, pod, others))),
        },
    };
    match &pod.controller {
        _ if !is_taken => disposition,
        None => Disposition::Blocked(Blocker::Bare),
        Some(_) if pod.do_not_disrupt => Disposition::Blocked(Blocker::DoNotDisrupt),
        Some(controller) => match controller.remakes() {
            Remakes::Always => disposition,
            Remakes::AsFailed => Disposition::Blocked(Blocker::Job),
            Remakes::Unknown => Disposition::Blocked(Blocker::Controller(controller.kind.clone())),
        },
    }
}

/// Why no profile takes the pod before its own does.
fn without_taker(handovers: &Handovers<'_>, pod: &Pod, others: &[&Profile]) -> Blocker {
    match taker(others.iter().copied().filter(|profile| !handovers.is_going(profile)), pod) {
        Taker::Profile(behind) => Blocker::Behind(behind.name.clone()),
        Taker::Undecided(behind) => {
            Blocker::Behind(behind.iter().map(|profile| profile.name.as_str()).collect::<Vec<_>>().join(" or "))
        }
        Taker::Nobody => Blocker::NoProfile,
    }
}

/// Whether an eviction was called off since the template names a profile that is to go. It is looked at again later: of some
/// controllers the template can be changed.
fn is_pinned(snapshot: &Snapshot, controller: &str) -> bool {
    let action = ActionKey::Evict(controller.to_owned());
    let attempt = snapshot.attempts.get(&action).filter(|_| snapshot.back_off(&action).is_some());
    attempt.and_then(|attempt| attempt.failure.as_ref()).is_some_and(|failure| failure.reason == Reason::PodPinned)
}

/// The profiles of the cluster that take pods now, but for one.
pub(in crate::plan) fn others_active<'a>(snapshot: &'a Snapshot, old: &Profile) -> Vec<&'a Profile> {
    let takes = |profile: &&Profile| profile.status == ProfileStatus::Active && profile.arn != old.arn;
    snapshot.profiles.iter().filter(takes).collect()
}

//! The pods on a profile that is to go, and where each would go.

use super::blocker::Blocker;
use crate::api::Reason;
use crate::eks::{Profile, ProfileStatus};
use crate::placement::{Pod, Remakes, Taker, taker};
use crate::plan::unknown;
use crate::state::handover::Handovers;
use crate::state::{ActionKey, Snapshot, Successor};

#[derive(Debug)]
pub(in crate::plan) struct DrainingPods<'a> {
    pub(in crate::plan) old: &'a Profile,
    /// Only those that have not ended.
    pub(super) pods: Vec<DrainingPod<'a>>,
}

#[derive(Debug)]
pub(super) struct DrainingPod<'a> {
    pub(super) pod: &'a Pod,
    pub(super) disposition: Disposition,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Disposition {
    Terminating,
    /// Once evicted, it is recreated and taken by this profile.
    Evictable(String),
    /// Another profile would take it, but it must not be evicted.
    Blocked(Blocker),
    /// Another FargateProfile selects it, but its EKS profile does not take the pod yet.
    Awaiting(Successor),
    /// No other profile takes it while its own exists.
    NoProfile(Blocker),
}

impl<'a> DrainingPods<'a> {
    /// The pods on `old`. `others` are the profiles that may take them.
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

    /// Pods of this controller that are not terminating.
    pub(super) fn staying_of(&self, controller: &str) -> impl Iterator<Item = &'a Pod> {
        let is_its = move |pod: &&Pod| pod.controller.as_ref().is_some_and(|its| its.uid == controller);
        self.pods.iter().map(|pod| pod.pod).filter(|pod| !pod.terminating).filter(is_its)
    }

    pub(in crate::plan) fn is_empty(&self) -> bool {
        self.pods.is_empty()
    }

    /// Pods that another profile would take once recreated, including those that must not be evicted.
    pub(super) fn convertible(&self) -> impl Iterator<Item = &DrainingPod<'a>> {
        self.pods.iter().filter(|pod| match pod.disposition {
            Disposition::Evictable(_) | Disposition::Blocked(_) | Disposition::Awaiting(_) => true,
            Disposition::Terminating | Disposition::NoProfile(_) => false,
        })
    }

    pub(super) fn is_awaiting(&self) -> bool {
        self.pods.iter().any(|pod| matches!(pod.disposition, Disposition::Awaiting(_)))
    }

    /// Whether every remaining pod is terminating or has no profile to go to.
    pub(super) fn is_left_to_end(&self) -> bool {
        self.pods.iter().all(|pod| match &pod.disposition {
            Disposition::NoProfile(blocker) => !matches!(blocker, Blocker::Behind(_)),
            Disposition::Terminating => true,
            Disposition::Evictable(_) | Disposition::Blocked(_) | Disposition::Awaiting(_) => false,
        })
    }

    pub(in crate::plan) fn losing(&self) -> usize {
        self.pods.iter().filter(|pod| matches!(pod.disposition, Disposition::NoProfile(_))).count()
    }

    /// How many of those name the profile in their pod template.
    pub(in crate::plan) fn pinned(&self) -> usize {
        self.pods.iter().filter(|pod| pod.disposition == Disposition::NoProfile(Blocker::Pinned)).count()
    }

    /// How many pods still have to move to another profile.
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
        // A move to a profile that goes itself would be wasted.
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

/// Whether an eviction was called off because the pod template names a profile that goes. The template may change, so
/// it is checked again later.
fn is_pinned(snapshot: &Snapshot, controller: &str) -> bool {
    let action = ActionKey::Evict(controller.to_owned());
    let attempt = snapshot.attempts.get(&action).filter(|_| snapshot.back_off(&action).is_some());
    attempt.and_then(|attempt| attempt.failure.as_ref()).is_some_and(|failure| failure.reason == Reason::PodPinned)
}

/// The ACTIVE profiles of the cluster except `old`.
pub(in crate::plan) fn others_active<'a>(snapshot: &'a Snapshot, old: &Profile) -> Vec<&'a Profile> {
    let takes = |profile: &&Profile| profile.status == ProfileStatus::Active && profile.arn != old.arn;
    snapshot.profiles.iter().filter(takes).collect()
}

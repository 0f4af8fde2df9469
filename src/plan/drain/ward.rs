//! The pods on a profile that is to go, and where each would go.

use super::hold::Hold;
use crate::api::Reason;
use crate::eks::{Profile, ProfileStatus};
use crate::placement::{Pod, Remakes, Taker, taker};
use crate::plan::handover::Handovers;
use crate::plan::{Effect, Snapshot, Successor, unknown};

/// The pods on a profile that is to go.
#[derive(Debug)]
pub(in crate::plan) struct Ward<'a> {
    /// The profile that is to go.
    pub(in crate::plan) old: &'a Profile,
    /// Its pods that have not ended.
    pub(super) inmates: Vec<Inmate<'a>>,
}

/// A pod on a profile that is to go.
#[derive(Debug)]
pub(super) struct Inmate<'a> {
    pub(super) pod: &'a Pod,
    pub(super) standing: Standing,
}

/// Where a pod stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is ending.
    Ending,
    /// Evicted, it is made again and taken by this profile.
    Movable(String),
    /// Made again it would be taken by another profile, but it is not to be evicted.
    Kept(Hold),
    /// Another FargateProfile selects it, whose EKS profile does not take it yet.
    Awaiting(Successor),
    /// No other profile takes it as long as its own is there.
    Losing(Hold),
}

impl<'a> Ward<'a> {
    /// The pods on `old`, of `pods`, with `others` to take them.
    pub(in crate::plan) fn of(
        snapshot: &Snapshot,
        pods: &'a [std::sync::Arc<Pod>],
        old: &'a Profile,
        others: &[&Profile],
    ) -> Self {
        let pods = pods.iter().map(AsRef::as_ref).filter(|pod: &&Pod| pod.is_taken_for(old));
        let handovers = Handovers::of(snapshot);
        let inmates =
            pods.map(|pod| Inmate { pod, standing: standing(snapshot, &handovers, pod, old, others) }).collect();
        Self { old, inmates }
    }

    /// Pods of the controller of this uid that are not ending.
    pub(super) fn staying_of(&self, controller: &str) -> impl Iterator<Item = &'a Pod> {
        let is_its = move |pod: &&Pod| pod.controller.as_ref().is_some_and(|its| its.uid == controller);
        self.inmates.iter().map(|inmate| inmate.pod).filter(|pod| !pod.terminating).filter(is_its)
    }

    /// Whether nothing is on the profile.
    pub(in crate::plan) fn is_empty(&self) -> bool {
        self.inmates.is_empty()
    }

    /// Pods that another profile would take if they were made again, those included that are not to be evicted.
    pub(super) fn convertible(&self) -> impl Iterator<Item = &Inmate<'a>> {
        self.inmates.iter().filter(|inmate| match inmate.standing {
            Standing::Movable(_) | Standing::Kept(_) | Standing::Awaiting(_) => true,
            Standing::Ending | Standing::Losing(_) => false,
        })
    }

    /// Whether a pod waits for another FargateProfile.
    pub(super) fn is_awaiting(&self) -> bool {
        self.inmates.iter().any(|inmate| matches!(inmate.standing, Standing::Awaiting(_)))
    }

    /// Whether the only pods that are left are those that nobody takes, or that end already.
    pub(super) fn is_left_to_end(&self) -> bool {
        self.inmates.iter().all(|inmate| match &inmate.standing {
            Standing::Losing(hold) => !matches!(hold, Hold::Behind(_)),
            Standing::Ending => true,
            Standing::Movable(_) | Standing::Kept(_) | Standing::Awaiting(_) => false,
        })
    }

    /// How many pods no other profile takes.
    pub(in crate::plan) fn losing(&self) -> usize {
        self.inmates.iter().filter(|inmate| matches!(inmate.standing, Standing::Losing(_))).count()
    }

    /// How many of those name the profile in their template.
    pub(in crate::plan) fn pinned(&self) -> usize {
        self.inmates.iter().filter(|inmate| inmate.standing == Standing::Losing(Hold::Pinned)).count()
    }

    /// How many pods have yet to leave for another profile.
    pub(in crate::plan) fn to_move(&self) -> usize {
        self.convertible().count()
    }
}

fn standing(snapshot: &Snapshot, handovers: &Handovers<'_>, pod: &Pod, old: &Profile, others: &[&Profile]) -> Standing {
    if pod.terminating {
        return Standing::Ending;
    }
    if let Some(controller) = &pod.controller
        && is_pinned(snapshot, &controller.uid)
    {
        return Standing::Losing(Hold::Pinned);
    }
    let (is_taken, standing) = match taker(others.iter().copied().chain([old]), pod) {
        // To one that goes itself it would be moved in vain.
        Taker::Profile(next) if next.arn != old.arn && !handovers.is_going(next) => {
            let unsure =
                unknown::may_take(snapshot, pod, next).map(|other| Standing::Kept(Hold::Unsure(other.name.clone())));
            (true, unsure.unwrap_or_else(|| Standing::Movable(next.name.clone())))
        }
        Taker::Profile(_) | Taker::Nobody | Taker::Undecided(_) => match handovers.successor(pod, old) {
            Some(successor) => (true, Standing::Awaiting(successor)),
            None => (false, Standing::Losing(without_taker(handovers, pod, others))),
        },
    };
    match &pod.controller {
        _ if !is_taken => standing,
        None => Standing::Kept(Hold::Bare),
        Some(_) if pod.do_not_disrupt => Standing::Kept(Hold::DoNotDisrupt),
        Some(controller) => match controller.remakes() {
            Remakes::Always => standing,
            Remakes::AsFailed => Standing::Kept(Hold::Job),
            Remakes::Unknown => Standing::Kept(Hold::Controller(controller.kind.clone())),
        },
    }
}

/// Why no profile takes the pod before its own does.
fn without_taker(handovers: &Handovers<'_>, pod: &Pod, others: &[&Profile]) -> Hold {
    match taker(others.iter().copied().filter(|profile| !handovers.is_going(profile)), pod) {
        Taker::Profile(behind) => Hold::Behind(behind.name.clone()),
        Taker::Undecided(behind) => {
            Hold::Behind(behind.iter().map(|profile| profile.name.as_str()).collect::<Vec<_>>().join(" or "))
        }
        Taker::Nobody => Hold::NoProfile,
    }
}

/// Whether an eviction was called off since the template names a profile that is to go. It is looked at again later: of some
/// controllers the template can be changed.
fn is_pinned(snapshot: &Snapshot, controller: &str) -> bool {
    let effect = Effect::Evict(controller.to_owned());
    let attempt = snapshot.attempts.get(&effect).filter(|_| snapshot.back_off(&effect).is_some());
    attempt.and_then(|attempt| attempt.failure.as_ref()).is_some_and(|failure| failure.reason == Reason::PodPinned)
}

/// The profiles of the cluster that take pods now, but for one.
pub(in crate::plan) fn others_active<'a>(snapshot: &'a Snapshot, old: &Profile) -> Vec<&'a Profile> {
    let takes = |profile: &&Profile| profile.status == ProfileStatus::Active && profile.arn != old.arn;
    snapshot.profiles.iter().filter(takes).collect()
}

//! Moves pods off a profile before it is deleted. EKS would end them all at once, whatever their disruption budgets
//! say.
//!
//! # Guarantees
//! - A pod is evicted only if another ACTIVE profile takes it before the old one does, and its controller recreates it.
//! - The first eviction is a probe: no other follows until a pod is Ready on the profile that takes them.
//! - Before an eviction, status records what identifies its result, so a later process recognises a pod that has come
//!   back.

mod blocker;
mod candidate;
mod deadline;
mod forecast;
mod next;
mod pods;
mod probe;

use std::sync::Arc;

use self::next::DrainStep;
use self::pods::DrainingPods;
pub(super) use self::pods::others_active;
use super::{Checkpoint, DeleteCause, Step, Wait};
use crate::api::{RETRY_ANNOTATION, Reason};
use crate::eks::{Profile, ProfileStatus};
use crate::message::{cut, message};
use crate::placement::Pod;
use crate::plan::wait::{CAUSE, unrecorded};
use crate::state::approval::{Extra, is_approved, with_extra};
use crate::state::{Facts, Pods, PodsUnavailable, Snapshot};

pub use blocker::{Blocker, Drain, Stage};
pub(crate) use forecast::{Forecast, forecast};

/// The superseded profile that goes next. First an empty one, which only holds a slot. Then one without any Ready pod,
/// since other pods of their controllers wait for those. Then the last one in name order. A profile that the spec went
/// back to is given up last.
pub fn next_to_go<'a>(facts: &Facts<'a>) -> Option<&'a Profile> {
    let urgency = |profile: &Profile| {
        let Pods::Known(pods) = &facts.snapshot.pods else { return Urgency::None };
        let here = || pods.iter().filter(|pod| pod.is_taken_for(profile));
        if here().next().is_none() {
            Urgency::Empty
        } else if here().all(|pod| !pod.ready) {
            Urgency::Sick
        } else {
            Urgency::None
        }
    };
    facts.superseded().min_by_key(|profile| (facts.is_gone_back_to(profile), urgency(profile)))
}

/// How urgently a superseded profile should go, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Urgency {
    Empty,
    Sick,
    None,
}

/// A superseded profile goes when it has no pods left. `plan` is what a person approves to give up its pods.
pub(super) fn retire(facts: &Facts<'_>, plan: &str, old: &Profile) -> Step {
    let snapshot = facts.snapshot;
    match &snapshot.pods {
        Pods::Known(pods) => {
            let others = others_active(snapshot, old);
            DrainStep { facts, plan, pods, draining: DrainingPods::of(snapshot, pods, old, &others), leaving: false }
                .next()
        }
        Pods::Unknown(unavailable) => out_of_sight(snapshot, plan, old, unavailable),
    }
}

/// A profile whose object is being deleted goes once the pods that other objects' profiles take have left. Pods that no
/// profile takes end with it.
pub(super) fn leave(facts: &Facts<'_>, plan: &str, old: &Profile) -> Step {
    let snapshot = facts.snapshot;
    let mut others = others_active(snapshot, old);
    others.retain(|profile| !facts.owned.iter().any(|owned| owned.arn == profile.arn));
    match &snapshot.pods {
        Pods::Known(pods) => {
            DrainStep { facts, plan, pods, draining: DrainingPods::of(snapshot, pods, old, &others), leaving: true }
                .next()
        }
        // The pods were visible before and are expected to be visible again.
        Pods::Unknown(unavailable) if snapshot.status.pods.is_some() && !others.is_empty() => {
            if deadline::is_over(snapshot, old) {
                return Step::delete(snapshot, old, DeleteCause::ObjectDeleted);
            }
            out_of_sight(snapshot, plan, old, unavailable)
        }
        Pods::Unknown(_) => Step::delete(snapshot, old, DeleteCause::ObjectDeleted),
    }
}

/// Pods did not become Ready on the target. It goes, if another profile serves and still no pod is Ready on the target.
pub(super) fn roll_back(facts: &Facts<'_>, target: &Profile) -> Step {
    let snapshot = facts.snapshot;
    let serves = facts.superseded().any(|profile| profile.status == ProfileStatus::Active);
    let seen: &[Arc<Pod>] = match &snapshot.pods {
        Pods::Known(pods) => pods,
        Pods::Unknown(_) => &[],
    };
    if !serves || probe::starts_pods(snapshot, seen, &target.name) {
        return Step::Checkpoint(Checkpoint::Recovered);
    }
    match &snapshot.pods {
        Pods::Known(_) => Step::delete(snapshot, target, DeleteCause::Unhealthy),
        Pods::Unknown(PodsUnavailable { reason: why, transient: true }) => {
            Step::Wait(Wait::OutOfSight { name: target.name.clone(), why: why.clone() })
        }
        Pods::Unknown(PodsUnavailable { reason: why, transient: false }) => Step::Wait(Wait::stalled(
            Reason::ReplacementUnhealthy,
            message!("EKS profile {} is rolled back as soon as its pods can be seen: {}", target.name, cut(why, CAUSE)),
        )),
    }
}

/// Pods did not become Ready on this generation's profile, and `serving` serves.
pub(super) fn refused(snapshot: &Snapshot, serving: &str) -> Wait {
    let why = snapshot.status.failure.as_deref().map_or_else(unrecorded, |why| cut(why, CAUSE));
    Wait::stalled(
        Reason::ReplacementUnhealthy,
        message!("rolled back to EKS profile {serving}: {why}. Change the spec, or annotate {RETRY_ANNOTATION}"),
    )
}

/// Pods that cannot be seen do not count as none. The operator waits through a transient cause for as long as a drain
/// may take. Then, or at once for a lasting cause, `onTimeout` or an approval decides.
fn out_of_sight(snapshot: &Snapshot, plan: &str, old: &Profile, unavailable: &PodsUnavailable) -> Step {
    let PodsUnavailable { reason: why, transient } = unavailable;
    let plan = with_extra(plan, Extra::LosePods(old, why));
    if is_approved(snapshot, &plan) {
        return Step::delete(snapshot, old, DeleteCause::Approved);
    }
    if let Some(step) = deadline::begin(snapshot, old, 0) {
        return step;
    }
    if deadline::on_record(snapshot, old).is_some_and(|drain| deadline::may_proceed(snapshot, drain)) {
        return Step::delete(snapshot, old, DeleteCause::TimedOut);
    }
    let (name, why) = (old.name.clone(), why.clone());
    Step::Wait(if *transient && !deadline::is_over(snapshot, old) {
        Wait::OutOfSight { name, why }
    } else {
        Wait::PodsUnknown { name, why, plan }
    })
}

//! Moving pods off a profile that is to go, before it goes: EKS would end them all at once, whatever their disruption
//! budgets say.
//!
//! # Guarantees
//! - Only a pod is evicted that another ACTIVE profile takes before this one, and whose controller makes it again.
//! - The first one is a probe: no other follows until a pod is Ready on the profile that takes them.
//! - What an eviction has to be known by afterwards is on record before it: a process that comes later knows a pod that has
//!   come back for what it is.

mod evidence;
mod forecast;
mod hold;
mod moving;
mod timer;
mod ward;

use std::sync::Arc;

use self::moving::Move;
use self::ward::{Ward, others_active};
use super::approval::{Extra, is_approved, with_extra};
use super::{DeleteCause, Picture, Pods, Record, Rest, Snapshot, Step, Unseen};
use crate::api::Reason;
use crate::eks::{Profile, ProfileStatus};
use crate::placement::Pod;

pub use forecast::{Forecast, forecast};
pub use hold::{Drain, Hold, Stage};

/// The superseded profile to be drained before `next`, if one is: pods on it, and none of them Ready. They are not well
/// where they are, and others of their controllers wait for them.
pub(super) fn sooner<'a>(snapshot: &Snapshot, picture: &Picture<'a>, next: &'a Profile) -> &'a Profile {
    let Pods::Known(pods) = &snapshot.pods else { return next };
    let is_sick = |profile: &&Profile| {
        let here = |pod: &&Arc<Pod>| pod.is_live() && pod.profile() == Some(profile.name.as_str());
        pods.iter().any(|pod| here(&pod)) && !pods.iter().filter(here).any(|pod| pod.ready)
    };
    picture.superseded().find(is_sick).unwrap_or(next)
}

/// A superseded profile goes when nothing runs on it. `plan` is what a person approves who gives up its pods.
pub(super) fn retire(snapshot: &Snapshot, picture: &Picture<'_>, plan: &str, old: &Profile) -> Step {
    match &snapshot.pods {
        Pods::Known(pods) => {
            let others = others_active(snapshot, old);
            Move { snapshot, picture, plan, pods, ward: Ward::of(snapshot, pods, old, &others), leaving: false }.next()
        }
        Pods::Unknown(unseen) => out_of_sight(snapshot, plan, old, unseen),
    }
}

/// A profile whose object is being deleted goes when the pods have left that a profile of somebody else takes. Those that
/// nobody takes go with it.
pub(super) fn leave(snapshot: &Snapshot, picture: &Picture<'_>, plan: &str, old: &Profile) -> Step {
    let mut others = others_active(snapshot, old);
    others.retain(|profile| !picture.owned.iter().any(|owned| owned.arn == profile.arn));
    match &snapshot.pods {
        Pods::Known(pods) => {
            Move { snapshot, picture, plan, pods, ward: Ward::of(snapshot, pods, old, &others), leaving: true }.next()
        }
        // They have been seen, and will be again.
        Pods::Unknown(unseen) if snapshot.status.pods.is_some() && !others.is_empty() => {
            if timer::is_over(snapshot, old) {
                return Step::delete(snapshot, old, DeleteCause::ObjectDeleted);
            }
            out_of_sight(snapshot, plan, old, unseen)
        }
        Pods::Unknown(_) => Step::delete(snapshot, old, DeleteCause::ObjectDeleted),
    }
}

/// Pods did not become Ready on the target: it goes, as long as another one serves and nothing has become Ready after all.
pub(super) fn roll_back(snapshot: &Snapshot, picture: &Picture<'_>, target: &Profile) -> Step {
    let serves = picture.superseded().any(|profile| profile.status == ProfileStatus::Active);
    let ready = |pod: &Arc<Pod>| pod.profile() == Some(target.name.as_str()) && pod.ready && pod.is_live();
    let mut drains = picture.superseded().filter_map(|old| timer::on_record(snapshot, old));
    let is_proven = drains.any(|drain| drain.proven.contains(&target.name));
    match &snapshot.pods {
        Pods::Known(pods) if serves && !is_proven && !pods.iter().any(ready) => {
            Step::delete(snapshot, target, DeleteCause::Unhealthy)
        }
        Pods::Unknown(Unseen { why, passing: true }) if serves && !is_proven => {
            Step::Rest(Rest::OutOfSight { name: target.name.clone(), why: why.clone() })
        }
        Pods::Unknown(Unseen { why, passing: false }) if serves && !is_proven => Step::Rest(Rest::Stalled {
            reason: Reason::ReplacementUnhealthy,
            message: format!(
                "pods did not become Ready on EKS profile {}, which goes as soon as it can be seen that none has ({why}): {}",
                target.name,
                snapshot.status.failure.as_deref().unwrap_or("the reason was not recorded")
            ),
        }),
        Pods::Known(_) | Pods::Unknown(_) => Step::Record(Record::Recovered),
    }
}

/// This generation was refused by pods, and `serving` serves.
pub(super) fn refused(snapshot: &Snapshot, serving: &str) -> Rest {
    Rest::Stalled {
        reason: Reason::ReplacementUnhealthy,
        message: format!(
            "generation {} was taken back, and EKS profile {serving} serves: {}. It is not tried again: change the spec (if the cause lay elsewhere and is mended, set spec.suspend to true and take it away again)",
            snapshot.object.generation,
            snapshot.status.failure.as_deref().unwrap_or("the reason was not recorded")
        ),
    }
}

/// Pods that cannot be seen are not "none". What passes by itself is waited for as long as a drain may take; then, or at once,
/// a person decides, beforehand by `onTimeout` or by approval.
fn out_of_sight(snapshot: &Snapshot, plan: &str, old: &Profile, unseen: &Unseen) -> Step {
    let Unseen { why, passing } = unseen;
    let plan = with_extra(plan, Extra::LosePods(old, why));
    if is_approved(snapshot, &plan) {
        return Step::delete(snapshot, old, DeleteCause::Approved);
    }
    if let Some(step) = timer::begin(snapshot, old, 0) {
        return step;
    }
    if timer::on_record(snapshot, old).is_some_and(|drain| timer::may_proceed(snapshot, drain)) {
        return Step::delete(snapshot, old, DeleteCause::TimedOut);
    }
    let (name, why) = (old.name.clone(), why.clone());
    Step::Rest(if *passing && !timer::is_over(snapshot, old) {
        Rest::OutOfSight { name, why }
    } else {
        Rest::PodsUnknown { name, why, plan }
    })
}

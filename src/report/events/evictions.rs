//! Events about pods that were evicted or end with their profile.

use super::notice::{About, Notice, Severity};
use crate::api::Reason;
use crate::failure::{Class, Failure};
use crate::message::message;
use crate::plan::{EvictCause, Eviction};
use crate::state::{Pods, Snapshot};

/// How many pods end with a profile.
pub(super) fn ended(snapshot: &Snapshot, name: &str) -> usize {
    let Pods::Known(pods) = &snapshot.pods else { return 0 };
    let Some(profile) = snapshot.profiles.iter().find(|profile| profile.name == name) else { return 0 };
    pods.iter().filter(|pod| pod.is_taken_for(profile) && !pod.terminating).count()
}

/// The event on a pod that was evicted.
pub(super) fn evicted(eviction: &Eviction) -> Notice {
    let (reason, why) = match &eviction.cause {
        EvictCause::Move { from, .. } => {
            let to = &eviction.to;
            (
                Reason::Evicted,
                message!("evicted from superseded EKS profile {from}; its controller recreates it on {to}"),
            )
        }
        EvictCause::Pending(_) => {
            let note = message!(
                "evicted so that its controller recreates it: it is older than EKS profile {}, and EKS gives a pod its profile only when it is created",
                eviction.to
            );
            (Reason::Recreated, note)
        }
    };
    let Eviction { namespace, name, uid, .. } = eviction.clone();
    Notice {
        severity: Severity::Normal,
        reason,
        note: why,
        profile: Some(eviction.to.clone()),
        about: About::Pod { namespace, name, uid },
    }
}

/// The event on a pending pod whose eviction stays refused until a person acts. For pods that are being moved, the
/// conditions say so.
pub(super) fn not_evicted(eviction: &Eviction, failure: &Failure) -> Option<Notice> {
    if matches!(eviction.cause, EvictCause::Move { .. }) || failure.class != Class::Fix {
        return None;
    }
    let Eviction { namespace, name, uid, to, .. } = eviction.clone();
    Some(Notice {
        severity: Severity::Warning,
        reason: failure.reason,
        note: message!("Pending, since it is older than EKS profile {to}, and not evicted: {}", failure.message),
        profile: Some(to),
        about: About::Pod { namespace, name, uid },
    })
}

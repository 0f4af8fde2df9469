//! A drain in words.

use super::Cause;
use super::situation::{Situation, approve};
use crate::api::{POD_PROFILE_LABEL, Reason};
use crate::plan::{Drain, Hold, Snapshot, Stage};

/// So many pods are named; the others are counted.
const NAMED: usize = 3;

/// What a drain means at which nothing can be done just now.
pub(super) fn situation(snapshot: &Snapshot, drain: &Drain) -> Situation {
    let Drain { name, stage, held, overdue } = drain;
    let left = format!("pods left on EKS profile {name}: {} ({})", held.len(), list(held));
    let stalled = |reason, message| Situation::Stalled(Cause::new(reason, message));
    let (reason, message) = match stage {
        Stage::Bounced(pod, to) => {
            return stalled(
                Reason::DrainBounced,
                format!(
                    "no more pods are evicted from EKS profile {name}: pod {pod} was made on it, although {to} should have taken it. Restart that pod: the drain goes on when a pod is made on {to}; if it comes back again, EKS does not choose {to}"
                ),
            );
        }
        Stage::Losing(plan) => {
            return stalled(
                Reason::PodsWithoutProfile,
                format!(
                    "{left}. Widen spec.selectors, or remove these pods, or approve that EKS ends them together with the profile: {}",
                    approve(snapshot, plan)
                ),
            );
        }
        Stage::Unhealthy(why) => {
            return stalled(
                Reason::ReplacementUnhealthy,
                format!("{why}. No more pods are evicted from EKS profile {name} until one is Ready there: {WAY_OUT}"),
            );
        }
        Stage::Pods if held.iter().all(|(_, hold)| hold.is_refused() || hold.is_losing()) => {
            return stalled(Reason::EvictionRefused, left);
        }
        Stage::Probing(to) => (
            Reason::Draining,
            format!("the first pod was moved; the others wait until it is Ready on EKS profile {to}"),
        ),
        Stage::Pods if held.iter().all(|(_, hold)| hold.is_waited_for()) => (Reason::PodsOnSuperseded, left),
        Stage::Pods => (Reason::Draining, left),
    };
    if *overdue {
        let way_out = "replacement.drain.timeout is over: move them, or set replacement.drain.onTimeout: Proceed, and EKS ends them together with the profile";
        stalled(Reason::DrainHeld, format!("{message}; {way_out}"))
    } else {
        Situation::Busy(Cause::new(reason, message))
    }
}

/// What to look at when pods do not start on a profile.
pub(super) const WAY_OUT: &str = "check that its subnets have a way out (NAT gateway or VPC endpoints) and that its pod execution role may pull the images";

fn list(held: &[(String, Hold)]) -> String {
    let named = held.iter().take(NAMED).map(|(pod, hold)| format!("{pod}: {}", words(hold)));
    let more = held.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| format!("and {more} more"));
    named.chain(more).collect::<Vec<_>>().join("; ")
}

fn words(hold: &Hold) -> String {
    match hold {
        Hold::Ending => "is ending".to_owned(),
        Hold::Moving => "waits for another pod of its controller".to_owned(),
        Hold::Probe => "waits for its turn".to_owned(),
        Hold::Blocked(why) | Hold::Refused(why) => why.clone(),
        Hold::Bare => "has no controller that would make it again; delete it when it is not needed any more".to_owned(),
        Hold::Job => "belongs to a Job and is left to end by itself".to_owned(),
        Hold::Controller(kind) => {
            format!("belongs to a {kind}, which may not make it again; restart it there when that does no harm")
        }
        Hold::DoNotDisrupt => "asks by annotation not to be disrupted".to_owned(),
        Hold::Pinned => format!("its template names this profile in the label {POD_PROFILE_LABEL}"),
        Hold::NoProfile => "no other EKS profile matches it".to_owned(),
        Hold::Behind(profile) => format!("{profile} matches it, but does not sort before this one"),
    }
}

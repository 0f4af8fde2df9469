//! The planner's decision on a snapshot, in short form for tests.

use super::{Checkpoint, Step, Wait, plan};
use crate::api::DrainRecord;
use crate::state::{Facts, Snapshot};

pub(crate) fn decide(snapshot: &Snapshot) -> Step {
    plan(&Facts::of(snapshot))
}

/// The record of the drain in the next step, if it makes one.
pub(crate) fn drain_on_record(snapshot: &Snapshot) -> Option<(String, DrainRecord)> {
    match decide(snapshot) {
        Step::Ask { record: Checkpoint::Drain { arn, drain }, .. }
        | Step::Checkpoint(Checkpoint::Drain { arn, drain }) => Some((arn, drain)),
        _ => None,
    }
}

/// The step in a few words, to keep tables readable.
pub(crate) fn brief(snapshot: &Snapshot) -> String {
    match decide(snapshot) {
        Step::AddFinalizer => "add finalizer".into(),
        Step::DropFinalizer(cause) => format!("drop finalizer {cause:?}"),
        Step::Create { profile, .. } => format!("create {}", profile.name),
        Step::Delete { name, cause, .. } => format!("delete {name} {cause:?}"),
        Step::Tag { name, cause, .. } => format!("tag {name} {cause:?}"),
        Step::Mend(mend) => mend.key(),
        Step::Wait(Wait::Settled) => "settled".into(),
        Step::Wait(Wait::Quiet) => "quiet".into(),
        Step::Wait(Wait::Doubtful { name }) => format!("doubt {name}"),
        Step::Checkpoint(Checkpoint::Cluster) => "record cluster".into(),
        Step::Checkpoint(Checkpoint::Previous(previous)) => format!("record previous {}", previous.name),
        Step::Checkpoint(Checkpoint::Failed(why)) => format!("record failed: {why}"),
        Step::Checkpoint(Checkpoint::Closed) => "record closed".into(),
        Step::Ask { record: Checkpoint::Drain { arn, drain }, .. }
        | Step::Checkpoint(Checkpoint::Drain { arn, drain }) => {
            let old = snapshot.record_of(&arn).and_then(|record| record.drain.clone());
            let (was, evicting) = (old.as_ref().and_then(|old| old.evicting.clone()), drain.evicting);
            match evicting.filter(|evicting| was.as_ref() != Some(evicting)) {
                Some(evicting) => format!("record eviction of {}", evicting.pod),
                None if old.is_some_and(|old| old.proven != drain.proven) => {
                    format!("record proof of {:?}", drain.proven)
                }
                None => format!("record drain of {arn}"),
            }
        }
        Step::Ask { record, .. } => format!("ask, to put on record {record:?}"),
        Step::Checkpoint(Checkpoint::Unhealthy(why)) => format!("record unhealthy: {why}"),
        Step::Checkpoint(Checkpoint::Recovered) => "record recovered".into(),
        Step::Wait(Wait::UnderWay { name, .. }) => format!("await {name}"),
        Step::Wait(Wait::Settling { .. }) => "settling".into(),
        Step::Evict(eviction) => format!("evict {} for {}", eviction.name, eviction.to),
        Step::Wait(Wait::Draining(drain)) => format!("hold {} for {} pods", drain.name, drain.held.len()),
        Step::Wait(Wait::Notice { name, pods, .. }) => format!("notice for {} pods on {name}", pods.len()),
        Step::Wait(Wait::Unread { message }) => message,
        Step::Wait(Wait::DnsLeaves { name, .. }) => format!("keep {name} while CoreDNS leaves it"),
        Step::Wait(Wait::OutOfSight { name, .. }) => format!("keep {name} while pods are out of sight"),
        Step::Wait(Wait::PodsUnknown { name, .. }) => format!("hold {name} for unknown pods"),
        Step::Wait(Wait::AwaitingApproval { .. }) => "await approval".into(),
        Step::Wait(Wait::NoFreeSlot { plan, .. }) => format!("no free slot, approvable={}", plan.is_some()),
        Step::Wait(Wait::Suspended { pending }) => format!("suspended pending={pending}"),
        Step::Wait(Wait::BackOff { .. }) => "back off".into(),
        Step::Wait(Wait::Stalled { reason, .. }) => format!("stalled {}", reason.name()),
    }
}

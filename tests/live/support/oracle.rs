//! What must hold of any run, judged by EKS's own log of states, never by our status.

use std::collections::BTreeMap;

use bed::{Bed, CLUSTER};
use eks_simulator::analysis::Span;
use eks_simulator::log::{Entry, Origin, ProfileChange};
use eks_simulator::{Operation, ProfileStatus};
use fargate_operator::api::TAG_OWNER;

/// At most so many live profiles an object.
const MOST_LIVE: usize = 3;

/// After the first one was ACTIVE, some profile of the object was ACTIVE at every moment; every profile that was deleted
/// while ACTIVE left one that sorts before it; there were never more than three live ones.
pub fn served_without_a_gap(bed: &Bed, owner: &str) {
    let timeline = bed.eks().active_timeline(CLUSTER, TAG_OWNER, owner);
    assert!(!timeline.active.is_empty(), "no profile of {owner} has ever been ACTIVE");
    assert!(timeline.gaps.is_empty(), "moments without an ACTIVE profile: {:?}\n{}", timeline.gaps, story(bed));
    retired_behind_a_successor(bed, owner);
    never_too_many(bed, owner);
}

/// Whoever was deleted while ACTIVE left an ACTIVE profile whose name sorts before its own: pods move there.
pub fn retired_behind_a_successor(bed: &Bed, owner: &str) {
    let mut states: BTreeMap<String, ProfileChange> = BTreeMap::new();
    for change in changes(bed, owner) {
        if change.from == Some(ProfileStatus::Active)
            && change.to == Some(ProfileStatus::Deleting)
            && change.cause == Origin::Call
        {
            let successor =
                states.values().any(|other| other.to == Some(ProfileStatus::Active) && other.profile < change.profile);
            assert!(successor, "{} was deleted without a successor\n{}", change.profile, story(bed));
        }
        states.insert(change.arn.clone(), change);
    }
}

/// The moments without an ACTIVE profile after there was one; only those that have ended.
pub fn gaps(bed: &Bed, owner: &str) -> Vec<Span> {
    let timeline = bed.eks().active_timeline(CLUSTER, TAG_OWNER, owner);
    let end = timeline.active.last().map_or(0.0, |active| active.to);
    timeline.gaps.into_iter().filter(|gap| gap.to <= end).collect()
}

/// What became of the object's profiles, in order: `web ACTIVE`, `web gone`.
pub fn lives(bed: &Bed, owner: &str) -> Vec<String> {
    let states = changes(bed, owner).into_iter().filter(|change| change.from != change.to);
    states.map(|change| format!("{} {}", change.profile, change.to.map_or("gone", ProfileStatus::as_str))).collect()
}

/// Never more than three live profiles at once.
pub fn never_too_many(bed: &Bed, owner: &str) {
    let mut live = BTreeMap::new();
    for change in changes(bed, owner) {
        live.insert(change.arn.clone(), matches!(change.to, Some(ProfileStatus::Creating | ProfileStatus::Active)));
        let count = live.values().filter(|live| **live).count();
        assert!(count <= MOST_LIVE, "{count} live profiles\n{}", story(bed));
    }
}

/// The names of the object's profiles in the order in which they came to be.
pub fn created(bed: &Bed, owner: &str) -> Vec<String> {
    changes(bed, owner)
        .into_iter()
        .filter(|change| change.from.is_none() && change.origin == Origin::Call)
        .map(|change| change.profile)
        .collect()
}

/// When, in EKS's unscaled seconds, a profile first reached a state.
pub fn reached(bed: &Bed, profile: &str, status: ProfileStatus) -> Option<f64> {
    bed.eks().log().iter().find_map(|entry| {
        let change = entry.change()?;
        (change.profile == profile && change.to == Some(status) && change.from != change.to).then_some(entry.unscaled)
    })
}

/// How many calls of an operation have arrived.
pub fn calls(bed: &Bed, operation: Operation) -> usize {
    bed.eks().calls(&[operation]).into_iter().filter(|call| call.late_of.is_none()).count()
}

/// Whether a call that was held on the wire has taken effect or failed to.
pub fn a_late_call_has_landed(bed: &Bed) -> bool {
    bed.eks().log().iter().filter_map(Entry::call).any(|call| call.late_of.is_some())
}

/// Mutations and changes of state, for messages.
pub fn story(bed: &Bed) -> String {
    let line = |entry: Entry| {
        if let Some(call) = entry.call().filter(|call| Operation::MUTATIONS.contains(&call.operation)) {
            let end = call.error.clone().or_else(|| call.status.map(|status| status.to_string()));
            let late = call.late_of.map(|_| " (late)").unwrap_or_default();
            let fault = call.fault.clone().map(|fault| format!(" [{fault}]")).unwrap_or_default();
            let name = call.profile.clone().unwrap_or_default();
            return Some(format!("{:8.1} {:?} {name} {end:?}{late}{fault}", entry.unscaled, call.operation));
        }
        let change = entry.change()?;
        Some(format!("{:8.1}   {} {:?} -> {:?}", entry.unscaled, change.profile, change.from, change.to))
    };
    bed.eks().log().into_iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

fn changes(bed: &Bed, owner: &str) -> Vec<ProfileChange> {
    let of_owner = |change: &ProfileChange| change.tags.get(TAG_OWNER).is_some_and(|tag| tag == owner);
    bed.eks().log().iter().filter_map(Entry::change).filter(|change| of_owner(change)).cloned().collect()
}

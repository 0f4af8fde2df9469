//! Decisions for an object that is being deleted.

use super::preconditions::wrong_cluster;
use super::step::{DropCause, Step, TagCause};
use super::{Wait, drain, mending};
use crate::api::{DeletionPolicy, TAG_PREFIX};
use crate::state::approval::plan_id;
use crate::state::{ClusterState, Facts, Snapshot};

pub(super) fn decide(facts: &Facts<'_>) -> Step {
    let snapshot = facts.snapshot;
    if !snapshot.object.has_finalizer {
        return Step::Wait(Wait::Settled);
    }
    if let Some(wait) = wrong_cluster(snapshot) {
        return if cluster_is_gone(snapshot) && !snapshot.quiet {
            mending::after_deletion(facts).unwrap_or(Step::DropFinalizer(DropCause::ClusterGone))
        } else {
            Step::Wait(wait)
        };
    }
    if snapshot.quiet {
        return Step::Wait(Wait::Quiet);
    }
    if let Some(name) = facts.doubtful {
        return Step::Wait(Wait::Doubtful { name: name.to_owned() });
    }
    if let Some(step) = mending::before_deletion(facts) {
        return step;
    }
    if facts.owned.is_empty() {
        return mending::after_deletion(facts).unwrap_or(Step::DropFinalizer(DropCause::ProfilesGone));
    }
    match snapshot.spec.deletion_policy() {
        DeletionPolicy::Retain => release(facts),
        DeletionPolicy::Delete => remove(facts),
    }
}

/// DescribeCluster must say so in the account and region where the object lived. An object with our finalizer but
/// without a recorded cluster (restored from a backup, for instance) gives no such proof.
fn cluster_is_gone(snapshot: &Snapshot) -> bool {
    match (&snapshot.cluster, &snapshot.status.cluster) {
        (ClusterState::Found(_), _) | (ClusterState::Missing { .. }, None) => false,
        (ClusterState::Missing { region, account }, Some(recorded)) => {
            *region == recorded.region && *account == recorded.account_id
        }
    }
}

/// The last profile in name order goes first, so the foremost one serves longest.
fn remove(facts: &Facts<'_>) -> Step {
    if let Some(busy) = facts.owned.iter().find(|profile| profile.status.is_under_way()) {
        return Step::under_way(busy);
    }
    let mut waiting = Step::Wait(Wait::Settled);
    for profile in facts.owned.iter().rev() {
        let plan = plan_id(facts.snapshot, profile, &facts.desired);
        let step = drain::leave(facts, &plan, profile);
        // A profile in back-off does not block the others.
        if !matches!(step, Step::Wait(Wait::BackOff { .. })) {
            return step;
        }
        waiting = step;
    }
    waiting
}

/// Retain: our tags are removed, and the profiles stay.
fn release(facts: &Facts<'_>) -> Step {
    let Some(profile) = facts.owned.first() else { return Step::DropFinalizer(DropCause::ProfilesGone) };
    let ours = profile.tags.keys().filter(|key| key.starts_with(TAG_PREFIX)).cloned().collect();
    Step::tag(facts.snapshot, profile, std::collections::BTreeMap::new(), ours, TagCause::Release)
}

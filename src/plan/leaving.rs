//! Decisions for an object that is being deleted.

use super::approval::plan_id;
use super::obstacle::wrong_cluster;
use super::step::{DropCause, Step, TagCause};
use super::{ClusterState, Picture, Rest, Snapshot, drain};
use crate::api::{DeletionPolicy, TAG_PREFIX};

pub(super) fn decide(snapshot: &Snapshot, picture: &Picture<'_>) -> Step {
    if !snapshot.object.has_finalizer {
        return Step::Rest(Rest::Settled);
    }
    if let Some(rest) = wrong_cluster(snapshot) {
        return if cluster_is_gone(snapshot) && !snapshot.quiet {
            Step::DropFinalizer(DropCause::ClusterGone)
        } else {
            Step::Rest(rest)
        };
    }
    if snapshot.quiet {
        return Step::Rest(Rest::Quiet);
    }
    if let Some(name) = picture.doubtful {
        return Step::Rest(Rest::Doubtful { name: name.to_owned() });
    }
    if picture.owned.is_empty() {
        return Step::DropFinalizer(DropCause::ProfilesGone);
    }
    match snapshot.spec.deletion_policy() {
        DeletionPolicy::Retain => release(snapshot, picture),
        DeletionPolicy::Delete => remove(snapshot, picture),
    }
}

/// Really gone: asked of DescribeCluster in the account and region where the object lived. Of an object that has our
/// finalizer but no record of its cluster (restored from a backup, for instance) nobody can say that.
fn cluster_is_gone(snapshot: &Snapshot) -> bool {
    match (&snapshot.cluster, &snapshot.status.cluster) {
        (ClusterState::Found(_), _) | (ClusterState::Missing { .. }, None) => false,
        (ClusterState::Missing { region, account }, Some(recorded)) => {
            *region == recorded.region && *account == recorded.account_id
        }
    }
}

/// One profile at a time, the sort-last first, so that the foremost one serves longest.
fn remove(snapshot: &Snapshot, picture: &Picture<'_>) -> Step {
    if let Some(busy) = picture.owned.iter().find(|profile| profile.status.is_under_way()) {
        return Step::under_way(busy);
    }
    let mut waiting = Step::Rest(Rest::Settled);
    for profile in picture.owned.iter().rev() {
        let plan = plan_id(snapshot, profile, &picture.wanted);
        let step = drain::leave(snapshot, picture, &plan, profile);
        // One in back-off blocks nothing.
        if !matches!(step, Step::Rest(Rest::BackOff { .. })) {
            return step;
        }
        waiting = step;
    }
    waiting
}

/// Retain: our tags go, the profiles stay.
fn release(snapshot: &Snapshot, picture: &Picture<'_>) -> Step {
    let Some(profile) = picture.owned.first() else { return Step::DropFinalizer(DropCause::ProfilesGone) };
    let ours = profile.tags.keys().filter(|key| key.starts_with(TAG_PREFIX)).cloned().collect();
    Step::tag(snapshot, profile, std::collections::BTreeMap::new(), ours, TagCause::Release)
}

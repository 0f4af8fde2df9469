//! What keeps the operator from working on an object at all.

use super::Wait;
use crate::api::{FINALIZER, Reason, TAG_INSTALLATION, TAG_OWNER};
use crate::message::message;
use crate::state::{ClusterState, Facts, Snapshot, is_owned};

/// What a person must fix, or what must pass, before anything is derived.
pub(super) fn of(facts: &Facts<'_>) -> Option<Wait> {
    let snapshot = facts.snapshot;
    if let Some(wait) = wrong_cluster(snapshot) {
        return Some(wait);
    }
    if snapshot.quiet {
        return Some(Wait::Quiet);
    }
    if let Some(name) = facts.doubtful {
        return Some(Wait::Doubtful { name: name.to_owned() });
    }
    if let Some(lost) = facts.lost.first() {
        return Some(Wait::stalled(
            Reason::OwnershipLost,
            message!(
                "EKS profile {} lost the operator's tags: restore {TAG_OWNER}={} and {TAG_INSTALLATION}={} (aws eks tag-resource), or delete it in EKS",
                lost.name,
                snapshot.object.name,
                snapshot.installation
            ),
        ));
    }
    if let Some(winner) = name_taken_by(facts) {
        return Some(Wait::stalled(
            Reason::NameTaken,
            message!(
                "FargateProfile {winner} already uses the EKS profile name {}: delete this object, and create it again with another spec.profileName",
                facts.stem
            ),
        ));
    }
    // Inside a gap the previous profile comes back, which has a role.
    if facts.desired.role.is_none() && snapshot.status.previous.is_none() {
        return Some(Wait::stalled(
            Reason::DefaultMissing,
            message!(
                "spec.podExecutionRoleArn is not set, and the operator has no default: set it, or start the operator with --default-pod-execution-role-arn or --managed-pod-execution-role"
            ),
        ));
    }
    None
}

/// The cluster is missing or is not the one that the object lives in.
pub(super) fn wrong_cluster(snapshot: &Snapshot) -> Option<Wait> {
    let cluster_name = snapshot.defaults.cluster_of(&snapshot.spec);
    let stalled = |reason, message: String| Some(Wait::stalled(reason, message));
    match (&snapshot.cluster, &snapshot.status.cluster) {
        (ClusterState::Found(found), Some(recorded)) if found != recorded => stalled(
            Reason::ClusterMismatch,
            message!(
                "this object belongs to EKS cluster {}, but the operator reaches {}: correct the operator's region, credentials or cluster name",
                recorded.arn,
                found.arn
            ),
        ),
        (ClusterState::Found(_), _) => None,
        (ClusterState::Missing { region, account }, Some(recorded))
            if *region != recorded.region || *account != recorded.account_id =>
        {
            stalled(
                Reason::ClusterMismatch,
                message!(
                    "this object belongs to EKS cluster {}, but the operator works in account {account}, region {region}: correct its region or credentials",
                    recorded.arn
                ),
            )
        }
        (ClusterState::Missing { region, account }, _) => {
            stalled(Reason::ClusterNotFound, missing(snapshot, cluster_name, account, region))
        }
    }
}

fn missing(snapshot: &Snapshot, cluster: &str, account: &str, region: &str) -> String {
    let settings = if snapshot.spec.cluster_name.is_some() {
        message!("--region or credentials")
    } else {
        message!("--cluster-name, --region or credentials")
    };
    let way_out = match (snapshot.object.deleting, snapshot.spec.cluster_name.is_some()) {
        (true, _) => message!("remove its finalizer {FINALIZER}"),
        (false, true) => message!("recreate this object with another spec.clusterName"),
        (false, false) => message!("delete this object"),
    };
    message!(
        "account {account}, region {region} has no EKS cluster {cluster}: correct the operator's {settings}, or {way_out}"
    )
}

/// Another object with the same stem that has precedence: one that owns profiles, else the older object.
fn name_taken_by<'a>(facts: &Facts<'a>) -> Option<&'a str> {
    let snapshot = facts.snapshot;
    if !facts.owned.is_empty() || snapshot.status.previous.is_some() {
        return None;
    }
    let me = (snapshot.object.created, &snapshot.object.name);
    snapshot.other_objects.iter().find_map(|other| {
        let owns = snapshot.profiles.iter().any(|profile| is_owned(profile, &other.name, &snapshot.installation));
        let comes_first = owns || other.in_gap || (other.created, &other.name) < me;
        (other.stem.eq_ignore_ascii_case(&facts.stem) && comes_first).then_some(other.name.as_str())
    })
}

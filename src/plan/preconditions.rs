//! What keeps the operator from working on an object at all.

use super::Wait;
use crate::api::Reason;
use crate::state::{ClusterState, Facts, Snapshot, is_owned, ownership};

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
            format!(
                "EKS profile {} ({}) is recorded as this object's but no longer carries the operator's tags, so it is not touched and nothing is created beside it. Restore its tags (aws eks tag-resource --resource-arn {} --tags {}), or delete the profile in EKS",
                lost.name,
                lost.arn,
                lost.arn,
                ownership::tags(&snapshot.object.name, &snapshot.object.uid, &snapshot.installation)
                    .iter()
                    .map(|(key, value)| format!("{key}={value}"))
                    .collect::<Vec<_>>()
                    .join(","),
            ),
        ));
    }
    if let Some(winner) = name_taken_by(facts) {
        return Some(Wait::stalled(
            Reason::NameTaken,
            format!(
                "FargateProfile {winner} already has the EKS profile name {} in cluster {}: delete one of the two, or delete this one and create it again with another spec.profileName",
                facts.stem,
                snapshot.defaults.cluster_of(&snapshot.spec)
            ),
        ));
    }
    // Inside a gap the previous profile comes back, which has a role.
    if facts.desired.role.is_none() && snapshot.status.previous.is_none() {
        return Some(Wait::stalled(Reason::DefaultMissing, "spec.podExecutionRoleArn is left out and the operator has no default: set it, or start the operator with --default-pod-execution-role-arn".to_owned()));
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
            format!(
                "this object lives in EKS cluster {} but the operator now reaches {}: correct the operator's region, credentials or cluster name; nothing is changed meanwhile",
                recorded.arn, found.arn
            ),
        ),
        (ClusterState::Found(_), _) => None,
        (ClusterState::Missing { region, account }, Some(recorded))
            if *region != recorded.region || *account != recorded.account_id =>
        {
            stalled(
                Reason::ClusterMismatch,
                format!(
                    "this object lives in EKS cluster {} but the operator works in account {account}, region {region}: correct its region or credentials; nothing is changed meanwhile",
                    recorded.arn
                ),
            )
        }
        (ClusterState::Missing { region, account }, _) => stalled(
            Reason::ClusterNotFound,
            format!(
                "there is no EKS cluster {cluster_name} in account {account}, region {region}: correct the operator's {}, or {}",
                if snapshot.spec.cluster_name.is_some() {
                    "--region or credentials"
                } else {
                    "--cluster-name, --region or credentials"
                },
                match (snapshot.object.deleting, snapshot.spec.cluster_name.is_some()) {
                    (true, _) => "give the object up by removing its finalizer fargate-operator.dev/profiles",
                    (false, true) => "delete this object and create it again with another spec.clusterName",
                    (false, false) => "delete this object",
                }
            ),
        ),
    }
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
        (other.stem.eq_ignore_ascii_case(facts.stem) && comes_first).then_some(other.name.as_str())
    })
}

//! No cluster, or another one than the object lives in.

use eks_simulator::{ClusterSettings, Effect, Operation};
use fargate_operator::api::FINALIZER;
use fargate_operator::api::Reason::{AccessDenied, ClusterNotFound, PodsUnknown};
use serde_json::json;

use super::expected::{blind_and_stalled, deleting_but_stalled, ready_but_stalled, stalled};
use super::situation::{Action, Row, eks, fault, row};

fn gone() -> Action {
    eks(|eks, cluster| eks.outsider().delete_cluster(cluster).unwrap())
}

fn there() -> Action {
    eks(|eks, cluster| eks.add_cluster(ClusterSettings::named(cluster)))
}

fn missing(cluster: &str) -> String {
    format!(
        "account 111122223333, region eu-central-1 has no EKS cluster {cluster}: correct the operator's --region or credentials, or recreate this object with another spec.clusterName"
    )
}

pub fn rows() -> Vec<Row> {
    vec![
        row("there is no cluster of that name", "nowhere", stalled(ClusterNotFound, missing("nowhere")))
            .given([gone()])
            .mended([there()]),
        row(
            "the operator lives in another cluster and cannot see the pods of a superseded profile",
            "out-of-sight",
            ready_but_stalled(
                "out-of-sight-9998",
                PodsUnknown,
                "the pods to move cannot be seen: the operator does not run in EKS cluster out-of-sight. If there are none, approve: kubectl annotate --overwrite fp out-of-sight fargate-operator.dev/approve=<plan>",
            ),
        )
        .cluster(|cluster| cluster.certificate_authority = String::new())
        .when([Action::Change(json!({ "selectors": [{ "namespace": "jobs" }] }))])
        .mended([Action::Approve]),
        row("the cluster is deleted under a profile", "deleted", stalled(ClusterNotFound, missing("deleted")))
            .lost([gone()])
            .mended([Action::Delete("deleted")]),
        row(
            "an object out of a backup is deleted after its cluster",
            "restored",
            deleting_but_stalled(
                "False Deleting: the object is being deleted",
                ClusterNotFound,
                "account 111122223333, region eu-central-1 has no EKS cluster restored: correct the operator's --region or credentials, or remove its finalizer fargate-operator.dev/profiles",
            ),
        )
        .given([gone()])
        .at_once([Action::Finalizers(&[FINALIZER]), Action::Delete("restored")])
        .mended([Action::Finalizers(&[])]),
    ]
}

/// STS has one answer for all clusters, so that this row shares its bed with no other missing one.
pub fn whose_account() -> Row {
    row(
        "the cluster is missing, and in which account is not to be learnt",
        "no-account",
        blind_and_stalled(
            AccessDenied,
            "EKS answered AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/fargate-operator/session is not authorized to perform: sts:GetCallerIdentity on resource: arn:aws:eks:…; allow sts:GetCallerIdentity to the operator's IAM role (see deploy/iam/permissions.json)",
        ),
    )
    .given([gone(), fault(Effect::AccessDenied, [Operation::GetCallerIdentity])])
    .mended([Action::NoFaults, there()])
}

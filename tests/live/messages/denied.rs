//! The operator may not, or nobody knows who it is: every call of its own, and every kind of bad credentials.

use eks_simulator::{Effect, Operation};
use fargate_operator::api::Reason::{AccessDenied, NoCredentials};
use fargate_operator::api::Truth;
use serde_json::{Value, json};

use super::expected::{
    Expected, blind_and_stalled, deleting_but_stalled, ready_but_stalled, shortened, stalled, stalled_beside,
};
use super::situation::{Action, Row, error, fault, row};

/// What EKS and the operator say when this action on this resource is denied.
fn denied(action: &str, resource: &str) -> String {
    let (service, _) = action.split_once(':').unwrap();
    let place = format!("arn:aws:{service}:eu-central-1:111122223333");
    let text = shortened(&format!(
        "User: arn:aws:sts::111122223333:assumed-role/fargate-operator/session is not authorized to perform: {action} on resource: {place}:{resource} because no identity-based policy allows the {action} action"
    ));
    format!(
        "EKS answered AccessDeniedException: {text}; allow {action} to the operator's IAM role (see deploy/iam/permissions.json)"
    )
}

fn not_allowed(operation: Operation) -> [Action; 1] {
    [fault(Effect::AccessDenied, [operation])]
}

fn jobs() -> Action {
    Action::Change(json!({ "selectors": [{ "namespace": "jobs" }] }))
}

fn tags(tags: Value) -> Action {
    Action::Change(json!({ "tags": tags }))
}

pub fn rows() -> Vec<Row> {
    looks().into_iter().chain(mutations()).chain(others()).chain(credentials()).collect()
}

fn looks() -> [Row; 4] {
    use Operation::{DescribeCluster, DescribeFargateProfile, ListFargateProfiles};
    let blind = |message: String| blind_and_stalled(AccessDenied, message);
    [
        row(
            "DescribeCluster is denied from the first",
            "no-cluster-look",
            blind(denied("eks:DescribeCluster", "cluster/no-cluster-look")),
        )
        .given(not_allowed(DescribeCluster))
        .mended([Action::NoFaults]),
        row(
            "ListFargateProfiles is denied from the first",
            "no-list",
            blind(denied("eks:ListFargateProfiles", "cluster/no-list")),
        )
        .given(not_allowed(ListFargateProfiles))
        .mended([Action::NoFaults]),
        row(
            "ListFargateProfiles is denied from one day on",
            "no-more-list",
            ready_but_stalled(
                "no-more-list-9999",
                AccessDenied,
                denied("eks:ListFargateProfiles", "cluster/no-more-list"),
            ),
        )
        .when(not_allowed(ListFargateProfiles))
        .mended([Action::NoFaults]),
        row(
            "DescribeFargateProfile is denied, which a first profile comes to need",
            "no-describe",
            Expected::of(&[
                "Ready=False Creating: no EKS profile is ACTIVE",
                "Available=False NotActive: no EKS profile of this object is ACTIVE",
                &format!(
                    "Stalled=True AccessDenied: EKS profile no-describe-9999 cannot be described: {}",
                    denied("eks:DescribeFargateProfile", "fargateprofile/no-describe/no-describe-9999/*")
                ),
            ]),
        )
        .given(not_allowed(DescribeFargateProfile))
        .mended([Action::NoFaults]),
    ]
}

fn mutations() -> [Row; 6] {
    use Operation::{CreateFargateProfile, DeleteFargateProfile, TagResource, UntagResource};
    let profile = |name: &str| format!("fargateprofile/{name}/{name}-9999");
    [
        row(
            "CreateFargateProfile is denied for the first profile",
            "no-create",
            stalled(AccessDenied, denied("eks:CreateFargateProfile", "cluster/no-create")),
        )
        .given(not_allowed(CreateFargateProfile))
        .mended([Action::NoFaults]),
        row(
            "CreateFargateProfile is denied for a successor",
            "no-successor",
            stalled_beside(
                "no-successor-9999",
                AccessDenied,
                denied("eks:CreateFargateProfile", "cluster/no-successor"),
            ),
        )
        .when([fault(Effect::AccessDenied, [CreateFargateProfile]), jobs()])
        .mended([Action::NoFaults]),
        row(
            "DeleteFargateProfile is denied for a superseded profile",
            "no-delete",
            ready_but_stalled(
                "no-delete-9998",
                AccessDenied,
                denied("eks:DeleteFargateProfile", &format!("{}/*", profile("no-delete"))),
            ),
        )
        .when([fault(Effect::AccessDenied, [DeleteFargateProfile]), jobs()])
        .mended([Action::NoFaults]),
        row(
            "DeleteFargateProfile is denied when the object is deleted",
            "no-end",
            deleting_but_stalled(
                &format!("{} Active: EKS profile no-end-9999 is ACTIVE", Truth::True.name()),
                AccessDenied,
                denied("eks:DeleteFargateProfile", &format!("{}/*", profile("no-end"))),
            ),
        )
        .when([fault(Effect::AccessDenied, [DeleteFargateProfile]), Action::Delete("no-end")])
        .mended([Action::NoFaults]),
        row(
            "TagResource is denied",
            "no-tag",
            ready_but_stalled(
                "no-tag-9999",
                AccessDenied,
                denied("eks:TagResource", &format!("{}/<uuid>", profile("no-tag"))),
            ),
        )
        .when([fault(Effect::AccessDenied, [TagResource]), tags(json!({ "team": "a" }))])
        .mended([Action::NoFaults]),
        row(
            "UntagResource is denied",
            "no-untag",
            ready_but_stalled(
                "no-untag-9999",
                AccessDenied,
                denied("eks:UntagResource", &format!("{}/<uuid>", profile("no-untag"))),
            ),
        )
        .spec(json!({ "tags": { "team": "a" } }))
        .when([fault(Effect::AccessDenied, [UntagResource]), tags(Value::Null)])
        .mended([Action::NoFaults]),
    ]
}

fn others() -> [Row; 2] {
    const BY_SCP: &str = "User: arn:aws:sts::111122223333:assumed-role/fargate-operator/session is not authorized to perform: eks:CreateFargateProfile on resource: arn:aws:eks:eu-central-1:111122223333:cluster/forbidden with an explicit deny in a service control policy";
    [
        row(
            "the organisation forbids what the role allows",
            "forbidden",
            stalled(
                AccessDenied,
                format!("EKS answered AccessDeniedException: {}; no Allow outweighs an explicit deny: have that policy changed", shortened(BY_SCP)),
            ),
        )
        .given([error(403, "AccessDeniedException", BY_SCP, Operation::CreateFargateProfile)])
        .mended([Action::NoFaults]),
        row(
            "EKS misses a permission that it uses on behalf of the caller",
            "no-subnets-look",
            stalled(
                AccessDenied,
                r#"EKS answered ClientException: Missing permissions for "ec2:DescribeSubnets"; allow ec2:DescribeSubnets to the operator's IAM role (see deploy/iam/permissions.json)"#,
            ),
        )
        .given([error(
            400,
            "ClientException",
            r#"Missing permissions for "ec2:DescribeSubnets""#,
            Operation::CreateFargateProfile,
        )])
        .mended([Action::NoFaults]),
    ]
}

fn credentials() -> [Row; 4] {
    const CHECK: &str = "check the IAM role of its service account (IRSA, or on EC2 nodes also Pod Identity)";
    let bad = |situation, name, code: &str, text: &str, way_out: &str| {
        row(situation, name, blind_and_stalled(NoCredentials, format!("EKS answered {code}: {text}; {way_out}")))
            .given([error(403, code, text, Operation::DescribeCluster)])
            .mended([Action::NoFaults])
    };
    [
        bad(
            "the operator's session has expired",
            "expired",
            "ExpiredTokenException",
            "The security token included in the request is expired",
            CHECK,
        ),
        bad(
            "nobody knows the operator's access key",
            "unrecognized",
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            CHECK,
        ),
        bad(
            "the clock of the operator's node is wrong",
            "late",
            "InvalidSignatureException",
            "Signature expired: 20261121T183000Z is now earlier than 20261121T185500Z (20261121T190000Z - 5 min.)",
            "check the clock of the operator's node and the operator's AWS credentials",
        ),
        row(
            "the operator's session expires while a profile serves",
            "expiring",
            ready_but_stalled(
                "expiring-9999",
                NoCredentials,
                format!(
                    "EKS answered ExpiredTokenException: The security token included in the request is expired; {CHECK}"
                ),
            ),
        )
        .when([error(
            403,
            "ExpiredTokenException",
            "The security token included in the request is expired",
            Operation::ListFargateProfiles,
        )])
        .mended([Action::NoFaults]),
    ]
}

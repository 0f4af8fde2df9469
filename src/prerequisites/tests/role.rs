use std::collections::BTreeSet;

use crate::prerequisites::Read;
use crate::prerequisites::fixture::*;

#[test]
fn the_role_exists_without_a_path() {
    check_all(&[
        (
            |_, e| role_mut(e).role = Read::Known(None),
            &["Blocking RoleExists: IAM has no role pods, so EKS refuses the profile: create it, or correct \
                 spec.podExecutionRoleArn or --default-pod-execution-role-arn"],
        ),
        (
            |q, _| q.role = "arn:aws:iam::111122223333:role/team/a/pods".into(),
            &["Advisory RolePath: the ARN of role pods has the path /team/a/, which EKS may refuse: if so, name \
                 a role without one in spec.podExecutionRoleArn"],
        ),
        // Another account's role cannot be read, and one without an account is refused by the CRD.
        (|q, _| q.role = "arn:aws:iam::999999999999:role/team/pods".into(), &[]),
        (|q, _| q.role = "pods".into(), &[]),
    ]);
}

#[test]
fn fargate_may_assume_the_role_for_this_cluster() {
    check_all(&[
        (
            |_, e| trust(e, "eks-fargate-pods", "eks"),
            &["Blocking TrustPolicy: role pods does not trust Fargate, so EKS refuses the profile: let \
                 eks-fargate-pods.amazonaws.com do sts:AssumeRole in its trust policy"],
        ),
        (
            |_, e| trust(e, "Allow", "Deny"),
            &["Blocking TrustPolicy: a Deny in the trust policy of role pods keeps \
                 eks-fargate-pods.amazonaws.com out, so EKS refuses the profile: take it out"],
        ),
        (
            |_, e| trust(e, "fargateprofile/prod", "fargateprofile/test"),
            &["Blocking TrustPolicy: aws:SourceArn in the trust policy of role pods leaves this cluster \
                 out: add arn:aws:eks:eu-central-1:111122223333:fargateprofile/prod/*"],
        ),
        (
            |_, e| {
                trust(e, "aws:SourceArn", "aws:SourceAccount");
                trust(e, "ArnLike", "StringEquals");
            },
            &["Blocking TrustPolicy: aws:SourceAccount in the trust policy of role pods leaves this cluster \
                 out: add 111122223333"],
        ),
        (
            |_, e| trust(e, "aws:SourceArn", "aws:SourceOrgID"),
            &["Advisory TrustPolicy: the operator cannot judge aws:SourceOrgID in the trust policy of role \
                 pods: see that eks-fargate-pods.amazonaws.com may assume it"],
        ),
        (
            |_, e| trust(e, "prod/*", "prod/checkout/*"),
            &["Advisory TrustPolicy: the operator cannot judge aws:SourceArn in the trust policy of role \
                 pods: see that eks-fargate-pods.amazonaws.com may assume it"],
        ),
        (|_, e| trust(e, "eu-central-1", "*"), &[]),
    ]);
}

#[test]
fn the_role_can_pull_images() {
    check_all(&[
        (
            |_, e| role_mut(e).attached_policies = Read::Known(BTreeSet::new()),
            &["Advisory PullPolicy: no policy lets role pods pull images from ECR: attach \
                 AmazonEKSFargatePodExecutionRolePolicy to it (aws iam attach-role-policy)"],
        ),
        (
            |_, e| role_mut(e).attached_policies = Read::Known(set(&["arn:aws:iam::aws:policy/AmazonS3FullAccess"])),
            &["Advisory PullPolicy: no policy lets role pods pull images from ECR: attach \
                 AmazonEKSFargatePodExecutionRolePolicy to it (aws iam attach-role-policy)"],
        ),
        // A policy of the user's own may allow it.
        (
            |_, e| {
                role_mut(e).attached_policies = Read::Known(set(&["arn:aws:iam::111122223333:policy/pull"]));
            },
            &[],
        ),
        (
            |_, e| {
                role_mut(e).attached_policies = Read::Known(BTreeSet::new());
                role_mut(e).inline_policies = Read::Known(set(&["pull"]));
            },
            &[],
        ),
    ]);
}

#[test]
fn eks_has_its_own_role_before_the_first_profile_of_a_cluster() {
    check_all(&[
        (
            |_, e| (e.profiles, e.service_linked_role) = (0, Read::Known(false)),
            &[
                "Advisory ServiceLinkedRole: IAM has no AWSServiceRoleForAmazonEKSForFargate: EKS makes it, if the operator may \
                 iam:CreateServiceLinkedRole, else aws iam create-service-linked-role --aws-service-name \
                 eks-fargate.amazonaws.com",
            ],
        ),
        (|_, e| (e.profiles, e.service_linked_role) = (0, Read::Known(true)), &[]),
        // A profile has come since.
        (|_, e| (e.profiles, e.service_linked_role) = (1, Read::Known(false)), &[]),
        (
            |_, e| {
                let unread = crate::aws::Unread::Denied { action: "iam:GetRole".into() };
                (e.profiles, e.service_linked_role) = (0, Read::Unread(unread));
            },
            &[
                "Unknown ServiceLinkedRole: the operator may not iam:GetRole, so it cannot tell whether EKS has its role for \
                 Fargate: allow it to the operator's IAM role (see deploy/iam/checks.json)",
            ],
        ),
    ]);
}

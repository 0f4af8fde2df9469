use crate::aws::Unread;
use crate::prerequisites::fixture::*;
use crate::prerequisites::{Evidence, Listed, Read};

fn denied<T>(action: &'static str) -> Read<T> {
    Read::Unread(Unread::Denied { action: action.into() })
}

#[test]
fn a_missing_permission_is_told_once_and_blocks_nothing() {
    check_all(&[
        (
            |_, e| e.route_tables = denied("ec2:DescribeRouteTables"),
            &["Unknown SubnetPrivate: the operator may not ec2:DescribeRouteTables, so it cannot tell \
                 whether the subnets are private and lead out: allow it to the operator's IAM role (see \
                 deploy/iam/checks.json)"],
        ),
        (
            |_, e| e.subnets.values_mut().for_each(|subnet| *subnet = denied("ec2:DescribeSubnets")),
            &["Unknown SubnetExists: the operator may not ec2:DescribeSubnets, so it cannot tell whether \
                 the subnets suit the cluster: allow it to the operator's IAM role (see \
                 deploy/iam/checks.json)"],
        ),
        (
            |_, e| {
                role_mut(e).role = denied("iam:GetRole");
                role_mut(e).access_entry = denied("eks:DescribeAccessEntry");
                e.names.dns = denied("list services");
                *e.coredns.values_mut().next().unwrap() = denied("get deployments");
            },
            &[
                "Unknown RoleExists: the operator may not iam:GetRole, so it cannot tell whether the role \
                 trusts Fargate: allow it to the operator's IAM role (see deploy/iam/checks.json)",
                "Unknown AccessEntry: the operator may not eks:DescribeAccessEntry, so it cannot tell whether \
                 the cluster lets the role in: allow it to the operator's IAM role (see \
                 deploy/iam/checks.json)",
                "Unknown CoreDns: the operator may not get deployments, so it cannot tell whether \
                 CoreDNS runs: allow it by RBAC (see deploy/rbac)",
                "Unknown CoreDns: the operator may not list services, so it cannot tell whether the \
                 cluster's DNS can be reached: allow it by RBAC (see deploy/rbac)",
            ],
        ),
        (
            |_, e| {
                let why = "the request was throttled".into();
                e.nat_gateways = Read::Unread(Unread::Failed { action: "ec2:DescribeNatGateways".into(), why });
            },
            &["Unknown Blackhole: ec2:DescribeNatGateways failed, so the operator cannot tell whether the \
                 NAT gateways are there, and asks again: the request was throttled"],
        ),
    ]);
}

#[test]
fn each_right_that_is_missing_in_the_cluster_is_named() {
    fn unlisted<T>(action: &'static str) -> Listed<T> {
        Listed::from([(Some("shop".into()), denied(action))])
    }
    check_all(&[
        (
            |_, e| {
                e.inside.webhook = denied("get mutatingwebhookconfigurations");
                e.inside.budgets = unlisted("list poddisruptionbudgets");
                e.inside.group_policies = unlisted("list securitygrouppolicies");
                e.inside.logging = denied("get configmaps/aws-logging");
                e.inside.observability = denied("get namespaces/aws-observability");
            },
            &[
                "Unknown SecurityGroupPolicy: the operator may not list securitygrouppolicies, so it cannot tell whether policies \
                     give pods sound groups: allow it by RBAC (see deploy/rbac)",
                "Unknown Webhook: the operator may not get mutatingwebhookconfigurations, so it cannot tell whether pods are given \
                     to Fargate: allow it by RBAC (see deploy/rbac)",
                "Unknown DisruptionBudget: the operator may not list poddisruptionbudgets, so it cannot tell whether budgets let \
                     pods go: allow it by RBAC (see deploy/rbac)",
                "Unknown Logging: the operator may not get configmaps/aws-logging, so it cannot tell whether logs are wanted: allow \
                     it by RBAC (see deploy/rbac)",
                "Unknown Logging: the operator may not get namespaces/aws-observability, so it cannot tell whether logs can be \
                     shipped: allow it by RBAC (see deploy/rbac)",
            ],
        ),
        // Another object's namespace.
        (|_, e| e.inside.budgets = Listed::from([(Some("other".into()), denied("list poddisruptionbudgets"))]), &[]),
    ]);
}

#[test]
fn what_cannot_be_read_of_another_object_is_not_told() {
    check_all(&[(
        |_, e| {
            e.subnets.insert("subnet-of-others".into(), denied("ec2:DescribeSubnets"));
            let other = crate::prerequisites::RoleEvidence { role: denied("iam:GetRole"), ..Default::default() };
            e.roles.insert("arn:aws:iam::111122223333:role/others".into(), other);
        },
        &[],
    )]);
}

/// Takes something out of the evidence.
type Gap = fn(&mut Evidence);

/// Whatever is not known, nothing of it makes a sound network look unsound.
#[test]
fn no_gap_in_the_evidence_blocks() {
    let gaps: [(&str, Gap); 8] = [
        ("subnets", |e| e.subnets.values_mut().for_each(|subnet| *subnet = Read::NotAsked)),
        ("route tables", |e| e.route_tables = denied("ec2:DescribeRouteTables")),
        ("NAT gateways", |e| e.nat_gateways = denied("ec2:DescribeNatGateways")),
        ("endpoints", |e| e.endpoints = denied("ec2:DescribeVpcEndpoints")),
        ("security groups", |e| e.security_groups.clear()),
        ("roles", |e| e.roles.clear()),
        ("the cluster", |e| e.inside = Default::default()),
        ("aws-auth", |e| e.map_roles = denied("get configmaps/aws-auth")),
    ];
    for (name, gap) in gaps {
        for closed in [false, true] {
            let (question, mut evidence) = sound();
            if closed {
                reroute(&mut evidence, None);
                evidence.endpoints = Read::Known(all_endpoints());
            }
            gap(&mut evidence);
            let found = crate::prerequisites::judge(&question, &evidence);
            let blocks = found.iter().any(|one| one.severity == crate::prerequisites::Severity::Blocking);
            assert!(!blocks, "{name}: {found:#?}");
        }
    }
}

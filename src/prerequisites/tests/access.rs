use crate::eks::AccessEntry;
use crate::prerequisites::Read;
use crate::prerequisites::fixture::*;

const MAPPED: &str = "
- rolearn: arn:aws:iam::111122223333:role/pods
  username: system:node:{{SessionName}}
  groups: [system:bootstrappers, system:nodes, system:node-proxier]
";

fn mapped(from: &str, to: &str) -> Read<Option<String>> {
    assert!(MAPPED.contains(from));
    Read::Known(Some(MAPPED.replace(from, to)))
}

#[test]
fn an_access_entry_lets_the_role_in() {
    check_all(&[
        (
            |_, e| {
                e.cluster.authentication_mode = "API".into();
                *entry_mut(e) = None;
            },
            &["Blocking AccessEntry: role pods has no access entry, so its pods stay Pending: aws eks \
                 create-access-entry --type FARGATE_LINUX"],
        ),
        // EKS makes it with the profile.
        (
            |q, e| {
                e.cluster.authentication_mode = "API".into();
                *entry_mut(e) = None;
                q.role_serves = false;
            },
            &[],
        ),
        // Neither it nor aws-auth.
        (
            |_, e| *entry_mut(e) = None,
            &["Advisory AccessEntry: role pods has no access entry, so its pods stay Pending: aws eks \
                 create-access-entry --type FARGATE_LINUX"],
        ),
        (
            |_, e| {
                *entry_mut(e) = None;
                e.map_roles = mapped("", "");
            },
            &[],
        ),
        (
            |_, e| entry_mut(e).as_mut().unwrap().kind = "STANDARD".into(),
            &["Advisory AccessEntry: the access entry of role pods is STANDARD, which lets no node in: \
                 delete it, and aws eks create-access-entry --type FARGATE_LINUX"],
        ),
        (
            |_, e| {
                e.cluster.authentication_mode = "API".into();
                entry_mut(e).as_mut().unwrap().kind = "STANDARD".into();
            },
            &["Blocking AccessEntry: the access entry of role pods is STANDARD, which lets no node in: \
                 delete it, and aws eks create-access-entry --type FARGATE_LINUX"],
        ),
        (
            |_, e| entry_mut(e).as_mut().unwrap().kind = "EC2_LINUX".into(),
            &["Blocking NodeRole: role pods is that of EC2 nodes (its access entry is EC2_LINUX), which \
                 stop working with it: name another role in spec.podExecutionRoleArn"],
        ),
    ]);
}

#[test]
fn the_access_entry_is_that_of_the_role_and_not_of_one_before_it() {
    fn older(entry: &mut Option<AccessEntry>) {
        entry.as_mut().unwrap().created_at = "2025-12-31T00:00:00Z".parse().ok();
    }
    check_all(&[
        (
            |_, e| older(entry_mut(e)),
            &["Blocking AccessEntry: the access entry of role pods is older than the role, so no node \
                 joins: delete it, and aws eks create-access-entry --type FARGATE_LINUX"],
        ),
        (
            |_, e| {
                older(entry_mut(e));
                e.map_roles = mapped("", "");
            },
            &["Advisory AccessEntry: the access entry of role pods is older than the role, so no node \
                 joins: delete it, and aws eks create-access-entry --type FARGATE_LINUX"],
        ),
        (
            |_, e| {
                older(entry_mut(e));
                e.map_roles = Read::NotAsked;
                e.cluster.authentication_mode = "API".into();
            },
            &["Blocking AccessEntry: the access entry of role pods is older than the role, so no node \
                 joins: delete it, and aws eks create-access-entry --type FARGATE_LINUX"],
        ),
    ]);
}

#[test]
fn aws_auth_lets_the_role_in() {
    check_all(&[
        (
            |_, e| {
                e.cluster.authentication_mode = "CONFIG_MAP".into();
                role_mut(e).access_entry = Read::NotAsked;
            },
            &["Blocking AwsAuth: ConfigMap kube-system/aws-auth lacks role pods, so its pods stay Pending: \
                 add it to mapRoles (see docs/prerequisites.md)"],
        ),
        // EKS adds it with the profile.
        (
            |q, e| {
                e.cluster.authentication_mode = "CONFIG_MAP".into();
                role_mut(e).access_entry = Read::NotAsked;
                q.role_serves = false;
            },
            &[],
        ),
        (
            |_, e| {
                e.cluster.authentication_mode = "CONFIG_MAP".into();
                e.map_roles = mapped("role/pods", "role/team/pods");
            },
            &["Blocking AwsAuth: aws-auth names the role as arn:aws:iam::111122223333:role/team/pods, so \
                 pods stay Pending: write :role/pods"],
        ),
        (
            |_, e| {
                e.cluster.authentication_mode = "CONFIG_MAP".into();
                e.map_roles = mapped(", system:node-proxier", "");
            },
            &["Blocking AwsAuth: ConfigMap kube-system/aws-auth maps role pods without system:node-proxier, \
                 so no Fargate node joins: add it"],
        ),
        (
            |_, e| {
                e.cluster.authentication_mode = "CONFIG_MAP".into();
                e.map_roles = mapped("- rolearn", "rolearn");
            },
            &["Blocking AwsAuth: mapRoles of ConfigMap kube-system/aws-auth is no YAML list: mend it"],
        ),
        // The access entry comes first.
        (|_, e| e.map_roles = mapped(", system:node-proxier", ""), &[]),
        (
            |_, e| {
                *entry_mut(e) = None;
                e.map_roles = mapped("{{SessionName}}", "{{EC2PrivateDNSName}}");
            },
            &["Advisory AwsAuth: ConfigMap kube-system/aws-auth maps role pods without \
                 system:node:{{SessionName}}, so no Fargate node joins: add it"],
        ),
    ]);
}

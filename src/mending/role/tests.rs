use std::collections::BTreeSet;

use super::*;
use crate::api::Reason;
use crate::aws::Unread;
use crate::eks::AccessEntry;
use crate::mending::Next;

const POLICY: &str = "arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy";
const NAME: &str = "fargate-pods-us-west-2-prod";

fn cluster(name: &str) -> Cluster {
    let arn = format!("arn:aws:eks:us-west-2:111122223333:cluster/{name}");
    Cluster { name: name.into(), arn, ..Cluster::default() }
}

fn role() -> ManagedRole {
    ManagedRole::of(&RoleSettings::default(), &cluster("prod"), "id").unwrap()
}

/// As it is once it is made.
fn made() -> ManagedRole {
    let role = role();
    let found = Role { arn: role.arn.clone(), tags: role.wanted.tags.clone(), ..Role::default() };
    let evidence = RoleEvidence {
        role: Read::Known(Some(found)),
        attached_policies: Read::Known([POLICY.to_owned()].into()),
        inline_policies: Read::Known(BTreeSet::new()),
        access_entry: Read::Known(Some(AccessEntry { kind: "FARGATE_LINUX".into(), ..AccessEntry::default() })),
    };
    ManagedRole { evidence, ..role }
}

fn with(change: impl FnOnce(&mut RoleEvidence)) -> ManagedRole {
    let mut role = made();
    change(&mut role.evidence);
    role
}

fn key(next: Next) -> Option<String> {
    next.unwrap().map(|mend| mend.key())
}

#[test]
fn the_role_is_for_one_cluster_and_says_whose_it_is() {
    let ManagedRole { arn, wanted, policy, .. } = role();
    assert_eq!(arn, format!("arn:aws:iam::111122223333:role/{NAME}"));
    assert_eq!(policy, POLICY);
    let trust: serde_json::Value = serde_json::from_str(&wanted.trust_policy).unwrap();
    let statement = json!([{
        "Effect": "Allow",
        "Principal": { "Service": "eks-fargate-pods.amazonaws.com" },
        "Action": "sts:AssumeRole",
        "Condition": { "ArnLike": { "aws:SourceArn": "arn:aws:eks:us-west-2:111122223333:fargateprofile/prod/*" } },
    }]);
    assert_eq!(trust, json!({ "Version": "2012-10-17", "Statement": statement }));
    let tags = [("fargate-operator.dev/installation", "id"), ("fargate-operator.dev/cluster", &cluster("prod").arn)];
    assert_eq!(wanted.tags, tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
    assert_eq!((wanted.path.as_str(), wanted.permissions_boundary), ("/", None));
}

#[test]
fn settings_give_it_name_path_boundary_and_more_tags() {
    let settings = RoleSettings {
        name: Some("pods".into()),
        path: "/eks/".into(),
        permissions_boundary: Some("arn:aws:iam::111122223333:policy/b".into()),
        tags: [("team".to_owned(), "web".to_owned())].into(),
    };
    let ManagedRole { arn, wanted, .. } = ManagedRole::of(&settings, &cluster("prod"), "id").unwrap();
    assert_eq!(arn, "arn:aws:iam::111122223333:role/eks/pods");
    assert_eq!((wanted.name.as_str(), wanted.path.as_str()), ("pods", "/eks/"));
    assert_eq!(wanted.permissions_boundary, settings.permissions_boundary);
    assert_eq!((wanted.tags.len(), wanted.tags["team"].as_str()), (3, "web"));
}

#[test]
fn a_name_that_is_too_long_ends_with_a_hash() {
    let name = |cluster: &str| name("ap-southeast-1", cluster);
    assert_eq!(name("prod"), "fargate-pods-ap-southeast-1-prod");
    let (a, b) = (name(&format!("{}a", "x".repeat(60))), name(&format!("{}b", "x".repeat(60))));
    assert_eq!((a.len(), b.len()), (64, 64));
    assert_ne!(a, b);
    assert_eq!(name(&"x".repeat(36)).len(), 64);
    assert!(!name(&"x".repeat(36)).ends_with(|c: char| c != 'x'));
}

#[test]
fn the_partition_is_that_of_the_cluster() {
    let cluster = Cluster { arn: "arn:aws-cn:eks:cn-north-1:1:cluster/prod".into(), ..cluster("prod") };
    let ManagedRole { arn, policy, wanted, .. } = ManagedRole::of(&RoleSettings::default(), &cluster, "id").unwrap();
    assert!(arn.starts_with("arn:aws-cn:iam::1:role/"), "{arn}");
    assert!(policy.starts_with("arn:aws-cn:iam::aws:policy/"), "{policy}");
    assert!(wanted.trust_policy.contains("arn:aws-cn:eks:cn-north-1:1:fargateprofile/prod/*"));
}

#[test]
fn it_is_created_and_then_gets_its_policy() {
    assert_eq!(role().make(), Ok(None), "nobody has looked");
    assert_eq!(with(|it| it.role = Read::Known(None)).make(), Ok(Some(Mend::CreateRole(role().wanted))));
    let attach = Mend::AttachPolicy { role: NAME.into(), policy: POLICY.into() };
    assert_eq!(with(|it| it.attached_policies = Read::Known(BTreeSet::new())).make(), Ok(Some(attach)));
    assert_eq!(made().make(), Ok(None));
    assert!(made().is_made() && !role().is_made());
    assert!(!with(|it| it.attached_policies = Read::Known(BTreeSet::new())).is_made());
}

#[test]
fn a_role_without_our_mark_is_not_touched() {
    let without = |key: &str| {
        with(|it| {
            if let Read::Known(Some(role)) = &mut it.role {
                role.tags.remove(key);
            }
        })
    };
    let elsewhere = with(|it| {
        if let Read::Known(Some(role)) = &mut it.role {
            role.arn = format!("arn:aws:iam::111122223333:role/other/{NAME}");
        }
    });
    let nobodys = format!(
        "IAM role {NAME} is there and is not this operator's: choose another --managed-role-name, or name it as \
         --default-pod-execution-role-arn instead of having one made"
    );
    let others = format!(
        "IAM role {NAME} was made for another cluster, installation or path: delete it if nobody uses it, or choose another \
         --managed-role-name"
    );
    for (foreign, message) in [
        (without("fargate-operator.dev/installation"), nobodys),
        (without("fargate-operator.dev/cluster"), others.clone()),
        (elsewhere, others),
    ] {
        assert_eq!(foreign.make(), Err(Obstacle { reason: Reason::MendingHeld, message, passes: false }));
        assert_eq!(foreign.unmake(), Ok(None));
    }
}

#[test]
fn it_goes_with_its_access_entry_and_its_policy_first() {
    let without_entry = |it: &mut RoleEvidence| it.access_entry = Read::Known(None);
    let bare = |it: &mut RoleEvidence| {
        without_entry(it);
        it.attached_policies = Read::Known(BTreeSet::new());
    };
    let arn = made().arn;
    assert_eq!(made().unmake(), Ok(Some(Mend::DeleteAccessEntry { role: arn })));
    assert_eq!(key(with(without_entry).unmake()), Some(format!("DetachRolePolicy {NAME}")));
    assert_eq!(key(with(bare).unmake()), Some(format!("DeleteRole {NAME}")));
    assert_eq!(with(|it| it.role = Read::Known(None)).unmake(), Ok(None));
    // A cluster without access entries is not asked for them.
    let of_config_map = with(|it| it.access_entry = Read::NotAsked);
    assert_eq!(key(of_config_map.unmake()), Some(format!("DetachRolePolicy {NAME}")));
    // Somebody made it of another type.
    let other = AccessEntry { kind: "STANDARD".into(), ..AccessEntry::default() };
    let standard = with(|it| it.access_entry = Read::Known(Some(other)));
    assert_eq!(key(standard.unmake()), Some(format!("DetachRolePolicy {NAME}")));
}

#[test]
fn policies_of_others_keep_it() {
    let attached = with(|it| {
        it.attached_policies = Read::Known([POLICY, "arn:aws:iam::1:policy/team/logs"].map(str::to_owned).into());
    });
    let inline = with(|it| it.inline_policies = Read::Known(["logs".to_owned()].into()));
    for role in [attached, inline] {
        let message = format!(
            "IAM role {NAME} stays, which no profile uses any more: it has policy logs, which the operator did not attach"
        );
        assert_eq!(role.unmake().unwrap_err().message, message);
    }
}

#[test]
fn who_may_not_look_is_told_so_and_what_failed_is_asked_again() {
    let denied = || Unread::Denied { action: "iam:GetRole".into() };
    let failed = || Unread::Failed { action: "iam:GetRole".into(), why: "no answer".into() };
    let message = "the operator may not iam:GetRole, which it needs for what it is to mend: allow it \
                   (docs/mending.md), or switch that off";
    let again = "iam:GetRole failed (no answer), which the operator needs for what it is to mend: it asks again";
    let unread: [fn(&mut RoleEvidence, Unread); 2] =
        [|it, why| it.role = Read::Unread(why), |it, why| it.attached_policies = Read::Unread(why)];
    for place in unread {
        for next in [ManagedRole::make, ManagedRole::unmake] {
            let of = |why| next(&with(|it| place(it, why)));
            let refused = Obstacle { reason: Reason::AccessDenied, message: message.into(), passes: false };
            assert_eq!(of(denied()), Err(refused));
            let later = Obstacle { reason: Reason::Mending, message: again.into(), passes: true };
            assert_eq!(of(failed()), Err(later));
        }
    }
    let entry = with(|it| it.access_entry = Read::Unread(denied()));
    assert_eq!(entry.make(), Ok(None));
    assert!(entry.unmake().is_err());
}

//! The pod execution role of objects that name none.

use bed::{Bed, CLUSTER, ROLE};
use eks_simulator::{Effect, Fault, Operation, RoleTrust};
use fargate_operator::api::ConditionType::Stalled;
use fargate_operator::api::FargateProfile;
use serde_json::{Value, json};

use super::{has_entry, managed, mended, mended_with, mending, object, role_arn, told};
use crate::support::objects::stalled;
use crate::support::{BedExt, events, message, profile, until, until_async};

pub const POLICY: &str = "arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy";

fn role_of(bed: &Bed, profile: &str) -> String {
    bed.eks().profile(CLUSTER, profile).unwrap().pod_execution_role_arn
}

#[tokio::test]
async fn the_role_is_made_for_the_first_object_and_goes_with_the_last() {
    let bed = mended(240.0).await;
    bed.create(&profile("web", "web")).await;
    let web = bed.settled("web").await;
    let arn = role_arn(&bed);
    assert_eq!(role_of(&bed, "web-9999"), arn);
    assert_eq!(web.status.as_ref().unwrap().findings, Vec::new());
    let role = managed(&bed).unwrap();
    assert_eq!(role.attached_policies.iter().collect::<Vec<_>>(), [POLICY]);
    let source = format!("arn:aws:eks:{}:{}:fargateprofile/{CLUSTER}/*", bed.eks().identity().region, "111122223333");
    assert_eq!(role.trust_policy["Statement"][0]["Condition"], json!({ "ArnLike": { "aws:SourceArn": source } }));
    let name = arn.rsplit('/').next().unwrap();
    told(&bed, &web, &format!("created IAM role {name}, the default of spec.podExecutionRoleArn")).await;
    told(&bed, &web, &format!("attached policy AmazonEKSFargatePodExecutionRolePolicy to IAM role {name}")).await;

    bed.create(&profile("shop", "shop")).await;
    bed.settled("shop").await;
    assert_eq!(bed.eks().calls(&[Operation::CreateRole]).len(), 1);
    bed.delete("web").await;
    bed.gone("web").await;
    assert!(managed(&bed).is_some() && has_entry(&bed.eks(), &arn), "the other object has it");
    bed.delete("shop").await;
    bed.gone("shop").await;
    assert!(managed(&bed).is_none() && !has_entry(&bed.eks(), &arn));
}

#[tokio::test]
async fn two_objects_of_one_commit_make_one_role_and_their_deletion_leaves_none() {
    let bed = mended(240.0).await;
    for name in ["a", "b", "c"] {
        bed.create(&profile(name, name)).await;
    }
    for name in ["a", "b", "c"] {
        bed.settled(name).await;
        assert_eq!(role_of(&bed, &format!("{name}-9999")), role_arn(&bed));
    }
    for name in ["a", "b", "c"] {
        bed.delete(name).await;
    }
    for name in ["a", "b", "c"] {
        bed.gone(name).await;
    }
    assert!(managed(&bed).is_none() && !has_entry(&bed.eks(), &role_arn(&bed)));
}

#[tokio::test]
async fn path_boundary_name_and_tags_are_as_the_install_says() {
    let mut options = mending(240.0);
    let boundary = "arn:aws:iam::111122223333:policy/bounds";
    let set = [
        ("NAME", "pods-of-prod"),
        ("PATH", "/eks/"),
        ("PERMISSIONS_BOUNDARY", boundary),
        ("TAGS", "team=platform,stage=prod"),
    ];
    options
        .environment
        .extend(set.map(|(name, value)| (format!("FARGATE_OPERATOR_MANAGED_ROLE_{name}"), value.to_owned())));
    let bed = mended_with(options).await;
    bed.create(&profile("web", "web")).await;
    let arn = "arn:aws:iam::111122223333:role/eks/pods-of-prod";
    until("the role is there", || bed.eks().role(arn).is_some()).await;
    let role = bed.eks().role(arn).unwrap();
    assert_eq!(role.permissions_boundary.as_deref(), Some(boundary));
    assert_eq!((role.tags["team"].as_str(), role.tags["stage"].as_str()), ("platform", "prod"));
    assert!(role.tags.contains_key("fargate-operator.dev/installation"));
}

#[tokio::test]
async fn an_object_that_changes_to_a_role_of_its_own_leaves_none_behind() {
    let bed = mended(240.0).await;
    bed.eks().set_role(ROLE, RoleTrust::Trusted);
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    bed.patch("web", json!({ "spec": { "podExecutionRoleArn": ROLE } })).await;
    bed.settled("web").await;
    assert_eq!(role_of(&bed, "web-9998"), ROLE);
    until("the unused role is gone", || managed(&bed).is_none()).await;
    bed.patch("web", json!({ "spec": { "podExecutionRoleArn": Value::Null } })).await;
    bed.settled("web").await;
    assert_eq!(role_of(&bed, "web-9997"), role_arn(&bed));
}

#[tokio::test]
async fn a_role_of_somebody_else_is_left_alone_until_it_is_gone() {
    let bed = mended(240.0).await;
    let arn = role_arn(&bed);
    bed.eks().set_role(&arn, RoleTrust::Untrusted);
    let theirs = bed.eks().role(&arn);
    bed.create(&profile("web", "web")).await;
    let name = arn.rsplit('/').next().unwrap();
    let held = stalled(&bed, "web", "MendingHeld").await;
    let text = format!(
        "IAM role {name} is there and is not this operator's: choose another --managed-role-name, or name it as \
         --default-pod-execution-role-arn instead of having one made"
    );
    assert_eq!(message(&held, Stalled), text);
    assert_eq!(bed.eks().role(&arn), theirs);
    bed.eks().set_role(&arn, RoleTrust::Missing);
    bed.settled("web").await;
    assert_eq!(role_of(&bed, "web-9999"), arn);
    // And an object that goes leaves alone what came instead meanwhile.
    bed.eks().change_role(&arn, |role| role.tags.clear());
    let theirs = bed.eks().role(&arn);
    bed.delete("web").await;
    bed.gone("web").await;
    assert_eq!(bed.eks().role(&arn), theirs);
}

#[tokio::test]
async fn a_role_that_somebody_deletes_comes_back_with_its_access_entry() {
    let mut bed = mended(240.0).await;
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    bed.eks().set_role(&role_arn(&bed), RoleTrust::Missing);
    // What was read before would serve for a while.
    bed.stop_operator();
    bed.start_operator().await.unwrap();
    until("the role is there", || managed(&bed).is_some_and(|role| !role.attached_policies.is_empty())).await;
    until("its access entry is a new one", || !bed.eks().calls(&[Operation::CreateAccessEntry]).is_empty()).await;
    bed.settled("web").await;
}

#[tokio::test]
async fn policies_of_somebody_else_keep_the_role_and_an_event_says_which() {
    let bed = mended(240.0).await;
    bed.create(&profile("web", "web")).await;
    let web = bed.settled("web").await;
    let arn = role_arn(&bed);
    bed.eks().change_role(&arn, |role| {
        role.attached_policies.insert("arn:aws:iam::111122223333:policy/logs".to_owned());
    });
    bed.delete("web").await;
    bed.gone("web").await;
    assert_eq!(managed(&bed).unwrap().attached_policies.len(), 2);
    left_behind(&bed, &web).await;
    // The next object has it again.
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    bed.eks().change_role(&arn, |role| role.attached_policies.retain(|policy| policy == POLICY));
    bed.delete("web").await;
    bed.gone("web").await;
    assert!(managed(&bed).is_none());
}

/// An event of an object that is gone says that the role stays, and for which policy.
pub async fn left_behind(bed: &Bed, object: &FargateProfile) {
    let name = role_arn(bed).rsplit('/').next().unwrap().to_owned();
    let note = format!(
        "IAM role {name} stays, which no profile uses any more: it has policy logs, which the operator did not attach"
    );
    until_async(&format!("the event MendingHeld: {note}"), async || {
        let events = events(bed, object).await;
        events.iter().any(|it| it.reason.as_deref() == Some("MendingHeld") && it.note.as_ref() == Some(&note))
    })
    .await;
}

#[tokio::test]
async fn a_call_that_iam_denies_is_named_and_nothing_is_lost() {
    let bed = mended(240.0).await;
    for operation in [Operation::CreateRole, Operation::AttachRolePolicy] {
        bed.eks().set_faults([Fault::new(Effect::AccessDenied).on([operation])]);
        bed.create(&profile("web", "web")).await;
        let held = stalled(&bed, "web", "AccessDenied").await;
        let action =
            format!("allow iam:{} to the operator's IAM role (see deploy/iam/mending.json)", operation.as_str());
        assert!(message(&held, Stalled).contains(&action), "{}", message(&held, Stalled));
        bed.eks().set_faults([]);
        bed.settled("web").await;
        bed.delete("web").await;
        bed.gone("web").await;
        assert!(managed(&bed).is_none());
    }
    for operation in [Operation::DeleteAccessEntry, Operation::DetachRolePolicy, Operation::DeleteRole] {
        bed.create(&profile("web", "web")).await;
        bed.settled("web").await;
        bed.eks().set_faults([Fault::new(Effect::AccessDenied).on([operation])]);
        bed.delete("web").await;
        let held = stalled(&bed, "web", "AccessDenied").await;
        let action = format!(":{} to the operator's IAM role", operation.as_str());
        assert!(message(&held, Stalled).contains(&action), "{}", message(&held, Stalled));
        assert!(managed(&bed).is_some());
        // Somebody with the right does the rest.
        bed.eks().set_role(&role_arn(&bed), RoleTrust::Missing);
        bed.gone("web").await;
        bed.eks().set_faults([]);
        bed.eks().change_cluster(CLUSTER, |cluster| cluster.access_entries.clear()).unwrap();
    }
}

#[tokio::test]
async fn an_object_whose_role_may_not_be_read_says_so() {
    let bed = mended(240.0).await;
    bed.eks().set_faults([Fault::new(Effect::AccessDenied).on([Operation::GetRole])]);
    bed.create(&profile("web", "web")).await;
    let held = stalled(&bed, "web", "AccessDenied").await;
    let text = "the operator may not iam:GetRole, which it needs for what it is to mend: allow it (docs/mending.md), or \
                switch that off";
    assert_eq!(message(&held, Stalled), text);
    assert!(bed.names().is_empty() && managed(&bed).is_none());
    bed.eks().set_faults([]);
    bed.settled("web").await;
    let web = object(&bed, "web").await;
    assert!(web.status.unwrap().profiles.len() == 1);
}

//! Access entries that got lost, or that are of an earlier role.

use bed::{Bed, CLUSTER};
use eks_simulator::{AccessEntry, Effect, Fault, Operation, RoleTrust};
use fargate_operator::api::ConditionType::{Ready, Stalled};

use super::{has_entry, mended, object, role_arn, told};
use crate::support::objects::stalled;
use crate::support::{BedExt, message, profile, reason, until};

/// Another process knows nothing of what was read before.
async fn restart(bed: &mut Bed) {
    bed.stop_operator();
    bed.start_operator().await.unwrap();
}

pub fn entry(bed: &Bed) -> Option<AccessEntry> {
    bed.eks().cluster_settings(CLUSTER).unwrap().access_entries.get(&role_arn(bed)).cloned()
}

pub fn change(bed: &Bed, change: impl FnOnce(&mut AccessEntry)) {
    let arn = role_arn(bed);
    bed.eks().change_cluster(CLUSTER, |cluster| change(cluster.access_entries.get_mut(&arn).unwrap())).unwrap();
}

#[tokio::test]
async fn an_entry_that_is_missing_or_older_than_its_role_is_made_anew_with_its_tags() {
    let mut bed = mended(240.0).await;
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    let (arn, eks) = (role_arn(&bed), bed.eks());
    let name = arn.rsplit('/').next().unwrap().to_owned();
    eks.change_cluster(CLUSTER, |cluster| cluster.access_entries.clear()).unwrap();
    restart(&mut bed).await;
    until("the entry is there again", || has_entry(&eks, &arn)).await;
    assert_eq!(entry(&bed).unwrap().kind, "FARGATE_LINUX");
    let web = object(&bed, "web").await;
    told(&bed, &web, &format!("created the access entry of role {name}, which had none")).await;
    bed.settled("web").await;

    change(&bed, |entry| {
        entry.created_at = 1_600_000_000.0;
        entry.tags.insert("team".to_owned(), "web".to_owned());
    });
    restart(&mut bed).await;
    until("it is a new one", || entry(&bed).is_some_and(|entry| entry.created_at > 1_700_000_000.0)).await;
    assert_eq!(entry(&bed).unwrap().tags["team"], "web");
    told(&bed, &web, &format!("created the access entry of role {name} anew: it was older than the role")).await;
    let settled = bed.settled("web").await;
    assert_eq!(settled.status.unwrap().findings, Vec::new());
}

#[tokio::test]
async fn a_stale_entry_is_renewed_before_the_first_profile_of_a_role() {
    let bed = mended(240.0).await;
    let arn = "arn:aws:iam::111122223333:role/own";
    bed.eks().set_role(arn, RoleTrust::Trusted);
    let stale = AccessEntry { kind: "FARGATE_LINUX".to_owned(), created_at: 1_600_000_000.0, ..AccessEntry::default() };
    bed.eks()
        .change_cluster(CLUSTER, |cluster| {
            cluster.access_entries.insert(arn.to_owned(), stale);
        })
        .unwrap();
    let mut web = profile("web", "web");
    web["spec"]["podExecutionRoleArn"] = arn.into();
    bed.create(&web).await;
    bed.settled("web").await;
    let log =
        bed.eks().calls(&[Operation::DeleteAccessEntry, Operation::CreateAccessEntry, Operation::CreateFargateProfile]);
    let calls: Vec<&str> = log.iter().map(|call| call.operation.as_str()).collect();
    assert_eq!(calls, ["DeleteAccessEntry", "CreateAccessEntry", "CreateFargateProfile"]);
}

#[tokio::test]
async fn an_entry_of_another_type_is_left_to_a_person() {
    let mut bed = mended(240.0).await;
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    change(&bed, |entry| "STANDARD".clone_into(&mut entry.kind));
    restart(&mut bed).await;
    let told = |object: &fargate_operator::api::FargateProfile| {
        let findings = object.status.as_ref().map(|status| status.findings.clone()).unwrap_or_default();
        findings.iter().any(|finding| finding.check == "AccessEntry" && finding.message.contains("is STANDARD"))
    };
    bed.wait("web", "told of the entry of another type", told).await;
    assert_eq!(entry(&bed).unwrap().kind, "STANDARD");
    assert!(bed.eks().calls(&[Operation::DeleteAccessEntry, Operation::CreateAccessEntry]).is_empty());
}

#[tokio::test]
async fn what_is_denied_is_named_while_the_profile_serves() {
    let mut bed = mended(240.0).await;
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    for operation in [Operation::DeleteAccessEntry, Operation::CreateAccessEntry] {
        change(&bed, |entry| entry.created_at = 1_600_000_000.0);
        bed.eks().set_faults([Fault::new(Effect::AccessDenied).on([operation])]);
        restart(&mut bed).await;
        let held = stalled(&bed, "web", "AccessDenied").await;
        let action = format!("allow eks:{} to the operator's IAM role", operation.as_str());
        assert!(message(&held, Stalled).contains(&action), "{}", message(&held, Stalled));
        assert_eq!(reason(&held, Ready).as_deref(), Some("Active"));
        bed.eks().set_faults([]);
        bed.settled("web").await;
        until("it is a new one", || entry(&bed).is_some_and(|entry| entry.created_at > 1_700_000_000.0)).await;
    }
}

//! How much the account may have: told by whoever needs more, held up only if EKS surely refuses it, and over once AWS has raised it.

use bed::{Bed, CLUSTER};
use eks_simulator::{Effect, Fault, Operation, RoleTrust};
use fargate_operator::api::FargateProfile;
use serde_json::json;

use super::{checking, crowd, findings, found, has};
use crate::messages::refusal::verdict;
use crate::support::objects::{serving, spec};
use crate::support::oracle::calls;
use crate::support::{BedExt, profile, until};

fn none_of_quota(object: &FargateProfile) -> bool {
    !findings(object).iter().any(|finding| finding.check.ends_with("Quota") || finding.check == "FargateVcpu")
}

fn quota_asked(bed: &Bed) -> usize {
    calls(bed, Operation::GetServiceQuota)
}

#[tokio::test]
async fn a_full_cluster_is_told_of_with_what_raises_its_quota_and_a_slot_ends_it() {
    let bed = checking().await;
    serving(&bed, &profile("before", "before")).await;
    crowd(&bed, 9);
    bed.create(&profile("web", "web")).await;
    let said = found(&bed, "web", "ProfileQuota", "Advisory").await;
    assert!(said.contains("10 of 10 EKS profiles") && said.contains("--desired-value 11"), "{said}");
    // Whoever has what it asks for hears nothing of it.
    assert!(none_of_quota(&bed.profiles().get("before").await.unwrap()));
    bed.eks().outsider().vanish_profile(CLUSTER, "theirs-0").unwrap();
    bed.settled("web").await;
    bed.wait("web", "told of no quota any more", none_of_quota).await;
    assert_eq!(bed.names().iter().filter(|name| name.starts_with("web")).count(), 1);
}

#[tokio::test]
async fn more_selectors_than_the_account_may_have_are_not_even_tried_until_aws_has_raised_the_quota() {
    let bed = checking().await;
    // The install's own limit, which has to be raised as well.
    let raised = json!({ "data": { "maxSelectors": "10" } }).to_string();
    let limits =
        ["patch", "configmap", "fargate-operator-quotas", "-n", "fargate-operator", "--type=merge", "-p", &raised];
    bed.kubectl().words(&limits).unwrap();
    let mut object = profile("web", "web");
    object["spec"]["selectors"] = (0..6).map(|n| json!({ "namespace": format!("web-{n}") })).collect();
    until("the limit is raised", || verdict(&bed.kubectl(), &["create"], &object) == "accepted").await;
    bed.create(&object).await;
    let said = found(&bed, "web", "SelectorQuota", "Blocking").await;
    assert!(said.contains("6 selectors (quota 5)") && said.contains("L-D78D8AF8"), "{said}");
    bed.looks(3).await;
    assert_eq!(calls(&bed, Operation::CreateFargateProfile), 0);
    bed.eks().change_cluster(CLUSTER, |cluster| cluster.quotas.selectors = 6).unwrap();
    let object = bed.settled("web").await;
    assert!(none_of_quota(&object), "{:?}", findings(&object));
}

#[tokio::test]
async fn pods_that_take_more_vcpus_than_the_account_may_have_are_told_of_and_hold_up_nothing() {
    let bed = checking().await;
    bed.eks().change_cluster(CLUSTER, |cluster| cluster.quotas.fargate_vcpu = 0).unwrap();
    serving(&bed, &profile("web", "web")).await;
    assert_eq!(quota_asked(&bed), 0, "nobody needs to know");
    bed.pod("web-1", "web-9999").await;
    let said = found(&bed, "web", "FargateVcpu", "Advisory").await;
    assert!(said.contains("1 vCPU, but the quota is 0"), "{said}");
    bed.patch("web", spec(json!({ "tags": { "team": "a" } }))).await;
    bed.settled("web").await;
    bed.eks().change_cluster(CLUSTER, |cluster| cluster.quotas.fargate_vcpu = 1).unwrap();
    bed.wait("web", "told of no quota any more", none_of_quota).await;
}

#[tokio::test]
async fn the_service_linked_role_is_missed_until_eks_has_made_it_with_the_first_profile() {
    let bed = checking().await;
    let role = bed.eks().identity().service_linked_role();
    bed.eks().set_role(&role, RoleTrust::Missing);
    // As long as the profile cannot be created.
    bed.eks().set_faults([Fault::new(Effect::Throttled).on([Operation::CreateFargateProfile])]);
    bed.create(&profile("web", "web")).await;
    let said = found(&bed, "web", "ServiceLinkedRole", "Advisory").await;
    assert!(said.contains("aws iam create-service-linked-role"), "{said}");
    bed.eks().set_faults([]);
    bed.settled("web").await;
    bed.wait("web", "told of no role any more", |object| !has(object, "ServiceLinkedRole", "Advisory")).await;
    assert!(bed.eks().role(&role).is_some());
}

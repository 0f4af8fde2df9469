//! What keeps a pod from Fargate, told of the pods that wait, and one event for all of it.

use bed::testing::TestNamespace;
use bed::{Bed, CLUSTER};
use eks_simulator::Network;
use fargate_operator::api::ConditionType::Stalled;
use k8s_openapi::api::core::v1::Pod;
use serde_json::json;

use super::{checking, found, has, with_checks};
use crate::support::drains::fargate;
use crate::support::{BedExt, events, profile, reason};

#[tokio::test]
async fn a_pod_that_waits_with_a_scheduler_of_its_own_is_told_until_it_is_gone() {
    let bed = Bed::start(with_checks(fargate(60.0))).await.unwrap();
    let ns = TestNamespace::new(&bed, "web").await;
    // It is older than the profile, so that nobody takes it.
    let mut pod = ns.plain("steered");
    pod["spec"]["schedulerName"] = json!("volcano");
    ns.create::<Pod>(pod).await;
    bed.create(&profile("web", "web")).await;
    let said = found(&bed, "web", "PodSteering", "Advisory").await;
    assert!(said.contains("web/steered has schedulerName volcano"), "{said}");
    ns.delete::<Pod>("steered").await;
    bed.wait("web", "mended", |object| !has(object, "PodSteering", "Advisory")).await;
}

#[tokio::test]
async fn a_new_object_that_is_held_has_one_event_of_it() {
    let bed = checking().await;
    bed.eks().change_network(CLUSTER, Network::delete_nat_gateways).unwrap();
    bed.create(&profile("web", "web")).await;
    bed.wait("web", "held up", |object| reason(object, Stalled).as_deref() == Some("PrerequisitesNotMet")).await;
    bed.looks(3).await;
    let object = bed.profiles().get("web").await.unwrap();
    let told = events(&bed, &object).await;
    let told: Vec<_> = told.iter().filter(|event| event.reason.as_deref() == Some("PrerequisitesNotMet")).collect();
    // One that came again would be a series.
    assert!(told.len() == 1 && told[0].series.is_none(), "{told:#?}");
}

//! No API lists the zones with Fargate: what EKS and Fargate's scheduler say of one is kept and told to the next object.

use bed::testing::TestNamespace;
use bed::{Bed, CLUSTER};
use data_plane::TroubleKind;
use fargate_operator::api::ConditionType::Stalled;
use serde_json::json;

use super::{checking, found, with_checks};
use crate::support::drains::fargate;
use crate::support::{BedExt, is, message, profile};

/// That of the first private subnet of a sound network.
const ZONE: &str = "eu-central-1a";

#[tokio::test]
async fn a_zone_in_which_eks_has_refused_a_profile_is_told_to_the_next_object_beforehand() {
    let bed = checking().await;
    let subnet = bed.eks().cluster_settings(CLUSTER).unwrap().private_subnets[0].clone();
    bed.eks()
        .change_network(CLUSTER, |network| {
            network.zones_without_fargate.insert(ZONE.to_owned());
        })
        .unwrap();
    let mut object = profile("first", "first");
    object["spec"]["subnets"] = json!([subnet]);
    bed.create(&object).await;
    let refused = bed.wait("first", "refused", |object| is(object, Stalled)).await;
    assert!(
        message(&refused, Stalled).contains("UnsupportedAvailabilityZoneException"),
        "{}",
        message(&refused, Stalled)
    );
    // It is suspended, so that nothing is tried for it.
    let mut object = profile("second", "second");
    (object["spec"]["subnets"], object["spec"]["suspend"]) = (json!([subnet]), json!(true));
    bed.create(&object).await;
    let said = found(&bed, "second", "ZoneRefused", "Advisory").await;
    assert!(said.contains(ZONE) && said.contains(&subnet), "{said}");
}

#[tokio::test]
async fn a_zone_in_which_fargate_has_refused_a_pod_is_told_of_the_profile() {
    let bed = Bed::start(with_checks(fargate(60.0))).await.unwrap();
    let ns = TestNamespace::new(&bed, "web").await;
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    let text = "Fargate is not supported in the requested availability zone: eu-central-1a";
    ns.fargate.trouble("web-9999", TroubleKind::Says(text), None);
    ns.pod("stuck", json!({})).await;
    ns.pending("stuck", text).await;
    // What is settled is looked at by its own time, and an edit is looked at at once.
    bed.patch("web", json!({ "spec": { "tags": { "team": "a" } } })).await;
    let said = found(&bed, "web", "ZoneRefused", "Advisory").await;
    assert!(said.contains(ZONE), "{said}");
}

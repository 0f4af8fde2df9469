//! One profile a zone, alike but for their subnets: all pods are on the first one, and it goes.

use bed::{Bed, CLUSTER};
use fargate_operator::api::ConditionType::Reconciling;
use serde_json::json;

use crate::support::oracle::{created, served_without_a_gap};
use crate::support::recorder::record;
use crate::support::served::{Served, brisk, gone, has_said, leave, only_profile_of};
use crate::support::steady::{steady, steady_but_for};
use crate::support::{BedExt, profile};

#[tokio::test]
async fn of_three_profiles_alike_the_next_takes_over_from_the_first_and_the_last_does_nothing() {
    let bed = Bed::start(brisk()).await.unwrap();
    let subnets = bed.eks().cluster_settings(CLUSTER).unwrap().private_subnets;
    for (name, subnet) in ["apps-a", "apps-b", "apps-c"].into_iter().zip(&subnets) {
        let mut object = profile(name, "apps");
        object["spec"]["subnets"] = json!([subnet]);
        bed.create(&object).await;
        bed.settled(name).await;
    }
    let served = Served::start(&bed, "apps", 3).await;
    assert_eq!(served.ns.created_on(&served.ns.fargate.record(), "apps-a-9999"), 3);
    let (second, third) = (record(&bed, "apps-b"), record(&bed, "apps-c"));

    let first = leave(&bed, "apps-a").await;
    gone(&bed, "apps-a").await;
    let second_now = only_profile_of(&bed, "apps-b").await;
    served.moved_to(&second_now).await;
    assert_eq!(second_now, "0-apps-b-9999");
    served_without_a_gap(&bed, "apps-b");
    assert_eq!(created(&bed, "apps-c"), ["apps-c-9999"]);
    has_said(&first, Reconciling, "HandingOver", &["apps-b"]);
    assert!(!first.while_true(Reconciling).iter().any(|text| text.contains("apps-c")));
    has_said(&second, Reconciling, "TakingOver", &["apps-a"]);
    steady_but_for(&first, &[], 1);
    steady_but_for(&second, &[], 1);
    steady(&third);
    // Moved where the second one's subnets are.
    let kept = bed.eks().profile(CLUSTER, "0-apps-b-9999").unwrap();
    assert_eq!(kept.subnets, [subnets[1].clone()]);
}

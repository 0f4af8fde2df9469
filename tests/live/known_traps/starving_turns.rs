//! Trap 10: an object that waits for a person, or for its pods, keeps the others of its cluster from their turns.

use bed::Bed;
use eks_simulator::Operation;
use fargate_operator::api::ConditionType::Stalled;
use kube::ResourceExt;
use serde_json::json;

use crate::support::objects::{delete_first, in_a_public_subnet, manual, selecting, serving, stalled};
use crate::support::oracle::{created, served_without_a_gap, story};
use crate::support::{BedExt, profile, quick, reason};

#[tokio::test]
async fn trap_10_whoever_is_held_or_waits_for_a_person_keeps_nobody_from_the_turn() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    let mut suspended = profile("suspended", "a");
    suspended["spec"]["suspend"] = json!(true);
    bed.create(&suspended).await;
    serving(&bed, &profile("held", "held")).await;
    serving(&bed, &profile("refused", "a")).await;
    serving(&bed, &manual(delete_first("asking", "a"))).await;
    bed.pod("runner", "held-9999").await;
    bed.patch("held", selecting("b")).await;
    bed.patch("asking", selecting("b")).await;
    bed.patch("refused", in_a_public_subnet(&bed)).await;
    stalled(&bed, "refused", "InvalidParameter").await;
    bed.wait("held", "held by a pod", |object| reason(object, Stalled).as_deref() == Some("PodsWithoutProfile")).await;

    let next = serving(&bed, &profile("next", "a")).await;
    bed.patch("next", selecting("b")).await;
    bed.settled("next").await;
    assert_eq!(created(&bed, &next.name_any()), ["next-9999", "next-9998"]);
    for object in ["held", "refused", "asking", "next"] {
        served_without_a_gap(&bed, object);
    }
    assert!(bed.names().contains(&"held-9999".to_owned()));
    assert_eq!(bed.eks().calls(&[Operation::DeleteFargateProfile]).len(), 1, "{}", story(&bed));
}

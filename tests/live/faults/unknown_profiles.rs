//! A profile of somebody else's that cannot be described, or is in a state that nobody knows, costs what depends on it and no
//! more.

use bed::Bed;
use eks_simulator::{Effect, Fault, Operation};
use fargate_operator::api::ConditionType::{Available, Ready, Stalled};
use fargate_operator::api::FargateProfile;

use crate::support::drains::{another_role, foreign};
use crate::support::served::{brisk, serving};
use crate::support::{BedExt, condition, is, message, profile, reason};

#[tokio::test]
async fn a_profile_that_may_not_be_described_keeps_back_only_whose_pods_it_may_take() {
    let bed = Bed::start(brisk()).await.unwrap();
    // One of them sorts before all that follows, the other one after it.
    foreign(&bed, "aaa", "theirs", &[]);
    foreign(&bed, "zzz", "theirs", &[]);
    let denied = |name: &str| Fault::new(Effect::AccessDenied).on([Operation::DescribeFargateProfile]).profile(name);
    let first = bed.eks().add_fault(denied("aaa"));
    bed.eks().add_fault(denied("zzz"));

    // A first profile, its pods and an edit of its tags go on as ever.
    let served = serving(&bed, "web", "web", 2).await;
    bed.patch("web", serde_json::json!({ "spec": { "tags": { "team": "a" } } })).await;
    bed.settled("web").await;
    assert_eq!(bed.eks().profile(bed::CLUSTER, "web-9999").unwrap().tags["team"], "a");

    // A change makes its new profile, and does not evict what might land on the other one.
    bed.patch("web", another_role()).await;
    let held = |object: &FargateProfile| {
        condition(object, fargate_operator::api::ConditionType::Reconciling)
            .is_some_and(|(_, _, said)| said.contains("EKS profile aaa may take it"))
    };
    let held = bed.wait("web", "held by the profile that nobody knows", held).await;
    assert!(is(&held, Ready) && is(&held, Available) && !is(&held, Stalled));
    bed.looks(3).await;
    served.untouched();

    // What sorts behind takes nothing, whatever it is.
    bed.eks().remove_fault(first);
    bed.settled("web").await;
    served.moved_to("web-9998").await;
}

#[tokio::test]
async fn a_profile_of_its_own_that_may_not_be_described_stalls_its_object_and_no_other() {
    let bed = Bed::start(brisk()).await.unwrap();
    for name in ["one", "two"] {
        bed.create(&profile(name, name)).await;
        bed.settled(name).await;
    }
    let denied = Fault::new(Effect::AccessDenied).on([Operation::DescribeFargateProfile]).profile("one-*");
    let fault = bed.eks().add_fault(denied);
    bed.patch("one", another_role()).await;
    bed.patch("two", another_role()).await;
    let stalled = |object: &FargateProfile| reason(object, Stalled).as_deref() == Some("AccessDenied");
    let stalled = bed.wait("one", "stalled", stalled).await;
    assert!(
        message(&stalled, Stalled).starts_with("EKS profile one-9999 cannot be described: "),
        "{}",
        message(&stalled, Stalled)
    );
    bed.settled("two").await;
    assert_eq!(bed.names(), ["one-9999", "two-9998"]);
    bed.eks().remove_fault(fault);
    bed.settled("one").await;
    assert_eq!(bed.names(), ["one-9998", "two-9998"]);
}

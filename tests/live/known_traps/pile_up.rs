//! Trap 7: edits under a profile that cannot go add one profile each.

use bed::{Bed, CLUSTER};
use eks_simulator::{Operation, Outcome, PlannedOutcome};

use crate::support::objects::{namespace, selecting, served, serving};
use crate::support::oracle::{calls, never_too_many, served_without_a_gap};
use crate::support::{BedExt, profile, quick, until};

#[tokio::test]
async fn trap_7_edits_under_pods_that_stay_never_add_a_fourth_profile() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    serving(&bed, &profile("web", "a")).await;
    bed.pod("first", "web-9999").await;
    bed.patch("web", selecting("b")).await;
    served(&bed, "web").await;
    bed.pod("second", "web-9998").await;
    bed.patch("web", selecting("c")).await;
    served(&bed, "web").await;
    for namespace in ["d", "e", "f"] {
        bed.patch("web", selecting(namespace)).await;
        bed.looks(3).await;
    }
    assert_eq!(bed.names(), ["web-9997", "web-9998", "web-9999"]);
    bed.remove_pod("first").await;
    served(&bed, "web").await;
    bed.remove_pod("second").await;
    bed.settled("web").await;
    assert_eq!((bed.names(), namespace(&bed, "web-9996")), (vec!["web-9996".to_owned()], "f".to_owned()));
    never_too_many(&bed, "web");
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn a_failed_delete_in_back_off_does_not_keep_the_next_profile_from_being_created() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    serving(&bed, &profile("web", "a")).await;
    let stuck =
        PlannedOutcome { profile: "web-9999".into(), outcome: Outcome::fail("InternalFailure", "stuck"), times: None };
    bed.eks().plan_deletion(CLUSTER, stuck).unwrap();
    bed.patch("web", selecting("b")).await;
    // Back-off has grown to several times of what a create takes.
    until("it has failed often", || calls(&bed, Operation::DeleteFargateProfile) >= 5).await;
    bed.patch("web", selecting("c")).await;
    served(&bed, "web").await;
    assert_eq!(namespace(&bed, "web-9997"), "c");
    assert!(bed.eks().profile(CLUSTER, "web-9999").is_some());
    bed.eks().forget_plans(CLUSTER).unwrap();
    bed.settled("web").await;
    assert_eq!(bed.names(), ["web-9997"]);
    served_without_a_gap(&bed, "web");
}

//! The cluster's quota of profiles is used up: a rename needs no slot more than both have, and where one is wanted the pods
//! are not the price.

use bed::{Bed, CLUSTER, Options};
use fargate_operator::api::ConditionType::{Reconciling, Stalled};

use super::merge::{apart, merged};
use crate::support::recorder::record;
use crate::support::served::{
    Served, apply_and_prune, brisk, gone, has_said, keeps_all, leave, only_profile_of, profiles_of, says, says_of,
    selecting, serving,
};
use crate::support::steady::steady_but_for;
use crate::support::{BedExt, profile};

/// A bed whose cluster has room for so many profiles.
async fn with_quota(profiles: usize) -> Bed {
    let options = brisk();
    let cluster = options.cluster.profile_quota(profiles);
    Bed::start(Options { cluster, ..options }).await.unwrap()
}

#[tokio::test]
async fn a_rename_in_a_full_cluster_needs_no_slot_more() {
    let bed = with_quota(2).await;
    let served = serving(&bed, "till", "till", 3).await;
    bed.create(&profile("till-v2", "till")).await;
    bed.settled("till-v2").await;
    let taker = record(&bed, "till-v2");
    let leaver = leave(&bed, "till").await;
    gone(&bed, "till").await;
    let first = only_profile_of(&bed, "till-v2").await;
    served.moved_to(&first).await;
    assert_eq!(first, "0-till-v2-9999");

    // And back again: the old name no longer sorts before what took over from it.
    let served = Served::again(served.ns, 3).await;
    bed.create(&profile("till", "till")).await;
    bed.settled("till").await;
    bed.delete("till-v2").await;
    gone(&bed, "till-v2").await;
    let second = only_profile_of(&bed, "till").await;
    served.moved_to(&second).await;
    has_said(&leaver, Reconciling, "HandingOver", &["till-v2"]);
    has_said(&taker, Reconciling, "TakingOver", &["till"]);
    steady_but_for(&taker, &[], 1);
    steady_but_for(&leaver, &[], 1);
}

#[tokio::test]
async fn a_merge_that_gets_no_slot_waits_for_one_and_loses_no_pod() {
    let bed = with_quota(3).await;
    let names = ["a", "b", "c"];
    let served = apart(&bed, "merged", &names).await;
    let recorders = ["a", "b", "c", "merged"].map(|name| record(&bed, name));
    apply_and_prune(&bed, "merged", &[selecting("merged", &names)]).await;
    says(&bed, "merged", Stalled, "NoFreeSlot", &[]).await;
    for name in names {
        says_of(&bed, name, &["merged", &format!("{name}-9999")]).await;
    }
    bed.looks(5).await;
    for (name, served) in names.iter().zip(&served) {
        served.untouched();
        keeps_all(&bed, name);
    }
    assert!(profiles_of(&bed, "merged").is_empty());

    bed.eks().change_cluster(CLUSTER, |cluster| cluster.quotas.profiles = 4).unwrap();
    merged(&bed, &names, "merged", &served).await;
    for recorder in &recorders {
        // Three hand-overs, and the slot.
        steady_but_for(recorder, &["NoFreeSlot", "HandoverHeld"], 4);
    }
}

//! Trap 9: another object takes the slot, or the turn, of one whose gap is open. EKS shows nothing of a gap.

use std::time::Duration;

use bed::{Bed, CLUSTER};
use eks_simulator::log::Entry;
use eks_simulator::{Outcome, PlannedOutcome, ProfileSpec, ProfileStatus};
use fargate_operator::api::ConditionType::Available;
use fargate_operator::api::FargateProfile;
use serde_json::json;

use crate::support::objects::{delete_first, eks_has, selecting, serving, stalled, status};
use crate::support::oracle::{created, gaps, story};
use crate::support::recorder::record;
use crate::support::{BedExt, is, profile, quick, until};

/// Longer than any test waits, unless it skips over it.
const LONG: Duration = Duration::from_secs(100_000);

const WAITING: [&str; 4] = ["aa", "bb", "cc", "dd"];

/// The names of the profiles in the order in which EKS began to create them.
fn order(bed: &Bed) -> Vec<String> {
    let log = bed.eks().log();
    let begun = log.iter().filter_map(Entry::change).filter(|change| change.from.is_none());
    begun.map(|change| change.profile.clone()).collect()
}

/// Opens the gap of `zz` while four others wait for the turn, all of them before it in every order but that of the gap.
/// EKS is still deleting then.
async fn four_who_wait_for_the_end_of_a_delete(bed: &Bed) {
    serving(bed, &delete_first("zz", "a")).await;
    bed.eks().next_deletion(CLUSTER, "zz", Outcome::Takes(LONG)).unwrap();
    bed.patch("zz", selecting("b")).await;
    eks_has(bed, "zz", ProfileStatus::Deleting).await;
    for name in WAITING {
        bed.create(&profile(name, name)).await;
        let waits = |object: &FargateProfile| status(object).queue.is_some();
        bed.wait(name, "in the queue", |object| object.status.is_some() && waits(object)).await;
    }
}

#[tokio::test]
async fn trap_9_nobody_takes_the_slot_of_a_gap() {
    let mut options = quick(120.0);
    options.cluster = options.cluster.profile_quota(2);
    let bed = Bed::start(options).await.unwrap();
    bed.eks().outsider().place_profile(CLUSTER, ProfileSpec::named("theirs"), ProfileStatus::Active).unwrap();
    four_who_wait_for_the_end_of_a_delete(&bed).await;
    bed.eks().advance(LONG);
    bed.settled("zz").await;
    stalled(&bed, "aa", "NoFreeSlot").await;
    assert_eq!(order(&bed), ["theirs", "zz", "zz"], "{}", story(&bed));
    assert_eq!(gaps(&bed, "zz").len(), 1, "{}", story(&bed));
    bed.eks().outsider().vanish_profile(CLUSTER, "theirs").unwrap();
    until("somebody has the slot that is free now", || bed.names().len() == 2).await;
}

#[tokio::test]
async fn a_gap_is_closed_before_another_object_creates_which_says_what_it_waits_for() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    let waiting = record(&bed, "aa");
    four_who_wait_for_the_end_of_a_delete(&bed).await;
    bed.eks().advance(LONG);
    for name in WAITING {
        bed.settled(name).await;
    }
    assert_eq!(order(&bed)[..2], ["zz", "zz"], "{}", story(&bed));
    let said = waiting.blocked_by();
    assert!(said.contains(&"EKS profile zz is DELETING".to_owned()), "{said:?}");
}

#[tokio::test]
async fn a_new_operator_knows_of_the_gap_before_it_gives_anybody_a_turn() {
    let mut bed = Bed::start(quick(120.0)).await.unwrap();
    four_who_wait_for_the_end_of_a_delete(&bed).await;
    bed.kill_operator().unwrap();
    bed.eks().advance(LONG);
    bed.start_operator().await.unwrap();
    for name in WAITING {
        bed.settled(name).await;
    }
    assert_eq!(order(&bed)[..2], ["zz", "zz"], "{}", story(&bed));
}

#[tokio::test]
async fn a_gap_that_cannot_be_closed_now_lets_others_pass() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    serving(&bed, &delete_first("gap", "a")).await;
    let never =
        PlannedOutcome { profile: "gap".into(), outcome: Outcome::fail("AccessDenied", "no way in"), times: None };
    bed.eks().plan_creation(CLUSTER, never).unwrap();
    bed.patch("gap", selecting("b")).await;
    until("both have failed", || created(&bed, "gap").len() >= 4).await;
    serving(&bed, &profile("next", "next")).await;
    bed.eks().forget_plans(CLUSTER).unwrap();
    stalled(&bed, "gap", "ReplacementFailed").await;
    assert_eq!(gaps(&bed, "gap").len(), 1, "{}", story(&bed));
}

#[tokio::test]
async fn an_object_that_is_forced_away_in_its_gap_holds_up_nobody() {
    let mut bed = Bed::start(quick(120.0)).await.unwrap();
    serving(&bed, &delete_first("gap", "a")).await;
    bed.patch("gap", selecting("b")).await;
    bed.wait("gap", "in its gap", |object| !is(object, Available)).await;
    // A person takes the finalizer off, and the operator learns of it only when the object is gone.
    bed.operator().unwrap().process().signal("STOP").unwrap();
    bed.delete("gap").await;
    bed.patch("gap", json!({ "metadata": { "finalizers": null } })).await;
    bed.gone("gap").await;
    bed.operator().unwrap().process().signal("CONT").unwrap();
    serving(&bed, &profile("next", "next")).await;
}

//! Three profiles of one namespace each are folded into one of three, in one commit.

use bed::Bed;
use futures::FutureExt;
use futures::future::join_all;

use crate::support::BedExt;
use crate::support::drains::fargate;
use crate::support::oracle::served_without_a_gap;
use crate::support::recorder::record;
use crate::support::run::run_in_turn;
use crate::support::served::{Served, apply_and_prune, gone, only_profile_of, selecting};
use crate::support::steady::steady_but_for;

/// Objects of these names, each for the namespace of its name, and their workloads.
pub async fn apart<'a>(bed: &'a Bed, folder: &str, names: &[&str; 3]) -> Vec<Served<'a>> {
    let objects = names.map(|name| selecting(name, &[name]));
    apply_and_prune(bed, folder, &objects).await;
    join_all(names.iter().map(|name| async {
        bed.settled(name).await;
        Served::start(bed, name, 2).await
    }))
    .await
}

/// All have gone, and their pods to `to`.
pub async fn merged(bed: &Bed, names: &[&str; 3], to: &str, served: &[Served<'_>]) {
    for name in names {
        gone(bed, name).await;
    }
    let profile = only_profile_of(bed, to).await;
    for served in served {
        served.moved_to(&profile).await;
    }
}

async fn folded(bed: &Bed, names: [&str; 3], to: &str) {
    let served = apart(bed, to, &names).await;
    let (leavers, taker) = (names.map(|name| record(bed, name)), record(bed, to));
    apply_and_prune(bed, to, &[selecting(to, &names)]).await;
    merged(bed, &names, to, &served).await;
    served_without_a_gap(bed, to);
    for recorder in leavers.iter().chain([&taker]) {
        // There are three hand-overs, each of which may make any of them wait.
        steady_but_for(recorder, &[], 3);
    }
}

#[tokio::test]
async fn three_profiles_that_are_merged_into_one_lose_no_pod_however_its_name_sorts() {
    let bed = Bed::start(fargate(60.0)).await.unwrap();
    run_in_turn(vec![
        ("before all", folded(&bed, ["a-one", "b-one", "c-one"], "0merged").boxed_local()),
        ("among them", folded(&bed, ["a-two", "m-two", "z-two"], "merged").boxed_local()),
        ("after all", folded(&bed, ["a-three", "b-three", "c-three"], "zz").boxed_local()),
    ])
    .await;
}

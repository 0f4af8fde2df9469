//! One profile of two namespaces becomes two of one each, in one commit: one sorts before it, the other after it.

use bed::Bed;
use futures::FutureExt;
use serde_json::Value;

use crate::support::BedExt;
use crate::support::oracle::served_without_a_gap;
use crate::support::recorder::record;
use crate::support::run::run;
use crate::support::served::{Served, apply_and_prune, brisk, gone, only_profile_of, selecting};
use crate::support::steady::steady_but_for;

/// The object for both namespaces, with their workloads, makes way for the others as `change` has it.
async fn split<'a>(
    bed: &'a Bed,
    [whole, left, right]: [&str; 3],
    namespaces: [&str; 2],
    change: impl AsyncFnOnce(&'a Bed, [Value; 2]),
) {
    apply_and_prune(bed, whole, &[selecting(whole, &namespaces)]).await;
    bed.settled(whole).await;
    let served = [Served::start(bed, namespaces[0], 2).await, Served::start(bed, namespaces[1], 2).await];
    let recorders = [whole, left, right].map(|name| record(bed, name));
    change(bed, [selecting(left, &namespaces[..1]), selecting(right, &namespaces[1..])]).await;
    gone(bed, whole).await;
    for (name, served) in [left, right].into_iter().zip(&served) {
        served.moved_to(&only_profile_of(bed, name).await).await;
        served_without_a_gap(bed, name);
    }
    for recorder in &recorders {
        steady_but_for(recorder, &[], 2);
    }
}

#[tokio::test]
async fn a_profile_that_is_split_in_two_leaves_each_pod_to_the_half_that_takes_it() {
    let bed = Bed::start(brisk()).await.unwrap();
    let in_one_commit = async |bed: &Bed, halves: [Value; 2]| apply_and_prune(bed, "middle", &halves).await;
    let deleted_first = async |bed: &Bed, halves: [Value; 2]| {
        bed.delete("main").await;
        for half in &halves {
            bed.create(half).await;
        }
    };
    run(vec![
        ("one commit", split(&bed, ["middle", "left", "right"], ["one", "two"], in_one_commit).boxed_local()),
        ("deleted first", split(&bed, ["main", "eins", "zwei"], ["three", "four"], deleted_first).boxed_local()),
    ])
    .await;
}

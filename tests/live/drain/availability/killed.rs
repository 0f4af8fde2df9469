//! The operator dies again and again while it moves pods.

use bed::Bed;
use bed::testing::in_time;
use data_plane::What;
use serde_json::json;

use super::workload::{self, BUDGETED, FREE, NAMESPACE, STATEFUL};
use super::{fewest_ready, lives, nothing_was_moved_twice, pods_by_profile, quick, told, whole};
use crate::support::oracle::served_without_a_gap;
use crate::support::recorder::record;
use crate::support::steady::steady_but_for;
use crate::support::{BedExt, profile, until_async};

/// Each time so many pods have been evicted.
const KILLED_AT: [usize; 4] = [1, 3, 6, 9];

#[tokio::test]
async fn an_operator_killed_again_and_again_while_it_moves_pods_moves_each_once_and_within_its_budget() {
    let mut bed = Bed::start(quick(30.0)).await.unwrap();
    workload::namespace(&bed).await;
    bed.create(&profile("shop", NAMESPACE)).await;
    bed.settled("shop").await;
    workload::movable(&bed).await;
    let fargate = bed.fargate().unwrap();
    fargate.change(|switches| switches.jobs_run_for = Some(std::time::Duration::from_secs(60)));
    let lookout = whole(&bed, &[BUDGETED, FREE]).await;

    let recorder = record(&bed, "shop");
    let began = lookout.now();
    bed.patch("shop", json!({ "spec": { "selectors": [{ "namespace": NAMESPACE }, { "namespace": "more" }] } })).await;
    // Just when a pod has been evicted: the probe, and then one of the others each time.
    for evicted in KILLED_AT {
        let enough = fargate.wait_for(|record| {
            record.of("shop-9999", What::DeletionAsked).filter(|entry| entry.at > began).count() >= evicted
        });
        in_time(&format!("{evicted} pods are asked to go"), enough).await;
        bed.kill_operator().unwrap();
        bed.start_operator().await.unwrap();
    }
    bed.settled("shop").await;
    assert_eq!(bed.names(), ["shop-9998"]);
    until_async("all pods are on the new profile", async || {
        let pods = pods_by_profile(&bed).await;
        pods.len() == 1 && pods.get("shop-9998").is_some_and(|new| new.len() == 12)
    })
    .await;
    let lives = lives(&bed).await;
    let fewest = [BUDGETED, FREE, STATEFUL].map(|workload| fewest_ready(&lives, workload, began));
    assert_eq!(fewest, [5, 2, 2], "{}", told(&lives, began));
    nothing_was_moved_twice(&lives, began, "shop-9998");
    lookout.kept(BUDGETED, began);
    assert_eq!(lookout.fewest(BUDGETED, began), 5, "{:?}", lookout.deployment(BUDGETED, began));
    assert_eq!(lookout.fewest(FREE, began), 2, "{:?}", lookout.deployment(FREE, began));
    served_without_a_gap(&bed, "shop");
    steady_but_for(&recorder, &[], KILLED_AT.len());
    let object = bed.profiles().get("shop").await.unwrap();
    assert!(bed.warnings(&object).await.is_empty(), "{:?}", bed.warnings(&object).await);
}

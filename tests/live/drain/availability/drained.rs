//! A replacement that ends by itself.

use bed::{Bed, CLUSTER};
use data_plane::{Entry, What};
use eks_simulator::ProfileStatus;
use k8s_openapi::api::events::v1::Event;
use kube::api::{Api, ListParams};
use serde_json::json;

use super::workload::{self, BUDGETED, FREE, JOB, NAMESPACE, STATEFUL};
use super::{fewest_ready, last_left, lives, nothing_was_moved_twice, pods_by_profile, quick, whole};
use crate::support::oracle::{reached, served_without_a_gap};
use crate::support::recorder::record;
use crate::support::steady::steady;
use crate::support::{BedExt, profile, until_async};

#[tokio::test]
async fn a_replacement_moves_every_pod_within_its_budget_and_ends_with_the_old_profile_gone() {
    let bed = Bed::start(quick(30.0)).await.unwrap();
    workload::namespace(&bed).await;
    bed.create(&profile("shop", NAMESPACE)).await;
    bed.settled("shop").await;
    workload::movable(&bed).await;
    let lookout = whole(&bed, &[BUDGETED, FREE]).await;
    until_async("all 13 pods run", async || {
        let record = bed.fargate().unwrap().record();
        record.of("shop-9999", What::Ready).count() == 13
    })
    .await;
    let recorder = record(&bed, "shop");

    let began = lookout.now();
    bed.patch("shop", json!({ "spec": { "selectors": [{ "namespace": NAMESPACE }, { "namespace": "more" }] } })).await;
    until_async("only the Job's pod is left on the old profile", async || {
        let pods = pods_by_profile(&bed).await;
        pods.get("shop-9999").is_some_and(|old| old.len() == 1 && old[0].starts_with(JOB))
            && pods.get("shop-9998").is_some_and(|new| new.len() == 12)
    })
    .await;
    assert_eq!(bed.eks().profile(CLUSTER, "shop-9999").unwrap().status, ProfileStatus::Active);
    // Its work is done.
    bed.fargate().unwrap().change(|switches| switches.jobs_run_for = Some(std::time::Duration::ZERO));
    bed.settled("shop").await;
    assert_eq!(bed.names(), ["shop-9998"]);
    served_without_a_gap(&bed, "shop");

    lookout.kept(BUDGETED, began);
    assert_eq!(lookout.fewest(BUDGETED, began), 5, "{:?}", lookout.deployment(BUDGETED, began));
    assert_eq!(lookout.fewest(FREE, began), 2, "{:?}", lookout.deployment(FREE, began));

    let lives = lives(&bed).await;
    let fewest = [BUDGETED, FREE, STATEFUL].map(|workload| fewest_ready(&lives, workload, began));
    assert_eq!(fewest, [5, 2, 2]);
    nothing_was_moved_twice(&lives, began, "shop-9998");
    // The Job's pod has ended by itself; that it goes with the profile does it no harm.
    let of_job = lives.iter().filter(|entry| entry.pod.starts_with(JOB)).map(|entry| entry.what);
    let end: Vec<What> = of_job.filter(|what| matches!(what, What::Finished | What::DeletionAsked)).collect();
    assert_eq!(end.first(), Some(&What::Finished));
    let deleted = reached(&bed, "shop-9999", ProfileStatus::Deleting).unwrap();
    let left = last_left(&lives, "shop-9999").as_secs_f64();
    assert!(left <= deleted, "the last pod left at {left}, the profile was deleted at {deleted}");

    // Each pod that was moved has its event, and no other.
    let evicted: Vec<&str> = lives
        .iter()
        .filter(|entry| entry.what == What::DeletionAsked && entry.at > began && !entry.pod.starts_with(JOB))
        .map(|entry| &*entry.uid)
        .collect();
    assert_eq!(evicted.len(), 12);
    let mut told = Vec::new();
    until_async("each pod that was moved has an event", async || {
        told = evictions(&bed, &lives).await;
        told.len() >= evicted.len()
    })
    .await;
    told.sort_unstable();
    told.dedup();
    let mut evicted: Vec<String> = evicted.into_iter().map(str::to_owned).collect();
    evicted.sort_unstable();
    assert_eq!(told, evicted);

    let moving: Vec<_> = recorder.replacements().into_iter().filter_map(|shown| shown.pods).collect();
    assert!(moving.iter().all(|pods| pods.losing_fargate == 0 && pods.pinned == 0), "{moving:?}");
    assert_eq!(moving.iter().map(|pods| pods.to_move).max(), Some(13), "{moving:?}");
    assert!(moving.is_sorted_by_key(|pods| pods.moved), "{moving:?}");
    assert_eq!(moving.last().map(|pods| pods.moved), Some(13), "all have left when the profile goes: {moving:?}");
    let counted: Vec<_> =
        recorder.states().into_iter().filter_map(|state| state.status.map(|status| status.pods)).collect();
    // Also while the next profile is on its way; and whoever is ending is not counted beside the pod in its place.
    let sound = counted.iter().all(|pods| pods.as_ref().is_some_and(|pods| pods.matching <= 13));
    assert!(sound, "{counted:?}");
    let shown = bed
        .wait("shop", "told to have all its pods", |object| {
            let pods = object.status.as_ref().and_then(|status| status.pods.as_ref());
            pods.is_some_and(|pods| pods.summary == "12/12")
        })
        .await;
    assert_eq!(shown.status.unwrap().replacement, None);
    steady(&recorder);
}

/// The uids of pods that were told to have been evicted, of those that have lived here: a control plane is used again with
/// its events.
async fn evictions(bed: &Bed, lives: &[Entry]) -> Vec<String> {
    let events: Api<Event> = Api::namespaced(bed.client(), NAMESPACE);
    let all = events.list(&ListParams::default()).await.unwrap();
    let about = |event: Event| (event.reason.as_deref() == Some("Evicted")).then(|| event.regarding?.uid).flatten();
    all.into_iter().filter_map(about).filter(|uid| lives.iter().any(|entry| entry.uid == *uid)).collect()
}

//! Somebody else's profile would take the pods, but sorts after the one that goes: nobody here can put it in front.

use std::time::Duration;

use bed::{Bed, CLUSTER};
use eks_simulator::ProfileStatus;
use fargate_operator::api::ConditionType::Stalled;
use futures::FutureExt;
use serde_json::json;

use crate::support::BedExt;
use crate::support::drains::foreign;
use crate::support::oracle::reached;
use crate::support::run::run;
use crate::support::served::{Served, approve, brisk, gone, keeps_all, leave, says, selecting, serving};
use crate::support::steady::steady_but_for;

const MINUTE: Duration = Duration::from_secs(60);

async fn approved(bed: &Bed) {
    let served = serving(bed, "asked", "asked", 2).await;
    foreign(bed, "z-asked", "asked", &[]);
    let recorder = leave(bed, "asked").await;
    let held = says(bed, "asked", Stalled, "PodsWithoutProfile", &["asked-9999", "z-asked", "asked/web-"]).await;
    bed.looks(5).await;
    served.untouched();
    keeps_all(bed, "asked");

    approve(bed, &held).await;
    gone(bed, "asked").await;
    served.ns.complete("web").await;
    assert_eq!(served.ns.created_on(&served.ns.fargate.record(), "z-asked"), 2);
    steady_but_for(&recorder, &["PodsWithoutProfile"], 0);
}

/// The pods are ended when their time is over, and not before.
async fn timed_out(bed: &Bed) {
    let mut object = selecting("timed", &["timed"]);
    object["spec"]["replacement"] = json!({ "drain": { "timeout": "5m", "onTimeout": "Proceed" } });
    bed.create(&object).await;
    bed.settled("timed").await;
    let served = Served::start(bed, "timed", 2).await;
    foreign(bed, "z-timed", "timed", &[]);
    let began = bed.eks().now();
    let recorder = leave(bed, "timed").await;
    gone(bed, "timed").await;
    let ended = Duration::from_secs_f64(reached(bed, "timed-9999", ProfileStatus::Deleting).unwrap());
    // Status keeps whole seconds, of which each is half a minute here.
    assert!(ended >= began + 4 * MINUTE, "after {:?} already", ended.saturating_sub(began));
    served.ns.complete("web").await;
    assert_eq!(served.ns.created_on(&served.ns.fargate.record(), "z-timed"), 2);
    // The end of their time is a cause.
    steady_but_for(&recorder, &["PodsWithoutProfile"], 1);
}

#[tokio::test]
async fn pods_that_a_foreign_profile_takes_only_afterwards_hold_theirs_until_a_person_or_the_time_decides() {
    let bed = Bed::start(brisk()).await.unwrap();
    run(vec![("approved", approved(&bed).boxed_local()), ("timed out", timed_out(&bed).boxed_local())]).await;
    let left: Vec<_> = bed.eks().profiles(CLUSTER).into_iter().map(|profile| profile.name).collect();
    assert_eq!(left, ["z-asked", "z-timed"]);
}

//! The operator is killed or stopped in the middle, and another one takes over.

use std::time::{Duration, Instant};

use bed::{Bed, CLUSTER};
use eks_simulator::{Effect, Fault, Operation, ProfileStatus};
use serde_json::json;

use crate::support::oracle::{a_late_call_has_landed, calls, created, served_without_a_gap, story};
use crate::support::{BedExt, profile, quick, quiet, until};

/// Shorter than the quiet time, longer than a restart.
const LATE: Duration = Duration::from_secs(240);

fn late(operation: Operation) -> Fault {
    Fault::new(Effect::Late { by: LATE, silent: true }).on([operation]).nth(1)
}

#[tokio::test]
async fn an_operator_killed_while_a_profile_is_creating_resumes_with_that_profile() {
    let mut bed = Bed::start(quick(60.0)).await.unwrap();
    bed.create(&profile("web", "web")).await;
    until("the profile is CREATING", || !bed.names().is_empty()).await;
    bed.kill_operator().unwrap();
    bed.start_operator().await.unwrap();
    let object = bed.settled("web").await;
    assert_eq!(created(&bed, "web"), ["web-9999"]);
    assert!(bed.warnings(&object).await.is_empty(), "{:?}", bed.warnings(&object).await);
}

#[tokio::test]
async fn an_operator_killed_with_a_create_on_the_wire_creates_nothing_twice() {
    let mut bed = Bed::start(quiet(60.0)).await.unwrap();
    bed.eks().add_fault(late(Operation::CreateFargateProfile));
    bed.create(&profile("web", "web")).await;
    until("the create is on the wire", || calls(&bed, Operation::CreateFargateProfile) == 1).await;
    bed.kill_operator().unwrap();
    bed.start_operator().await.unwrap();
    bed.settled("web").await;
    assert_eq!(calls(&bed, Operation::CreateFargateProfile), 1, "{}", story(&bed));
    assert_eq!(created(&bed, "web"), ["web-9999"]);
}

#[tokio::test]
async fn an_object_deleted_while_the_killed_operators_create_is_on_the_wire_leaves_no_orphan() {
    let mut bed = Bed::start(quiet(60.0)).await.unwrap();
    bed.eks().add_fault(late(Operation::CreateFargateProfile));
    bed.create(&profile("web", "web")).await;
    until("the create is on the wire", || calls(&bed, Operation::CreateFargateProfile) == 1).await;
    bed.kill_operator().unwrap();
    bed.delete("web").await;
    bed.start_operator().await.unwrap();
    bed.gone("web").await;
    until("the late create has landed", || a_late_call_has_landed(&bed)).await;
    assert!(bed.names().is_empty(), "an orphan:\n{}", story(&bed));
}

#[tokio::test]
async fn an_operator_killed_with_a_delete_on_the_wire_ends_the_replacement() {
    let mut bed = Bed::start(quiet(60.0)).await.unwrap();
    bed.create(&profile("web", "a")).await;
    bed.settled("web").await;
    bed.eks().add_fault(late(Operation::DeleteFargateProfile));
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "b" }] } })).await;
    until("the delete is on the wire", || calls(&bed, Operation::DeleteFargateProfile) == 1).await;
    bed.kill_operator().unwrap();
    bed.start_operator().await.unwrap();
    let object = bed.settled("web").await;
    assert_eq!(bed.names(), ["web-9998"]);
    assert_eq!(calls(&bed, Operation::DeleteFargateProfile), 1, "{}", story(&bed));
    served_without_a_gap(&bed, "web");
    assert!(bed.warnings(&object).await.is_empty(), "{:?}", bed.warnings(&object).await);
}

#[tokio::test]
async fn a_delete_that_ends_while_no_operator_runs_is_not_taken_for_somebody_elses() {
    let mut bed = Bed::start(quick(60.0)).await.unwrap();
    bed.create(&profile("web", "a")).await;
    bed.settled("web").await;
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "b" }] } })).await;
    until("the old profile is DELETING", || {
        bed.eks().profile(CLUSTER, "web-9999").is_some_and(|old| old.status == ProfileStatus::Deleting)
    })
    .await;
    bed.kill_operator().unwrap();
    until("it is gone", || bed.names() == ["web-9998"]).await;
    bed.start_operator().await.unwrap();
    let object = bed.settled("web").await;
    assert_eq!(object.status.unwrap().profiles.len(), 1);
    let object = bed.profiles().get("web").await.unwrap();
    assert!(bed.warnings(&object).await.is_empty(), "{:?}", bed.warnings(&object).await);
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn sigterm_ends_the_pass_under_way_and_then_the_operator_in_time() {
    let mut options = quiet(60.0);
    // A pass may take six times as long as a call.
    options.environment.push(("FARGATE_OPERATOR_OPERATION_TIMEOUT".to_owned(), "9m".to_owned()));
    let mut bed = Bed::start(options).await.unwrap();
    bed.eks().add_fault(Fault::new(Effect::Slow { by: Duration::from_secs(60) }).on([Operation::CreateFargateProfile]));
    bed.create(&profile("web", "web")).await;
    until("the create is under way", || !bed.names().is_empty()).await;
    let began = Instant::now();
    let process = bed.operator().unwrap().process();
    process.signal("TERM").unwrap();
    until("the operator has ended", || process.ended().unwrap().is_some()).await;
    assert_eq!(process.ended().unwrap(), Some(0), "{}", bed.operator_log());
    // It waits for the pass, and no longer: not the 54 s that one may take here.
    assert!(began.elapsed() < Duration::from_secs(30), "it took {:?}", began.elapsed());

    bed.start_operator().await.unwrap();
    bed.settled("web").await;
    assert_eq!(created(&bed, "web"), ["web-9999"]);
}

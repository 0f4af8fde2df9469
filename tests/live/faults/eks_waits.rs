//! Somebody else's turn, or a service that has a bad day: waiting is no error.

use std::time::Duration;

use bed::{Bed, CLUSTER};
use eks_simulator::{Effect, Fault, Operation, Outcome, PlannedOutcome, ProfileSpec, ProfileStatus, Visibility};
use fargate_operator::api::ConditionType::{Available, Ready, Reconciling, Stalled};
use serde_json::json;

use crate::support::oracle::{calls, created, reached, served_without_a_gap, story};
use crate::support::recorder::{Recorder, record};
use crate::support::{BedExt, is, message, profile, quick, until};

const TWELVE_MINUTES: Duration = Duration::from_secs(720);

/// It settled without alarm, and status told what was waited for.
async fn waited_quietly(bed: &Bed, recorder: &Recorder, blocked_by: &str) {
    let object = bed.settled("web").await;
    assert_eq!(bed.names(), ["web-9998"]);
    served_without_a_gap(bed, "web");
    assert!(recorder.while_true(Stalled).is_empty(), "{:?}", recorder.while_true(Stalled));
    assert!(bed.warnings(&object).await.is_empty(), "{:?}", bed.warnings(&object).await);
    assert!(recorder.states().iter().all(|state| is(state, Available)));
    assert!(recorder.blocked_by().iter().any(|by| by.contains(blocked_by)), "{:?}", recorder.blocked_by());
    let told = recorder.while_true(Reconciling);
    let expected = |text: &String| text.starts_with("WaitingForTurn: ") && text.contains(blocked_by);
    assert!(told.iter().any(expected), "{told:?}");
    assert_eq!(object.status.unwrap().queue, None);
}

async fn an_update_before_the_create_is_waited_for(visibility: Visibility) {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    let recorder = record(&bed, "web");
    bed.eks().begin_update(CLUSTER, TWELVE_MINUTES, visibility).unwrap();
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "jobs" }] } })).await;

    waited_quietly(&bed, &recorder, "currently has an update in progress").await;
    let refused = calls(&bed, Operation::CreateFargateProfile) - created(&bed, "web").len();
    assert!((2..=150).contains(&refused), "{refused} creates were refused in twelve minutes");
    assert!(
        recorder.states().iter().any(|state| !is(state, Ready) && message(state, Reconciling).contains("in progress"))
    );
}

async fn an_update_before_the_delete_is_waited_for(visibility: Visibility) {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    let recorder = record(&bed, "web");
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "jobs" }] } })).await;
    until("the next profile is CREATING", || bed.eks().profile(CLUSTER, "web-9998").is_some()).await;
    bed.eks().begin_update(CLUSTER, TWELVE_MINUTES, visibility).unwrap();

    waited_quietly(&bed, &recorder, "currently has an update in progress").await;
    let refused = calls(&bed, Operation::DeleteFargateProfile) - 1;
    assert!((2..=150).contains(&refused), "{refused} deletes were refused in twelve minutes");
    // The new profile serves while the old one cannot be deleted.
    assert!(
        recorder.states().iter().any(|state| is(state, Ready) && message(state, Reconciling).contains("in progress"))
    );
}

#[tokio::test]
async fn a_visible_cluster_update_that_blocks_a_create_for_twelve_minutes_is_waited_for() {
    an_update_before_the_create_is_waited_for(Visibility::Visible).await;
}

#[tokio::test]
async fn a_hidden_cluster_update_that_blocks_a_create_for_twelve_minutes_is_waited_for() {
    an_update_before_the_create_is_waited_for(Visibility::Hidden).await;
}

#[tokio::test]
async fn a_visible_cluster_update_that_blocks_a_delete_for_twelve_minutes_is_waited_for() {
    an_update_before_the_delete_is_waited_for(Visibility::Visible).await;
}

#[tokio::test]
async fn a_hidden_cluster_update_that_blocks_a_delete_for_twelve_minutes_is_waited_for() {
    an_update_before_the_delete_is_waited_for(Visibility::Hidden).await;
}

#[tokio::test]
async fn an_outsiders_profile_that_is_creating_is_waited_for() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    let recorder = record(&bed, "web");
    let slowly = PlannedOutcome { profile: "theirs".into(), outcome: Outcome::Takes(TWELVE_MINUTES), times: None };
    bed.eks().plan_creation(CLUSTER, slowly).unwrap();
    bed.eks().outsider().create_profile(CLUSTER, ProfileSpec::named("theirs")).unwrap();
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "jobs" }] } })).await;
    until("the outsider's profile is ACTIVE", || reached(&bed, "theirs", ProfileStatus::Active).is_some()).await;
    bed.settled("web").await;
    bed.eks().outsider().vanish_profile(CLUSTER, "theirs").unwrap();

    waited_quietly(&bed, &recorder, "EKS profile theirs is CREATING").await;
    assert!(bed.eks().conflicts().len() <= 1, "EKS was asked although a look shows who is in the way");
}

#[tokio::test]
async fn an_outsiders_profile_that_is_deleting_is_waited_for() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    let slowly = PlannedOutcome { profile: "theirs".into(), outcome: Outcome::Takes(TWELVE_MINUTES), times: None };
    bed.eks().plan_deletion(CLUSTER, slowly).unwrap();
    bed.eks().outsider().place_profile(CLUSTER, ProfileSpec::named("theirs"), ProfileStatus::Active).unwrap();
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    let recorder = record(&bed, "web");
    bed.eks().outsider().delete_profile(CLUSTER, "theirs").unwrap();
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "jobs" }] } })).await;

    waited_quietly(&bed, &recorder, "EKS profile theirs is DELETING").await;
    assert!(bed.eks().conflicts().len() <= 1, "EKS was asked although a look shows who is in the way");
}

/// Each of these befalls some calls of every kind, all through the life of an object.
async fn a_whole_life_with(effect: Effect) {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    let some_of = |operation: Operation| {
        // The first, and some later ones. The SDK tries a look three times by itself.
        [1, 2, 3, 4, 9].map(|n| Fault::new(effect.clone()).on([operation]).nth(n))
    };
    let every = Operation::MUTATIONS.into_iter().chain(Operation::LOOKS).flat_map(some_of);
    bed.eks().set_faults(every);
    let recorder = record(&bed, "web");
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    assert_eq!(bed.names(), ["web-9999"], "{}", story(&bed));
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "jobs" }], "tags": { "team": "a" } } })).await;
    bed.settled("web").await;
    assert_eq!(bed.names().len(), 1, "{}", story(&bed));
    served_without_a_gap(&bed, "web");
    assert_eq!(created(&bed, "web").len(), 2, "{}", story(&bed));
    bed.delete("web").await;
    bed.gone("web").await;
    assert!(bed.names().is_empty(), "{}", story(&bed));
    assert!(recorder.while_true(Stalled).is_empty(), "{:?}", recorder.while_true(Stalled));
}

#[tokio::test]
async fn throttling_is_waited_out() {
    a_whole_life_with(Effect::Throttled).await;
}

#[tokio::test]
async fn internal_errors_are_waited_out() {
    a_whole_life_with(Effect::ServerError).await;
}

#[tokio::test]
async fn a_gateways_html_is_waited_out() {
    a_whole_life_with(Effect::HtmlError).await;
}

#[tokio::test]
async fn cut_connections_double_nothing() {
    a_whole_life_with(Effect::Cut).await;
}

#[tokio::test]
async fn lost_replies_double_nothing() {
    a_whole_life_with(Effect::LoseReply).await;
}

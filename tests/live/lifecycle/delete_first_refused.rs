//! DeleteFirst, and EKS refuses the new profile while the old one is gone: the old one is put back, once. That change is
//! not tried again, since every try would be an outage; the next one is.

use std::time::Duration;

use bed::{Bed, CLUSTER, OTHER_ROLE};
use eks_simulator::{Operation, Outcome, PlannedOutcome, ProfileStatus, RoleTrust};
use fargate_operator::api::ConditionType::{Available, Ready, Stalled};
use fargate_operator::api::Phase;
use serde_json::{Value, json};

use crate::support::objects::{
    REFUSED, delete_first, eks_has, in_a_public_subnet, namespace, phases, selecting, serving, spec, stalled, status,
};
use crate::support::oracle::{calls, created, gaps, lives, story};
use crate::support::recorder::record;
use crate::support::{BedExt, is, message, quick, until};

const HALF_AN_HOUR: Duration = Duration::from_secs(1800);

/// EKS fails so many of the next creations.
fn fail_creations(bed: &Bed, times: u32) {
    let outcome = Outcome::fail("AccessDenied", "the role may not be assumed");
    let plan = PlannedOutcome { profile: "web".into(), outcome, times: Some(times) };
    bed.eks().plan_creation(CLUSTER, plan).unwrap();
}

/// The change is refused in EKS's `words`, the profile of namespace `a` put back, nothing tried again, and the next change
/// goes through.
async fn put_back_once(bed: &Bed, change: Value, words: &str, correction: Value) {
    serving(bed, &delete_first("web", "a")).await;
    let old = bed.eks().profile(CLUSTER, "web").unwrap();
    let recorder = record(bed, "web");
    bed.patch("web", change).await;
    let object = stalled(bed, "web", "ReplacementFailed").await;
    assert!(is(&object, Available) && !is(&object, Ready));
    assert!(message(&object, Stalled).contains(words), "{}", message(&object, Stalled));
    let shown = status(&object);
    assert_eq!((shown.previous, shown.failed_generation), (None, object.metadata.generation));
    assert!(shown.failure.unwrap().contains(words));
    let back = bed.eks().profile(CLUSTER, "web").unwrap();
    assert_ne!(back.arn, old.arn);
    assert_eq!((back.selectors, back.subnets), (old.selectors, old.subnets));
    assert_eq!(back.pod_execution_role_arn, old.pod_execution_role_arn);
    assert_eq!((back.status, gaps(bed, "web").len()), (ProfileStatus::Active, 1), "{}", story(bed));
    assert!(phases(&recorder).contains(&Phase::RollingBack), "{:?}", phases(&recorder));
    for reason in ["GapOpened", "RollingBack", "GapClosed"] {
        bed.has_event(&object, reason).await;
    }

    let (before, end) = (lives(bed, "web"), bed.eks().now() + HALF_AN_HOUR);
    let creates = calls(bed, Operation::CreateFargateProfile);
    until("half an hour has passed", || bed.eks().now() >= end).await;
    assert_eq!(lives(bed, "web"), before, "{}", story(bed));
    assert_eq!(calls(bed, Operation::CreateFargateProfile), creates, "{}", story(bed));
    assert_eq!(bed.warnings(&object).await.iter().filter(|text| text.starts_with("RollingBack")).count(), 1);

    bed.patch("web", correction).await;
    let object = bed.settled("web").await;
    assert_eq!(status(&object).failed_generation, None);
    assert_eq!((bed.names(), gaps(bed, "web").len()), (vec!["web".to_owned()], 2), "{}", story(bed));
}

#[tokio::test]
async fn after_a_public_subnet_was_refused_the_old_profile_is_put_back_once() {
    let bed = Bed::start(quick(300.0)).await.unwrap();
    let own = bed.eks().cluster_settings(CLUSTER).unwrap().private_subnets;
    put_back_once(&bed, in_a_public_subnet(&bed), REFUSED, spec(json!({ "subnets": [own[0]] }))).await;
}

#[tokio::test]
async fn after_a_trust_policy_that_never_came_the_old_profile_is_put_back_once() {
    let bed = Bed::start(quick(300.0)).await.unwrap();
    bed.eks().set_role(OTHER_ROLE, RoleTrust::Untrusted);
    let correction = spec(json!({ "podExecutionRoleArn": null, "selectors": [{ "namespace": "b" }] }));
    let change = spec(json!({ "podExecutionRoleArn": OTHER_ROLE }));
    put_back_once(&bed, change, "Misconfigured PodExecutionRole Trust Policy", correction).await;
}

#[tokio::test]
async fn after_a_profile_that_failed_to_be_created_the_old_one_is_put_back_once() {
    let bed = Bed::start(quick(300.0)).await.unwrap();
    let changing = async {
        eks_has(&bed, "web", ProfileStatus::Deleting).await;
        fail_creations(&bed, 1);
    };
    let judged = put_back_once(&bed, selecting("b"), "the role may not be assumed", selecting("c"));
    tokio::join!(changing, judged);
    let lives = lives(&bed, "web");
    let failed = ["web DELETING", "web gone", "web CREATING", "web CREATE_FAILED", "web DELETING", "web gone"];
    assert_eq!(lives[2..8], failed, "{}", story(&bed));
}

#[tokio::test]
async fn what_is_put_back_and_fails_is_tried_until_it_is_there() {
    let bed = Bed::start(quick(300.0)).await.unwrap();
    serving(&bed, &delete_first("web", "a")).await;
    fail_creations(&bed, 4);
    let recorder = record(&bed, "web");
    bed.patch("web", selecting("b")).await;
    let object = stalled(&bed, "web", "ReplacementFailed").await;
    assert!(is(&object, Available));
    assert_eq!(namespace(&bed, "web"), "a");
    assert_eq!(gaps(&bed, "web").len(), 1, "{}", story(&bed));
    let failed = lives(&bed, "web").into_iter().filter(|life| life == "web CREATE_FAILED").count();
    assert_eq!(failed, 4, "{}", story(&bed));
    assert!(recorder.while_true(Stalled).iter().any(|text| text.contains("the role may not be assumed")));
}

#[tokio::test]
async fn an_edit_while_the_old_one_is_being_put_back_is_tried_from_inside_the_gap() {
    let bed = Bed::start(quick(120.0)).await.unwrap();
    serving(&bed, &delete_first("web", "a")).await;
    fail_creations(&bed, 1);
    bed.patch("web", selecting("b")).await;
    bed.wait("web", "on its way back", |object| status(object).failed_generation.is_some()).await;
    bed.patch("web", selecting("c")).await;
    bed.settled("web").await;
    assert_eq!((namespace(&bed, "web"), gaps(&bed, "web").len()), ("c".to_owned(), 1), "{}", story(&bed));
    assert_eq!(created(&bed, "web").len(), 3, "{}", story(&bed));
}

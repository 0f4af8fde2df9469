//! EKS refuses what the spec asks for: the old profile serves on, the reason is shown, and nothing is hammered.

use std::time::Duration;

use bed::{Bed, CLUSTER, OTHER_ROLE};
use eks_simulator::{Effect, Fault, Operation, Outcome, PlannedOutcome, ProfileSpec, ProfileStatus, RoleTrust};
use fargate_operator::api::ConditionType::{Available, Ready, Reconciling, Stalled};
use fargate_operator::api::FargateProfile;
use serde_json::{Value, json};

use crate::support::oracle::{calls, served_without_a_gap};
use crate::support::recorder::record;
use crate::support::{BedExt, is, message, observed, profile, quick, reason, until};

const HALF_AN_HOUR: Duration = Duration::from_secs(1800);

/// A bed with a Ready object `web`.
async fn serving(time_scale: f64) -> Bed {
    let bed = Bed::start(quick(time_scale)).await.unwrap();
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    bed
}

async fn stalled(bed: &Bed, why: &str) -> FargateProfile {
    bed.wait("web", &format!("stalled by {why}"), |object| {
        observed(object) && reason(object, Stalled).as_deref() == Some(why)
    })
    .await
}

/// The old profile serves; the refusal is shown with its reason and EKS's own words.
fn shows_the_refusal(object: &FargateProfile, why: &str, words: &str) {
    assert!(is(object, Available));
    assert!(!is(object, Ready));
    for condition in [Ready, Stalled] {
        assert_eq!(reason(object, condition).as_deref(), Some(why), "{condition:?}");
    }
    assert!(message(object, Ready).ends_with(": see Stalled"), "{}", message(object, Ready));
    assert!(message(object, Stalled).contains(words), "{}", message(object, Stalled));
}

/// In half an hour of EKS's time, `operation` is called again, but no more than `most` times.
async fn tried_again_at_most(bed: &Bed, operation: Operation, most: usize) {
    let (before, end) = (calls(bed, operation), bed.eks().now() + HALF_AN_HOUR);
    until("half an hour has passed", || bed.eks().now() >= end).await;
    let tries = calls(bed, operation) - before;
    assert!((1..=most).contains(&tries), "{tries} {operation:?} in half an hour");
}

async fn mended_by(bed: &Bed, correction: Value) {
    bed.patch("web", correction).await;
    let object = bed.settled("web").await;
    assert_eq!(bed.names().len(), 1);
    assert_eq!(object.status.unwrap().replacement, None);
    served_without_a_gap(bed, "web");
}

#[tokio::test]
async fn a_public_subnet_is_refused_while_the_old_profile_serves() {
    let bed = serving(300.0).await;
    let settings = bed.eks().cluster_settings(CLUSTER).unwrap();
    bed.patch("web", json!({ "spec": { "subnets": [settings.public_subnets[0]] } })).await;

    let object = stalled(&bed, "InvalidParameter").await;
    shows_the_refusal(&object, "InvalidParameter", "is not a private subnet");
    bed.has_event(&object, "InvalidParameter").await;
    assert_eq!(bed.warnings(&object).await.len(), 1, "{:?}", bed.warnings(&object).await);
    tried_again_at_most(&bed, Operation::CreateFargateProfile, 11).await;
    assert_eq!(bed.names(), ["web-9999"]);
    mended_by(&bed, json!({ "spec": { "subnets": [settings.private_subnets[0]] } })).await;
}

#[tokio::test]
async fn a_role_that_never_trusts_fargate_stalls_after_some_tries_and_mends_when_it_does() {
    let bed = serving(300.0).await;
    bed.eks().set_role(OTHER_ROLE, RoleTrust::Untrusted);
    let recorder = record(&bed, "web");
    bed.patch("web", json!({ "spec": { "podExecutionRoleArn": OTHER_ROLE } })).await;

    let object = stalled(&bed, "TrustPolicy").await;
    shows_the_refusal(&object, "TrustPolicy", "Misconfigured PodExecutionRole Trust Policy");
    assert!(calls(&bed, Operation::CreateFargateProfile) > 2, "stalled at the first try");
    tried_again_at_most(&bed, Operation::CreateFargateProfile, 20).await;
    assert!(recorder.states().iter().all(|state| is(state, Available)));

    // The cure lies outside the object: nobody touches it.
    bed.eks().set_role(OTHER_ROLE, RoleTrust::Trusted);
    bed.settled("web").await;
    assert_eq!(bed.names(), ["web-9998"]);
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn a_trust_policy_that_spreads_late_is_waited_for_and_never_stalls() {
    let bed = serving(60.0).await;
    let recorder = record(&bed, "web");
    bed.eks().set_role(OTHER_ROLE, RoleTrust::TrustedAfter(Duration::from_secs(45)));
    bed.patch("web", json!({ "spec": { "podExecutionRoleArn": OTHER_ROLE } })).await;

    let object = bed.settled("web").await;
    assert!(calls(&bed, Operation::CreateFargateProfile) > 2, "it was never refused");
    assert!(recorder.while_true(Stalled).is_empty(), "{:?}", recorder.while_true(Stalled));
    assert!(bed.warnings(&object).await.is_empty(), "{:?}", bed.warnings(&object).await);
    let refused = recorder.states().iter().any(|state| message(state, Reconciling).contains("takes a while to spread"));
    assert!(refused, "nobody was told what it waits for");
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn a_profile_that_fails_to_be_created_is_deleted_and_its_health_issues_shown() {
    let bed = serving(300.0).await;
    let plan = PlannedOutcome {
        profile: "*".into(),
        outcome: Outcome::fail("AccessDenied", "the role may not be assumed"),
        times: None,
    };
    bed.eks().plan_creation(CLUSTER, plan).unwrap();
    let recorder = record(&bed, "web");
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "jobs" }] } })).await;

    let object = stalled(&bed, "CreateFailed").await;
    shows_the_refusal(&object, "CreateFailed", "the role may not be assumed");
    bed.has_event(&object, "CreateFailed").await;
    assert_eq!(bed.warnings(&object).await.len(), 1, "{:?}", bed.warnings(&object).await);
    tried_again_at_most(&bed, Operation::CreateFargateProfile, 11).await;
    until("the leftover is gone", || bed.names() == ["web-9999"]).await;
    let issues = recorder.states().into_iter().filter_map(|state| state.status).flat_map(|status| status.profiles);
    assert!(issues.into_iter().any(|record| record.health_issues.iter().any(|issue| issue.code == "AccessDenied")));
    assert!(recorder.states().iter().all(|state| is(state, Available)));

    bed.eks().forget_plans(CLUSTER).unwrap();
    mended_by(&bed, json!({ "spec": { "selectors": [{ "namespace": "batch" }] } })).await;
}

#[tokio::test]
async fn a_first_profile_that_is_refused_is_shown_and_a_correction_mends_it() {
    let bed = Bed::start(quick(60.0)).await.unwrap();
    let settings = bed.eks().cluster_settings(CLUSTER).unwrap();
    let mut object = profile("web", "web");
    object["spec"]["subnets"] = json!([settings.public_subnets[0]]);
    bed.create(&object).await;

    let object = stalled(&bed, "InvalidParameter").await;
    assert!(!is(&object, Ready) && !is(&object, Available));
    assert!(message(&object, Stalled).contains("is not a private subnet"), "{}", message(&object, Stalled));
    assert!(bed.names().is_empty());
    mended_by(&bed, json!({ "spec": { "subnets": settings.private_subnets } })).await;
    assert_eq!(bed.names(), ["web-9999"]);
}

#[tokio::test]
async fn a_full_quota_is_named_and_passes_when_somebody_makes_room() {
    let mut options = quick(300.0);
    options.cluster = options.cluster.profile_quota(2);
    let bed = Bed::start(options).await.unwrap();
    bed.eks().outsider().place_profile(CLUSTER, ProfileSpec::named("other"), ProfileStatus::Active).unwrap();
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    bed.patch("web", json!({ "spec": { "selectors": [{ "namespace": "jobs" }] } })).await;

    let object = stalled(&bed, "NoFreeSlot").await;
    shows_the_refusal(&object, "NoFreeSlot", "has reached its limit of 2 Fargate profiles");
    bed.eks().outsider().vanish_profile(CLUSTER, "other").unwrap();
    bed.settled("web").await;
    assert_eq!(bed.names(), ["web-9998"]);
    served_without_a_gap(&bed, "web");
}

#[tokio::test]
async fn a_denied_call_names_the_permission_that_is_missing() {
    let bed = serving(300.0).await;
    bed.eks().set_role(OTHER_ROLE, RoleTrust::MayNotBePassed);
    bed.patch("web", json!({ "spec": { "podExecutionRoleArn": OTHER_ROLE } })).await;
    let object = stalled(&bed, "AccessDenied").await;
    shows_the_refusal(&object, "AccessDenied", "not authorized to perform: iam:PassRole");

    bed.eks().set_role(OTHER_ROLE, RoleTrust::Trusted);
    let fault = bed.eks().add_fault(Fault::new(Effect::AccessDenied).on([Operation::CreateFargateProfile]));
    bed.wait("web", "denied by EKS", |object| message(object, Stalled).contains("eks:CreateFargateProfile")).await;
    bed.eks().remove_fault(fault);
    bed.settled("web").await;
    assert_eq!(bed.names(), ["web-9998"]);
    served_without_a_gap(&bed, "web");
}

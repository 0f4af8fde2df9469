//! A profile that serves although the spec is not met: put back, kept while an edit is refused, waits to be approved or is
//! suspended. Pods that wait since before it was there get it all the same.

use std::time::Duration;

use bed::testing::{TestNamespace, deployment};
use bed::{Bed, CLUSTER};
use data_plane::What;
use eks_simulator::ProfileStatus::{self, Creating};
use eks_simulator::log::Entry;
use fargate_operator::api::ConditionType::{Available, Ready};
use fargate_operator::api::{APPROVE_ANNOTATION, FargateProfile};
use futures::FutureExt;
use k8s_openapi::api::apps::v1::Deployment;
use kube::api::ListParams;
use serde_json::{Value, json};

use crate::support::drains::{another_role, fargate, plan};
use crate::support::objects::{delete_first, eks_has, in_a_public_subnet, manual, serving, spec, stalled};
use crate::support::run::run;
use crate::support::{BedExt, is, observed, profile, reason, until_async};

const PODS: u32 = 3;

/// When a profile became ACTIVE the last time.
fn active_since(bed: &Bed, profile: &str) -> Duration {
    let log = bed.eks().log();
    let became = |entry: &&Entry| {
        let change = entry.change();
        change.is_some_and(|it| it.profile == profile && it.to == Some(ProfileStatus::Active) && it.from != it.to)
    };
    Duration::from_secs_f64(log.iter().rfind(became).unwrap().unscaled)
}

/// All pods are Ready on the profile within this time from when it serves, and stay where they are.
async fn get_it(ns: &TestNamespace<'_>, profile: &str, within: Duration) {
    ns.complete("web").await;
    let record = ns.fargate.record();
    let since = active_since(ns.bed, profile);
    let ready: Vec<_> = record.of(profile, What::Ready).filter(|line| line.at > since).map(|line| line.at).collect();
    assert_eq!(ready.len(), PODS as usize, "{:?}", record.entries);
    let last = *ready.last().unwrap() - since;
    assert!(last <= within, "Ready at {ready:?}, {profile} was ACTIVE at {since:?}");
    ns.bed.looks(2).await;
    assert_eq!(ns.fargate.record().of(profile, What::Ready).filter(|line| line.at > since).count(), ready.len());
}

/// Pods that wait, in a namespace without a profile, and the object that is to be it, which EKS is creating.
async fn creating<'a>(bed: &'a Bed, object: &Value) -> TestNamespace<'a> {
    let name = object["metadata"]["name"].as_str().unwrap();
    let ns = TestNamespace::new(bed, name).await;
    ns.create::<Deployment>(deployment("web", PODS)).await;
    until_async("they wait", async || ns.pods().await.len() == PODS as usize).await;
    bed.create(object).await;
    eks_has(bed, &format!("{name}-9999"), Creating).await;
    ns
}

/// What is refused is refused while a profile of the object serves.
fn serves(object: &FargateProfile) {
    assert!(is(object, Available) && !is(object, Ready));
}

async fn awaiting(bed: &Bed, name: &str) -> FargateProfile {
    bed.wait(name, "awaiting approval beside what serves", |object| {
        observed(object) && is(object, Available) && reason(object, Ready).as_deref() == Some("AwaitingApproval")
    })
    .await
}

async fn put_back(bed: &Bed, within: Duration) {
    let ns = TestNamespace::new(bed, "back").await;
    serving(bed, &delete_first("back", "back")).await;
    ns.create::<Deployment>(deployment("web", PODS)).await;
    ns.complete("web").await;
    bed.patch("back", in_a_public_subnet(bed)).await;
    serves(&stalled(bed, "back", "ReplacementFailed").await);
    get_it(&ns, "back", within).await;
}

async fn refused(bed: &Bed, within: Duration) {
    let ns = creating(bed, &profile("refused", "refused")).await;
    bed.patch("refused", in_a_public_subnet(bed)).await;
    bed.wait("refused", "refused beside what serves", |object| {
        is(object, Available) && reason(object, Ready).as_deref() == Some("InvalidParameter")
    })
    .await;
    get_it(&ns, "refused-9999", within).await;
}

async fn unapproved(bed: &Bed, within: Duration) {
    let mut object = profile("asked", "asked");
    object["spec"]["replacement"] = json!({});
    let ns = creating(bed, &manual(object)).await;
    bed.patch("asked", another_role()).await;
    awaiting(bed, "asked").await;
    get_it(&ns, "asked-9999", within).await;
    awaiting(bed, "asked").await;
}

async fn suspended(bed: &Bed, within: Duration) {
    let ns = creating(bed, &profile("still", "still")).await;
    let mut change = another_role();
    change["spec"]["suspend"] = json!(true);
    bed.patch("still", change).await;
    bed.wait("still", "suspended beside what serves", |object| {
        is(object, Available) && reason(object, Ready).as_deref() == Some("Suspended")
    })
    .await;
    get_it(&ns, "still-9999", within).await;
}

async fn unapproved_in_the_gap(bed: &Bed, within: Duration) {
    let ns = TestNamespace::new(bed, "gap").await;
    serving(bed, &manual(delete_first("gap", "gap"))).await;
    ns.create::<Deployment>(deployment("web", PODS)).await;
    ns.complete("web").await;
    bed.patch("gap", another_role()).await;
    let plan = plan(&awaiting(bed, "gap").await);
    bed.patch("gap", json!({ "metadata": { "annotations": { APPROVE_ANNOTATION: plan } } })).await;
    bed.wait("gap", "in its gap", |object| !is(object, Available)).await;
    eks_has(bed, "gap", Creating).await;
    let subnet = bed.eks().cluster_settings(CLUSTER).unwrap().private_subnets[0].clone();
    bed.patch("gap", spec(json!({ "subnets": [subnet] }))).await;
    awaiting(bed, "gap").await;
    get_it(&ns, "gap", within).await;
}

async fn all(within: Duration) {
    let bed = Bed::start(fargate(20.0)).await.unwrap();
    run(vec![
        ("put back after a refusal", put_back(&bed, within).boxed_local()),
        ("kept while an edit is refused", refused(&bed, within).boxed_local()),
        ("kept until an edit is approved", unapproved(&bed, within).boxed_local()),
        ("kept while suspended", suspended(&bed, within).boxed_local()),
        ("in a gap, until an edit is approved", unapproved_in_the_gap(&bed, within).boxed_local()),
    ])
    .await;
    let objects = bed.profiles().list(&ListParams::default()).await.unwrap();
    assert!(objects.iter().all(|object| is(object, Available)));
}

#[tokio::test]
async fn whatever_serves_gets_the_pods_that_wait_for_it() {
    all(Duration::MAX).await;
}

#[tokio::test]
#[ignore = "a benchmark, for a machine that does nothing else: make benchmark"]
async fn benchmark_whatever_serves_has_its_pods_within_three_minutes() {
    all(Duration::from_secs(180)).await;
}

//! How many pods, in status and for whoever asks kubectl; and what a change would do to them, before anybody approves it.

use bed::Bed;
use bed::testing::{TestNamespace, deployment, template};
use data_plane::PROFILE_LABEL;
use eks_simulator::ProfileStatus;
use fargate_operator::api::ConditionType::Ready;
use fargate_operator::api::{APPROVE_ANNOTATION, FargateProfile, MovingPods, PodCounts};
use futures::FutureExt;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use serde_json::{Value, json};

use crate::support::drains::{another_role, fargate, plan};
use crate::support::objects::{delete_first, eks_has, manual, spec, status};
use crate::support::run::run;
use crate::support::{BedExt, message, observed, profile, reason};

async fn counted(ns: &TestNamespace<'_>) {
    let bed = ns.bed;
    ns.create::<Deployment>(deployment("older", 2)).await;
    ns.complete("older").await;
    let everywhere = json!({
        "metadata": { "name": "everywhere" },
        "spec": { "selector": { "matchLabels": { "app": "everywhere" } }, "template": template("everywhere") },
    });
    ns.create::<DaemonSet>(everywhere).await;
    bed.create(&profile("shop", "shop")).await;
    bed.settled("shop").await;
    let mut unfit = deployment("unfit", 1);
    unfit["spec"]["template"]["spec"]["hostNetwork"] = json!(true);
    ns.create::<Deployment>(unfit).await;
    ns.create::<Deployment>(deployment("web", 3)).await;
    ns.complete("web").await;
    let counts =
        PodCounts { matching: 6, on_fargate: 3, pending: 1, elsewhere: 2, unsupported: 1, summary: "3/6".to_owned() };
    bed.wait("shop", &format!("{counts:?}"), |object| status(object).pods.as_ref() == Some(&counts)).await;
    let table = bed.kubectl().words(&["get", "fargateprofiles", "shop"]).unwrap();
    assert!(table.contains("PODS") && table.contains(" 3/6 "), "{table}");
}

async fn foretold(ns: &TestNamespace<'_>) {
    let bed = ns.bed;
    let mut object = manual(profile("plans", "plans"));
    object["spec"]["replacement"]["drain"] = Value::Null;
    bed.create(&object).await;
    bed.settled("plans").await;
    ns.create::<Deployment>(deployment("web", 2)).await;
    ns.create::<Deployment>(deployment("api", 1)).await;
    let mut pinned = deployment("pinned", 1);
    pinned["spec"]["template"]["metadata"]["labels"][PROFILE_LABEL] = json!("plans-9999");
    ns.create::<Deployment>(pinned).await;
    for name in ["web", "api", "pinned"] {
        ns.complete(name).await;
    }
    bed.patch("plans", spec(json!({ "selectors": [{ "namespace": "plans", "labels": { "app": "web" } }] }))).await;
    // Whether a template names a profile is seen in the template, and that is read before an eviction.
    let moving = MovingPods { to_move: 2, moved: 0, ending: 0, losing_fargate: 2, pinned: 0 };
    bed.wait("plans", &format!("planning for {moving:?}"), |object| {
        let replacement = status(object).replacement;
        replacement.is_some_and(|replacement| replacement.pods.as_ref() == Some(&moving))
    })
    .await;
    assert_eq!(bed.eks().profiles(bed::CLUSTER).iter().filter(|profile| profile.name.starts_with("plans")).count(), 1);
}

/// A plan is about the pods of all profiles that go by it, not only of the foremost.
async fn foretold_of_all(ns: &TestNamespace<'_>) {
    let bed = ns.bed;
    let mut object = manual(profile("twice", "twice"));
    object["spec"]["replacement"]["drain"] = Value::Null;
    bed.create(&object).await;
    bed.settled("twice").await;
    ns.create::<Deployment>(deployment("web", 2)).await;
    ns.complete("web").await;
    bed.patch("twice", another_role()).await;
    let first = bed.wait("twice", "planned", asks).await;
    assert_eq!(status(&first).replacement.unwrap().pods.unwrap().to_move, 2);
    assert!(message(&first, Ready).contains("; moves 2 pods one by one)"), "{}", message(&first, Ready));
    bed.patch("twice", json!({ "metadata": { "annotations": { APPROVE_ANNOTATION: plan(&first) } } })).await;
    eks_has(bed, "twice-9998", ProfileStatus::Creating).await;
    let subnet = bed.eks().cluster_settings(bed::CLUSTER).unwrap().private_subnets[0].clone();
    bed.patch("twice", spec(json!({ "subnets": [subnet] }))).await;
    let second = bed.wait("twice", "planned again", |object| asks(object) && plan(object) != plan(&first)).await;
    assert_eq!(status(&second).replacement.unwrap().pods.unwrap().to_move, 2);
}

/// Under DeleteFirst nothing is moved: pods end.
async fn foretold_of_a_gap(ns: &TestNamespace<'_>) {
    let bed = ns.bed;
    bed.create(&manual(delete_first("ends", "ends"))).await;
    bed.settled("ends").await;
    ns.create::<Deployment>(deployment("web", 2)).await;
    ns.complete("web").await;
    bed.patch("ends", another_role()).await;
    let asking = bed.wait("ends", "planned", asks).await;
    let pods = status(&asking).replacement.unwrap().pods.unwrap();
    assert_eq!((pods.to_move, pods.ending), (0, 2));
    assert!(
        message(&asking, Ready).contains("; ends 2 pods at once, with no Fargate profile for minutes)"),
        "{}",
        message(&asking, Ready)
    );
}

fn asks(object: &FargateProfile) -> bool {
    observed(object) && reason(object, Ready).as_deref() == Some("AwaitingApproval")
}

#[tokio::test]
async fn a_plan_tells_whoever_approves_it_what_becomes_of_every_pod() {
    let bed = Bed::start(fargate(60.0)).await.unwrap();
    let (twice, ends) = (TestNamespace::new(&bed, "twice").await, TestNamespace::new(&bed, "ends").await);
    run(vec![
        ("two profiles go", foretold_of_all(&twice).boxed_local()),
        ("a gap", foretold_of_a_gap(&ends).boxed_local()),
    ])
    .await;
}

#[tokio::test]
async fn pods_are_counted_where_they_are_and_where_they_would_be() {
    let bed = Bed::start(fargate(60.0)).await.unwrap();
    let (shop, plans) = (TestNamespace::new(&bed, "shop").await, TestNamespace::new(&bed, "plans").await);
    bed.fargate().unwrap().ec2(2).await.unwrap();
    tokio::join!(counted(&shop), foretold(&plans));
    // They ran all along and were counted nowhere.
    shop.until("everywhere", "on both nodes", |set: &DaemonSet| {
        set.status.as_ref().is_some_and(|status| status.number_ready == 2)
    })
    .await;
}

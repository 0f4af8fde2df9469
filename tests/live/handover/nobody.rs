//! Each pod for itself: those that another object takes are handed over to it, also when only selectors are given up; those
//! that nobody takes are named, and end with their profile.

use bed::Bed;
use bed::testing::deployment;
use fargate_operator::api::ConditionType::{Reconciling, Stalled};
use futures::FutureExt;
use k8s_openapi::api::apps::v1::Deployment;
use kube::ResourceExt;
use serde_json::json;

use crate::support::objects::spec;
use crate::support::oracle::served_without_a_gap;
use crate::support::recorder::record;
use crate::support::run::run;
use crate::support::served::{
    Served, brisk, gone, has_said, leave, named, only_profile_of, says, says_of, selecting, serving,
};
use crate::support::steady::steady_but_for;
use crate::support::{BedExt, profile};

/// Of two workloads, one is taken by the other object.
async fn partly(bed: &Bed) {
    let served = serving(bed, "part", "part", 2).await;
    served.ns.create::<Deployment>(deployment("api", 1)).await;
    served.ns.complete("api").await;
    let pods = served.ns.pods().await;
    let api = pods.iter().map(ResourceExt::name_any).find(|name| name.starts_with("api-")).unwrap();
    let mut taker = selecting("part-v2", &["part"]);
    taker["spec"]["selectors"][0]["labels"] = json!({ "app": "web" });
    bed.create(&taker).await;
    bed.settled("part-v2").await;
    let recorder = leave(bed, "part").await;
    gone(bed, "part").await;
    let to = only_profile_of(bed, "part-v2").await;
    served.ns.complete("web").await;
    served.served();
    assert_eq!(served.ns.created_on(&served.ns.fargate.record(), &to), 2);
    named(bed, &recorder, &format!("part/{api}")).await;
    steady_but_for(&recorder, &[], 1);
}

/// The one that was waited for goes itself: nobody is left to wait for.
async fn taker_leaves(bed: &Bed) {
    let served = serving(bed, "alone", "alone", 2).await;
    let mut taker = profile("alone-v2", "alone");
    taker["spec"]["suspend"] = json!(true);
    bed.create(&taker).await;
    let recorder = leave(bed, "alone").await;
    says_of(bed, "alone", &["alone-v2"]).await;
    bed.looks(3).await;
    served.untouched();
    bed.delete("alone-v2").await;
    gone(bed, "alone-v2").await;
    gone(bed, "alone").await;
    for pod in served.ns.pods().await {
        assert!(pod.labels().get(data_plane::PROFILE_LABEL).is_none_or(|profile| profile == "alone-9999"));
    }
    steady_but_for(&recorder, &["HandoverHeld"], 1);
}

/// An edit gives up one of two namespaces, which another object has, behind.
async fn given_up(bed: &Bed) {
    bed.create(&selecting("broad", &["kept", "given"])).await;
    bed.settled("broad").await;
    let (kept, given) = (Served::start(bed, "kept", 2).await, Served::start(bed, "given", 2).await);
    bed.create(&profile("special", "given")).await;
    bed.settled("special").await;
    let (leaver, taker) = (record(bed, "broad"), record(bed, "special"));
    bed.patch("broad", spec(json!({ "selectors": [{ "namespace": "kept" }] }))).await;
    assert_eq!(only_profile_of(bed, "broad").await, "broad-9998");
    assert_eq!(only_profile_of(bed, "special").await, "0-special-9999");
    kept.moved_to("broad-9998").await;
    given.moved_to("0-special-9999").await;
    for name in ["broad", "special"] {
        served_without_a_gap(bed, name);
    }
    has_said(&leaver, Reconciling, "Draining", &["0-special-9999"]);
    has_said(&taker, Reconciling, "TakingOver", &["broad"]);
    steady_but_for(&leaver, &[], 1);
    steady_but_for(&taker, &[], 1);
}

/// The same, and nobody can step in front: it is held as long as a person likes.
async fn given_up_to_a_suspended_one(bed: &Bed) {
    bed.create(&selecting("large", &["mine", "theirs"])).await;
    bed.settled("large").await;
    let served = Served::start(bed, "theirs", 2).await;
    bed.create(&profile("slow", "theirs")).await;
    bed.settled("slow").await;
    bed.patch("slow", spec(json!({ "suspend": true }))).await;
    bed.patch("large", spec(json!({ "selectors": [{ "namespace": "mine" }] }))).await;
    says(bed, "large", Stalled, "HandoverHeld", &["slow", "large-9999", "theirs/web-"]).await;
    bed.looks(3).await;
    served.untouched();
    bed.patch("slow", spec(json!({ "suspend": null }))).await;
    bed.settled("large").await;
    served.moved_to(&only_profile_of(bed, "slow").await).await;
}

#[tokio::test]
async fn each_pod_goes_to_whoever_takes_it_and_is_named_where_nobody_does() {
    let bed = Bed::start(brisk()).await.unwrap();
    run(vec![
        ("one of two workloads", partly(&bed).boxed_local()),
        ("the taker leaves as well", taker_leaves(&bed).boxed_local()),
        ("selectors given up", given_up(&bed).boxed_local()),
        ("given up to a suspended one", given_up_to_a_suspended_one(&bed).boxed_local()),
    ])
    .await;
}

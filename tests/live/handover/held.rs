//! Who is to take the pods cannot, or may not, or must be asked: the one that goes serves on, says for whom it waits, and
//! goes when that one can.

use bed::testing::deployment;
use bed::{Bed, CLUSTER};
use fargate_operator::api::ConditionType::Stalled;
use fargate_operator::api::{APPROVE_ANNOTATION, Phase};
use futures::FutureExt;
use k8s_openapi::api::apps::v1::Deployment;
use serde_json::{Value, json};

use crate::support::drains::plan;
use crate::support::objects::{delete_first, manual, replacement, spec, status};
use crate::support::oracle::{created, lives};
use crate::support::recorder::record;
use crate::support::run::run;
use crate::support::served::{Served, approve, brisk, gone, leave, only_profile_of, says, says_of, selecting, serving};
use crate::support::steady::steady_but_for;
use crate::support::{BedExt, profile};

/// Nothing is done about the pods, nor about anybody's EKS profiles, however long.
async fn nothing_happens(bed: &Bed, served: &Served<'_>, leaver: &str, taker: &str) {
    let before = [leaver, taker].map(|name| lives(bed, name));
    bed.looks(5).await;
    served.untouched();
    assert_eq!([leaver, taker].map(|name| lives(bed, name)), before);
}

/// What holds the hand-over is over, and it takes place.
async fn goes_on(bed: &Bed, served: &Served<'_>, leaver: &str, taker: &str) {
    gone(bed, leaver).await;
    served.moved_to(&only_profile_of(bed, taker).await).await;
}

/// It keeps its exact name, which sorts after the one that is to go.
async fn delete_first_taker(bed: &Bed) {
    let served = serving(bed, "exact", "exact", 2).await;
    bed.create(&delete_first("exact-v2", "exact")).await;
    bed.settled("exact-v2").await;
    let recorder = leave(bed, "exact").await;
    says(bed, "exact", Stalled, "HandoverHeld", &["exact-v2", "exact-9999", "strategy: CreateFirst"]).await;
    nothing_happens(bed, &served, "exact", "exact-v2").await;
    bed.patch("exact-v2", replacement(json!({ "strategy": "CreateFirst" }))).await;
    goes_on(bed, &served, "exact", "exact-v2").await;
    steady_but_for(&recorder, &["HandoverHeld"], 1);
}

async fn suspended_taker(bed: &Bed) {
    let served = serving(bed, "quiet", "quiet", 2).await;
    let mut taker = profile("quiet-v2", "quiet");
    bed.create(&taker).await;
    bed.settled("quiet-v2").await;
    taker["spec"]["suspend"] = json!(true);
    bed.patch("quiet-v2", json!({ "spec": taker["spec"] })).await;
    let recorder = leave(bed, "quiet").await;
    says(bed, "quiet", Stalled, "HandoverHeld", &["quiet-v2", "quiet-9999", "suspend"]).await;
    nothing_happens(bed, &served, "quiet", "quiet-v2").await;
    bed.patch("quiet-v2", spec(json!({ "suspend": null }))).await;
    goes_on(bed, &served, "quiet", "quiet-v2").await;
    steady_but_for(&recorder, &["HandoverHeld"], 1);
}

async fn manual_taker(bed: &Bed) {
    let served = serving(bed, "polite", "polite", 2).await;
    let mut taker = profile("polite-v2", "polite");
    taker["spec"]["replacement"] = json!({});
    bed.create(&manual(taker)).await;
    bed.settled("polite-v2").await;
    let (leaver, taker) = (record(bed, "polite"), record(bed, "polite-v2"));
    bed.delete("polite").await;
    let asks = bed
        .wait("polite-v2", "asking for approval", |object| {
            status(object).replacement.is_some_and(|shown| shown.phase == Phase::AwaitingApproval)
        })
        .await;
    says(bed, "polite", Stalled, "HandoverHeld", &["polite-v2", "polite-9999", &plan(&asks)]).await;
    nothing_happens(bed, &served, "polite", "polite-v2").await;
    bed.patch("polite-v2", json!({ "metadata": { "annotations": { APPROVE_ANNOTATION: plan(&asks) } } })).await;
    goes_on(bed, &served, "polite", "polite-v2").await;
    steady_but_for(&leaver, &["HandoverHeld"], 1);
    steady_but_for(&taker, &[], 1);
}

/// EKS refuses what it asks for.
async fn refused_taker(bed: &Bed) {
    let served = serving(bed, "lame", "lame", 2).await;
    let mut taker = profile("lame-v2", "lame");
    taker["spec"]["subnets"] = json!([bed.eks().cluster_settings(CLUSTER).unwrap().public_subnets[0]]);
    let recorder = leave(bed, "lame").await;
    bed.create(&taker).await;
    says_of(bed, "lame", &["lame-v2", "lame-9999"]).await;
    says(bed, "lame-v2", Stalled, "InvalidParameter", &[]).await;
    nothing_happens(bed, &served, "lame", "lame-v2").await;
    bed.patch("lame-v2", spec(json!({ "subnets": null }))).await;
    goes_on(bed, &served, "lame", "lame-v2").await;
    steady_but_for(&recorder, &["HandoverHeld"], 2);
}

/// Whoever steps in front of the one that goes would step in front of this one, too, and take pods that are to stay.
async fn third_in_between(bed: &Bed) {
    let labelled = |name: &str, labels: Value| -> Value {
        let mut object = selecting(name, &["narrow"]);
        object["spec"]["selectors"][0]["labels"] = labels;
        object
    };
    bed.create(&labelled("narrow-a", json!({ "app": "web" }))).await;
    bed.settled("narrow-a").await;
    let served = Served::start(bed, "narrow", 2).await;
    bed.create(&labelled("narrow-m", json!({ "app": "api" }))).await;
    bed.settled("narrow-m").await;
    served.ns.create::<Deployment>(deployment("api", 1)).await;
    served.ns.complete("api").await;
    bed.create(&selecting("narrow-z", &["narrow"])).await;
    bed.settled("narrow-z").await;
    let recorder = leave(bed, "narrow-a").await;
    says(bed, "narrow-a", Stalled, "HandoverHeld", &["narrow-m", "narrow-z", "narrow-a-9999"]).await;
    nothing_happens(bed, &served, "narrow-a", "narrow-z").await;
    assert_eq!(created(bed, "narrow-m"), ["narrow-m-9999"]);
    assert_eq!(served.ns.created_on(&served.ns.fargate.record(), "narrow-m-9999"), 1);

    // If that one goes, too, the same one takes over from both, by one step.
    bed.delete("narrow-m").await;
    gone(bed, "narrow-m").await;
    gone(bed, "narrow-a").await;
    served.ns.complete("api").await;
    served.served();
    assert_eq!(created(bed, "narrow-z"), ["narrow-z-9999", "0-narrow-z-9999"]);
    assert_eq!(served.ns.created_on(&served.ns.fargate.record(), "0-narrow-z-9999"), 3);
    only_profile_of(bed, "narrow-z").await;
    steady_but_for(&recorder, &["HandoverHeld"], 2);
}

/// Each rename to a name that sorts after the last needs a longer one, and names end.
async fn names_end(bed: &Bed) {
    let names = ["a", "b", "c"].map(|letter| format!("circle-{}", letter.repeat(49)));
    let served = serving(bed, &names[0], "circle", 2).await;
    bed.create(&profile(&names[1], "circle")).await;
    bed.settled(&names[1]).await;
    bed.delete(&names[0]).await;
    goes_on(bed, &served, &names[0], &names[1]).await;

    let served = Served::again(served.ns, 2).await;
    bed.create(&profile(&names[2], "circle")).await;
    bed.settled(&names[2]).await;
    let recorder = leave(bed, &names[1]).await;
    let held = format!("0-{}-9999", names[1]);
    let said = says(bed, &names[1], Stalled, "HandoverHeld", &[&held, &names[2], "NamesUsedUp"]).await;
    says(bed, &names[2], Stalled, "NamesUsedUp", &[&held]).await;
    nothing_happens(bed, &served, &names[1], &names[2]).await;
    approve(bed, &said).await;
    gone(bed, &names[1]).await;
    served.ns.complete("web").await;
    assert_eq!(served.ns.created_on(&served.ns.fargate.record(), &format!("{}-9999", names[2])), 2);
    steady_but_for(&recorder, &["HandoverHeld"], 0);
}

#[tokio::test]
async fn pods_whose_taker_may_not_step_in_front_hold_their_profile_until_it_may() {
    let bed = Bed::start(brisk()).await.unwrap();
    run(vec![
        ("DeleteFirst", delete_first_taker(&bed).boxed_local()),
        ("suspended", suspended_taker(&bed).boxed_local()),
        ("Manual", manual_taker(&bed).boxed_local()),
        ("refused by EKS", refused_taker(&bed).boxed_local()),
    ])
    .await;
}

#[tokio::test]
async fn nobody_steps_in_front_of_a_third_one_or_past_the_end_of_names() {
    let bed = Bed::start(brisk()).await.unwrap();
    run(vec![
        ("a third one", third_in_between(&bed).boxed_local()),
        ("the end of names", names_end(&bed).boxed_local()),
    ])
    .await;
}

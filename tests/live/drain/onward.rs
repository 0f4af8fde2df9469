//! Drains that go on: however long they take, nobody has to act, and no pod ends that would have moved.

use std::time::Duration;

use bed::testing::{TestNamespace, template};
use bed::{Bed, Options};
use data_plane::What;
use eks_simulator::ProfileStatus;
use futures::FutureExt;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

use crate::support::drains::{another_role, fargate};
use crate::support::objects::spec;
use crate::support::oracle::{never_too_many, reached, served_without_a_gap};
use crate::support::recorder::record;
use crate::support::run::run;
use crate::support::steady::{steady, steady_but_for};
use crate::support::{BedExt, counted, profile, until};

/// How many pods there are: six, or what the environment says, for those who want to see it with more.
const PODS: &str = "FARGATE_OPERATOR_TEST_PODS";

/// Pods take a good minute each, and all of them twice as long as the time limit.
async fn longer_than_its_time(bed: &Bed, name: &str, drain: Value) {
    let pods = std::env::var(PODS).map_or(6, |text| text.parse().unwrap());
    let ns = TestNamespace::new(bed, name).await;
    let mut object = profile(name, name);
    object["spec"]["replacement"] = json!({ "drain": drain });
    bed.create(&object).await;
    bed.settled(name).await;
    ns.budgeted("web", u32::try_from(pods).unwrap()).await;
    ns.complete("web").await;
    let recorder = record(bed, name);
    let from = ns.fargate.now();
    bed.patch(name, another_role()).await;
    let old = format!("{name}-9999");
    for moved in 1..=pods {
        let what = format!("{moved} of {pods} pods are moved");
        ns.told(&what, |record| record.of(&old, What::DeletionAsked).count() >= moved).await;
    }
    bed.settled(name).await;
    ns.complete("web").await;

    let lists = |metric| counted(bed, metric, &["pods"], |verb| verb == "LIST");
    let (count, bytes) = (lists("apiserver_request_total"), lists("apiserver_response_sizes_sum"));
    println!(
        "{name}: {pods} pods moved; of pods, the API server has been asked for {count} lists of {bytes} bytes in all"
    );

    let record = ns.fargate.record();
    let asked: Vec<_> = record.of(&old, What::DeletionAsked).map(|line| line.at).collect();
    let (first, last) = (asked[0], asked[asked.len() - 1]);
    assert!(last - first > Duration::from_secs(180), "too quick to tell: {asked:?}");
    let deleted = Duration::from_secs_f64(reached(bed, &old, ProfileStatus::Deleting).unwrap());
    assert!(asked.len() == pods && last < deleted, "{asked:?}, and the profile at {deleted:?}");
    assert!(record.fewest_ready(name, from) >= pods - 1, "{:?}", record.ready_over_time(name));
    steady(&recorder);
    served_without_a_gap(bed, name);
}

/// An empty profile between the first, which a pod holds, and the third.
async fn empty_one_first(bed: &Bed) {
    let ns = TestNamespace::new(bed, "three").await;
    bed.create(&profile("three", "three")).await;
    bed.settled("three").await;
    let mut bare = template("bare");
    bare["metadata"]["name"] = json!("bare");
    ns.create::<Pod>(bare).await;
    ns.ready("bare").await;
    let subnets = bed.eks().cluster_settings(bed::CLUSTER).unwrap().private_subnets;
    for (subnet, next) in subnets.iter().zip(["three-9998", "three-9997"]) {
        bed.patch("three", spec(json!({ "subnets": [subnet] }))).await;
        crate::support::objects::eks_has(bed, next, ProfileStatus::Active).await;
    }
    until("the empty one is gone", || bed.eks().profile(bed::CLUSTER, "three-9998").is_none()).await;
    assert!(bed.eks().profile(bed::CLUSTER, "three-9999").is_some());
    ns.delete::<Pod>("bare").await;
    bed.settled("three").await;
    never_too_many(bed, "three");
    served_without_a_gap(bed, "three");
}

#[tokio::test]
async fn a_drain_that_goes_on_is_not_held_nor_cut_off_when_its_time_is_over() {
    let mut options = fargate(30.0);
    let switches = &mut options.fargate.as_mut().unwrap().switches;
    (switches.provisioning, switches.starting) = (Duration::from_secs(45), Duration::from_secs(15));
    let bed = Bed::start(options).await.unwrap();
    let timeout = json!("3m");
    run(vec![
        ("Hold", longer_than_its_time(&bed, "held", json!({ "timeout": timeout })).boxed_local()),
        (
            "Proceed",
            longer_than_its_time(&bed, "cut", json!({ "timeout": timeout, "onTimeout": "Proceed" })).boxed_local(),
        ),
        ("an empty one goes first", empty_one_first(&bed).boxed_local()),
    ])
    .await;
}

#[tokio::test]
async fn an_edit_while_pods_move_in_a_full_cluster_waits_for_them_and_for_no_person() {
    let options = fargate(30.0);
    let cluster = options.cluster.profile_quota(2);
    let bed = Bed::start(Options { cluster, ..options }).await.unwrap();
    let ns = TestNamespace::new(&bed, "web").await;
    bed.create(&profile("web", "web")).await;
    bed.settled("web").await;
    ns.budgeted("web", 5).await;
    ns.complete("web").await;
    let recorder = record(&bed, "web");
    let from = ns.fargate.now();
    bed.patch("web", another_role()).await;
    ns.told("the second pod moves", |record| record.of("web-9999", What::DeletionAsked).count() >= 2).await;
    let subnet = bed.eks().cluster_settings(bed::CLUSTER).unwrap().private_subnets[0].clone();
    bed.patch("web", spec(json!({ "subnets": [subnet] }))).await;
    bed.settled("web").await;
    ns.complete("web").await;

    assert_eq!(bed.names(), ["web-9997"]);
    let record = ns.fargate.record();
    assert!(record.fewest_ready("web", from) >= 4, "{:?}", record.ready_over_time("web"));
    // Once it waits for the slot, and once it has it.
    steady_but_for(&recorder, &[], 1);
    let counts: Vec<_> = recorder.replacements().into_iter().filter_map(|shown| shown.pods).collect();
    let changes = counts.windows(2).filter(|pair| pair[0].to_move < pair[1].to_move).count();
    assert!(changes <= 2, "the counts jump to and fro: {counts:?}");
    served_without_a_gap(&bed, "web");
}

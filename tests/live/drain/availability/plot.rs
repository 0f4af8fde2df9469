//! The figure in docs/replacement.md, from two runs: one by the operator, one by hand.

use std::time::Duration;

use bed::{Bed, CLUSTER, Options};
use eks_simulator::log::Entry;
use eks_simulator::{ClusterSettings, ProfileSpec, ProfileStatus};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, DeleteParams, ListParams};
use serde_json::json;

use super::svg::{Line, Panel, figure};
use super::workload::{self, BUDGETED, FREE, NAMESPACE};
use super::{Lookout, fargate, whole};
use crate::support::objects::eks_has;
use crate::support::{BedExt, profile, until};

/// In the repository.
const FIGURE: &str = "docs/replacement-availability.svg";

/// EKS and Fargate take as long as they usually do.
fn usual() -> Options {
    let cluster = ClusterSettings::named(CLUSTER).creating(Duration::from_secs(300)).deleting(Duration::from_secs(120));
    let options = Options { time_scale: 20.0, cluster, ..Options::default() };
    fargate(options, Duration::from_secs(45))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes the figure in docs: make plots"]
async fn plot_the_availability_of_a_workload_during_a_replacement() {
    let (ours, theirs) = tokio::join!(by_the_operator(), by_hand());
    let end = ours.1.max(theirs.1).ceil() + 1.0;
    let svg = figure(&[ours.0, theirs.0], end, 9.0);
    std::fs::write(bed::programs::repository().join(FIGURE), svg).unwrap();
}

/// The panel, and how many minutes it took.
async fn by_the_operator() -> (Panel, f64) {
    let bed = Bed::start(usual()).await.unwrap();
    workload::namespace(&bed).await;
    bed.create(&profile("shop", NAMESPACE)).await;
    bed.settled("shop").await;
    workload::deployments(&bed).await;
    let lookout = whole(&bed, &[BUDGETED, FREE]).await;
    let began = lookout.now();
    bed.patch("shop", json!({ "spec": { "selectors": [{ "namespace": NAMESPACE }, { "namespace": "more" }] } })).await;
    bed.settled("shop").await;
    let title = "fargate-operator: the next profile first, then pod by pod within the budgets";
    let marks = vec![
        (minutes(&bed, began, "shop-9998", Some(ProfileStatus::Active)), "new profile ACTIVE"),
        (minutes(&bed, began, "shop-9999", Some(ProfileStatus::Deleting)), "old profile empty, deletion begins"),
        (minutes(&bed, began, "shop-9999", None), "old profile gone"),
    ];
    panel(title, &lookout, began, marks)
}

async fn by_hand() -> (Panel, f64) {
    let bed = Bed::without_operator(usual()).await.unwrap();
    workload::namespace(&bed).await;
    let outsider = bed.eks().outsider();
    let profile = ProfileSpec::named("shop").selecting(NAMESPACE, &[]);
    outsider.place_profile(CLUSTER, profile.clone(), ProfileStatus::Active).unwrap();
    workload::deployments(&bed).await;
    let lookout = whole(&bed, &[BUDGETED, FREE]).await;
    let began = lookout.now();
    outsider.delete_profile(CLUSTER, "shop").unwrap();
    until("the profile is gone", || bed.eks().profile(CLUSTER, "shop").is_none()).await;
    outsider.create_profile(CLUSTER, profile).unwrap();
    eks_has(&bed, "shop", ProfileStatus::Active).await;
    let active = (bed.eks().now() - began).as_secs_f64() / 60.0;
    // Made while there was no profile, they would be Pending for ever.
    let pods: Api<Pod> = Api::namespaced(bed.client(), NAMESPACE);
    pods.delete_collection(&DeleteParams::default().grace_period(0), &ListParams::default()).await.unwrap();
    for deployment in [BUDGETED, FREE] {
        lookout.whole(deployment).await;
    }
    let title = "by hand: delete the profile, create it anew, restart the pods";
    let marks = vec![
        (0.0, "deletion begins"),
        (minutes(&bed, began, "shop", None), "old profile gone, new one asked for"),
        (active, "new profile ACTIVE, pods restarted at once"),
    ];
    panel(title, &lookout, began, marks)
}

fn panel(title: &'static str, lookout: &Lookout, began: Duration, marks: Vec<(f64, &'static str)>) -> (Panel, f64) {
    let end = (lookout.now() - began).as_secs_f64() / 60.0;
    let seen = |name: &str| -> Vec<(f64, f64)> {
        let since = |at: Duration| at.saturating_sub(began).as_secs_f64() / 60.0;
        let seen = lookout.deployment(name, began);
        let mut points: Vec<_> = seen.into_iter().map(|sight| (since(sight.at), f64::from(sight.have))).collect();
        points.dedup_by_key(|point| point.1 as i32);
        points
    };
    let (budgeted, free) = (seen(BUDGETED), seen(FREE));
    let lines = vec![
        Line { label: "available in both Deployments (of 9)", color: "#8c959f", points: sum(&budgeted, &free) },
        Line { label: "available in the Deployment with a budget (of 6)", color: "#0969da", points: budgeted },
    ];
    (Panel { title, lines, floor: (5.0, "its budget: 5"), marks }, end)
}

/// Both together, whenever one changes.
fn sum(one: &[(f64, f64)], other: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let at = |points: &[(f64, f64)], minute: f64| {
        let before = points.partition_point(|point| point.0 <= minute).max(1);
        points[before - 1].1
    };
    let mut moments: Vec<f64> = one.iter().chain(other).map(|point| point.0).collect();
    moments.sort_by(f64::total_cmp);
    moments.into_iter().map(|minute| (minute, at(one, minute) + at(other, minute))).collect()
}

/// After how many minutes a profile first became what it is to be.
fn minutes(bed: &Bed, began: Duration, profile: &str, to: Option<ProfileStatus>) -> f64 {
    let log = bed.eks().log();
    let changes = log.iter().filter_map(|entry: &Entry| Some((entry.unscaled, entry.change()?)));
    let mut found = changes.filter(|(_, change)| change.profile == profile && change.to == to);
    (found.next().unwrap().0 - began.as_secs_f64()) / 60.0
}

//! What the two watches see, and what a fresh list adds.

use std::collections::BTreeSet;
use std::time::Duration;

use fargate_operator::intervals::Intervals;
use fargate_operator::observe::Changes;
use fargate_operator::placement::Place;
use fargate_operator::state::{Pods, PodsUnavailable};
use futures::StreamExt;
use kube::api::PostParams;
use serde_json::{Value, json};

use super::{EC2, FARGATE, INTERVALS, Sight, selectors};
use crate::support::until_async;

#[tokio::test]
async fn pods_on_fargate_and_pods_that_wait_for_a_node_are_seen_and_no_others() {
    let sight = Sight::new(INTERVALS).await;
    // Some are there before, some come later.
    sight.make("taken", Some("web-9999"), Some(FARGATE)).await;
    sight.make("waiting", None, None).await;
    sight.make("on-ec2", None, Some(EC2)).await;
    sight.pods.enable(true);
    sight.shows(&[("taken", Place::Fargate), ("waiting", Place::Pending)]).await;
    sight.make("taken-later", Some("web-9999"), None).await;
    sight.make("waiting-later", None, None).await;
    sight.make("on-ec2-later", None, Some(EC2)).await;
    let seen = [
        ("taken", Place::Fargate),
        ("taken-later", Place::Pending),
        ("waiting", Place::Pending),
        ("waiting-later", Place::Pending),
    ];
    sight.shows(&seen).await;
    // Scheduled, removed, ended.
    let binding =
        json!({ "metadata": { "name": "waiting" }, "target": { "apiVersion": "v1", "kind": "Node", "name": EC2 } });
    let default = sight.api("default");
    let _: Value = default.create_subresource("binding", "waiting", &PostParams::default(), &binding).await.unwrap();
    sight.remove("waiting-later").await;
    sight.status("default", "taken", json!({ "phase": "Succeeded" })).await;
    sight.shows(&[("taken-later", Place::Pending)]).await;
    // The same after watches have been opened again.
    tokio::time::sleep(INTERVALS.watch * 2).await;
    sight.shows(&[("taken-later", Place::Pending)]).await;
    sight.make("last", None, None).await;
    sight.shows(&[("last", Place::Pending), ("taken-later", Place::Pending)]).await;
    sight.remove("taken-later").await;
    sight.shows(&[("last", Place::Pending)]).await;
}

#[tokio::test]
async fn pods_are_watched_only_while_somebody_needs_them() {
    let sight = Sight::kept(INTERVALS).await;
    sight.pods.enable(true);
    sight.pods.enable(false);
    assert_eq!(
        sight.pods.cached(&sight.cluster).await,
        Pods::Unknown(PodsUnavailable::transient("pods are not watched"))
    );
    sight.pods.enable(false);
    sight.make("web", Some("web-9999"), None).await;
    sight.pods.enable(true);
    sight.shows(&[("web", Place::Pending)]).await;
}

#[tokio::test]
async fn a_fresh_list_shows_what_the_watch_has_not_seen() {
    // The watches end after a second and are opened again after a minute: so long they lag behind.
    let intervals = Intervals {
        operation_timeout: Duration::from_secs(60),
        watch_retry_least: Duration::from_secs(120),
        ..INTERVALS
    };
    let sight = Sight::kept(intervals).await;
    let mut pods = 0;
    until_async("the watch lags behind", async || {
        pods += 1;
        let name = format!("web-{pods}");
        sight.make(&name, Some("web-9999"), None).await;
        assert!(Sight::names(sight.pods.listed(&sight.cluster, &["other", "web-9999"]).await).await.contains(&name));
        // It would come within this time if the watch were open.
        tokio::time::sleep(Duration::from_millis(500)).await;
        !Sight::names(sight.pods.cached(&sight.cluster).await).await.contains(&name)
    })
    .await;
    let seen = Sight::names(sight.pods.cached(&sight.cluster).await).await;
    assert_eq!(
        Sight::names(sight.pods.listed(&sight.cluster, &["other"]).await).await,
        seen,
        "of others nothing is listed"
    );
    assert_eq!(Sight::names(sight.pods.listed(&sight.cluster, &[]).await).await, seen);
    // Nor does it show what is gone.
    for gone in &seen {
        sight.remove(gone).await;
    }
    let fresh = Sight::names(sight.pods.listed(&sight.cluster, &["web-9999"]).await).await;
    assert_eq!(fresh, BTreeSet::from([format!("web-{pods}")]));
    assert_eq!(Sight::names(sight.pods.cached(&sight.cluster).await).await, seen);
}

#[tokio::test]
async fn changes_tell_whose_pods_have_changed() {
    let sight = Sight::kept(INTERVALS).await;
    let told = async |what: &str, holds: &dyn Fn(&Changes) -> bool| {
        until_async(what, async || {
            let changes = tokio::time::timeout(Duration::from_secs(20), sight.pods.changes()).await;
            holds(&changes.unwrap())
        })
        .await;
    };
    told("pods are known", &|changes| changes.everything).await;
    sight.make("web", Some("web-9999"), None).await;
    told("web has come", &|changes| changes.profiles.contains("web-9999")).await;
    sight
        .status("default", "web", json!({ "phase": "Running", "conditions": [{ "type": "Ready", "status": "True" }] }))
        .await;
    told("web is ready", &|changes| changes.profiles.contains("web-9999")).await;
    sight.remove("web").await;
    told("web has gone", &|changes| changes.profiles.contains("web-9999")).await;
}

#[tokio::test]
async fn more_pods_than_a_page_holds_are_all_seen() {
    // Of each kind more than the 200 of a page.
    const PODS: usize = 405;
    let sight = Sight::new(INTERVALS).await;
    let make = |number: usize| {
        let sight = &sight;
        async move {
            let name = format!("web-{number}");
            // Every other one on Fargate, the rest elsewhere.
            let profile = (number % 2 == 1).then_some("web-9999");
            sight.make(&name, profile, Some(EC2)).await;
            if profile.is_none() {
                sight.status("default", &name, json!({ "phase": "Running" })).await;
            }
        }
    };
    futures::stream::iter(0..PODS).for_each_concurrent(8, make).await;
    sight.pods.enable(true);
    let taken = PODS / 2;
    assert_eq!(Sight::names(sight.pods.cached(&sight.cluster).await).await.len(), taken);
    assert_eq!(Sight::names(sight.pods.listed(&sight.cluster, &["web-9999"]).await).await.len(), taken);
    let here = selectors(&[("default", &[])]);
    assert_eq!(sight.outside(&here).await as usize, PODS - taken);
}

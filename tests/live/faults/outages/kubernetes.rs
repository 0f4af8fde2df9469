//! Kubernetes is out of reach, or loses its memory for a while.

use std::time::Duration;

use bed::proxy::{Api, Link};

use super::scene::{Scene, minutes};
use crate::support::Stopped;

/// In a minute, of one object in motion: a pass every 5 s at most, with at most five requests. Settled objects and watches
/// add next to nothing.
const MOST: f64 = 60.0;

/// Sets how many seconds Kubernetes is away, whose own intervals do not scale; such as 120.
const SECONDS: &str = "OUTAGE_SECONDS";

fn outage() -> Duration {
    let given = std::env::var(SECONDS).ok();
    Duration::from_secs(given.map_or(10, |seconds| seconds.parse().expect(SECONDS)))
}

#[tokio::test]
async fn an_api_server_that_is_restarted_is_waited_for() {
    let mut scene = Scene::set().await;
    let traffic = scene.traffic();
    scene.bed.control_plane_mut().kill_api_server();
    tokio::time::sleep(outage()).await;
    let during = scene.rate(&traffic, "without the API server");
    scene.bed.control_plane_mut().start_api_server().await.unwrap();
    assert!(during.kubernetes < MOST, "{during:?}");
    let after = scene.ends_well().await;
    assert!(after.kubernetes < MOST, "{after:?}");
}

#[tokio::test]
async fn an_etcd_that_stands_still_is_waited_for() {
    let scene = Scene::set().await;
    let traffic = scene.traffic();
    let stopped = Stopped::process(scene.bed.control_plane().etcd());
    tokio::time::sleep(outage()).await;
    let during = scene.rate(&traffic, "without etcd");
    drop(stopped);
    assert!(during.kubernetes < MOST, "{during:?}");
    let after = scene.ends_well().await;
    assert!(after.kubernetes < MOST, "{after:?}");
}

#[tokio::test]
async fn watches_that_are_cut_again_and_again_are_taken_up_again() {
    let scene = Scene::set().await;
    let traffic = scene.traffic();
    for _ in 0..10 {
        scene.proxies.cut(Api::Kubernetes);
        tokio::time::sleep(minutes(1)).await;
    }
    let during = scene.rate(&traffic, "with watches cut");
    assert!(during.kubernetes < MOST, "{during:?}");
    let after = scene.ends_well().await;
    assert!(after.kubernetes < MOST, "{after:?}");
}

/// A watch that begins meanwhile is not answered afterwards either.
#[tokio::test]
async fn watches_that_begin_while_nobody_answers_are_begun_again() {
    let scene = Scene::set().await;
    scene.proxies.set(Api::Kubernetes, Link::Silent);
    scene.proxies.cut(Api::Kubernetes);
    tokio::time::sleep(outage()).await;
    scene.proxies.set(Api::Kubernetes, Link::Open);
    let after = scene.ends_well().await;
    assert!(after.kubernetes < MOST, "{after:?}");
}

#[tokio::test]
async fn a_kubernetes_that_answers_nothing_is_waited_for() {
    let scene = Scene::set().await;
    let traffic = scene.traffic();
    scene.proxies.set(Api::Kubernetes, Link::Silent);
    tokio::time::sleep(outage()).await;
    let during = scene.rate(&traffic, "without an answer from Kubernetes");
    scene.proxies.set(Api::Kubernetes, Link::Open);
    assert!(during.kubernetes < MOST, "{during:?}");
    let after = scene.ends_well().await;
    assert!(after.kubernetes < MOST, "{after:?}");
}

//! Kubernetes is out of reach, or loses its memory for a while.

use std::time::Duration;

use bed::guarded;
use bed::wire::{Direction, Way};

use super::scene::{Scene, minutes};

const CALLS: f64 = 200.0;

/// How long etcd stands still. `OUTAGE_SECONDS` sets another time, such as 120.
fn outage() -> Duration {
    let given = std::env::var("OUTAGE_SECONDS").ok();
    Duration::from_secs(given.map_or(10, |seconds| seconds.parse().expect("OUTAGE_SECONDS is a number of seconds")))
}

#[tokio::test]
async fn an_api_server_that_is_restarted_is_waited_for() {
    let mut scene = Scene::set().await;
    let traffic = scene.traffic();
    scene.bed.control_plane_mut().kill_api_server();
    tokio::time::sleep(outage()).await;
    let during = scene.rate(&traffic, "without the API server");
    scene.bed.control_plane_mut().start_api_server().await.unwrap();
    assert!(during.kubernetes < CALLS, "{during:?}");
    let after = scene.ends_well().await;
    assert!(after.kubernetes < CALLS, "{after:?}");
}

/// A process that stands still as long as this lives.
struct Stopped(u32);

impl Stopped {
    fn process(id: u32) -> Self {
        assert!(guarded::signal(id, "STOP").unwrap());
        Self(id)
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = guarded::signal(self.0, "CONT");
    }
}

#[tokio::test]
async fn an_etcd_that_stands_still_is_waited_for() {
    let scene = Scene::set().await;
    let traffic = scene.traffic();
    let stopped = Stopped::process(scene.bed.control_plane().etcd());
    tokio::time::sleep(outage()).await;
    let during = scene.rate(&traffic, "without etcd");
    drop(stopped);
    assert!(during.kubernetes < CALLS, "{during:?}");
    let after = scene.ends_well().await;
    assert!(after.kubernetes < CALLS, "{after:?}");
}

#[tokio::test]
async fn watches_that_are_cut_again_and_again_are_taken_up_again() {
    let scene = Scene::set().await;
    let traffic = scene.traffic();
    for _ in 0..10 {
        scene.wire.cut(Direction::Kubernetes);
        tokio::time::sleep(minutes(1)).await;
    }
    let during = scene.rate(&traffic, "with watches cut");
    assert!(during.kubernetes < CALLS, "{during:?}");
    let after = scene.ends_well().await;
    assert!(after.kubernetes < CALLS, "{after:?}");
}

#[tokio::test]
async fn a_kubernetes_that_answers_nothing_is_waited_for() {
    let scene = Scene::set().await;
    let traffic = scene.traffic();
    scene.wire.set(Direction::Kubernetes, Way::Silent);
    tokio::time::sleep(outage()).await;
    let during = scene.rate(&traffic, "without an answer from Kubernetes");
    scene.wire.set(Direction::Kubernetes, Way::Open);
    assert!(during.kubernetes < CALLS, "{during:?}");
    let after = scene.ends_well().await;
    assert!(after.kubernetes < CALLS, "{after:?}");
}

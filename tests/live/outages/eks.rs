//! EKS is out of reach.

use bed::wire::{Direction, Way};

use super::scene::{Scene, minutes};

/// Calls in a minute. Four objects share their looks, and each asks ever more rarely: 5, 10, 20, 40, … seconds after it last
/// failed to get an answer.
const MOST: f64 = 24.0;

#[tokio::test]
async fn ten_minutes_without_eks_are_waited_out() {
    let scene = Scene::set().await;
    let traffic = scene.traffic();
    for way in [Way::Cut, Way::Silent] {
        scene.wire.set(Direction::Eks, way);
        tokio::time::sleep(minutes(5)).await;
    }
    let during = scene.rate(&traffic, "without EKS");
    scene.wire.set(Direction::Eks, Way::Open);
    assert!(during.eks < MOST, "{during:?}");
    let after = scene.ends_well().await;
    assert!(after.eks < MOST, "{after:?}");
}

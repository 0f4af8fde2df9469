//! EKS is out of reach.

use bed::wire::{Direction, Way};

use super::scene::{Scene, minutes};

/// A look at EKS is one call when nothing has changed. Four objects ask at most every 5, 10, 20, 40, … seconds each, three
/// times a look.
const CALLS_AWAY: f64 = 60.0;

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
    assert!(during.eks < CALLS_AWAY, "{during:?}");
    let after = scene.ends_well().await;
    assert!(after.eks < CALLS_AWAY, "{after:?}");
}

//! EKS is out of reach.

use bed::wire::{Direction, Way};

use super::scene::{Scene, minutes};

/// Calls in a minute. Four objects share their looks, and each asks ever more rarely: 5, 10, 20, 40, … seconds after it last
/// failed to get an answer.
const MOST: f64 = 24.0;

#[tokio::test]
async fn ten_minutes_without_eks_are_waited_out() {
    let scene = Scene::set().await;
    for way in [Way::Cut, Way::Silent] {
        let traffic = scene.traffic();
        scene.wire.set(Direction::Eks, way);
        tokio::time::sleep(minutes(5)).await;
        let during = scene.rate(&traffic, &format!("EKS {way:?}"));
        assert!(during.eks < MOST, "{way:?}: {during:?}");
    }
    scene.wire.set(Direction::Eks, Way::Open);
    let after = scene.ends_well().await;
    assert!(after.eks < MOST, "{after:?}");
}
